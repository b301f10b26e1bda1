"""A billing system that does what it is told, commands for it, and a clock; for the tests of this room."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from sportello.billing.commands import (
    COMMANDS,
    ChangeMailingAddress,
    Command,
    PublishWebCode,
    Receipt,
    RequestDirectDebit,
    SubmitReading,
)
from sportello.billing.port import Capabilities
from sportello.billing.records import Address, RegisterValue
from sportello.domain.ledger import jobs, sending
from sportello.domain.ledger.models import LedgerRow
from sportello.domain.ledger.writing import enqueue

NOW = datetime(2026, 11, 24, 9, 42, tzinfo=UTC)
VALUE = Decimal("4711.250")  # a canary: stands in no log
CODE = "CANARYC0DE234"
IBAN = "IT60X0542811101000000123456"
FOLLOW = "test.follow"


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, time: timedelta) -> None:
        self.now += time


class FakeBilling:
    """Keeps what it has done, by key. Faults are raised in their order before it does anything, those of ``after``
    once it has done it. With ``knows_keys`` off it is a billing that does everything again."""

    def __init__(self) -> None:
        self.capabilities = Capabilities(
            name="fake", feed=False, fresh_for=60, invoice_pdf=False, invoice_xml=False, commands=frozenset(COMMANDS)
        )
        self.done: list[tuple[str, Command]] = []
        self.asked: list[str] = []
        self.before: list[BaseException] = []
        self.after: list[BaseException] = []
        self.knows_keys = True
        self.meanwhile: Callable[[], None] = lambda: None  # what happens while it works
        self._lock = threading.Lock()

    def execute(self, command: Command, *, key: str) -> Receipt:
        with self._lock:
            self.asked.append(key)
            if self.before:
                raise self.before.pop(0)
            duplicate = self.knows_keys and key in self.keys
            if not duplicate:
                self.done.append((key, command))
        self.meanwhile()
        if self.after:
            raise self.after.pop(0)
        return Receipt(reference=f"R-{key}", duplicate=duplicate)

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self.done]


def reading(key: str = "K1", *, customer: str = "C1", about: str = "", **fields: Any) -> LedgerRow:
    """A row in the ledger, about a request of its own unless ``about`` names one."""
    options = {"now": NOW, "follows": FOLLOW} | {
        name: fields.pop(name) for name in ("now", "follows", "instead") if name in fields
    }
    command = submit_reading(customer=customer, **fields)
    return enqueue(command, key=key, about=("activity", about or f"A-{key}"), **options)


def submit_reading(*, customer: str = "C1", value: Decimal = VALUE, **fields: Any) -> SubmitReading:
    values = (RegisterValue(register="R-total", value=value),)
    fields = {"supply_code": f"S-{customer}", "meter_code": "M1", "read_on": date(2026, 11, 23), **fields}
    return SubmitReading(customer_code=customer, values=values, **fields)


def web_code(key: str = "W1", *, customer: str = "C1", expires_on: date = date(2027, 5, 23)) -> LedgerRow:
    command = PublishWebCode(customer_code=customer, web_code=CODE, expires_on=expires_on)
    return enqueue(command, key=key, about=("web_code", customer), follows="", now=NOW, instead=True)


def change_mailing_address(*, customer: str = "C1") -> ChangeMailingAddress:
    address = Address(street="Via Grandi", number="39", postcode="41033", municipality="Concordia", province="MO")
    return ChangeMailingAddress(customer_code=customer, account_code="A1", address=address, addressee="Studio Neri")


def request_direct_debit(*, customer: str = "C1") -> RequestDirectDebit:
    return RequestDirectDebit(
        customer_code=customer,
        account_code="A1",
        mandate_reference="MND-1",
        scheme="core",
        iban=IBAN,
        holder="Alice Neri",
        holder_tax_code="NRELCA80A41F257X",
        signed_on=date(2026, 11, 24),
    )


def row(key: str = "K1") -> LedgerRow:
    return LedgerRow.objects.get(key=key)


def is_locked(key: str = "K1") -> bool:
    """Whether somebody else, in a connection of his own, would have to wait for this row."""
    with psycopg.connect(**connection.get_connection_params()) as other:
        try:
            other.execute("SELECT FROM ledger_ledgerrow WHERE key = %s FOR UPDATE NOWAIT", [key])
        except psycopg.errors.LockNotAvailable:
            return True
    return False


def states() -> dict[str, str]:
    return dict(LedgerRow.objects.order_by("pk").values_list("key", "state"))


def waiting(task: str = jobs.SEND) -> list[dict[str, Any]]:
    return [job.args for job in ProcrastinateJob.objects.filter(status="todo", task_name=task).order_by("id")]


def follows() -> list[list[str]]:
    return [job["customer_codes"] for job in waiting(FOLLOW)]


def lose_jobs(task: str = "") -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE %s IN ('', task_name)", [task])


def run_jobs(clock: Clock) -> None:
    """What a worker would do now: the jobs that are due, and those that they defer."""
    while job := _next_job(clock.now):
        name, arguments = job
        if name == jobs.SEND:
            sending.send(arguments["customer_code"], clock=clock)
        elif name == jobs.PROBE:
            sending.probe(clock=clock)
        else:
            sending.sweep(now=clock.now)


def pass_time(clock: Clock, *, seconds: int) -> None:
    """A worker runs, with its sweep each minute."""
    for _ in range(seconds):
        clock.pass_(timedelta(seconds=1))
        if clock.now.second == NOW.second:
            sending.sweep(now=clock.now)
        run_jobs(clock)


def _next_job(now: datetime) -> tuple[str, dict[str, Any]] | None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM procrastinate_jobs WHERE id = (
                SELECT id FROM procrastinate_jobs
                WHERE status = 'todo' AND task_name = ANY(%s) AND (scheduled_at IS NULL OR scheduled_at <= %s)
                ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED
            ) RETURNING task_name, args
            """,
            [[jobs.SEND, jobs.PROBE, jobs.SWEEP], now],
        )
        found = cursor.fetchone()
    return (found[0], json.loads(found[1])) if found else None
