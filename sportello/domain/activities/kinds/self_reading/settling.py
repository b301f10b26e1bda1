"""Moves readings on by what billing has answered and what the mirror shows of them.

Everything here goes by how things stand, not by what has just happened: doing it twice, late or in another order gives
the same.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from sportello.domain.activities.kinds.self_reading import texts
from sportello.domain.activities.kinds.self_reading.submitting import lock_customer
from sportello.domain.activities.kinds.self_reading.telling import tell
from sportello.domain.activities.models import Activity, ActivityKind, Attention, SelfReading, Status
from sportello.domain.customers.models import MeterReading
from sportello.domain.customers.models.meters import ReadingOrigin, Validation
from sportello.domain.journal.models import record
from sportello.domain.ledger.models import LedgerRow, State

FOLLOWED = timedelta(days=500)  # after so long nothing more is expected of a reading
MISSED = timedelta(days=7)  # what is swept up where its job was lost
PORTION = 500
STOPPED = {State.REFUSED: Attention.REFUSED, State.DEAD: Attention.DEAD, State.CANCELLED: Attention.DEAD}
JUDGED = (Validation.VALID, Validation.REFUSED)


def settle(customer_codes: Sequence[str], *, now: datetime) -> None:
    """Of these customers, all readings that something may still become of. Not inside a transaction: each has its own."""
    mine = _followed(now).filter(activity__customer_id__in=customer_codes).select_related("activity")
    readings = list(mine.order_by("pk"))
    rows = {row.key: row for row in LedgerRow.objects.filter(key__in=[each.key for each in readings])}
    in_billing = _in_billing(readings)
    for reading in readings:
        if _has_news(reading, rows.get(reading.key), in_billing.get(reading.pk)):
            _settle_one(reading.pk, in_billing.get(reading.pk), now=now)


def sweep(*, now: datetime) -> None:
    """Settles whatever is under way, or not seen in billing yet, should a job have been lost."""
    mine = Activity.objects.filter(kind=ActivityKind.SELF_READING)
    under_way = mine.filter(status__in=[Status.NEW, Status.EXPORTED]).exclude(self_reading__key="")
    unseen = mine.filter(status=Status.EXECUTED, executed_at__gt=now - MISSED, self_reading__reading_code="")
    found = sorted({*under_way.values_list("customer_id", flat=True), *unseen.values_list("customer_id", flat=True)})
    for start in range(0, len(found), PORTION):
        settle(found[start : start + PORTION], now=now)


def _followed(now: datetime) -> QuerySet[SelfReading]:
    """Those that have gone to billing, by the ledger or by hand; not those that gave way before they did."""
    recent = SelfReading.objects.filter(activity__opened_at__gt=now - FOLLOWED)
    gone = recent.exclude(activity__status__in=[Status.REFUSED, Status.CANCELLED])
    return gone.exclude(key="", activity__status=Status.NEW)


def _has_news(reading: SelfReading, row: LedgerRow | None, found: MeterReading | None) -> bool:
    """Whether it is worth a transaction; what is decided is decided in it."""
    waits = row is not None and not reading.activity.is_over
    return waits or bool(found and _changes(reading, found))


@transaction.atomic
def _settle_one(pk: int, found: MeterReading | None, *, now: datetime) -> None:
    lock_customer(SelfReading.objects.values_list("activity__customer_id", flat=True).get(pk=pk))
    reading = SelfReading.objects.select_related("activity__customer", "activity__opened_by", "supply").get(pk=pk)
    row = LedgerRow.objects.filter(key=reading.key).first()
    if row is not None and not reading.activity.is_over:
        _follow_ledger(reading.activity, row, now=now)
    if found is not None:
        _follow_billing(reading, found, now=now)


def _follow_ledger(activity: Activity, row: LedgerRow, *, now: datetime) -> None:
    """Acknowledged is executed; what billing refuses, or cannot be told, waits for an operator."""
    if row.state == State.ACKNOWLEDGED:
        if activity.status == Status.NEW:
            activity.export(now=now)
        activity.execute(now=now)
        return
    attention = STOPPED.get(State(row.state), Attention.NONE)
    if activity.attention not in (attention, Attention.KEPT):
        activity.ask_for(attention, now=now)


def _follow_billing(reading: SelfReading, found: MeterReading, *, now: datetime) -> None:
    changes = _changes(reading, found)
    if not changes:
        return
    judged = changes.get("validation") in JUDGED
    if judged:
        changes["validated_at"] = now
    if changes.get("invoice_number"):
        changes["used_at"] = now
    SelfReading.objects.filter(pk=reading.pk).update(**changes)
    for name, value in changes.items():
        setattr(reading, name, value)
    _record(reading, changes, now=now)
    if judged and reading.validation == Validation.REFUSED:
        tell(reading, texts.NOT_VALID, now=now, reason=reading.validation_reason or "—")


def _changes(reading: SelfReading, found: MeterReading) -> dict[str, Any]:
    as_billing = {
        "reading_code": found.code,
        "validation": found.validation,
        "validation_reason": found.validation_reason,
        "invoice_number": found.invoice_number or "",
    }
    return {name: value for name, value in as_billing.items() if getattr(reading, name) != value}


def _record(reading: SelfReading, changes: dict[str, Any], *, now: datetime) -> None:
    happened = []
    if changes.get("validation") in JUDGED:
        happened.append({Validation.VALID: "validated", Validation.REFUSED: "not_valid"}[changes["validation"]])
    if changes.get("invoice_number"):
        happened.append("used")
    for what in happened:
        record(
            f"activities.self_reading_{what}",
            now=now,
            about=("activity", reading.activity.number),
            customer_code=reading.activity.customer_code,
            number=reading.activity.number,
        )


def _in_billing(readings: Iterable[SelfReading]) -> dict[int, MeterReading]:
    """The mirror's reading for each, by its request: that of its key, else the customer's own of that day and values."""
    readings = list(readings)
    keys = [each.key for each in readings if each.key]
    by_key = {row.key: row for row in MeterReading.objects.filter(key__in=keys)}
    unnamed = [each for each in readings if each.key not in by_key]
    mine = MeterReading.objects.filter(
        origin=ReadingOrigin.SELF,
        supply__in={each.supply_id for each in unnamed},
        read_on__in={each.read_on for each in unnamed},
    ).filter(Q(key=None) | Q(key=""))
    by_sight: dict[Any, MeterReading] = {}
    for row in mine.order_by("code"):
        shown = {each["register"]: Decimal(each["value"]) for each in row.values}
        by_sight[row.supply_id, row.read_on, frozenset(shown.items())] = row
    found = {}
    for each in readings:
        values = {code: Decimal(value) for code, value in (each.corrected or each.values).items()}
        seen = by_key.get(each.key) or by_sight.get((each.supply_id, each.read_on, frozenset(values.items())))
        if seen is not None:
            found[each.pk] = seen
    return found
