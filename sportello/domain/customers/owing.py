"""What of an invoice is asked for now, and by when: all of it, by instalments, or not what is contested."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

SUSPENDED: Final = "suspended"
INSTALMENTS: Final = "instalments"
DIRECT_DEBIT: Final = "direct_debit"
NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An instalment. ``open`` is what of it is still to be paid: payments go to the parts that fall due first."""

    due_on: date
    amount: Decimal
    open: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """The columns of an invoice that say it. ``instalments`` as the mirror keeps them: objects of ``due_on`` and ``amount``."""

    amount: Decimal
    paid: Decimal
    due_on: date | None
    collection: str
    contested: Decimal | None
    instalments: list[dict[str, str]] | None

    @property
    def remaining(self) -> Decimal:
        """What is still to be paid, never negative."""
        return max(self.amount - self.paid, NOTHING)

    @property
    def contested_now(self) -> Decimal:
        """What of it nobody asks for until it is decided: all of it where billing does not say how much."""
        if self.collection != SUSPENDED:
            return NOTHING
        return self.remaining if self.contested is None else min(self.contested, self.remaining)

    @property
    def asked(self) -> Decimal:
        """What is to be paid now, by one date or several."""
        return self.remaining - self.contested_now

    @property
    def is_debited(self) -> bool:
        """The bank will pay it: nothing is to be done."""
        return self.collection == DIRECT_DEBIT

    @property
    def is_planned(self) -> bool:
        return self.collection == INSTALMENTS or bool(self.instalments)

    @property
    def plan(self) -> list[Part]:
        """The arranged instalments, the first to fall due first; empty where there are none, or billing does not say them."""
        parts = [(date.fromisoformat(each["due_on"]), Decimal(each["amount"])) for each in self.instalments or ()]
        covered = sum((amount for _, amount in parts), NOTHING) - self.remaining
        plan = []
        for due_on, amount in parts:
            used = min(max(covered, NOTHING), amount)
            covered -= used
            plan.append(Part(due_on=due_on, amount=amount, open=amount - used))
        return plan

    @property
    def next_due_on(self) -> date | None:
        """The day by which something of it is to be paid; None where nothing is, or nobody says when."""
        if self.asked <= 0:
            return None
        if not self.is_planned:
            return self.due_on
        return next((part.due_on for part in self.plan if part.open), None)

    def next_amount(self, today: date) -> Decimal:
        """What is to be paid first: of a plan all that has fallen due, or the next instalment."""
        waiting = [part for part in self.plan if part.open]
        if not waiting:
            return self.asked
        due = [part.open for part in waiting if part.due_on <= today] or [waiting[0].open]
        return min(sum(due, NOTHING), self.asked)

    def is_overdue(self, today: date) -> bool:
        """Past its date, by instalments past that of one; what is contested is not collected, so never overdue."""
        day = self.next_due_on
        return day is not None and day < today
