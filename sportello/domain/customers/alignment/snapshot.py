"""Reads one customer anew from billing and makes the mirror's part of that customer the same."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from sportello.billing.errors import BillingError, ForeignRows, Unavailable
from sportello.billing.port import BillingSystem
from sportello.billing.records import CustomerRecord, Removed, Snapshot
from sportello.domain.customers.alignment.failures import HALF, in_words
from sportello.domain.customers.alignment.mirror import TABLES
from sportello.domain.customers.alignment.portions import REMOVED, code_of, kind_of, owner_of, portions
from sportello.domain.customers.alignment.sealing import sealed
from sportello.domain.customers.alignment.writing import Written, write
from sportello.domain.customers.models import Customer, Refresh, SetAside

PATIENCE: Final = 3  # failures in a row, after which billing is taken for away


def refresh(*, billing: BillingSystem, customer_code: str, now: datetime) -> Written:
    """Reads all of one customer from billing into the mirror; what billing no longer has of him goes.

    A failure is written down and raised: ``Unavailable``, ``NotThere``, or ``ForeignRows`` where anything in the answer
    is of somebody else. The mirror is then as it was. It must not be called inside a transaction.
    """
    with transaction.atomic(durable=True):
        Refresh.objects.get_or_create(customer_code=customer_code)
    try:
        snapshot = billing.snapshot(customer_code)
        _check(snapshot, customer_code)
    except Exception as error:
        _note_failure(customer_code, error, now=now)
        raise
    with transaction.atomic(durable=True):
        seen = Refresh.objects.select_for_update().get(customer_code=customer_code)
        if seen.as_of is not None and seen.as_of > now:
            return Written()  # somebody has asked later and was answered sooner
        written = _write(snapshot, now=now)
        seen.as_of = now
        seen.changed_at = now if written.anything else seen.changed_at
        seen.failing_since, seen.failure = None, ""
        seen.save()
    return written


def _check(snapshot: Snapshot, customer_code: str) -> None:
    """Raises ``ForeignRows`` where anything is somebody else's, ``Unavailable`` where the customer is missing."""
    if snapshot.customer_code != customer_code or any(owner_of(record) != customer_code for record in snapshot.records):
        raise ForeignRows
    if not any(isinstance(record, CustomerRecord) for record in snapshot.records):
        # Half an answer: to believe it would take away all that the customer has.
        raise Unavailable(HALF)


def _note_failure(customer_code: str, error: Exception, *, now: datetime) -> None:
    Refresh.objects.filter(customer_code=customer_code).update(
        failing_since=Coalesce(F("failing_since"), Value(now)), failure=in_words(error)
    )


def _write(snapshot: Snapshot, *, now: datetime) -> Written:
    sent = {(kind_of(record), code_of(record)) for record in snapshot.records}
    gone = [
        Removed(kind=table.kind, code=code)
        for table in TABLES
        if table.model is not Customer
        for code in table.model._default_manager.filter(customer=snapshot.customer_code).values_list("pk", flat=True)
        if (table.kind, code) not in sent
    ]
    known = sent | {(REMOVED, code_of(removed)) for removed in gone}
    kept = SetAside.objects.filter(customer_code=snapshot.customer_code).values_list("id", "kind", "code")
    SetAside.objects.filter(id__in=[number for number, kind, code in kept if (kind, code) not in known]).delete()
    return write(portions(sealed([*snapshot.records, *gone])), now=now)


@dataclass(slots=True)
class Round:
    """A refresh of many customers so far."""

    customers: int = 0
    of: int = 0
    failed: int = 0
    written: Written = field(default_factory=Written)


def refresh_known(
    *, billing: BillingSystem, clock: Callable[[], datetime], progress: Callable[[Round], None] | None = None
) -> Round:
    """Refreshes every customer known here, one after the other; for a billing system without a feed.

    A customer who cannot be read is counted and left. Raises ``Unavailable`` after several failures in a row.
    """
    codes = sorted({*Customer.objects.values_list("code", flat=True), *Refresh.objects.values_list("pk", flat=True)})
    done = Round(of=len(codes))
    in_a_row = 0
    for code in codes:
        try:
            done.written.add(refresh(billing=billing, customer_code=code, now=clock()))
            in_a_row = 0
        except BillingError as error:
            done.failed += 1
            in_a_row += isinstance(error, Unavailable)
            if in_a_row == PATIENCE:
                raise
        done.customers += 1
        if progress:
            progress(done)
    return done
