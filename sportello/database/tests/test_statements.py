"""Queries asked without a cursor give what a cursor gives, and go on where the server has forgotten or changed something."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import connections

from sportello.database.statements import numbered, rows_of

VALUES = "SELECT %s::int, %s::text, %s::timestamptz, %s::text[], %s::numeric, '%%'"


@pytest.fixture
def connection(django_db_setup: None) -> Iterator[psycopg.Connection[Any]]:
    parameters = connections["default"].get_connection_params()
    with psycopg.connect(**parameters, autocommit=True) as made:
        yield made


@pytest.mark.parametrize("number", [1, 40_000, 3_000_000_000, None])
def test_it_gives_what_a_cursor_gives(connection, number):
    values = [number and number % 100_000, "it's", datetime(2026, 3, 1, tzinfo=UTC), ["a", "b,c"], Decimal("1.50")]
    for _ in range(3):
        expected = psycopg.Cursor(connection).execute(VALUES, values).fetchall()
        assert rows_of(connection, numbered(VALUES), values) == expected


def test_values_of_other_types_are_another_statement(connection):
    query = numbered("SELECT %s + 1")
    assert [rows_of(connection, query, [value]) for value in (1, 40_000, 3_000_000_000)] == [
        [(2,)], [(40_001,)], [(3_000_000_001,)]
    ]  # fmt: skip


def test_it_goes_on_where_the_server_has_forgotten_it(connection):
    query = numbered("SELECT %s")
    assert rows_of(connection, query, [1]) == [(1,)]
    connection.execute("DEALLOCATE ALL")
    assert rows_of(connection, query, [2]) == [(2,)]


def test_it_goes_on_where_a_table_has_changed(connection):
    connection.execute("CREATE TEMP TABLE changing AS SELECT 1 AS one")
    query = numbered("SELECT * FROM changing")
    assert rows_of(connection, query, []) == [(1,)]
    connection.execute("ALTER TABLE changing ADD two int DEFAULT 2")
    assert rows_of(connection, query, []) == [(1, 2)]


def test_an_error_is_the_one_that_a_cursor_raises_and_leaves_the_connection_sound(connection):
    with pytest.raises(psycopg.errors.DivisionByZero):
        rows_of(connection, numbered("SELECT 1 / %s"), [0])
    assert rows_of(connection, numbered("SELECT 1 / %s"), [1]) == [(1,)]


def test_a_connection_that_has_ended_is_an_operational_error(connection):
    query = numbered("SELECT pg_backend_pid() + %s")
    [(process,)] = rows_of(connection, query, [0])
    with psycopg.connect(**connections["default"].get_connection_params(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
    with pytest.raises(psycopg.OperationalError):
        rows_of(connection, query, [0])
