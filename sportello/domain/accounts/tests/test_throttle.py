from datetime import timedelta

import pytest

from sportello.domain.accounts.models import Throttle
from sportello.domain.accounts.models.throttle import TooManyTries, count, forget, give_back, sweep
from tests.at_once import at_once
from tests.factories import NOW

HOUR = timedelta(hours=1)


def tried(key: str = "a", now=NOW) -> bool:
    try:
        count("door", key, limit=3, window=HOUR, now=now)
    except TooManyTries as error:
        assert 0 < error.retry_after <= 3600
        return False
    return True


def test_beyond_the_limit_one_has_to_wait(db):
    assert [tried() for _ in range(5)] == [True, True, True, False, False]
    assert tried("b")


def test_trying_on_does_not_make_the_wait_longer(db):
    for _ in range(100):
        tried()
    with pytest.raises(TooManyTries) as error:
        count("door", "a", limit=3, window=HOUR, now=NOW + timedelta(minutes=59))
    assert error.value.retry_after == 60
    assert tried(now=NOW + HOUR)


def test_a_success_takes_the_count_back(db):
    for _ in range(3):
        tried()
    forget("door", "a")
    assert tried()


def test_a_right_try_among_wrong_ones_gives_no_more_of_them(db):
    for _ in range(3):
        assert tried()
        give_back("door", "a")
    assert [tried() for _ in range(4)] == [True, True, True, False]


def test_nothing_of_the_key_can_be_read(db):
    tried("alice@example.it")
    assert "alice" not in str(vars(Throttle.objects.get()))


def test_what_has_ended_is_swept(db):
    tried()
    tried("b", now=NOW + HOUR)
    assert sweep(NOW + HOUR) == 1


@pytest.mark.django_db(transaction=True)
def test_all_that_come_at_once_are_counted():
    results = at_once(8, lambda _: tried())
    assert sorted(results) == [False] * 5 + [True] * 3
