"""Divides the records of a batch into portions in which no record comes twice, so that a portion is written in sets."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import cast

from sportello.billing.records import PaymentRecord, Record, Removed
from sportello.domain.customers.alignment.mirror import TABLE_OF_KIND, TABLE_OF_RECORD, MirrorRecord, Table
from sportello.domain.customers.alignment.rows import Misfit, Row, allocations_of, row_of, storable

REMOVED = "removed"  # the kind under which a removal is set aside


@dataclass(frozen=True, slots=True)
class Fault:
    """A record that cannot be mirrored, why, and whose it is, "" where nobody can say."""

    record: object
    reason: str
    customer_code: str


@dataclass(slots=True)
class Portion:
    """Records by kind and code: the last of each, as the one that billing holds now."""

    records: defaultdict[str, dict[str, Record]] = field(default_factory=lambda: defaultdict(dict))
    rows: defaultdict[str, dict[str, Row]] = field(default_factory=lambda: defaultdict(dict))
    allocations: dict[str, list[Row]] = field(default_factory=dict)
    removed: defaultdict[str, dict[str, Removed]] = field(default_factory=lambda: defaultdict(dict))
    misfits: dict[tuple[str, str], Fault] = field(default_factory=dict)

    def put(self, record: Record) -> None:
        """Takes the record in place of an earlier one with its kind and code."""
        table = TABLE_OF_RECORD.get(type(record))
        try:
            if table is None:
                self._remove(record)
            else:
                self._add(table, cast(MirrorRecord, record))
        except Misfit as misfit:
            kind, code = kind_of(record), code_of(record)
            self._forget(kind, code)
            self.misfits[kind, code] = Fault(record, str(misfit), owner_of(record))

    def _add(self, table: Table, record: MirrorRecord) -> None:
        row = row_of(table, record)
        code = row[0]
        if isinstance(record, PaymentRecord):
            self.allocations[code] = allocations_of(record)
        self.rows[table.kind][code] = row
        self.records[table.kind][code] = record
        if self.misfits:
            self.misfits.pop((table.kind, code), None)

    def _remove(self, record: object) -> None:
        if not isinstance(record, Removed):
            raise Misfit("billing sent something that is no record")
        if record.kind not in TABLE_OF_KIND or type(record.code) is not str or storable(record.code) != record.code:
            raise Misfit("billing removed something that is no record")
        self._forget(record.kind, record.code)
        self.misfits.pop((record.kind, record.code), None)
        self.removed[record.kind][record.code] = record

    def _forget(self, kind: str, code: str) -> None:
        self.records[kind].pop(code, None)
        self.rows[kind].pop(code, None)


def owner_of(record: object) -> str:
    owner = getattr(record, "code" if kind_of(record) == "customer" else "customer_code", "")
    return owner if type(owner) is str else ""


def portions(records: Iterable[Record]) -> Iterator[Portion]:
    """The records in turn. A record that comes after its own removal begins a new portion, for removals come last."""
    portion = Portion()
    for record in records:
        if portion.removed and code_of(record) in portion.removed.get(kind_of(record), ()):
            yield portion
            portion = Portion()
        portion.put(record)
    yield portion


def kind_of(record: object) -> str:
    if isinstance(record, Removed):
        return REMOVED
    table = TABLE_OF_RECORD.get(type(record))
    return table.kind if table else "unknown"


def code_of(record: object) -> str:
    """The key of a record as text, whatever it is."""
    if isinstance(record, Removed):
        return f"{record.kind} {record.code}"
    code = getattr(record, "number" if kind_of(record) == "invoice" else "code", "")
    return code if type(code) is str else repr(code)
