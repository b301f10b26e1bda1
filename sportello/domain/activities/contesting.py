"""What a correction keeps from being collected: how much, since when, and what stands in the way of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal

from django.db import connection
from django.utils import timezone

from sportello.billing.commands import Command, ResumeCollection, SuspendCollection
from sportello.domain.activities import commanding
from sportello.domain.activities.models import OPEN, Activity, ActivityKind
from sportello.domain.activities.models.activity import ActivityQuerySet
from sportello.domain.customers.models import Invoice
from sportello.domain.ledger.models import LedgerRow, State

Standing = Literal["nothing", "under way", "suspended", "by hand", "goes on", "another", "over"]
STOPPED: Final = (State.REFUSED, State.DEAD)


def suspended(activity: Activity) -> Sequence[Command]:
    """Of what is still to be paid now, as much as all open corrections of the same invoice contest together."""
    _one_at_a_time(activity)
    invoice = _invoice_of(activity)
    return [_suspend(activity, _together(_open_ones(activity), invoice))] if invoice else ()


def resumed(activity: Activity) -> Sequence[Command]:
    """Where it has been suspended, and nobody contests the same invoice any more. Where somebody still does, his part stays
    suspended, and no more."""
    _one_at_a_time(activity)
    if not any(commanding.rows(each, commanding.AT_ONCE) for each in _of_the_same(activity)):
        return ()
    others = list(_open_ones(activity).exclude(pk=activity.pk))
    if not others:
        return [ResumeCollection(customer_code=activity.customer_code, invoice_number=activity.invoice_number)]
    invoice = _invoice_of(activity)
    if invoice is None:
        return ()
    before, after = _together([*others, activity], invoice), _together(others, invoice)
    return [_suspend(activity, after)] if before != after else ()


def _suspend(activity: Activity, amount: Decimal | None) -> Command:
    number = activity.invoice_number
    return SuspendCollection(customer_code=activity.customer_code, invoice_number=number, amount=amount)


def _one_at_a_time(activity: Activity) -> None:
    """Of two that are opened or end at once, the later one sees what the other has done: else what it is told to billing
    might come in the wrong order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"contested:{activity.invoice_number}"]
        )


def _of_the_same(activity: Activity) -> ActivityQuerySet:
    same = {"customer": activity.customer, "invoice_number": activity.invoice_number}
    return Activity.objects.filter(kind=ActivityKind.INVOICE_CORRECTION, **same)


def _open_ones(activity: Activity) -> ActivityQuerySet:
    return _of_the_same(activity).filter(status__in=OPEN)


def _invoice_of(activity: Activity) -> Invoice | None:
    """As long as something of it is to be paid."""
    mine = Invoice.objects.filter(number=activity.invoice_number, customer=activity.customer)
    return mine.open().first()


def _together(activities: Iterable[Activity], invoice: Invoice) -> Decimal | None:
    """What they contest; None for all that is to be paid."""
    amounts = [each.asked.get("contested") for each in activities]
    if not all(amounts):
        return None
    contested = sum((Decimal(amount) for amount in amounts), Decimal(0))
    return min(contested, invoice.remaining)


# --- how it stands ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """How the collection of what a correction contests stands.

    ``state``: nothing of it was to be paid; billing is being told; suspended since ``since``; an operator has to see to it;
    goes on since then; another correction of the same invoice keeps it suspended; over, and nothing had been suspended.
    ``amount`` is what is contested, in euro, None where nobody knows.
    """

    state: Standing
    amount: Decimal | None
    since: date | None = None


def suspension_of(activity: Activity) -> Suspension:
    """At most two queries."""
    asked = activity.asked
    said = asked.get("contested") or asked.get("to_pay")
    amount = Decimal(said) if said else None
    rows = LedgerRow.objects.about("activity", activity.number).order_by("pk")
    told = [(row, tail["sort"]) for row in rows if (tail := commanding.TAIL.fullmatch(row.key.rpartition("-")[2]))]
    at_once = [row for row, sort in told if sort == commanding.AT_ONCE]
    at_end = [row for row, sort in told if sort == commanding.AT_END]
    if activity.is_over:
        return _at_its_end(at_once, at_end, amount)
    if not at_once:
        return Suspension(state="by hand" if amount else "nothing", amount=amount)
    last = at_once[-1]
    if last.state == State.ACKNOWLEDGED:
        return Suspension(state="suspended", amount=amount, since=_day(last.settled_at))
    return Suspension(state="by hand" if last.state in STOPPED else "under way", amount=amount)


def _at_its_end(at_once: Sequence[LedgerRow], at_end: Sequence[LedgerRow], amount: Decimal | None) -> Suspension:
    if not at_once:
        return Suspension(state="over", amount=amount)
    if not at_end or at_end[-1].name == SuspendCollection.__name__:
        return Suspension(state="another", amount=amount)
    return Suspension(state="goes on", amount=amount, since=_day(at_end[-1].settled_at or at_end[-1].queued_at))


def _day(at: datetime | None) -> date | None:
    return timezone.localdate(at) if at else None
