"""Writes records into the mirror: staged, checked and put in as sets, in the caller's transaction."""

from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper

from sportello.domain.customers.alignment import aside
from sportello.domain.customers.alignment.checks import MOVED, UNHOLDABLE, Faults, plain_faults, reference_faults
from sportello.domain.customers.alignment.mirror import TABLES, Table
from sportello.domain.customers.alignment.portions import REMOVED, Fault, Portion, code_of, owner_of
from sportello.domain.customers.alignment.putting import known, put, put_allocations, put_readings
from sportello.domain.customers.alignment.removal import owners_of, remove
from sportello.domain.customers.alignment.rows import Row
from sportello.domain.customers.alignment.staging import (
    ALLOCATION_COLUMNS,
    ALLOCATION_TYPES,
    STAGED_ALLOCATION,
    copy,
    discard,
    discard_allocations,
    staging,
)
from sportello.domain.customers.jobs import defer_settling
from sportello.domain.customers.models import DirectDebitMandate, MeterReading, Payment
from sportello.domain.customers.models.mandates import MandateStatus


@dataclass(slots=True)
class Written:
    """What came of some records: how many were read, how many rows changed and went by kind, and how many were set
    aside. ``customers`` are those of whom something passed, ``givers`` those of whose own readings one changed or went,
    or whose mandate a bank refuses; these are not added up, for there may be very many.
    """

    read: int = 0
    changed: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    set_aside: int = 0
    customers: set[str] = field(default_factory=set)
    givers: set[str] = field(default_factory=set)

    def add(self, other: "Written") -> None:
        self.read += other.read
        self.changed += other.changed
        self.removed += other.removed
        self.set_aside += other.set_aside

    @property
    def anything(self) -> bool:
        """Whether the mirror is other than before."""
        return bool(self.changed or self.removed)


def write(portions: Iterable[Portion], *, now: datetime, again: bool = False) -> Written:
    """Brings records into the mirror, in the caller's transaction; those that fail a check are set aside.

    ``again`` says that the records had been set aside, rather than just sent by billing. What becomes of the readings
    that customers gave is looked at in a job, deferred in the same transaction.
    """
    written = Written()
    with connection.cursor() as cursor:
        # Compiling a query for one batch takes longer than running it.
        cursor.execute("SET LOCAL jit = off")
        for portion in portions:
            part = _write_portion(cursor, portion, now=now, again=again)
            written.add(part)
            written.customers |= part.customers
            written.givers |= part.givers
    defer_settling(written.givers)
    return written


def _write_portion(cursor: CursorWrapper, portion: Portion, *, now: datetime, again: bool) -> Written:
    written = Written()
    faults = list(portion.misfits.values())
    for table in TABLES:
        if rows := portion.rows[table.kind]:
            wrong = _write_table(cursor, table, portion, written)
            written.read += len(rows)
            records = portion.records[table.kind]
            written.customers |= {row[table.owner] for code, row in rows.items() if code not in wrong}
            faults += [Fault(records[code], reason, owner_of(records[code])) for code, reason in wrong.items()]
    for table in reversed(TABLES):
        if removed := portion.removed[table.kind]:
            owners = owners_of(table, removed)
            if table.model is MeterReading:
                written.givers |= set(MeterReading.objects.given(removed).values_list("customer_id", flat=True))
            gone, wrong = remove(cursor, table, removed, now=now)
            written.customers |= set(owners.values())
            aside.forget(table.kind, removed)
            aside.forget(REMOVED, [code_of(one) for code, one in removed.items() if code not in wrong])
            written.read += len(removed)
            written.removed += Counter({table.kind: gone})
            faults += [Fault(removed[code], reason, owners[code]) for code, reason in wrong.items()]
    aside.keep(faults, now=now, again=again)
    written.set_aside = len(faults)
    return written


def _write_table(cursor: CursorWrapper, table: Table, portion: Portion, written: Written) -> Faults:
    """Adds what changed to ``written`` and returns what is wrong with the records that did not pass."""
    rows = portion.rows[table.kind]
    with ExitStack() as stack:
        stack.enter_context(staging(cursor, table.staged, table.staging_columns))
        unholdable = copy(cursor, table.staged, table.columns, list(rows.values()))
        faults = dict.fromkeys((row[0] for row in unholdable), UNHOLDABLE)
        if table.model is Payment:
            parts = [part for code in rows for part in portion.allocations[code]]
            stack.enter_context(staging(cursor, STAGED_ALLOCATION, ALLOCATION_TYPES))
            refused = {part[0] for part in copy(cursor, STAGED_ALLOCATION, ALLOCATION_COLUMNS, parts)} - faults.keys()
            discard(cursor, table, refused)
            faults |= dict.fromkeys(refused, UNHOLDABLE)
        for check in (plain_faults, reference_faults):
            found = check(cursor, table)
            discard(cursor, table, found)
            faults |= found
        if table.model is Payment:
            discard_allocations(cursor, faults)
        before = written.changed[table.kind]
        try:
            faults |= _put(cursor, table, written)
        except IntegrityError:
            # Another transaction has just put one of these rows there, which is seen now.
            faults |= _put(cursor, table, written)
        if table.model is DirectDebitMandate and written.changed[table.kind] > before:
            written.givers |= refused_by_bank(table, [row for code, row in rows.items() if code not in faults])
        aside.release(cursor, table)
    return faults


def refused_by_bank(table: Table, rows: Iterable[Row]) -> set[str]:
    """Whose mandates they are of which the bank says that it does not accept them."""
    status = table.columns.index("status")
    return {row[table.owner] for row in rows if row[status] == MandateStatus.REFUSED}


@transaction.atomic()
def _put(cursor: CursorWrapper, table: Table, written: Written) -> Faults:
    """Puts what is staged into the mirror, but for what is another customer's there."""
    here = known(cursor, table)
    discard(cursor, table, here.moved)
    changed, givers = put_readings(cursor, here) if table.model is MeterReading else (put(cursor, table, here), set())
    if table.model is Payment:
        discard_allocations(cursor, here.moved)
        changed += put_allocations(cursor, here)
    if changed:
        written.changed[table.kind] += changed
    written.givers |= givers
    return dict.fromkeys(here.moved, MOVED)
