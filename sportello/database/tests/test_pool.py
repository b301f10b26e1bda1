"""Connections shared by threads: reused, bounded, and sound again at once when the server is."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import psycopg
import pytest
from django.db import OperationalError, connections

from sportello.database import pool as pools
from sportello.database.base import DatabaseWrapper
from sportello.database.pool import Exhausted, Pool


def connect() -> psycopg.Connection:
    parameters = connections["default"].get_connection_params()
    return psycopg.connect(**parameters, autocommit=True)


@pytest.fixture
def pool(django_db_setup) -> Iterator[Pool]:
    made = Pool(connect, size=2, patience=0.05)
    yield made
    made.close()


def process(connection: psycopg.Connection) -> int:
    return connection.info.backend_pid


def end(number: int) -> None:
    """As the server does when it is stopped."""
    with connect() as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [number])


def test_a_connection_is_used_again(pool: Pool):
    first = pool.getconn()
    number = process(first)
    pool.putconn(first)
    again = pool.getconn()
    assert process(again) == number
    pool.putconn(again)


def test_there_are_no_more_than_may_be_and_whoever_waits_too_long_is_told(pool: Pool):
    held = [pool.getconn(), pool.getconn()]
    with pytest.raises(Exhausted):
        pool.getconn()
    pool.putconn(held.pop())
    held.append(pool.getconn())
    for each in held:
        pool.putconn(each)


def test_whoever_waits_gets_what_is_given_back(django_db_setup):
    pool = Pool(connect, size=1, patience=10)
    first = pool.getconn()
    number = process(first)
    timer = threading.Timer(0.05, pool.putconn, [first])
    timer.start()
    second = pool.getconn()
    assert process(second) == number
    pool.putconn(second)
    pool.close()


def test_one_that_the_server_has_ended_is_not_handed_out(pool: Pool):
    first = pool.getconn()
    number = process(first)
    pool.putconn(first)
    end(number)
    second = pool.getconn()
    assert second.execute("SELECT 1").fetchone() == (1,)
    assert process(second) != number
    pool.putconn(second)


def test_without_looking_it_would_be_handed_out(pool: Pool, monkeypatch):
    monkeypatch.setattr(pools, "is_alive", lambda connection: True)
    first = pool.getconn()
    pool.putconn(first)
    end(process(first))
    second = pool.getconn()
    with pytest.raises(psycopg.OperationalError):
        second.execute("SELECT 1")
    pool.putconn(second)


def test_one_that_breaks_in_use_is_not_kept(pool: Pool):
    first = pool.getconn()
    end(process(first))
    with pytest.raises(psycopg.OperationalError):
        first.execute("SELECT 1")
    pool.putconn(first)
    second = pool.getconn()
    assert second.execute("SELECT 1").fetchone() == (1,)
    pool.putconn(second)


def test_one_left_inside_a_transaction_is_not_kept(pool: Pool):
    first = pool.getconn()
    number = process(first)
    first.autocommit = False
    first.execute("SELECT 1")
    pool.putconn(first)
    second = pool.getconn()
    assert process(second) != number
    pool.putconn(second)


def test_while_the_server_is_away_everybody_knows_at_once_and_no_place_is_lost():
    away = True

    def connect_if_there() -> psycopg.Connection:
        if away:
            raise psycopg.OperationalError("refused")
        return connect()

    pool = Pool(connect_if_there, size=2, patience=0.05)
    for _ in range(5):
        with pytest.raises(psycopg.OperationalError, match="refused"):
            pool.getconn()
    away = False
    held = [pool.getconn(), pool.getconn()]
    for each in held:
        pool.putconn(each)
    pool.close()


def test_closed_it_keeps_nothing(pool: Pool):
    idle, used = pool.getconn(), pool.getconn()
    pool.putconn(idle)
    pool.close()
    pool.putconn(used)
    assert idle.closed
    assert used.closed


@pytest.fixture
def backend(django_db_setup, django_db_blocker, monkeypatch) -> Iterator[DatabaseWrapper]:
    """Django's side of it, as web processes have it."""
    described = connections["default"].settings_dict
    options = described["OPTIONS"] | {"pool": {"size": 1, "patience": 0.05}}
    monkeypatch.setattr(DatabaseWrapper, "_connection_pools", {})
    made = DatabaseWrapper(described | {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False, "OPTIONS": options}, "default")
    with django_db_blocker.unblock():
        yield made
        made.close()
    made.close_pool()


def ask(backend: DatabaseWrapper, query: str) -> object:
    with backend.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


def test_django_takes_its_connections_from_it_and_gives_them_back(backend):
    number = ask(backend, "SELECT pg_backend_pid()")
    backend.close()
    assert ask(backend, "SELECT pg_backend_pid()") == number
    assert ask(backend, "SHOW timezone") == "UTC"
    assert backend.get_autocommit()


def test_with_all_in_use_django_is_told_of_an_operational_error(backend):
    held = backend.pool.getconn()
    with pytest.raises(OperationalError):
        ask(backend, "SELECT 1")
    backend.pool.putconn(held)
    assert ask(backend, "SELECT 1") == 1


def test_web_processes_use_it():
    command = [sys.executable, "-c", "from sportello.settings import DATABASES as of; print(of['default']['ENGINE'])"]
    for size, engine in (("4", "sportello.database"), ("0", "django.db.backends.postgresql")):
        told = subprocess.run(
            command, env={**os.environ, "DATABASE_POOL": size}, check=True, capture_output=True, text=True
        )
        assert told.stdout.strip() == engine
