"""Makes a company of so many customers in the database that is open, from nothing: the one that ``size`` has started."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from sportello.demo.preparing import Say
from sportello.demo.size import copying, logins, past
from sportello.demo.size.bare import bare

OFTEN: Final = 10.0  # seconds between two lines of one table
ALSO: Final = ("people_user", "customers_customeraccess", *past.TABLES)
TUNED: Final = (
    "SET maintenance_work_mem = '1GB'",
    "SET work_mem = '128MB'",
    "SET jit = off",
    "SET synchronous_commit = off",
)


class ForeignDatabase(Exception):
    """This is not the server that was started for this."""


def make(url: str, *, customers: int, var: Path, say: Say) -> dict[str, int]:
    """Fills the new database at ``url``, of the server under ``var``; returns how many rows each table has.

    Raises ``ForeignDatabase`` where that is another server's.
    """
    with psycopg.connect(url) as connection:
        only_here(connection, var)
    _prepare(var, customers, say)
    return multiply(url, customers=customers, say=say)


def only_here(connection: psycopg.Connection, var: Path) -> None:
    row = connection.execute("SHOW data_directory").fetchone()
    if row is None or Path(row[0]).resolve() != (var / "postgres").resolve():
        raise ForeignDatabase


def _prepare(var: Path, customers: int, say: Say) -> None:
    """The demo as ``make demo`` has it, but for the crowd, of whom each has been there for long."""
    from sportello.demo import preparing
    from sportello.demo.company import Company, build
    from sportello.demo.size.trimming import trimmed

    def invent(today: date) -> Company:
        company = build(today=today, old_hands=customers)
        return trimmed(company, spared={code for person in company.cast for code in person.customer_codes})

    with ExitStack() as stack:
        preparing.prepare(billing="embedded", var=var, say=say, stack=stack, invent=invent)


def multiply(url: str, *, customers: int, say: Say) -> dict[str, int]:
    """Copies the customers of the mirror at ``url`` who have no part to play until there are so many."""
    from django.utils import timezone

    told = Telling(say)
    with psycopg.connect(url, autocommit=True) as source, psycopg.connect(url, autocommit=True) as target:
        for statement in TUNED:
            target.execute(statement)
            source.execute(statement)
        copying.keep_originals(target, spread(crowd(source), customers - present(source)))
        with bare(target, copying.NAMES, step=told.made):
            copying.copy_customers(source, target, today=timezone.localdate(), progress=told.copied)
            for table in copying.TABLES:
                copying.copy_table(table, source, target, progress=told.copied)
        say(f"{logins.make(target, now=timezone.now()):,} logins")
        with bare(target, past.TABLES, step=told.made):
            requests = past.write(target, now=timezone.now())
        say(f"{requests:,} requests of earlier days")
        copying.forget_originals(target)
        say("Reading the tables over for the planner ...")
        target.execute("VACUUM (ANALYZE)")
        return {name: count(target, name) for name in (*copying.NAMES, *ALSO)}


def crowd(connection: psycopg.Connection) -> list[str]:
    """The customers without a part to play."""
    from sportello.demo.crowd import FIRST_PERSON

    found = connection.execute(
        "SELECT code FROM customers_customer WHERE code::integer >= %s ORDER BY code", [FIRST_PERSON]
    )
    return [code for (code,) in found]


def present(connection: psycopg.Connection) -> int:
    return count(connection, "customers_customer")


def count(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    return int(row[0]) if row else 0


def spread(codes: Sequence[str], copies: int) -> dict[str, int]:
    """How many copies of each there are when there are so many in all."""
    each, left = divmod(max(copies, 0), len(codes))
    return {code: each + (place < left) for place, code in enumerate(codes)}


class Telling:
    """Says how far it is, not too often."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._started = self._said = time.monotonic()

    def copied(self, table: str, rows: int, total: int) -> None:
        now = time.monotonic()
        if rows == total or now - self._said > OFTEN:
            self._said = now
            self._say(f"{now - self._started:4.0f} s  {table}: {rows:,} of {total:,} rows")

    def made(self, name: str) -> None:
        now = time.monotonic()
        if now - self._said > OFTEN:
            self._said = now
            self._say(f"{now - self._started:4.0f} s  indexes and references: {name}")
