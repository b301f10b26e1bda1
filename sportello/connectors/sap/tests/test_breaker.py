import pytest

from sportello.connectors.sap.breaker import Breaker, Open


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return Breaker(failures=5, seconds=20, clock=clock)


def open_it(breaker):
    for _ in range(5):
        breaker.before()
        breaker.failed()


def test_it_opens_with_the_fifth_failure_in_a_row(breaker):
    for _ in range(4):
        breaker.before()
        breaker.failed()
    assert not breaker.is_open
    breaker.before()
    breaker.failed()
    with pytest.raises(Open):
        breaker.before()


def test_a_success_starts_the_count_anew(breaker):
    for _ in range(4):
        breaker.failed()
    breaker.succeeded()
    for _ in range(4):
        breaker.failed()
    assert not breaker.is_open


def test_it_lets_one_trial_through_and_closes_on_its_success(breaker, clock):
    open_it(breaker)
    clock.now += 20
    breaker.before()
    with pytest.raises(Open):
        breaker.before()
    breaker.succeeded()
    breaker.before()
    assert not breaker.is_open


def test_a_failed_trial_opens_it_again_at_once(breaker, clock):
    open_it(breaker)
    clock.now += 20
    breaker.before()
    breaker.failed()
    with pytest.raises(Open) as still:
        breaker.before()
    assert still.value.seconds == 20


def test_a_trial_that_never_ends_does_not_keep_it_open(breaker, clock):
    open_it(breaker)
    clock.now += 20
    breaker.before()
    clock.now += 20
    breaker.before()


def test_billing_may_ask_to_be_left_alone_but_not_for_long(breaker):
    breaker.failed(rest=3600)
    with pytest.raises(Open) as still:
        breaker.before()
    assert still.value.seconds == 30


def test_it_never_waits_more_than_thirty_seconds(clock):
    breaker = Breaker(failures=1, seconds=600, clock=clock)
    breaker.failed()
    clock.now += 30
    breaker.before()
