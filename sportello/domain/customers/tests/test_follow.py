"""The loop that follows billing's feed goes on whatever happens, and is close behind billing."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection

from sportello.billing.errors import Unavailable
from sportello.domain.customers import tasks
from sportello.domain.customers.models import Customer, Feed
from sportello.domain.customers.tasks import _pause, follow
from sportello.domain.customers.tests.billing import FakeBilling, account, company, customer
from sportello.domain.customers.tests.state import reasons

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def following(billing: FakeBilling, *, pause: float = 0.02, longest: float = 0.1) -> Iterator[threading.Thread]:
    stop = threading.Event()
    thread = threading.Thread(
        target=follow, args=(stop,), kwargs={"billing": billing, "pause": pause, "longest": longest}
    )
    thread.start()
    try:
        yield thread
        assert thread.is_alive() or not billing.feed
    finally:
        stop.set()
        thread.join(timeout=10)
    assert not thread.is_alive()


def soon(condition: Callable[[], object]) -> bool:
    end = time.monotonic() + 30
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def arrived(code: str) -> Callable[[], object]:
    return lambda: Customer.objects.filter(code=code).exists()


def time_of_a_change() -> float:
    """Seconds from a change in billing to its row in the mirror, at the usual pace."""
    billing = FakeBilling(log=company(1))
    with following(billing, pause=tasks.PAUSE):
        assert soon(arrived("C-1"))
        began = time.monotonic()
        billing.log.append(customer("C-2"))
        assert soon(arrived("C-2"))
        return time.monotonic() - began


def test_a_change_arrives_by_itself() -> None:
    assert time_of_a_change() < 30


@pytest.mark.torture
def test_a_change_arrives_within_two_seconds() -> None:
    """A time is only worth something on a machine that does nothing else."""
    assert time_of_a_change() < 2


@pytest.mark.parametrize("error", [Unavailable("x"), OperationalError("x"), ValueError("Alice"), KeyError()])
def test_it_goes_on_after_a_failure(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    billing = FakeBilling(log=company(1))
    left = [3]

    def fail(method: str) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise error

    billing.before = fail
    caplog.set_level("WARNING", logger=tasks.__name__)
    with following(billing):
        assert soon(arrived("C-1"))
    feed = Feed.objects.get()
    assert feed.failing_since is None
    assert type(error).__name__ in caplog.text
    assert "Alice" not in caplog.text


def test_it_says_that_billing_is_away() -> None:
    billing = FakeBilling()

    def away(method: str) -> None:
        raise Unavailable("HTTP 500")

    billing.before = away
    with following(billing):
        assert soon(lambda: Feed.objects.filter(failing_since__isnull=False, failure="HTTP 500").exists())
        billing.before = lambda method: None
        assert soon(lambda: Feed.objects.filter(failing_since=None, failure="").exists())


def test_it_outlives_its_connection_to_the_database() -> None:
    billing = FakeBilling(log=company(1))
    with following(billing):
        assert soon(arrived("C-1"))
        for number in (2, 3):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            billing.log += company(number)
            assert soon(arrived(f"C-{number}"))


def test_its_first_round_tries_again_what_was_set_aside() -> None:
    billing = FakeBilling(log=[account()])
    with following(billing):
        assert soon(reasons)
    Customer.objects.create(code="C-1", kind="person")
    with following(billing):
        assert soon(lambda: not reasons())


def test_without_a_feed_there_is_nothing_to_follow() -> None:
    billing = FakeBilling(feed=False)
    with following(billing) as thread:
        thread.join(timeout=5)
    assert billing.calls == []


def test_pauses_grow_to_a_limit() -> None:
    def pauses(error: Exception) -> list[float]:
        return [_pause(error, failures, pause=1, longest=30) for failures in (1, 2, 3, 4, 5, 6, 2000)]

    assert pauses(ValueError()) == [2, 4, 8, 16, 30, 30, 30]
    assert pauses(Unavailable("x", retry_after=10)) == [10, 10, 10, 16, 30, 30, 30]
    assert pauses(Unavailable("x", retry_after=9999))[0] == 30
