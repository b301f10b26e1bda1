"""How many rows a table of the mirror has: counted where they are few, as PostgreSQL last reckoned where they are many."""

from typing import Final, NamedTuple

from django.db import connection, models

MOST_COUNTED: Final = 20_000


class Amount(NamedTuple):
    """``exact`` says whether the rows were counted."""

    rows: int
    exact: bool


def amounts(*tables: type[models.Model]) -> list[Amount]:
    names = [table._meta.db_table for table in tables]
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reltuples FROM pg_class WHERE oid = ANY(%s::regclass[])", [names])
        reckoned = dict(cursor.fetchall())
    return [_amount(table, reckoned[table._meta.db_table]) for table in tables]


def _amount(table: type[models.Model], reckoned: float) -> Amount:
    """``reckoned`` is -1 where nobody has reckoned yet."""
    if reckoned > MOST_COUNTED:
        return Amount(round(reckoned), exact=False)
    return Amount(table._default_manager.count(), exact=True)
