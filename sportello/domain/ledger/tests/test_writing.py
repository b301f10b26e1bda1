"""A command is in the ledger once, in order, and only if what causes it is."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from sportello.domain.ledger import jobs
from sportello.domain.ledger.models import LedgerRow, Outage, State
from sportello.domain.ledger.reading import rows_about
from sportello.domain.ledger.sending import claim, send
from sportello.domain.ledger.tests import cast
from sportello.domain.ledger.tests.cast import NOW, Clock, FakeBilling
from sportello.domain.ledger.writing import Entry, KeyTaken, cancel, enqueue, enqueue_many

pytestmark = pytest.mark.django_db


def test_a_row_holds_the_command_and_has_its_job() -> None:
    row = cast.reading()
    assert row.command["values"] == [{"register": "R-total", "value": "4711.250"}]
    assert (row.name, row.customer_code, row.state, row.follows) == ("SubmitReading", "C1", "queued", cast.FOLLOW)
    assert (row.about_kind, row.about_key, row.queued_at) == ("activity", "A-K1", NOW)
    assert cast.waiting() == [{"customer_code": "C1"}]


def test_the_same_key_again_is_the_same_row() -> None:
    first = cast.reading()
    assert cast.reading() == first
    assert len(cast.waiting()) == 1


def test_the_same_key_again_once_it_is_done_too(billing: FakeBilling, clock: Clock) -> None:
    cast.web_code()
    send("C1", clock=clock)
    assert cast.web_code().state == State.ACKNOWLEDGED
    cast.run_jobs(clock)
    assert billing.keys == ["W1"]


@pytest.mark.parametrize("changes", [{"customer": "C2"}, {"replaces": "K0"}, {"value": cast.VALUE + 1}])
def test_a_key_is_not_for_two_commands(changes: dict[str, Any]) -> None:
    cast.reading(about="A-K1")
    with pytest.raises(KeyTaken):
        cast.reading(about="A-K1", **changes)


def test_what_is_rolled_back_leaves_neither_row_nor_job() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        cast.reading()
        raise ZeroDivisionError
    assert cast.states() == {}
    assert cast.waiting() == []


def test_what_waits_is_what_billing_has_not_answered_and_nobody_holds_back() -> None:
    for state in State.values:
        cast.reading(state)
        settled_at = NOW if state in ("acknowledged", "refused", "cancelled") else None
        LedgerRow.objects.filter(key=state).update(state=state, settled_at=settled_at)
    assert set(LedgerRow.objects.waiting().values_list("key", flat=True)) == {"queued", "sent"}


def test_the_newest_row_about_something(billing: FakeBilling) -> None:
    for key, about in (("K1", "A1"), ("K2", "A1"), ("K3", "A2"), ("K4", "A3")):
        cast.reading(key, about=about)
    assert {about: row.key for about, row in rows_about("activity", ["A1", "A2", "A9"]).items()} == {
        "A1": "K2",
        "A2": "K3",
    }


# --- taking back -----------------------------------------------------------------------------------------------------


def test_what_no_worker_has_had_can_be_taken_back(billing: FakeBilling, clock: Clock) -> None:
    cast.reading()
    assert cancel("K1", now=NOW)
    assert cancel("K1", now=NOW)
    assert cancel("K9", now=NOW)
    cast.run_jobs(clock)
    assert (cast.row().state, cast.row().settled_at, billing.asked) == ("cancelled", NOW, [])


def test_what_a_worker_has_cannot(billing: FakeBilling, clock: Clock) -> None:
    cast.reading()
    claim("C1", now=clock.now)
    assert not cancel("K1", now=NOW)
    send("C1", clock=clock)
    assert not cancel("K1", now=NOW)
    assert cast.row().state == State.SENT


def test_what_waits_for_another_attempt_cannot(billing: FakeBilling, clock: Clock) -> None:
    from sportello.billing.errors import Unavailable

    billing.after = [Unavailable("no answer")]
    cast.reading()
    send("C1", clock=clock)
    assert not cancel("K1", now=NOW)
    assert cast.row().state == State.QUEUED


# --- in place of earlier ones ----------------------------------------------------------------------------------------


def test_a_later_code_takes_the_place_of_one_that_was_never_sent(billing: FakeBilling, clock: Clock) -> None:
    cast.web_code("W1")
    cast.web_code("W2")
    cast.web_code("W3", customer="C2")
    assert cast.states() == {"W1": "cancelled", "W2": "queued", "W3": "queued"}
    assert cast.row("W1").command == {"customer_code": "C1", "expires_on": "2027-05-23"}
    cast.run_jobs(clock)
    assert billing.keys == ["W2", "W3"]


def test_a_later_code_comes_after_one_that_may_have_gone(billing: FakeBilling, clock: Clock) -> None:
    cast.web_code("W1")
    claim("C1", now=clock.now)
    cast.web_code("W2")
    cast.run_jobs(clock)
    assert billing.asked == []
    cast.pass_time(clock, seconds=200)
    assert billing.keys == ["W1", "W2"]


def test_a_later_code_comes_after_one_that_is_to_be_tried_again(billing: FakeBilling, clock: Clock) -> None:
    from sportello.billing.errors import Unavailable

    billing.after = [Unavailable("no answer")]
    cast.web_code("W1")
    cast.run_jobs(clock)
    cast.web_code("W2")
    assert cast.states() == {"W1": "queued", "W2": "queued"}
    cast.pass_time(clock, seconds=60)
    assert billing.keys == ["W1", "W2"]


def test_a_key_said_again_does_not_cancel_itself() -> None:
    cast.web_code("W1")
    cast.web_code("W1")
    assert cast.states() == {"W1": "queued"}


def test_a_key_said_again_late_does_not_cancel_what_came_after() -> None:
    cast.web_code("W1")
    cast.web_code("W2")
    cast.web_code("W1")
    assert cast.states() == {"W1": "cancelled", "W2": "queued"}


@pytest.mark.parametrize(("instead", "state"), [(True, "cancelled"), (False, "dead")])
def test_a_dead_one_gives_way_where_that_is_wanted(instead: bool, state: str) -> None:
    cast.reading("K1", about="A1")
    LedgerRow.objects.update(state=State.DEAD, attempts=4)
    cast.reading("K2", about="A1", instead=instead)
    assert cast.states() == {"K1": state, "K2": "queued"}


def test_thousands_at_once(django_assert_max_num_queries: Callable[..., Any]) -> None:
    entries = [
        Entry(command=cast.submit_reading(customer=f"C{number}"), key=f"K{number}", about=("x", f"{number}"))
        for number in range(2_500)
    ]
    with django_assert_max_num_queries(30):
        enqueue_many(entries, now=NOW)
    enqueue_many(entries, now=NOW)
    assert LedgerRow.objects.filter(state=State.QUEUED).count() == 2_500
    assert len(cast.waiting()) == 2_500


def test_what_nobody_waits_for_goes_last(billing: FakeBilling, clock: Clock) -> None:
    enqueue_many(
        [Entry(command=cast.submit_reading(customer=f"C{n}"), key=f"K{n}", about=("x", f"{n}")) for n in range(5)],
        now=NOW,
    )
    cast.reading("K9", customer="C9")
    cast.reading("K8", customer="C3")
    cast.run_jobs(clock)
    assert billing.keys == ["K3", "K8", "K9", "K0", "K1", "K2", "K4"]


# --- jobs ------------------------------------------------------------------------------------------------------------


def test_a_job_that_waits_for_later_is_brought_forward() -> None:
    later = NOW + timedelta(minutes=5)
    jobs.defer_sending(["C1"], at=later + timedelta(minutes=5))
    jobs.defer_sending(["C1"], at=later)
    jobs.defer_sending(["C1"], at=later + timedelta(minutes=1))
    assert _scheduled() == [later]
    jobs.defer_sending(["C1"])
    jobs.defer_sending(["C1"], at=later)
    assert _scheduled() == [None]


def test_a_job_that_runs_already_does_not_see_what_is_written_now() -> None:
    jobs.defer_sending(["C1"])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    jobs.defer_sending(["C1"])
    assert sorted(ProcrastinateJob.objects.values_list("status", flat=True)) == ["doing", "todo"]


def _scheduled() -> list[Any]:
    return list(ProcrastinateJob.objects.values_list("scheduled_at", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_job_does_not_run_before_what_was_written_for_it(billing: FakeBilling, clock: Clock) -> None:
    """The second writer finds the first one's job waiting; a worker that took it now would not see the second row."""
    cast.reading("K1")
    with transaction.atomic():
        cast.reading("K2")
        in_thread(lambda: cast.run_jobs(clock))
        assert billing.asked == []
    cast.run_jobs(clock)
    assert billing.keys == ["K1", "K2"]


@pytest.mark.django_db(transaction=True)
def test_numbers_are_in_the_order_of_commits(billing: FakeBilling) -> None:
    begun, seen = threading.Event(), []

    def second() -> None:
        begun.set()
        cast.reading("K2")
        seen.append(LedgerRow.objects.filter(key="K1").exists())

    with transaction.atomic():
        cast.reading("K1")
        thread = started(second)
        begun.wait(10)
        thread.join(0.3)
        assert thread.is_alive()  # waits for us, and so comes after
    thread.join(10)
    assert seen == [True]
    assert [*cast.states()] == ["K1", "K2"]


def started(work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def in_thread(work: Callable[[], None]) -> None:
    started(work).join(20)


def test_too_long_a_key_is_an_error_and_not_cut() -> None:
    from django.db import DataError

    with pytest.raises(DataError), transaction.atomic():
        enqueue(cast.submit_reading(), key="K" * 81, about=("x", "1"), follows="", now=NOW)


def test_rows_are_about_something_of_a_kind() -> None:
    cast.reading(about="A-1")
    assert LedgerRow.objects.about("activity", "A-1").count() == 1
    assert LedgerRow.objects.about("contract", "A-1").count() == LedgerRow.objects.about("activity", "A-2").count() == 0


@pytest.mark.parametrize("changes", [{"state": "acknowledged"}, {"settled_at": NOW}])
def test_the_database_keeps_no_answer_without_its_time_and_no_time_without_an_answer(changes: dict[str, Any]) -> None:
    cast.reading()
    with pytest.raises(IntegrityError, match="settled_has_its_time"), transaction.atomic():
        LedgerRow.objects.update(**changes)


def test_the_database_keeps_one_outage() -> None:
    Outage.objects.create(since=NOW, failures=1, probe_at=NOW)
    with pytest.raises(IntegrityError, match="one_outage_at_a_time"), transaction.atomic():
        Outage.objects.create(id=2, since=NOW, failures=1, probe_at=NOW)
