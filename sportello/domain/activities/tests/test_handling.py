"""A request from its form to its end, by whoever has it in hand."""

from datetime import timedelta

import pytest

from sportello.domain.activities import ending, handling, opening
from sportello.domain.activities.kinds.base import scope_of
from sportello.domain.activities.kinds.information import KIND
from sportello.domain.activities.models import (
    Activity,
    ChangedMeanwhile,
    Channel,
    IllegalMove,
    Sort,
    Status,
    Terms,
    Visitor,
)
from sportello.domain.journal.models import Event
from sportello.domain.messages.models import Message
from sportello.domain.people.models import Role
from tests.factories import NOW, access, account, customer, supply, user

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
TYPED = {"topic": "contract", "text": "Quanto dura il contratto?", "once": "a"}


@pytest.fixture
def anna():
    person = user("anna", email="anna@example.it")
    of = customer("C1")
    access(person, of)
    supply(account(of))
    return person


@pytest.fixture
def olga():
    return user("olga", roles=[Role.BACK_OFFICE])


def form_of(person, **typed):
    scope = scope_of(person, person_customer(), today=NOW.date())
    return KIND.form(scope, {**TYPED, **typed}, {})


def person_customer():
    from sportello.domain.customers.models import Customer

    return Customer.objects.get(code="C1")


def opened(person, **typed):
    return opening.open_request(KIND, form_of(person, **typed), user=person, channel=Channel.PORTAL, now=NOW)


def test_the_same_form_opens_one_request(anna):
    first, second = opened(anna), opened(anna)
    assert first == second
    assert Activity.objects.count() == 1
    assert Message.objects.get().kind == "request_received"
    assert opened(anna, once="b") != first


def test_its_term_is_that_of_the_day_it_came_in(anna):
    Terms.objects.create(term="information", valid_from=NOW.date(), limit=30, margin=5)
    activity = opened(anna)
    assert (activity.limit_on - NOW.date()).days == 30
    assert (activity.due_on - NOW.date()).days == 25


def test_an_operator_takes_it_answers_asks_and_executes(anna, olga):
    number = opened(anna).number
    activity = handling.take(number, seen=0, by=olga, now=NOW)
    assert (activity.status, activity.owner) == (Status.TAKEN, olga)
    activity = handling.ask(number, seen=1, text="Quale?", files=(), by=olga, now=NOW, once="q")
    assert activity.status == Status.WAITING
    activity = handling.say(number, text="Quello del gas", files=(), by=anna, now=NOW, once="s")
    assert activity.status == Status.TAKEN
    activity = handling.execute(number, seen=activity.version, answer="Dodici mesi.", by=olga, now=LATER)
    assert (activity.status, activity.answer) == (Status.EXECUTED, "Dodici mesi.")
    kinds = list(Message.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == ["request_received", "request_asked", "request_answered"]
    assert [each.sort for each in activity.remarks.order_by("id")] == [Sort.QUESTION, Sort.MESSAGE]


def test_who_saw_an_older_version_changes_nothing(anna, olga):
    number = opened(anna).number
    handling.take(number, seen=0, by=olga, now=NOW)
    with pytest.raises(ChangedMeanwhile):
        handling.refuse(number, seen=0, answer="No", by=user("otto", roles=[Role.MANAGER]), now=NOW)
    assert Activity.objects.get().status == Status.TAKEN


def test_the_customer_cancels_reopens_and_is_heard_once(anna, olga):
    number = opened(anna).number
    assert handling.cancel(number, by=anna, now=NOW) == handling.cancel(number, by=anna, now=NOW)
    with pytest.raises(IllegalMove):
        handling.say(number, text="?", files=(), by=anna, now=NOW, once="s")
    other = opened(anna, once="b").number
    handling.execute(other, seen=0, answer="Sì.", by=olga, now=NOW)
    for _ in range(2):
        activity = handling.reopen(other, text="Non è vero", files=(), by=anna, now=LATER, once="r")
    assert (activity.status, activity.executed_at) == (Status.TAKEN, None)
    assert activity.remarks.count() == 1


def test_a_note_stays_in_the_house(anna, olga):
    number = opened(anna).number
    activity = handling.note(number, seen=0, text="Cliente difficile", files=(), by=olga, now=NOW, once="n")
    assert not activity.remarks.model.objects.within_reach_of(anna).for_the_customer().exists()
    assert Message.objects.count() == 1


def test_a_visitor_is_written_to_only_when_he_is_answered(olga):
    from sportello.domain.activities.kinds.base import Scope

    form = KIND.form(Scope(customer=None, today=NOW.date()), TYPED, {})
    who = Visitor(name="Gino", answer_by="email", email="gino@example.it")
    activity = opening.open_request(KIND, form, user=None, channel=Channel.WEBSITE, now=NOW, visitor=who)
    assert not Message.objects.exists()
    handling.execute(activity.number, seen=0, answer="Venga a trovarci.", by=olga, now=NOW)
    assert Message.objects.get().address == "gino@example.it"


# --- the customer writes ---------------------------------------------------------------------------------------------


def waiting(number: str) -> str:
    found = Activity.objects.for_the_desk().open().filter(number=number).first()
    return found.attention if found else "nowhere"


@pytest.mark.parametrize("automatic", [False, True])
def test_what_the_customer_writes_waits_until_somebody_answers(anna, olga, automatic):
    """Even of one that goes by itself, which is on nobody's desk otherwise."""
    number = opened(anna).number
    Activity.objects.filter(number=number).update(automatic=automatic)
    assert waiting(number) == ("nowhere" if automatic else "")
    for _ in range(2):
        activity = handling.say(number, text="È urgente", files=(), by=anna, now=NOW, once="s")
    assert waiting(number) == "wrote" and not activity.is_held_up and activity.version == 1
    activity = handling.take(number, seen=activity.version, by=olga, now=NOW)
    activity = handling.note(number, seen=activity.version, text="Già detto", files=(), by=olga, now=NOW, once="n")
    assert waiting(number) == "wrote"
    handling.answer(number, seen=activity.version, text="Sì", files=(), by=olga, now=NOW, once="a")
    assert waiting(number) == ("nowhere" if automatic else "")


def test_one_may_say_that_there_is_nothing_to_answer(anna, olga):
    number = opened(anna).number
    with pytest.raises(IllegalMove):
        handling.nothing_to_answer(number, seen=0, by=olga, now=NOW)
    activity = handling.say(number, text="Grazie", files=(), by=anna, now=NOW, once="s")
    activity = handling.nothing_to_answer(number, seen=activity.version, by=olga, now=NOW)
    assert (activity.attention, activity.status) == ("", Status.NEW)
    assert Event.objects.filter(name="activities.information_seen_to", actor=olga).count() == 1


def test_what_ends_by_itself_is_still_to_be_answered_and_what_an_operator_ends_is_not(anna, olga):
    """The end of an automatic one says nothing to what its customer wrote meanwhile; an operator's answer does."""
    first, second, third = (opened(anna, once=once) for once in "bcd")
    for each in (first, second, third):
        handling.say(each.number, text="Ancora?", files=(), by=anna, now=NOW, once=f"s{each.pk}")
    ending.execute(Activity.objects.get(pk=first.pk), answer=None, now=NOW, by_id=None)
    handling.execute(second.number, seen=1, answer="Fatto.", by=olga, now=NOW)
    handling.refuse(third.number, seen=1, answer="No.", by=olga, now=NOW)
    assert [waiting(each.number) for each in (first, second, third)] == ["wrote", "nowhere", "nowhere"]


def test_asked_for_something_the_customer_answers_and_that_waits(anna, olga):
    number = opened(anna).number
    handling.say(number, text="?", files=(), by=anna, now=NOW, once="1")
    activity = handling.ask(number, seen=1, text="Quale?", files=(), by=olga, now=NOW, once="q")
    assert waiting(number) == "" and activity.status == Status.WAITING
    handling.say(number, text="Questa", files=(), by=anna, now=NOW, once="2")
    assert waiting(number) == "wrote" and Activity.objects.get().status == Status.TAKEN
