"""Puts what has passed the checks from the staging tables into the mirror, writing only rows that are new or other."""

from dataclasses import dataclass, field
from typing import Final

from django.db.backends.utils import CursorWrapper
from psycopg import sql

from sportello.domain.customers.alignment.mirror import TABLE_OF_KIND, Table, names
from sportello.domain.customers.models import Allocation
from sportello.domain.customers.models.meters import ReadingOrigin

# LIMIT holds PostgreSQL to a look into the index for each row; see ``checks``.
COMPARE: Final = """
    SELECT s.{key}, found.owner <> s.{owner}, found.same
    FROM {staged} AS s CROSS JOIN LATERAL (
        SELECT here.{owner} AS owner, ROW({here}) IS NOT DISTINCT FROM ROW({sent}) AS same
        FROM {mirror} AS here WHERE here.{key} = s.{key} LIMIT 1
    ) AS found
"""
# Without ON CONFLICT, for which PostgreSQL looks once more and marks each row twice. Where another transaction has put a row
# there since the look, this fails, and one looks again: it may be another customer's.
ADD: Final = (
    "INSERT INTO {mirror} AS here ({columns}) SELECT {columns} FROM {staged} AS s WHERE s.{key} <> ALL(%(known)s)"
)
ALTER: Final = """
    UPDATE {mirror} AS here SET ({columns}) = ROW({sent}) FROM {staged} AS s
    WHERE here.{key} = ANY(%(other)s) AND s.{key} = here.{key}
"""

# Readings that customers gave are told apart as they are written: the rest, which may be millions, concerns nobody else.
PUT_READINGS: Final = """
    WITH written AS ({put} RETURNING here.customer_code, here.origin, here.key)
    SELECT count(*), array_agg(DISTINCT customer_code) FILTER (WHERE key IS NOT NULL OR origin = {given}) FROM written
"""

GONE_ALLOCATIONS: Final = """
    DELETE FROM {allocation} AS here
    WHERE here.payment_code = ANY(%(known)s) AND NOT EXISTS (
        SELECT FROM staged_allocation AS part
        WHERE part.payment_code = here.payment_code AND part.invoice_number = here.invoice_number
    )
"""
PUT_ALLOCATIONS: Final = """
    INSERT INTO {allocation} AS here (payment_code, invoice_number, amount)
    SELECT part.payment_code, part.invoice_number, part.amount
    FROM staged_allocation AS part
    WHERE part.payment_code <> ALL(%(known)s) OR part.amount IS DISTINCT FROM (
        SELECT same.amount FROM {allocation} AS same
        WHERE same.payment_code = part.payment_code AND same.invoice_number = part.invoice_number
    )
    ON CONFLICT (payment_code, invoice_number) DO UPDATE SET amount = EXCLUDED.amount
"""


@dataclass(slots=True)
class Known:
    """Keys of staged rows that the mirror has already: as another customer's, with the same values, with other ones."""

    moved: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)

    @property
    def codes(self) -> list[str]:
        """Those that stay where they are."""
        return self.same + self.other


def known(cursor: CursorWrapper, table: Table) -> Known:
    """Looks the staged rows up in the mirror."""
    found = Known()
    cursor.execute(_composed(COMPARE, table))
    for code, moved, same in cursor:
        (found.moved if moved else found.same if same else found.other).append(code)
    return found


def put(cursor: CursorWrapper, table: Table, known: Known) -> int:
    """Returns how many rows of the mirror were written. Raises IntegrityError where it has come to hold another of them."""
    written = 0
    for query, values in _queries(known):
        cursor.execute(_composed(query, table), values)
        written += cursor.rowcount
    return written


def put_readings(cursor: CursorWrapper, known: Known) -> tuple[int, set[str]]:
    """Returns how many readings were written, and whose are those among them that the customer gave."""
    table = TABLE_OF_KIND["meter_reading"]
    written, givers = 0, set[str]()
    for query, values in _queries(known):
        told = sql.SQL(PUT_READINGS).format(put=_composed(query, table), given=ReadingOrigin.SELF.value)
        cursor.execute(told, values)
        count, customers = cursor.fetchone()
        written += count
        givers |= set(customers or ())
    return written, givers


def _queries(known: Known) -> list[tuple[str, dict[str, list[str]]]]:
    queries = [(ADD, {"known": known.codes})]
    if known.other:
        queries.append((ALTER, {"other": known.other}))
    return queries


def _composed(query: str, table: Table) -> sql.Composed:
    return sql.SQL(query).format(
        mirror=table.mirror,
        staged=table.staged,
        key=sql.Identifier(table.key),
        owner=sql.Identifier(table.columns[table.owner]),
        columns=names(table.columns),
        sent=names(table.columns, of="s"),
        here=names(table.columns, of="here"),
    )


def put_allocations(cursor: CursorWrapper, known: Known) -> int:
    """Makes the allocations of the staged payments what billing says, as a set. Returns how many rows changed."""
    allocation = sql.Identifier(Allocation._meta.db_table)
    changed = 0
    for query in (GONE_ALLOCATIONS, PUT_ALLOCATIONS) if known.codes else (PUT_ALLOCATIONS,):
        cursor.execute(sql.SQL(query).format(allocation=allocation), {"known": known.codes})
        changed += cursor.rowcount
    return changed
