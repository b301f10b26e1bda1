"""Keeps the records that failed a check, whole and with the reason, and gives back those that may pass by now."""

from collections.abc import Collection, Iterable
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from types import UnionType
from typing import Any, Final, cast, get_args, get_origin, get_type_hints

from django.db.backends.utils import CursorWrapper
from psycopg import sql

from sportello.billing.records import Record, Removed
from sportello.domain.customers.alignment.checks import CURABLE
from sportello.domain.customers.alignment.mirror import TABLE_OF_KIND, Table
from sportello.domain.customers.alignment.portions import REMOVED, Fault, code_of, kind_of
from sportello.domain.customers.alignment.rows import storable
from sportello.domain.customers.models import SetAside

LONGEST_CODE: Final = 200


def keep(faults: Iterable[Fault], *, now: datetime, again: bool) -> None:
    """Sets records aside; one that was already is replaced, and keeps the time when it was first seen.

    ``again`` says that billing has not sent them just now.
    """
    kept = [
        SetAside(
            kind=kind_of(fault.record),
            code=short(code_of(fault.record)),
            customer_code=short(fault.customer_code),
            reason=fault.reason,
            record=plain(fault.record) if is_dataclass(fault.record) else {"sent": plain(fault.record)},
            first_seen_at=now,
            last_seen_at=now,
        )
        for fault in faults
    ]
    SetAside.objects.bulk_create(
        kept,
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["kind", "code"],
        update_fields=["reason"] if again else ["customer_code", "reason", "record", "last_seen_at"],
    )
    # A record that billing sends, good or bad, is no longer one that it has removed.
    forget(REMOVED, [short(f"{one.kind} {one.code}") for one in kept if one.kind != REMOVED])


def release(cursor: CursorWrapper, table: Table) -> None:
    """Forgets what was set aside of the records that are still staged: they have passed, and are not removed."""
    for kind, prefix in ((table.kind, ""), (REMOVED, f"{table.kind} ")):
        cursor.execute(
            sql.SQL("DELETE FROM {} AS kept USING {} AS s WHERE kept.kind = {} AND kept.code = {} || s.{}").format(
                sql.Identifier(SetAside._meta.db_table), table.staged, kind, prefix, sql.Identifier(table.key)
            )
        )


def forget(kind: str, codes: Iterable[str]) -> None:
    """Forgets what was set aside of these."""
    if gone := list(codes):
        SetAside.objects.filter(kind=kind, code__any=gone).delete()


def curable(*, customers: Collection[str] | None = None, after: int = 0, limit: int) -> tuple[list[Record], int | None]:
    """Records set aside because of another one, by number from ``after`` on; only of these customers, where given.

    Returns also the number of the last one where there may be more, else None.
    """
    waiting = SetAside.objects.filter(reason__in=CURABLE, id__gt=after).order_by("id")
    if customers is not None:
        if not waiting.exists():  # as it mostly is: to name some thousand customers would take longer than to look
            return [], None
        waiting = waiting.filter(customer_code__any=list(customers))
    found = list(waiting.values_list("id", "kind", "record")[:limit])
    records = [restored(kind, record) for _, kind, record in found]
    return [record for record in records if record is not None], found[-1][0] if len(found) == limit else None


def short(text: str) -> str:
    """Text as it can be kept in a column; what is too long ends in a sum of the whole, so that two stay two."""
    text = storable(text)
    if len(text) <= LONGEST_CODE:
        return text
    return text[: LONGEST_CODE - 17] + "…" + sha256(text.encode()).hexdigest()[:16]


def plain(value: object) -> Any:
    """A record as JSON can hold it, whatever is in it."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name, None)) for field in fields(value)}
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, date):
        return value.isoformat()
    return storable(str(value))


def restored(kind: str, record: dict[str, Any]) -> Record | None:
    """The record that ``plain`` made this JSON of; None where records had another form then."""
    cls: type = Removed if kind == REMOVED else TABLE_OF_KIND[kind].record
    try:
        return cast(Record, _built(cls, record))
    except (TypeError, ValueError):
        return None


def _built(hint: Any, value: Any) -> Any:
    if isinstance(hint, UnionType):
        return None if value is None else _built(get_args(hint)[0], value)
    if get_origin(hint) is tuple:
        return tuple(_built(get_args(hint)[0], part) for part in value)
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return cast(type, hint)(**{name: _built(hints[name], part) for name, part in value.items()})
    if hint is Decimal:
        return Decimal(value)
    return date.fromisoformat(value) if hint is date else value
