"""What is sent to billing again, and what was done before a request was taken up again."""

from datetime import timedelta

import pytest

from sportello.domain.activities import following, handling
from sportello.domain.activities.handling import PastTheLimit
from sportello.domain.activities.models import IllegalMove, Terms
from sportello.domain.ledger.models import LedgerRow
from tests import asking
from tests.factories import NOW, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga(monkeypatch, settings):
    asking.with_addresses(monkeypatch, settings)
    asking.address()
    return user("olga", roles=["back_office"])


def seen() -> int:
    return asking.now().version


def answered(state: str) -> None:
    waiting = LedgerRow.objects.filter(state="queued")
    waiting.update(state=state, attempts=1, settled_at=None if state == "dead" else NOW)
    following.follow(["C1"], now=NOW)


def execute(olga, answer: str = "Fatto.") -> None:
    handling.execute(asking.NUMBER, seen=seen(), answer=answer, by=olga, now=NOW)


def test_refused_and_sent_again_it_is_executed(olga):
    execute(olga)
    answered("refused")
    handling.retry(asking.NUMBER, seen=seen(), by=olga, now=NOW)
    assert LedgerRow.objects.count() == 2
    answered("acknowledged")
    assert (asking.now().status, asking.now().answer) == ("executed", "Fatto.")


def test_refused_again_it_waits_again(olga):
    execute(olga)
    answered("refused")
    handling.retry(asking.NUMBER, seen=seen(), by=olga, now=NOW)
    answered("refused")
    assert asking.now().attention == "refused"


def test_what_may_have_got_there_is_sent_with_the_same_key(olga):
    execute(olga)
    answered("dead")
    assert asking.now().attention == "dead"
    handling.retry(asking.NUMBER, seen=seen(), by=olga, now=NOW)
    assert LedgerRow.objects.get().state == "queued"


def test_done_by_hand_what_is_dead_is_never_sent(olga):
    execute(olga)
    answered("dead")
    handling.executed_by_hand(asking.NUMBER, seen=seen(), answer="A mano.", by=olga, now=NOW)
    assert LedgerRow.objects.get().state == "cancelled"


def test_nothing_is_sent_again_that_has_not_been_stopped(olga):
    with pytest.raises(IllegalMove):
        handling.retry(asking.NUMBER, seen=seen(), by=olga, now=NOW)


def test_reopened_it_is_not_executed_by_what_billing_did_before(olga):
    execute(olga)
    answered("acknowledged")
    handling.take_up_again(asking.NUMBER, seen=seen(), text="Era sbagliato", files=(), by=olga, now=NOW, once="r")
    following.follow(["C1"], now=NOW)
    assert asking.now().status == "taken"
    execute(olga, "Di nuovo.")
    assert LedgerRow.objects.filter(state="queued").count() == 1
    answered("acknowledged")
    assert (asking.now().status, asking.now().answer) == ("executed", "Di nuovo.")


def test_reopened_it_has_a_term_of_its_own(olga):
    Terms.objects.create(term="information", valid_from=NOW.date(), limit=30, margin=5)
    execute(olga)
    answered("acknowledged")
    later = NOW + timedelta(days=3)
    handling.take_up_again(asking.NUMBER, seen=seen(), text="x", files=(), by=olga, now=later, once="r")
    assert asking.now().limit_on == NOW.date() + timedelta(days=33)


def test_a_term_past_the_limit_wants_to_be_confirmed(olga):
    activity = asking.now()
    activity.limit_on = NOW.date()
    activity.save()
    day = NOW.date() + timedelta(days=1)
    with pytest.raises(PastTheLimit):
        handling.change_due(
            asking.NUMBER, seen=seen(), due_on=day, text="x", past_the_limit=False, by=olga, now=NOW, once="d"
        )
    for _ in range(2):
        handling.change_due(
            asking.NUMBER, seen=0, due_on=day, text="x", past_the_limit=True, by=olga, now=NOW, once="d"
        )
    assert (asking.now().due_on, asking.now().version) == (day, 1)
