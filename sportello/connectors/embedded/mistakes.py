"""What may be wrong in what the billing office asks for, and the checks of amounts that all its verbs share."""

from decimal import Decimal

MOST = Decimal("9999999.99")


class Mistake(Exception):
    """What was asked cannot be done; nothing was."""


class Unknown(Mistake):
    def __init__(self, kind: str, code: str) -> None:
        super().__init__(f"there is no {kind} {code!r}")


def whole_cents(amount: Decimal, *, zero: bool = False) -> Decimal:
    """``amount`` with two places, where it is one that can be billed or paid; nothing only where ``zero`` may be."""
    if not amount.is_finite() or amount < 0 or amount > MOST or (amount == 0 and not zero):
        raise Mistake(f"an amount must be more than nothing and at most {MOST} euro, not {amount}")
    if amount != round(amount, 2):
        raise Mistake(f"an amount has whole cents, not {amount}")
    return round(amount, 2)


def check_consumption(consumption: Decimal | None) -> None:
    if consumption is not None and not (consumption.is_finite() and 0 <= consumption <= MOST):
        raise Mistake(f"a consumption must not be negative and at most {MOST}, not {consumption}")
