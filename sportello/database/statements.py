"""Queries that a connection keeps prepared, asked without a cursor: what a cursor looks up anew takes longer than to ask."""

import re
from itertools import count
from typing import Any

from psycopg import Connection, errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.generators import execute
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

# The server has forgotten the statement, or a table that it reads has other columns by now.
OUT_OF_DATE = (errors.InvalidSqlStatementName, errors.FeatureNotSupported)
_numbers = count(1)


def numbered(sql: str) -> bytes:
    """A query as psycopg takes it, with ``%s``, as PostgreSQL itself does: with ``$1``, ``$2``."""
    places = count(1)
    return re.sub("%([s%])", lambda found: "%" if found[1] == "%" else f"${next(places)}", sql).encode()


def rows_of(connection: Connection[Any], sql: bytes, values: list[Any]) -> list[tuple[Any, ...]]:
    """What a ``numbered`` query gives. The connection commits by itself: nothing here begins a transaction.

    Raises what a cursor would.
    """
    keeping: Any = connection
    try:
        statement: Statement = keeping.statements[sql]
    except (AttributeError, KeyError):
        statement = Statement(connection, sql)
        keeping.statements = {**getattr(connection, "statements", {}), sql: statement}
    return statement.rows(values)


class Statement:
    """One query on one connection, prepared for each combination of types that its values have."""

    __slots__ = ("_adapting", "_connection", "_names", "_sql")

    def __init__(self, connection: Connection[Any], sql: bytes) -> None:
        self._connection = connection
        self._sql = sql
        self._adapting = Transformer(connection)
        self._names: dict[tuple[int, ...], bytes] = {}

    def rows(self, values: list[Any]) -> list[tuple[Any, ...]]:
        try:
            return self._asked(values)
        except OUT_OF_DATE:
            self._names.clear()
            return self._asked(values)

    def _asked(self, values: list[Any]) -> list[tuple[Any, ...]]:
        adapting, pgconn = self._adapting, self._connection.pgconn
        written = adapting.dump_sequence(values, [PyFormat.AUTO] * len(values))
        name = self._names.get(types := adapting.types or ()) or self._prepare(types)
        pgconn.send_query_prepared(name, written, adapting.formats)
        result = self._answer()
        adapting.set_pgresult(result)
        try:
            return adapting.load_rows(0, result.ntuples, tuple)
        finally:
            adapting.set_pgresult(None)  # nothing of what somebody has read is kept

    def _prepare(self, types: tuple[int, ...]) -> bytes:
        name = f"sportello_{next(_numbers)}".encode()
        self._connection.pgconn.send_prepare(name, self._sql, types)
        self._answer()
        self._names[types] = name
        return name

    def _answer(self) -> PGresult:
        result: PGresult
        [result] = self._connection.wait(execute(self._connection.pgconn))
        if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            raise errors.error_from_result(result, self._connection.info.encoding)
        return result
