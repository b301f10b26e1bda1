"""What equal parts a month apart are, to the cent and to the day: who asks for them is told the same that billing arranges."""

from datetime import date
from decimal import Decimal
from typing import Final

from sportello.billing.records import Instalment

CENT: Final = Decimal("0.01")


def plan(amount: Decimal, count: int, *, first_due_on: date) -> list[Instalment]:
    """``amount`` in ``count`` parts, equal to a cent; the last one is what is left."""
    each = (amount / count).quantize(CENT)
    parts = [*[each] * (count - 1), amount - each * (count - 1)]
    return [Instalment(due_on=months_later(first_due_on, place), amount=part) for place, part in enumerate(parts)]


def months_later(day: date, count: int) -> date:
    """The same day of a later month, or the last one of a month that is shorter."""
    years, month = divmod(day.month - 1 + count, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(day.year + years, month + 1, last)
        except ValueError:
            continue
    raise ValueError(day)
