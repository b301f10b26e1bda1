"""Several workers at once, with whatever may go wrong: nothing twice, nothing lost, and each customer's in order."""

import random
import threading
import time
from collections import defaultdict
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from sportello.billing.commands import Command, Receipt
from sportello.billing.errors import Refused, Unavailable
from sportello.domain.ledger import sending
from sportello.domain.ledger.models import LedgerRow
from sportello.domain.ledger.tests import cast
from sportello.domain.ledger.tests.cast import Clock, FakeBilling

pytestmark = pytest.mark.django_db(transaction=True)


class Moody(FakeBilling):
    """Refuses some for good, and every now and then does not answer, before it has done something or after."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.random = random.Random(seed)

    def execute(self, command: Command, *, key: str) -> Receipt:
        mood = self.random.random()
        time.sleep(mood / 200)
        if key.endswith("7"):
            raise Refused("no")
        if mood < 0.1:
            raise Unavailable("away", retry_after=mood * 10)
        receipt = super().execute(command, key=key)
        if mood > 0.85:
            raise RuntimeError if mood > 0.98 else Unavailable("lost")
        return receipt


def run(workers: int, *, rows: int, customers: int, seed: int) -> Moody:
    billing, clock = Moody(seed), Clock()
    keys = [f"K{number:04}" for number in range(rows)]
    failures: list[BaseException] = []

    def each(work: Any, *arguments: Any) -> threading.Thread:
        def guarded() -> None:
            try:
                work(*arguments)
            except BaseException as error:
                failures.append(error)
            finally:
                connections.close_all()

        thread = threading.Thread(target=guarded)
        thread.start()
        return thread

    def write(start: int) -> None:
        for number in range(start, rows, 2):
            cast.reading(keys[number], customer=f"C{number % customers}")

    def work() -> None:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            cast.run_jobs(clock)
            if LedgerRow.objects.count() == rows and not LedgerRow.objects.waiting().exists():
                return
            time.sleep(0.02)
            clock.pass_(timedelta(seconds=1))
            if clock.now.second % 20 == 0:
                sending.sweep(now=clock.now)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sending, "connector", lambda path: billing)
        threads = [each(write, 0), each(write, 1), *(each(work) for _ in range(workers))]
        for thread in threads:
            thread.join()
    assert failures == []
    return billing


def check(billing: Moody, rows: int) -> None:
    states = cast.states()
    refused = [key for key in states if key.endswith("7")]
    assert len(states) == rows
    assert {states[key] for key in refused} == {"refused"}
    assert {state for key, state in states.items() if key not in refused} == {"acknowledged"}
    assert sorted(billing.keys) == sorted(states.keys() - set(refused))  # each once
    order = defaultdict(list)
    for row in LedgerRow.objects.order_by("pk"):
        order[row.customer_code].append(row.key)
    for customer, written in order.items():
        done = [key for key, command in billing.done if command.customer_code == customer]
        assert done == [key for key in written if key not in refused]
    assert {code for codes in cast.follows() for code in codes} == set(order)


def test_two_workers_keep_the_order() -> None:
    check(run(2, rows=30, customers=5, seed=1), 30)


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(20))
def test_four_workers_keep_the_order_for_long(seed: int) -> None:
    check(run(4, rows=300, customers=7, seed=seed), 300)
