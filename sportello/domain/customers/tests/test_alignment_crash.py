"""An alignment that is killed anywhere leaves whole batches behind, and the next one ends where it would have."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from sportello.billing.records import Record, Removed
from sportello.domain.customers.alignment import align
from sportello.domain.customers.models import Customer, Feed, Invoice, MeterReading
from sportello.domain.customers.tests.billing import FakeBilling, company, customer, invoice, metered, payment, reading
from sportello.domain.customers.tests.state import Rows, contents, settled

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIMIT = 6
LOG: list[Record] = [
    *reversed(company(1)),
    customer("X", phone="\n"),
    *reversed(metered(1)),
    *company(2),
    *metered(2),
    payment(allocations=()),
    Removed(kind="payment", code="P-2"),
    invoice("I-1", has_xml=True),
    Removed(kind="meter_reading", code="L-2"),
    reading("K-1", origin="self", key="key-1", validation="valid"),
]


class Killed(BaseException):
    """Nothing may catch it."""


@contextmanager
def killed_at(step: int, *, commits: bool = False) -> Iterator[list[int]]:
    """Ends everything at the statement, or after the commit, of this number, counted from 0."""
    seen = [0]

    def strike() -> None:
        seen[0] += 1
        if seen[0] == step + 1:
            raise Killed

    def statement(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if not commits:
            strike()
        return execute(sql, params, many, context)

    real = connection._commit

    def commit() -> None:
        real()
        if commits:
            strike()

    connection._commit = commit
    try:
        with connection.execute_wrapper(statement):
            yield seen
    finally:
        del connection._commit


def clean() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")
        cursor.execute(
            "TRUNCATE customers_allocation, customers_payment, customers_invoice, customers_supply, customers_customer,"
            " customers_billingaccount, customers_customeraccess, customers_setaside, customers_feed, customers_meter,"
            " customers_meterreading, customers_usage, procrastinate_jobs CASCADE"
        )


def states() -> list[Rows]:
    """The mirror before the first batch and after each."""
    found = [contents()]
    billing = FakeBilling(log=LOG)
    align(billing=billing, now=NOW, limit=LIMIT, progress=lambda done: found.append(contents()))
    clean()
    return found


def owed() -> set[str]:
    """Of whom a reading that he gave is here, so that somebody must look what became of it."""
    return set(MeterReading.objects.filter(key__isnull=False).values_list("customer_id", flat=True))


def total(*, commits: bool) -> int:
    with killed_at(-1, commits=commits) as seen:
        align(billing=FakeBilling(log=LOG), now=NOW, limit=LIMIT)
    clean()
    return seen[0]


def check(step: int, expected: list[Rows], *, commits: bool) -> None:
    with pytest.raises(Killed), killed_at(step, commits=commits):
        align(billing=FakeBilling(log=LOG), now=NOW, limit=LIMIT)
    cursor = Feed.objects.values_list("cursor", flat=True).first() or "0"
    batches = -(-int(cursor) // LIMIT)
    assert contents() == expected[batches], f"half a batch at {step}"
    assert settled() == owed(), f"readings and their jobs differ at {step}"
    connection.close()  # as when the process is gone
    assert not align(billing=FakeBilling(log=LOG), now=NOW, limit=LIMIT).busy
    assert contents() == expected[-1], f"not the same after {step}"
    assert settled() == {"C-1", "C-2"}
    clean()


@pytest.mark.django_db(transaction=True)
def test_killed_at_a_statement() -> None:
    expected = states()
    count = total(commits=False)
    assert count > 100
    for step in range(0, count, 9):
        check(step, expected, commits=False)


@pytest.mark.torture
@pytest.mark.timeout(900)
@pytest.mark.django_db(transaction=True)
def test_killed_at_every_statement() -> None:
    expected = states()
    for step in range(total(commits=False)):
        check(step, expected, commits=False)


@pytest.mark.django_db(transaction=True)
def test_killed_after_every_commit() -> None:
    expected = states()
    count = total(commits=True)
    assert count == 5  # the start, and four batches, each with its cursor
    for step in range(count):
        check(step, expected, commits=True)


PROGRAM = """
import sys
from datetime import UTC, datetime

import django
from django.conf import settings

settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()

from sportello.domain.customers.alignment import align
from sportello.domain.customers.tests.billing import FakeBilling, company

log = [record for number in range(400) for record in company(number)]
align(
    billing=FakeBilling(log=log),
    now=datetime(2026, 3, 1, tzinfo=UTC),
    limit=100,
    progress=lambda done: print(done.batches, flush=True),
)
"""


@pytest.mark.django_db(transaction=True)
def test_a_process_that_is_killed() -> None:
    name = settings.DATABASES["default"]["NAME"]
    program = [sys.executable, "-c", textwrap.dedent(PROGRAM), name]
    with subprocess.Popen(
        program, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    ) as child:
        assert child.stdout is not None
        for _ in range(4):
            assert child.stdout.readline().strip()
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    with connection.cursor() as cursor:  # until the server has noticed, the dead process holds its lock
        cursor.execute("SELECT pg_advisory_lock(%s), pg_advisory_unlock(%s)", [7_305_734_126] * 2)
    read = int(Feed.objects.get().cursor)
    assert read in range(400, 2000, 100)
    assert (Customer.objects.count(), Invoice.objects.count()) == (read / 5, read / 5)
    log = [record for number in range(400) for record in company(number)]
    done = align(billing=FakeBilling(log=log), now=NOW)
    assert done.written.read == 2000 - read
    assert Invoice.objects.count() == 400
