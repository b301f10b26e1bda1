"""Commands to the embedded billing while something goes wrong between the two: each is done once, and none is lost.

The ledger and the embedded billing are the real ones, each with its own database; faults are put between them.
"""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connections
from procrastinate.contrib.django.models import ProcrastinateJob

from sportello.billing.commands import Command, PublishWebCode, Receipt, SubmitReading
from sportello.billing.errors import ForeignRows, NotThere, Unavailable
from sportello.connectors.embedded import executing, models
from sportello.connectors.embedded.connector import EmbeddedBilling
from sportello.connectors.embedded.loading import load
from sportello.connectors.embedded.tests.factories import account, customer, meter, reading, shown, supply
from sportello.domain.ledger import recording, sending
from sportello.domain.ledger.models import LedgerRow, Outage
from sportello.domain.ledger.writing import enqueue

pytestmark = pytest.mark.django_db(databases=["default", "billing"])
committed = pytest.mark.django_db(databases=["default", "billing"], transaction=True)

TODAY = date(2026, 4, 1)
FOLLOW = "test.follow"
CUSTOMERS = ("C1", "C2", "C3")
Fault = Callable[[EmbeddedBilling, Command, str], Receipt]


class Between(EmbeddedBilling):
    """The embedded billing behind a line on which ``faults`` happen, one a call, in their order."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = list(faults)
        self.asked: list[str] = []

    def execute(self, command: Command, *, key: str) -> Receipt:
        self.asked.append(key)
        if self.faults:
            return self.faults.pop(0)(self, command, key)
        return super().execute(command, key=key)

    def do(self, command: Command, key: str) -> Receipt:
        return super().execute(command, key=key)


def before(error: Exception) -> Fault:
    """Billing never hears of it."""

    def fault(billing: EmbeddedBilling, command: Command, key: str) -> Receipt:
        raise error

    return fault


def after(error: Exception) -> Fault:
    """Billing has done it, and the answer is lost."""

    def fault(billing: EmbeddedBilling, command: Command, key: str) -> Receipt:
        Between.do(billing, command, key)  # type: ignore[arg-type]
        raise error

    return fault


def twice(billing: EmbeddedBilling, command: Command, key: str) -> Receipt:
    """What was sent once arrives twice."""
    Between.do(billing, command, key)  # type: ignore[arg-type]
    return Between.do(billing, command, key)  # type: ignore[arg-type]


def for_another(billing: EmbeddedBilling, command: Command, key: str) -> Receipt:
    """What is asked for gets mixed up on the way, and billing knows no such thing."""
    raise NotThere("supply", "of somebody else")


def too_slow(billing: EmbeddedBilling, command: Command, key: str) -> Receipt:
    """Somebody else has the supply locked for longer than billing waits."""
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        connection = connections["billing"]
        connection.set_autocommit(False)
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM embedded_supply FOR UPDATE")
            cursor.execute("SELECT FROM embedded_customer FOR UPDATE")
        locked.set()
        done.wait(20)
        connection.rollback()
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    locked.wait(20)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(executing, "STATEMENT_TIMEOUT", 200)
            return Between.do(billing, command, key)  # type: ignore[arg-type]
    finally:
        done.set()
        thread.join()


def cut_off(billing: EmbeddedBilling, command: Command, key: str) -> Receipt:
    """The database server ends billing's connection in the middle of it."""
    real = executing.limit_time

    def end() -> None:
        real()
        with connections["billing"].cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(executing, "limit_time", end)
        return Between.do(billing, command, key)  # type: ignore[arg-type]


FAULTS: dict[str, Fault] = {
    "down": before(Unavailable("refused connection")),
    "asks to wait": before(Unavailable("503", retry_after=20)),
    "HTML for an answer": before(Unavailable("not an answer")),
    "truncated, not done": before(Unavailable("truncated")),
    "truncated, done": after(Unavailable("truncated")),
    "no answer in time, done": after(Unavailable("timed out")),
    "another customer's, not done": before(ForeignRows("rows of somebody else")),
    "another customer's, done": after(ForeignRows("rows of somebody else")),
    "garbage, not done": before(ValueError("Rossi")),
    "garbage, done": after(KeyError("Rossi")),
    "an expired token": before(Unavailable("401")),
    "arrives twice": twice,
}
IN_THE_DATABASE: dict[str, Fault] = {"no answer in time, not done": too_slow, "cut off in the middle": cut_off}


@pytest.fixture(autouse=True)
def home() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 4, 1, 8, tzinfo=UTC), tick=False):
        for number, code in enumerate(CUSTOMERS, 1):
            load([
                customer(code),
                account(f"A{number}", code),
                supply(f"S{number}", customer_code=code, account_code=f"A{number}"),
                meter(f"M{number}", customer_code=code, supply_code=f"S{number}"),
                reading(f"R{number}", customer_code=code, supply_code=f"S{number}", meter_code=f"M{number}"),
            ])  # fmt: skip
        yield


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Between:
    line = Between()
    monkeypatch.setattr(sending, "connector", lambda path: line)
    return line


class Office:
    """Writes commands, and does the worker's work as time passes."""

    def __init__(self) -> None:
        self.now = datetime(2026, 4, 1, 8, tzinfo=UTC)

    def read(self, key: str, value: int, *, of: str = "C1", day: int = 30, **fields: Any) -> None:
        number = of[1:]
        command = SubmitReading(
            customer_code=of,
            supply_code=f"S{number}",
            meter_code=f"M{number}",
            read_on=date(2026, 3, day),
            values=shown(value),
            **fields,
        )
        enqueue(command, key=key, about=("activity", key), follows=FOLLOW, now=self.now)

    def publish(self, key: str, code: str, *, of: str = "C1", expires_on: date = date(2026, 9, 1)) -> None:
        command = PublishWebCode(customer_code=of, web_code=code, expires_on=expires_on)
        enqueue(command, key=key, about=("web_code", of), follows="", now=self.now, instead=True)

    def work(self, minutes: int = 15) -> None:
        for _ in range(minutes * 4):
            if not LedgerRow.objects.waiting().exists():
                break
            for code in CUSTOMERS:
                sending.send(code, clock=lambda: self.now)
            sending.probe(clock=lambda: self.now)
            self.now += timedelta(seconds=15)


@pytest.fixture
def office() -> Office:
    return Office()


def given(key: str) -> int:
    """How many readings in billing came of this command."""
    return models.MeterReading.objects.filter(key=key).count()


def states() -> dict[str, str]:
    return dict(LedgerRow.objects.order_by("pk").values_list("key", "state"))


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_reading_is_given_once_and_none_is_lost(line: Between, office: Office, fault: str, times: int) -> None:
    line.faults = [FAULTS[fault]] * times
    give_and_check(line, office)


@committed
@pytest.mark.parametrize("fault", IN_THE_DATABASE)
def test_nor_where_it_is_billings_database_that_fails(line: Between, office: Office, fault: str) -> None:
    line.faults = [IN_THE_DATABASE[fault]] * 3
    give_and_check(line, office)


def give_and_check(line: Between, office: Office) -> None:
    for number, code in enumerate(CUSTOMERS, 1):
        office.read(f"{code}-a", 1100 + number, of=code, day=20)
        office.read(f"{code}-b", 1200 + number, of=code, day=30)
    office.work()
    assert set(states().values()) == {"acknowledged"}
    assert {given(key) for key in states()} == {1}
    assert ProcrastinateJob.objects.filter(task_name=FOLLOW).count() == 6
    for code in CUSTOMERS:
        assert [key for key in dict.fromkeys(line.asked) if key.startswith(code)] == [f"{code}-a", f"{code}-b"]
    assert not Outage.objects.exists()


@pytest.mark.parametrize("fault", ["truncated, done", "garbage, done", "arrives twice"])
def test_with_keys_that_billing_forgets_it_would_be_given_twice(
    line: Between, office: Office, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executing, "take", lambda key, name, now: True)
    line.faults = [FAULTS[fault]]
    office.read("K1", 1100)
    office.work()
    assert given("K1") == 2


@pytest.mark.parametrize("fault", [name for name in FAULTS if name != "arrives twice"])
def test_the_faults_are_what_they_say(line: Between, office: Office, fault: str) -> None:
    """After some of them billing had done it, after others not; the ledger cannot know, and asks again."""
    line.faults = [FAULTS[fault]]
    office.read("K1", 1100)
    sending.send("C1", clock=lambda: office.now)
    assert given("K1") == (1 if fault.endswith(", done") else 0)
    assert states() == {"K1": "queued"}


def test_what_billing_refuses_is_kept_with_its_words(line: Between, office: Office) -> None:
    office.read("low", 900)
    office.read("after", 1100)
    office.work(minutes=2)
    assert states() == {"low": "refused", "after": "acknowledged"}
    row = LedgerRow.objects.get(key="low")
    assert row.reason
    assert (given("low"), given("after"), line.asked) == (0, 1, ["low", "after"])


def test_another_customers_supply_is_refused(line: Between, office: Office) -> None:
    line.faults = [for_another]
    office.read("K1", 1100)
    office.work(minutes=2)
    row = LedgerRow.objects.get()
    assert (row.state, row.field, given("K1")) == ("refused", "supply", 0)


def test_a_late_acknowledgement_changes_nothing_that_came_after(line: Between, office: Office) -> None:
    """The first worker is so slow that others have sent its row again, and the next one too, before it is answered."""
    office.read("K1", 1100, day=20)
    office.read("K2", 1200, day=20, replaces="K1")
    slow = sending.claim("C1", now=office.now)
    assert slow is not None
    office.now += sending.LEASE
    office.work(minutes=2)
    assert states() == {"K1": "acknowledged", "K2": "acknowledged"}
    sending.deliver(slow, clock=lambda: office.now)
    recording.unavailable(slow, retry_after=None, now=office.now)
    assert states() == {"K1": "acknowledged", "K2": "acknowledged"}
    standing = models.MeterReading.objects.filter(supply="S1", origin="self", superseded_by=None)
    assert [row.key for row in standing] == ["K2"]
    assert (given("K1"), given("K2")) == (1, 1)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_last_code_is_what_billing_prints(line: Between, office: Office, fault: str) -> None:
    line.faults = [FAULTS[fault]] * 2
    office.publish("W1", "FIRST")
    sending.send("C1", clock=lambda: office.now)
    office.publish("W2", "SECOND")
    office.publish("W3", "THIRD")
    office.work()
    assert models.Customer.objects.get(code="C1").web_code == "THIRD"
    assert states() == {"W1": "acknowledged", "W2": "cancelled", "W3": "acknowledged"}
    assert not LedgerRow.objects.filter(command__has_key="web_code").exists()


def test_a_code_that_has_expired_on_the_way_is_refused(line: Between, office: Office) -> None:
    office.publish("W1", "LATE", expires_on=date(2026, 3, 31))
    office.work(minutes=1)
    row = LedgerRow.objects.get()
    assert (row.state, row.field) == ("refused", "expires_on")
    assert models.Customer.objects.get(code="C1").web_code == ""


@committed
def test_billings_database_away_for_long_loses_nothing(
    line: Between, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a fault put between, but the connector's own: its server is not there."""
    for code in CUSTOMERS:
        office.read(f"{code}-a", 1100, of=code)
    with monkeypatch.context() as patch:
        billing = connections["billing"]
        billing.close()
        patch.setitem(billing.settings_dict, "PORT", "1")
        office.work(minutes=60)
        assert set(states().values()) == {"queued"}
        assert len(line.asked) < 60 * 60 / 15
        billing.close()
    office.work(minutes=2)
    assert set(states().values()) == {"acknowledged"}
    assert {given(key) for key in states()} == {1}
