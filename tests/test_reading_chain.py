"""A reading from the form to the bill's data, killed before or after any commit on the way: it comes out the same.

Page, ledger, embedded billing, alignment and settling are the real ones, on their two databases. The controls show that
it would be noticed if a commit were in the wrong place.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, connections, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from sportello.billing.errors import BillingError
from sportello.billing.loading import connector
from sportello.connectors.embedded import executing, loading
from sportello.connectors.embedded.models import MeterReading as BillingReading
from sportello.connectors.embedded.tests import factories as billing
from sportello.domain.activities.kinds.self_reading import submitting
from sportello.domain.activities.kinds.self_reading.forms import ReadingForm
from sportello.domain.activities.kinds.self_reading.settling import settle
from sportello.domain.activities.kinds.self_reading.sheets import sheet_of
from sportello.domain.activities.models import Activity, Channel, SelfReading
from sportello.domain.customers.alignment import align
from sportello.domain.customers.models import Supply
from sportello.domain.journal.models import Event
from sportello.domain.ledger import jobs, sending
from sportello.domain.ledger.models import LedgerRow
from tests.factories import user

pytestmark = pytest.mark.django_db(databases=["default", "billing"], transaction=True)

READ = ("ledger.send", "ledger.probe", "ledger.sweep", "activities.settle")


class Killed(BaseException):
    """Nothing may catch it."""


class Killer:
    """Kills before or after a commit, of either database; the moments are counted from 1."""

    def __init__(self, moment: int) -> None:
        self.left = moment

    def strike(self) -> None:
        self.left -= 1
        if self.left <= 0:
            raise Killed  # and what is dead commits nothing any more, whatever catches this

    def around(self, commit: Callable[[], None]) -> Callable[[], None]:
        def around() -> None:
            self.strike()
            commit()
            self.strike()

        return around

    @contextmanager
    def at_work(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for each in (connection, connections["billing"]):
                patch.setattr(each, "_commit", self.around(each._commit))
            yield


class Story:
    """One customer of his own, who gives ``values``, one after the other, on the same day."""

    def __init__(self, name: str, *values: int) -> None:
        self.name = name
        self.values = values
        self.now = datetime.now(UTC)
        # A day that is over everywhere, so that midnight does not come between.
        self.today = (self.now - timedelta(days=1)).date()
        self.who = user(f"anna-{name}".lower())
        self.load()
        self.follow_feed()

    def load(self) -> None:
        code = self.name
        loading.load([
            billing.customer(f"C-{code}"),
            billing.account(f"A-{code}", f"C-{code}"),
            billing.supply(f"S-{code}", customer_code=f"C-{code}", account_code=f"A-{code}", started_on=date(2020, 1, 1)),
            billing.meter(f"M-{code}", customer_code=f"C-{code}", supply_code=f"S-{code}"),
            billing.reading(
                f"L-{code}", customer_code=f"C-{code}", supply_code=f"S-{code}", meter_code=f"M-{code}",
                read_on=self.today - timedelta(days=60), values=billing.shown(1000),
            ),
        ])  # fmt: skip

    def follow_feed(self) -> None:
        align(billing=connector(settings.BILLING_CONNECTOR), now=self.now)

    def press(self, nth: int) -> None:
        """What the page does, however often the button is pressed."""
        supply = Supply.objects.get(code=f"S-{self.name}")
        sheet = sheet_of(supply, today=self.today)
        typed = {"read_on": self.today.isoformat(), "value_1": str(self.values[nth]), "once": f"{self.name}-{nth}"}
        form = ReadingForm(sheet, typed, today=self.today)
        assert form.is_valid(), form.errors
        form = ReadingForm(sheet, {**typed, "confirmed": form.digest}, today=self.today)
        submitting.submit(form, user=self.who, channel=Channel.PORTAL, now=self.now)

    def work(self) -> None:
        """What a worker does now: jobs that are due, and those that they defer. One that dies with it is done again."""
        while job := self.next_job():
            number, name, arguments = job
            if name == jobs.SEND:
                sending.send(arguments["customer_code"], clock=lambda: self.now)
            elif name == jobs.PROBE:
                sending.probe(clock=lambda: self.now)
            elif name == jobs.SWEEP:
                sending.sweep(now=self.now)
            else:
                settle(arguments["customer_codes"], now=self.now)
            self.done(number)

    def next_job(self) -> tuple[int, str, dict[str, Any]] | None:
        due = ProcrastinateJob.objects.filter(status="todo", task_name__in=READ).exclude(scheduled_at__gt=self.now)
        job = due.order_by("-priority", "id").first()
        return (
            (job.pk, job.task_name, job.args if isinstance(job.args, dict) else json.loads(job.args)) if job else None
        )

    def done(self, number: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [number])

    def tell(self) -> None:
        """All that happens when nothing goes wrong."""
        for nth in range(len(self.values)):
            self.press(nth)
            self.work()
        self.follow_feed()
        self.work()

    def go_on(self) -> None:
        """Whoever lives goes on: the customer presses again where he got no answer, other workers do what is left."""
        for nth in range(len(self.values)):
            self.press(nth)
        for _ in range(3):
            self.work()
            self.follow_feed()
            self.work()
            self.now += timedelta(minutes=2)
            sending.sweep(now=self.now)

    def outcome(self) -> dict[str, Any]:
        customer = f"C-{self.name}"
        given = BillingReading.objects.filter(supply=f"S-{self.name}", origin="self")
        names = Event.objects.filter(customer_code=customer, name__startswith="activities.").values_list(
            "name", flat=True
        )
        last = SelfReading.objects.filter(supply=f"S-{self.name}").order_by("pk").last()
        return {
            "in billing": sorted((int(each.values[0]["value"]), each.superseded_by_id is None) for each in given),
            "requests": list(Activity.objects.filter(customer=customer).order_by("pk").values_list("status", flat=True)),
            "commands": list(LedgerRow.objects.filter(customer_code=customer).order_by("pk").values_list("state", flat=True)),
            "events": sorted(name.removeprefix("activities.self_reading_") for name in names),
            "known": last is not None and last.validation == "pending" and last.reading_code != "",
        }  # fmt: skip


def well(*values: int) -> dict[str, Any]:
    return {
        "in billing": sorted((value, value == values[-1]) for value in values),
        "requests": ["executed"] * len(values),
        "commands": ["acknowledged"] * len(values),
        "events": sorted(["opened", "exported", "executed"] * len(values)),
        "known": True,
    }


def killed(moment: int, *values: int) -> tuple[bool, dict[str, Any]]:
    """Whether anybody was killed, and how it came out."""
    story = Story(f"{moment:03}", *values)
    killer = Killer(moment)
    try:
        with killer.at_work():
            story.tell()
    except (Killed, DatabaseError, InterfaceError, BillingError):
        # Django trips over its own open transaction where the commit was killed; a process that dies does not get there.
        if killer.left > 0:
            raise
        for each in (connection, connections["billing"]):
            each.in_atomic_block = False
            each.close()
    story.go_on()
    return killer.left <= 0, story.outcome()


def each_moment(*values: int, least: int) -> Iterator[tuple[int, dict[str, Any]]]:
    for moment in range(1, 200):
        was_killed, outcome = killed(moment, *values)
        if not was_killed:
            assert moment > least
            return
        yield moment, outcome
    raise AssertionError("it never ends")


def test_whenever_it_is_killed_one_reading_is_in_billing_and_the_request_executed() -> None:
    for moment, outcome in each_moment(1100, least=16):
        assert outcome == well(1100), moment


def test_a_second_one_takes_the_place_of_the_first_whenever_it_is_killed() -> None:
    """One that was killed before the first went out never sends the first: the second has taken its place by then."""
    for moment, outcome in each_moment(1100, 1101, least=28):
        standing = [value for value, stands in outcome["in billing"] if stands]
        assert standing == [1101] and outcome["known"], moment
        assert outcome in (well(1100, 1101), first_gave_way(1101)), moment


def first_gave_way(value: int) -> dict[str, Any]:
    return well(value) | {
        "requests": ["cancelled", "executed"],
        "commands": ["cancelled", "acknowledged"],
        "events": sorted(["opened", "cancelled", "opened", "exported", "executed"]),
    }


# --- controls --------------------------------------------------------------------------------------------------------


def test_with_a_billing_that_forgets_keys_it_would_be_there_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executing, "take", lambda key, name, now: True)
    assert any(outcome != well(1100) for _, outcome in each_moment(1100, least=1))


def test_without_the_job_that_follows_it_would_never_be_executed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "defer_follow", lambda name, customer_code: None)
    assert any(outcome != well(1100) for _, outcome in each_moment(1100, least=1))


def test_written_down_before_it_is_sent_it_would_be_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    real = submitting.send

    def afterwards(*arguments: Any, **options: Any) -> None:
        transaction.on_commit(lambda: real(*arguments, **options))

    monkeypatch.setattr(submitting, "send", afterwards)
    lost = (outcome for _, outcome in each_moment(1100, least=1) if outcome["in billing"] == [])
    assert next(lost)["requests"] == ["new"]
