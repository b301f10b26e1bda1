"""Staging tables, which live as long as they are needed: rows are copied into them and checked there."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from django.db import DataError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from sportello.domain.customers.alignment.mirror import Table, names
from sportello.domain.customers.alignment.rows import Row

STAGED_ALLOCATION = sql.Identifier("staged_allocation")
ALLOCATION_COLUMNS = ("payment_code", "invoice_number", "amount")
ALLOCATION_TYPES = sql.SQL("payment_code varchar, invoice_number varchar, amount numeric")


@contextmanager
def staging(cursor: CursorWrapper, table: sql.Identifier, columns: sql.Composable) -> Iterator[None]:
    """A staging table for the length of the block; after an error the transaction's end takes it away."""
    cursor.execute(sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP").format(table, columns))
    yield
    cursor.execute(sql.SQL("DROP TABLE {}").format(table))


def copy(cursor: CursorWrapper, table: sql.Identifier, columns: Sequence[str], rows: Sequence[Row]) -> list[Row]:
    """Copies ``rows`` and returns those that PostgreSQL cannot hold at all: NUL, half a character, a number too large.

    Those are so rare that they are looked for only when a copy fails, by halves.
    """
    if not rows:
        return []
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(table, names(columns))
    try:
        with transaction.atomic(), connection.wrap_database_errors, cursor.copy(statement) as target:
            for row in rows:
                target.write_row(row)
    except (DataError, UnicodeError):
        if len(rows) == 1:
            return list(rows)
        middle = len(rows) // 2
        return [
            *copy(cursor, table, columns, rows[:middle]),
            *copy(cursor, table, columns, rows[middle:]),
        ]
    return []


def discard(cursor: CursorWrapper, table: Table, codes: Iterable[str]) -> None:
    """Takes the rows with these keys from the staging table."""
    _delete(cursor, table.staged, table.key, codes)


def discard_allocations(cursor: CursorWrapper, payments: Iterable[str]) -> None:
    """Takes what these payments were allocated to from the staging table."""
    _delete(cursor, STAGED_ALLOCATION, "payment_code", payments)


def _delete(cursor: CursorWrapper, staged: sql.Identifier, column: str, codes: Iterable[str]) -> None:
    gone = list(codes)
    if gone:
        cursor.execute(sql.SQL("DELETE FROM {} WHERE {} = ANY(%s)").format(staged, sql.Identifier(column)), [gone])
