"""The ledger of these tests has a billing system of its own to send to."""

import pytest

from sportello.domain.ledger import sending
from sportello.domain.ledger.tests.cast import Clock, FakeBilling


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def billing(monkeypatch: pytest.MonkeyPatch) -> FakeBilling:
    fake = FakeBilling()
    monkeypatch.setattr(sending, "connector", lambda path: fake)
    return fake
