"""A request that goes by itself, killed before or after any commit: it comes out the same, done once, told once.

The control shows that this would be noticed: a billing that does not know keys does it twice.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection

from sportello.domain.activities import following, handling, opening
from sportello.domain.activities.kinds.base import RequestKind, scope_of
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.kinds.tests.bills import TODAY
from sportello.domain.activities.kinds.tests.samples import TAKES_EVERYTHING, data_for, furnished
from sportello.domain.activities.models import Activity, Channel
from sportello.domain.customers.models import BillingAccount, Customer, InvoiceSubscription
from sportello.domain.journal.models import Event
from sportello.domain.ledger import sending
from sportello.domain.ledger.models import LedgerRow
from sportello.domain.ledger.tests import cast
from sportello.domain.ledger.tests.cast import Clock, FakeBilling
from sportello.domain.messages.models import Message
from sportello.domain.people.models import Role, User
from tests.factories import user

pytestmark = pytest.mark.django_db(transaction=True)
SETTLE = "activities.settle"
BY_HAND = "invoice_correction"  # whose commands go along with its opening and its end, by themselves
CODES = [
    "instalments", "invoice_mail", "mailing_address", "personal_data", "direct_debit", "direct_debit_revocation", "supply_closure",
    BY_HAND,
]  # fmt: skip
SEVERAL = 5  # in a check, of each kind but the first, one moment in so many


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


def ask(code: str) -> Activity:
    """What a page does; who got no answer presses again."""
    kind, anna = KINDS[code], User.objects.get(username="anna")
    scope = scope_of(anna, Customer.objects.get(), today=TODAY)
    form = kind.form(scope, data_for(anna, kind), {})
    return opening.open_request(kind, form, user=anna, channel=Channel.PORTAL, now=cast.NOW)


def end(code: str) -> None:
    """What an operator does with what does not end by itself; he too presses again."""
    activity = Activity.objects.get()
    if code == BY_HAND and not activity.is_over:
        by = User.objects.get(username="olga")
        handling.execute(activity.number, seen=activity.version, answer="Sì.", by=by, now=cast.NOW)


def follow(clock: Clock) -> None:
    """The jobs that follow, each forgotten when it is done."""
    while codes := [job["customer_codes"] for job in cast.waiting(SETTLE)]:
        following.follow(codes[0], now=clock.now)
        cast.lose_jobs(SETTLE)


def others_go_on(clock: Clock) -> None:
    """Workers that live, with their sweeps, until nothing moves any more."""
    for _ in range(3):
        cast.run_jobs(clock)
        follow(clock)
        clock.pass_(timedelta(minutes=1))
        sending.sweep(now=clock.now)
        following.sweep(now=clock.now)


def story(code: str, moment: int, billing: FakeBilling) -> bool:
    """Asks, sends, follows and ends, killed at this moment; then others go on. Whether anybody was killed."""
    clock, killer = Clock(), Killer(moment, billing)
    try:
        with killer.at_work():
            ask(code)
            cast.run_jobs(clock)
            follow(clock)
            end(code)
            cast.run_jobs(clock)
    except (Killed, DatabaseError):
        # Django trips over its own open transaction where the commit was killed; a process that dies does not get there.
        if killer.left > 0:
            raise
        connection.in_atomic_block = False
        connection.close()
    ask(code)
    others_go_on(clock)
    end(code)
    others_go_on(clock)
    return killer.left <= 0


def start_anew() -> None:
    for model in (LedgerRow, Activity, Message, Event):
        model.objects.all().delete()
    cast.lose_jobs()


def outcome() -> dict:
    activity = Activity.objects.get()
    events = Event.objects.filter(about_key=activity.number).order_by("pk")
    begins = f"activities.{activity.kind}_"
    return {
        "activity": (activity.status, activity.attention, activity.automatic),
        "rows": sorted(LedgerRow.objects.values_list("name", "state")),
        "journal": [name.removeprefix(begins) for name in events.values_list("name", flat=True)],
        "told": sorted(Message.objects.values_list("kind", "address")),
    }


@pytest.fixture
def told(monkeypatch, settings):
    """Tells the story of a kind killed at one of the moments, and of nobody killed where there are none so many."""
    settings.BILLING_CONNECTOR = TAKES_EVERYTHING
    furnished()
    user("olga", roles=[Role.BACK_OFFICE])
    for code in CODES:
        monkeypatch.setitem(KINDS, code, by_itself(KINDS[code]))

    def tell(code: str, moment: int, *, knows_keys: bool = True) -> tuple[bool, FakeBilling]:
        for model in (LedgerRow, Activity, Message, Event, InvoiceSubscription):
            model.objects.all().delete()
        cast.lose_jobs()
        debited = code == "direct_debit_revocation"
        BillingAccount.objects.update(payment_method="direct_debit" if debited else "postal_slip")
        billing = FakeBilling()
        billing.knows_keys = knows_keys
        monkeypatch.setattr(sending, "connector", lambda path: billing)
        return story(code, moment, billing), billing

    return tell


def by_itself(kind: RequestKind) -> RequestKind:
    return replace(kind, automatic=True, fields=())


def moments(told: Callable, code: str, *, first: int, step: int) -> None:
    """At each of these moments it comes out as it does where nobody is killed, and billing has done each command once."""
    _killed, billing = told(code, 10_000)
    well = outcome()
    assert well["activity"] == ("executed", "", code != BY_HAND)
    assert len(set(billing.keys)) == len(billing.keys) == len(well["rows"]) == (2 if code == BY_HAND else 1)
    assert {state for _name, state in well["rows"]} == {"acknowledged"}
    for moment in range(first, 90, step):
        killed, billing = told(code, moment)
        assert (outcome(), len(billing.keys)) == (well, len(well["rows"])), moment
        if not killed:
            assert moment > 8  # asked for, claimed, done, recorded, followed
            return
    raise AssertionError("it never ends")


def test_each_kind_that_billing_executes_has_its_story():
    assert {code for code, kind in KINDS.items() if kind.may_go_by_itself} == set(CODES) - {BY_HAND}


@pytest.mark.parametrize("code", CODES)
def test_killed_at_some_moments_it_comes_out_the_same(told, code):
    nth = CODES.index(code)
    moments(told, code, first=1 + nth % SEVERAL if nth else 1, step=SEVERAL if nth else 1)


@pytest.mark.torture
@pytest.mark.parametrize("code", CODES[1:])
def test_killed_at_any_moment_it_comes_out_the_same(told, code):
    moments(told, code, first=1, step=1)


@pytest.mark.parametrize("code", ["instalments", BY_HAND])
def test_with_a_billing_that_does_not_know_keys_it_would_be_done_twice(told, code):
    def twice(moment: int) -> bool:
        _killed, billing = told(code, moment, knows_keys=False)
        return len(billing.keys) > len(set(billing.keys))

    assert any(twice(moment) for moment in range(1, 40))


def test_where_the_job_that_follows_is_lost_the_sweep_finds_it(told, monkeypatch):
    """Control of the sweep: without it nothing would move any more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(following, "sweep", lambda now: None)
        patch.setattr(f"{__name__}.follow", lambda clock: cast.lose_jobs(SETTLE))
        told("instalments", 1)
    assert Activity.objects.get().status == "new"
    following.sweep(now=cast.NOW)
    assert outcome()["activity"] == ("executed", "", True)
