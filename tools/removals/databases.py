"""The test databases: left clean from one removal to the next, and without one of their constraints for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from django.db import connections
from psycopg import sql

from tools.removals.finding import Removal

KEPT = ["django_migrations", "django_content_type", "auth_permission"]
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL(%s) ORDER BY tablename"
OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def clean() -> None:
    """Removes what a child has left that was ended, or whose threads have outlived their test. None may be at work."""
    for alias in (each for each in connections if connections[each].settings_dict["NAME"].startswith("test_")):
        with opened(alias) as database:
            database.execute(OTHERS)
            names = [name for (name,) in database.execute(TABLES, [KEPT])]
            some = sql.SQL(" UNION ALL ").join(
                sql.SQL("(SELECT {} FROM {} LIMIT 1)").format(sql.Literal(name), sql.Identifier(name)) for name in names
            )
            if left := [sql.Identifier(name) for (name,) in database.execute(some)]:
                database.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(left)))


@contextmanager
def dropped(removal: Removal) -> Iterator[None]:
    table = table_of(removal)
    with opened() as database:
        drop, again = statements(database, table, removal.constraint)
        database.execute(drop)
    try:
        yield
    finally:
        clean()  # of rows that the constraint forbids
        with opened() as database:
            database.execute(again)


def opened(alias: str = "default") -> "psycopg.Connection[tuple[str, ...]]":
    options = connections[alias].get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    return psycopg.connect(**{name: options[name] for name in names if options.get(name)}, autocommit=True)


def table_of(removal: Removal) -> str:
    """By the path of the model's file and the name of its class."""
    app = removal.path.partition("/models")[0].rpartition("/")[2]
    return f"{app}_{removal.where.rpartition('.')[2].lower()}"


FIND = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %(table)s::regclass AND (
        conname = %(name)s OR contype = 'u' AND conkey = ARRAY(
            SELECT attnum FROM pg_attribute WHERE attrelid = %(table)s::regclass AND attname = %(column)s
        )
    )
"""
FIND_INDEX = "SELECT indexdef FROM pg_indexes WHERE tablename = %(table)s AND indexname = %(name)s"


def statements(
    database: "psycopg.Connection[tuple[str, ...]]", table: str, constraint: str
) -> tuple[sql.Composed, sql.Composed]:
    """What drops it and what makes it anew; one with a condition of its own is an index to the database."""
    column = constraint.removeprefix("unique ") if constraint.startswith("unique ") else ""
    values = {"table": table, "name": constraint, "column": column}
    if found := database.execute(FIND, values).fetchone():
        names = {"table": sql.Identifier(table), "name": sql.Identifier(found[0])}
        again = sql.SQL("ALTER TABLE {table} ADD CONSTRAINT {name} ").format(**names) + sql.SQL(cast(Any, found[1]))
        return sql.SQL("ALTER TABLE {table} DROP CONSTRAINT {name}").format(**names), again
    if index := database.execute(FIND_INDEX, values).fetchone():
        drop = sql.SQL("DROP INDEX {}").format(sql.Identifier(constraint))
        return drop, sql.Composed([sql.SQL(cast(Any, index[0]))])
    raise LookupError(f"{table} has no {constraint}")
