"""How long an answer takes tells nothing of who exists; only in long runs, where medians mean something."""

import statistics
import time
from collections.abc import Callable
from itertools import count

import pytest
from django.test import Client

from sportello.domain.accounts.models import Throttle
from sportello.domain.people import printed_codes
from tests import factories

pytestmark = [pytest.mark.torture, pytest.mark.timeout(900)]
PAIRS = 400
CLOSE = 0.005  # seconds


def difference(one: Callable[[], object], other: Callable[[], object]) -> float:
    """Between the medians of two kinds of request, taken in turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(PAIRS):
        for which in (0, 1) if number % 2 else (1, 0):
            Throttle.objects.all().delete()
            started = time.perf_counter()
            (one, other)[which]()
            times[which].append(time.perf_counter() - started)
    return abs(statistics.median(times[0]) - statistics.median(times[1]))


def posting(path: str, **fields: str) -> Callable[[], object]:
    client, numbers = Client(), count()

    def post() -> object:
        filled = {name: text.replace("{n}", str(next(numbers))) for name, text in fields.items()}
        return client.post(path, filled)

    return post


def test_signing_in(alice):
    there = posting("/sign-in/", login="alice", password="wrong")
    assert difference(there, posting("/sign-in/", login="nobody", password="wrong")) < CLOSE
    by_address = posting("/sign-in/", login="alice@example.it", password="wrong")
    assert difference(by_address, posting("/sign-in/", login="nobody@example.it", password="wrong")) < CLOSE


def test_asking_for_a_new_password(alice):
    there = posting("/forgot-password/", identifier="alice", by="mail")
    assert difference(there, posting("/forgot-password/", identifier="nobody", by="mail")) < CLOSE


def test_a_web_code(alice, code):
    factories.customer("C2")
    wrong_customer = posting("/first-access/", code=code, identifier="C2")
    wrong_code = posting("/first-access/", code=printed_codes.make(), identifier="C1")
    assert difference(wrong_customer, wrong_code) < CLOSE


def test_a_lost_code(alice):
    there = posting("/first-access/lost-code/", customer="C1", identifier="VRDNNA80A41F257X")
    assert difference(there, posting("/first-access/lost-code/", customer="C1", identifier="x")) < CLOSE


def test_a_difference_would_be_seen(db):
    assert difference(lambda: time.sleep(0.012), lambda: time.sleep(0.002)) > CLOSE
