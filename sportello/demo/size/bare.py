"""Tables without what slows copying down: indexes and constraints go before, and are made again just as they were."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

Step = Callable[[str], None]

CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, contype::text, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype IN ('p', 'u', 'f') AND (conrelid::regclass::text = ANY(%(tables)s)
       OR (contype = 'f' AND confrelid::regclass::text = ANY(%(tables)s)))
    ORDER BY contype <> 'p', contype <> 'u', 1, 2
"""
INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid::regclass::text = ANY(%(tables)s)
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
    ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Constraint:
    table: str
    name: str
    kind: str  # p, u, f as in pg_constraint
    definition: str


@contextmanager
def bare(connection: psycopg.Connection, tables: Sequence[str], *, step: Step) -> Iterator[None]:
    """Inside the block these tables have no index, key or reference to or from them. ``step`` is told what is made again.

    After an error they are not made again: whoever fills a database so begins it anew.
    """
    values = {"tables": list(tables)}
    constraints = [Constraint(*row) for row in connection.execute(CONSTRAINTS, values).fetchall()]
    indexes = connection.execute(INDEXES, values).fetchall()
    for one in reversed(constraints):  # references before the keys that they need
        connection.execute(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(one.table), sql.Identifier(one.name))
        )
    for name, _ in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    yield
    for one in constraints:
        if one.kind != "f":
            step(one.name)
            _add(connection, one)
    for name, definition in indexes:
        step(name)
        connection.execute(definition)
    for one in constraints:
        if one.kind == "f":
            step(one.name)
            _add(connection, one)


def _add(connection: psycopg.Connection, one: Constraint) -> None:
    connection.execute(
        sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} " + one.definition).format(
            sql.Identifier(one.table), sql.Identifier(one.name)
        )
    )
