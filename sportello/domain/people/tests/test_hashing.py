"""How many passwords may be hashed at once, and that the others are told instead of waiting for ever."""

import threading

import pytest

from sportello.domain.people import hashing
from sportello.domain.people.hashing import HashingBusy, PortalArgon2Hasher, turn

IN_EARNEST = {"memory_cost": PortalArgon2Hasher.memory_cost, "time_cost": PortalArgon2Hasher.time_cost}


@pytest.fixture
def narrow(monkeypatch):
    """Room for one that hashes and one that waits."""
    monkeypatch.setattr(hashing, "_running", threading.BoundedSemaphore(1))
    monkeypatch.setattr(hashing, "_inside", threading.BoundedSemaphore(2))
    monkeypatch.setattr(hashing, "PATIENCE", 0.05)
    monkeypatch.setattr(hashing, "AT_THE_DOOR", 0.01)


def test_one_of_a_processs_threads_is_always_left_for_pages():
    assert 1 <= hashing.RUNNING <= hashing.INSIDE
    assert hashing.THREADS == 1 or hashing.INSIDE < hashing.THREADS


def test_who_waits_too_long_is_told(narrow):
    with turn(), pytest.raises(HashingBusy):
        PortalArgon2Hasher().encode("x", "saltsaltsalt")


def test_who_finds_others_waiting_already_is_told(narrow, monkeypatch):
    monkeypatch.setattr(hashing, "PATIENCE", 5)
    told = threading.Event()

    def wait() -> None:
        with turn():
            told.set()

    with turn():
        waiting = threading.Thread(target=wait)
        waiting.start()
        while hashing._inside._value:  # until it waits
            pass
        with pytest.raises(HashingBusy):
            PortalArgon2Hasher().verify("x", "y")
    waiting.join(5)
    assert told.is_set()


def test_a_place_is_given_back_whatever_happens(narrow):
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), turn():
            _ = 1 / 0
    with turn():
        pass


def test_it_costs_what_owasp_asks_at_least(monkeypatch):
    for name, cost in IN_EARNEST.items():
        monkeypatch.setattr(PortalArgon2Hasher, name, cost)
    encoded = PortalArgon2Hasher().encode("password", "saltsaltsalt")
    assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
