"""Puts what has passed the checks from the staging tables into the mirror, writing only rows that are new or other."""

from typing import Final

from django.db.backends.utils import CursorWrapper
from psycopg import sql

from sportello.domain.customers.alignment.mirror import TABLE_OF_KIND, Table, names
from sportello.domain.customers.models import Allocation
from sportello.domain.customers.models.meters import ReadingOrigin

# The condition on the way in keeps an unchanged row from being locked, which would write to its page; the one at the
# conflict holds where another transaction has just written the row. Rows go in as billing sent them: in the order of a
# join's hash table they would land all over the indexes, at twice the time.
PUT: Final = """
    INSERT INTO {mirror} AS here ({columns})
    SELECT {columns} FROM {staged} AS s
    WHERE NOT EXISTS (
        SELECT FROM {mirror} AS same WHERE same.{key} = s.{key} AND ROW({same}) IS NOT DISTINCT FROM ROW({sent})
    )
    ORDER BY s.ctid
    ON CONFLICT ({key}) DO UPDATE SET ({columns}) = ROW({excluded})
    WHERE ROW({here}) IS DISTINCT FROM ROW({excluded})
"""

# Readings that customers gave are told apart as they are written: the rest, which may be millions, concerns nobody else.
PUT_READINGS: Final = """
    WITH written AS ({put} RETURNING here.customer_code, here.origin, here.key)
    SELECT count(*), array_agg(DISTINCT customer_code) FILTER (WHERE key IS NOT NULL OR origin = {given}) FROM written
"""

GONE_ALLOCATIONS: Final = """
    DELETE FROM {allocation} AS here USING staged_payment AS s
    WHERE here.payment_code = s.code AND NOT EXISTS (
        SELECT FROM staged_allocation AS part
        WHERE part.payment_code = here.payment_code AND part.invoice_number = here.invoice_number
    )
"""
PUT_ALLOCATIONS: Final = """
    INSERT INTO {allocation} AS here (payment_code, invoice_number, amount)
    SELECT part.payment_code, part.invoice_number, part.amount
    FROM staged_allocation AS part JOIN staged_payment AS s ON s.code = part.payment_code
    WHERE NOT EXISTS (
        SELECT FROM {allocation} AS same
        WHERE same.payment_code = part.payment_code AND same.invoice_number = part.invoice_number
          AND same.amount = part.amount
    )
    ORDER BY part.ctid
    ON CONFLICT (payment_code, invoice_number) DO UPDATE SET amount = EXCLUDED.amount
    WHERE here.amount <> EXCLUDED.amount
"""


def put(cursor: CursorWrapper, table: Table) -> int:
    """Returns how many rows of the mirror were written."""
    cursor.execute(_put(table))
    return int(cursor.rowcount)


def put_readings(cursor: CursorWrapper) -> tuple[int, list[str]]:
    """Returns how many readings were written, and whose are those among them that the customer gave."""
    put = _put(TABLE_OF_KIND["meter_reading"])
    cursor.execute(sql.SQL(PUT_READINGS).format(put=put, given=ReadingOrigin.SELF.value))
    count, customers = cursor.fetchone()
    return int(count), customers or []


def _put(table: Table) -> sql.Composed:
    parts = {
        "mirror": table.mirror,
        "staged": table.staged,
        "key": sql.Identifier(table.key),
        "columns": names(table.columns),
        "same": names(table.columns, of="same"),
        "sent": names(table.columns, of="s"),
        "here": names(table.columns, of="here"),
        "excluded": names(table.columns, of="excluded"),
    }
    return sql.SQL(PUT).format(**parts)


def put_allocations(cursor: CursorWrapper) -> int:
    """Makes the allocations of the staged payments what billing says, as a set. Returns how many rows changed."""
    allocation = sql.Identifier(Allocation._meta.db_table)
    changed = 0
    for query in (GONE_ALLOCATIONS, PUT_ALLOCATIONS):
        cursor.execute(sql.SQL(query).format(allocation=allocation))
        changed += cursor.rowcount
    return changed
