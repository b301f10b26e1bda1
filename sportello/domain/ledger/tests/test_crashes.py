"""Killed before or after any commit, and before or after billing has done it: things come out the same, with one effect.

The controls show that this would be noticed: a billing that does not know keys, and an acknowledgement that is committed
without the job that follows, fail at some of the points.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import DatabaseError, connection, transaction

from sportello.billing.commands import Command, Receipt
from sportello.domain.journal.models import Event, record
from sportello.domain.ledger import jobs, recording
from sportello.domain.ledger.models import LedgerRow, State
from sportello.domain.ledger.sending import LEASE, sweep
from sportello.domain.ledger.settling import settle
from sportello.domain.ledger.tests import cast
from sportello.domain.ledger.tests.cast import NOW, Clock, FakeBilling

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = {"K1": "C1", "K2": "C1", "K3": "C2"}
KEYS = [*ROWS]


class Killed(BaseException):
    """Nothing may catch it."""


class Killer:
    """Kills at one of the moments that matter, counted from 1; where there are fewer, nobody is killed."""

    def __init__(self, moment: int, billing: FakeBilling) -> None:
        self.left = moment
        self.billing = billing
        self._commit = connection._commit
        self._execute = billing.execute

    def moment(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed

    def commit(self) -> None:
        self.moment()
        self._commit()
        self.moment()

    def execute(self, command: Command, *, key: str) -> Receipt:
        self.moment()
        receipt = self._execute(command, key=key)
        self.moment()
        return receipt

    @contextmanager
    def at_work(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(connection, "_commit", self.commit)
            patch.setattr(self.billing, "execute", self.execute)
            yield


def ask() -> None:
    """What a page does; the customer presses again where he got no answer."""
    with transaction.atomic():
        for key, customer in ROWS.items():
            cast.reading(key, customer=customer)


def follow(now: datetime) -> None:
    """What the room above does: each reading of these customers is executed once, however often it is called for."""
    while codes := cast.follows():
        with transaction.atomic():
            cast.lose_jobs(cast.FOLLOW)
            for row in LedgerRow.objects.filter(state=State.ACKNOWLEDGED, customer_code__in=chain(*codes)):
                if not Event.objects.filter(name="test.executed", about_key=row.key).exists():
                    record("test.executed", now=now, about=("test", row.key))


def others_go_on(clock: Clock) -> None:
    """Workers that live, with their sweep, until nothing moves any more."""
    for _ in range(5):
        cast.run_jobs(clock)
        follow(clock.now)
        clock.pass_(timedelta(minutes=1))
        sweep(now=clock.now)


def story(moment: int, billing: FakeBilling) -> bool:
    """Asks, sends, acknowledges and follows, killed at this moment; then others go on. Whether anybody was killed."""
    clock = Clock()
    killer = Killer(moment, billing)
    try:
        with killer.at_work():
            ask()
            cast.run_jobs(clock)
            follow(clock.now)
    except (Killed, DatabaseError):
        # Django trips over its own open transaction where the commit was killed; a process that dies does not get there.
        if killer.left > 0:
            raise
        connection.in_atomic_block = False
        connection.close()
    if not LedgerRow.objects.exists():
        ask()
    others_go_on(clock)
    return killer.left <= 0


def outcome() -> dict[str, Any]:
    return {
        "states": cast.states(),
        "executed": list(
            Event.objects.filter(name="test.executed").order_by("about_key").values_list("about_key", flat=True)
        ),
    }


WELL = {"states": dict.fromkeys(KEYS, "acknowledged"), "executed": KEYS}


def start_anew() -> FakeBilling:
    LedgerRow.objects.all().delete()
    Event.objects.all().delete()
    cast.lose_jobs()
    return FakeBilling()


@pytest.fixture
def each_moment(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Iterator[tuple[int, FakeBilling]]]:
    def moments(*, knows_keys: bool = True) -> Iterator[tuple[int, FakeBilling]]:
        for moment in range(1, 100):
            billing = start_anew()
            billing.knows_keys = knows_keys
            monkeypatch.setattr("sportello.domain.ledger.sending.connector", lambda path, fake=billing: fake)
            if not story(moment, billing):
                assert moment > 20  # three rows, each claimed, done, recorded; asked for; and followed
                return
            yield moment, billing
        raise AssertionError("it never ends")

    return moments


def test_whenever_it_is_killed_all_comes_out_the_same(each_moment: Callable[..., Any]) -> None:
    for moment, billing in each_moment():
        assert outcome() == WELL, moment
        assert sorted(billing.keys) == KEYS, moment
        assert billing.keys.index("K1") < billing.keys.index("K2"), moment


def test_with_a_billing_that_does_not_know_keys_it_would_be_done_twice(each_moment: Callable[..., Any]) -> None:
    twice = {moment for moment, billing in each_moment(knows_keys=False) if sorted(billing.keys) != KEYS}
    assert len(twice) >= 6  # after it was done, and before the record was committed, of each row


def test_acknowledged_without_the_job_that_follows_it_would_be_lost(
    each_moment: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_two_steps(row: LedgerRow, receipt: Receipt, *, now: datetime, feed: bool) -> None:
        with transaction.atomic():
            settle(row, State.ACKNOWLEDGED, now=now)
        with transaction.atomic():
            jobs.defer_follow(row.follows, customer_code=row.customer_code)

    monkeypatch.setattr(recording, "acknowledged", in_two_steps)
    assert any(outcome() != WELL for _, _ in each_moment())


def test_acknowledged_before_it_is_done_it_would_be_lost(
    each_moment: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from sportello.domain.ledger import sending

    real = sending.deliver

    def recorded_first(row: LedgerRow, *, clock: Clock) -> None:
        recording.acknowledged(row, Receipt(), now=clock())
        real(row, clock=clock)

    monkeypatch.setattr(sending, "deliver", recorded_first)
    assert any(sorted(billing.keys) != KEYS for _, billing in each_moment())


# --- a process that is really killed -----------------------------------------------------------------------------------

PROGRAM = """
import os
import signal
import sys
from pathlib import Path

import django
from django.conf import settings

settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()

from sportello.domain.ledger import sending
from sportello.domain.ledger.tests import cast
from sportello.domain.ledger.tests.test_crashes import BookOnPaper

billing = BookOnPaper(Path(sys.argv[2]))
if sys.argv[3] == "before":
    billing.before_writing = lambda: os.kill(os.getpid(), signal.SIGKILL)
else:
    billing.after_writing = lambda: os.kill(os.getpid(), signal.SIGKILL)
sending.connector = lambda path: billing
sending.send("C1", clock=cast.Clock())
"""


class BookOnPaper(FakeBilling):
    """Keeps what it has done in a file, which outlives who wrote it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.before_writing: Callable[[], None] = lambda: None
        self.after_writing: Callable[[], None] = lambda: None

    def execute(self, command: Command, *, key: str) -> Receipt:
        self.before_writing()
        duplicate = key in self.path.read_text().split()
        if not duplicate:
            with self.path.open("a") as file:
                file.write(f"{key}\n")
                file.flush()
                os.fsync(file.fileno())
        self.after_writing()
        return Receipt(duplicate=duplicate)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_process_that_is_killed_while_billing_works(
    when: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = tmp_path / "book"
    book.touch()
    cast.reading("K1")
    arguments = [django_settings.DATABASES["default"]["NAME"], str(book), when]
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "sportello.settings"}
    killed = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], env=environ, timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (cast.row("K1").state, book.read_text()) == ("sent", "K1\n" if when == "after" else "")
    billing = BookOnPaper(book)
    monkeypatch.setattr("sportello.domain.ledger.sending.connector", lambda path: billing)
    cast.lose_jobs()
    clock = Clock(NOW + LEASE - timedelta(seconds=20))
    cast.pass_time(clock, seconds=80)
    assert (cast.row("K1").state, cast.row("K1").duplicate) == ("acknowledged", when == "after")
    assert book.read_text() == "K1\n"
    assert cast.follows() == [["C1"]]
