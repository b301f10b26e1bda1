"""A request that goes by itself, killed before or after any commit: it comes out the same, done once, told once.

The control shows that this would be noticed: a billing that does not know keys does it twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection

from sportello.domain.activities import following, opening
from sportello.domain.activities.kinds import instalments
from sportello.domain.activities.kinds.base import scope_of
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.kinds.tests.bills import BILL, TAKES_ALL, TODAY, household
from sportello.domain.activities.models import Activity, Channel
from sportello.domain.customers.models import Customer
from sportello.domain.journal.models import Event
from sportello.domain.ledger import sending
from sportello.domain.ledger.models import LedgerRow
from sportello.domain.ledger.tests import cast
from sportello.domain.ledger.tests.cast import Clock, FakeBilling
from sportello.domain.messages.models import Message

pytestmark = pytest.mark.django_db(transaction=True)
SETTLE = "activities.settle"
TYPED = {"invoice": BILL, "parts": "3", "first_due_on": "2026-12-15", "once": "a"}
KIND = replace(instalments.KIND, automatic=True)


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

    def execute(self, command, *, key):
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


def ask(anna) -> Activity:
    """What a page does; who got no answer presses again."""
    scope = scope_of(anna, Customer.objects.get(), today=TODAY)
    return opening.open_request(KIND, KIND.form(scope, TYPED, {}), user=anna, channel=Channel.PORTAL, now=cast.NOW)


def follow(clock: Clock) -> None:
    """The jobs that follow, each forgotten when it is done."""
    while codes := [job["customer_codes"] for job in cast.waiting(SETTLE)]:
        following.follow(codes[0], now=clock.now)
        cast.lose_jobs(SETTLE)


def others_go_on(clock: Clock) -> None:
    """Workers that live, with their sweeps, until nothing moves any more."""
    for _ in range(5):
        cast.run_jobs(clock)
        follow(clock)
        clock.pass_(timedelta(minutes=1))
        sending.sweep(now=clock.now)
        following.sweep(now=clock.now)


def story(moment: int, billing: FakeBilling, anna) -> bool:
    """Asks, sends and follows, killed at this moment; then others go on. Whether anybody was killed."""
    clock, killer = Clock(), Killer(moment, billing)
    try:
        with killer.at_work():
            ask(anna)
            cast.run_jobs(clock)
            follow(clock)
    except (Killed, DatabaseError):
        # Django trips over its own open transaction where the commit was killed; a process that dies does not get there.
        if killer.left > 0:
            raise
        connection.in_atomic_block = False
        connection.close()
    ask(anna)
    others_go_on(clock)
    return killer.left <= 0


def start_anew() -> None:
    for model in (LedgerRow, Activity, Message, Event):
        model.objects.all().delete()
    cast.lose_jobs()


def outcome() -> dict:
    activity = Activity.objects.get()
    names = Event.objects.filter(about_key=activity.number).order_by("pk").values_list("name", flat=True)
    return {
        "activity": (activity.status, activity.attention, activity.automatic),
        "row": list(LedgerRow.objects.values_list("name", "state")),
        "journal": [name.removeprefix("activities.instalments_") for name in names],
        "told": sorted(Message.objects.values_list("kind", flat=True)),
    }


WELL = {
    "activity": ("executed", "", True),
    "row": [("ArrangeInstalments", "acknowledged")],
    "journal": ["opened", "executed"],
    "told": ["request_executed", "request_received"],
}


@pytest.fixture
def each_moment(monkeypatch, settings):
    settings.BILLING_CONNECTOR = TAKES_ALL
    monkeypatch.setitem(KINDS, KIND.code.value, KIND)
    anna = household()

    def moments(*, knows_keys: bool = True) -> Iterator[tuple[int, FakeBilling]]:
        for moment in range(1, 60):
            start_anew()
            billing = FakeBilling()
            billing.knows_keys = knows_keys
            monkeypatch.setattr(sending, "connector", lambda path, fake=billing: fake)
            if not story(moment, billing, anna):
                assert moment > 8  # asked for, claimed, done, recorded, followed
                return
            yield moment, billing
        raise AssertionError("it never ends")

    return moments


def test_whenever_it_is_killed_all_comes_out_the_same(each_moment):
    for moment, billing in each_moment():
        assert outcome() == WELL, moment
        assert len(billing.keys) == 1, moment


def test_with_a_billing_that_does_not_know_keys_it_would_be_done_twice(each_moment):
    assert [moment for moment, billing in each_moment(knows_keys=False) if len(billing.keys) > 1]


def test_where_the_job_that_follows_is_lost_the_sweep_finds_it(each_moment, monkeypatch):
    """Control of the sweep: without it nothing would move any more."""
    monkeypatch.setattr(following, "sweep", lambda now: None)
    monkeypatch.setattr(f"{__name__}.follow", lambda clock: cast.lose_jobs(SETTLE))
    start_anew()
    next(iter(each_moment()))
    assert Activity.objects.get().status == "new"
    monkeypatch.undo()
    following.sweep(now=cast.NOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(KINDS, KIND.code.value, KIND)
        assert outcome() == WELL
