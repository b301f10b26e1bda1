import re

import pytest
from django.core.exceptions import ValidationError

from sportello.domain.accounts import recovery, web_codes
from sportello.domain.accounts.answers import WeakAnswer, is_answer
from sportello.domain.accounts.changes import NameTaken
from sportello.domain.accounts.models import SavedCode, SecretQuestion, WebCode
from sportello.domain.accounts.spelling import WrongName
from sportello.domain.accounts.web_codes import NotRecognised
from sportello.domain.activities.kinds.registration import NewLogin, add_customer, register
from sportello.domain.activities.models import Activity
from sportello.domain.customers.models import Customer, CustomerAccess
from sportello.domain.journal.models import Event
from sportello.domain.messages.addresses import WrongAddress
from sportello.domain.messages.models import Message
from sportello.domain.people import hashing
from sportello.domain.people.models import User
from tests.at_once import at_once
from tests.factories import NOW, customer, user

PASSWORD = "correct horse battery"


@pytest.fixture
def owner(db) -> Customer:
    return customer(
        tax_code="VRDNNA80A41F257X", email="anna.verdi@example.it", street="Via Grandi", municipality="Concordia"
    )


@pytest.fixture
def claim(owner) -> web_codes.Claim:
    (issued,) = web_codes.issue(["C1"], now=NOW)
    return web_codes.claim(code=issued.code, identifier="C1", now=NOW)


def login(username: str = "anna", **values) -> NewLogin:
    chosen = {
        "password": PASSWORD,
        "question_key": "first_teacher",
        "answer": "Maestra Ines",
        "saved_code_seed": "seed",
    }
    return NewLogin(username=username, **{**chosen, **values})


def written() -> list[tuple[str, str]]:
    return [(each.kind, each.address.splitlines()[0]) for each in Message.objects.order_by("pk")]


def nothing_is_left() -> bool:
    code = WebCode.objects.get()
    rows = (User, CustomerAccess, Activity, SecretQuestion, Message, Event)
    return code.used_at is None and not any(model.objects.exists() for model in rows)


def test_it_makes_login_access_and_an_executed_activity(claim):
    activity = register(claim, chosen=login("Anna.Verdi"), now=NOW)
    anna = User.objects.get(username="anna.verdi")
    assert anna.check_password(PASSWORD)
    assert (anna.first_name, anna.last_name, anna.email, anna.roles) == ("Anna", "Verdi C1", "", [])
    assert is_answer(anna, "maestra ines")
    assert Customer.objects.within_reach_of(anna).get().code == "C1"
    assert Activity.objects.within_reach_of(anna).get() == activity
    assert (activity.kind, activity.status, activity.executed_at) == ("registration", "executed", NOW)
    assert re.fullmatch(r"A-26\d{6}", activity.number)
    event = Event.objects.get()
    assert (event.name, event.actor, event.customer_code) == ("activities.registration_executed", anna, "C1")


def test_an_address_is_written_to_and_not_yet_hers(claim):
    register(claim, chosen=login(email="New@Example.it"), now=NOW)
    assert User.objects.get().email == ""
    assert written() == [("customer_added", "anna.verdi@example.it"), ("prove_email", "new@example.it")]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, [("customer_added", "anna.verdi@example.it")]),
        ({"email": None}, [("customer_added", "Via Grandi")]),
        ({"email": "nonsense"}, [("customer_added", "Via Grandi")]),
        ({"email": None, "street": ""}, []),
    ],
)
def test_the_holder_is_told_wherever_billing_knows_him(claim, fields, told):
    Customer.objects.update(**fields)
    register(claim, chosen=login(), now=NOW)
    assert written() == told


WRONG = [
    (ValidationError, {"password": "short"}),
    (ValidationError, {"password": "password1234"}),
    (ValidationError, {"password": "anna.verdi@example.it", "email": "anna.verdi@example.it"}),
    (WeakAnswer, {"answer": "Verdi"}),
    (WeakAnswer, {"answer": "Concordia"}),
    (WeakAnswer, {"answer": "mine@example.it", "email": "mine@example.it"}),
    (WrongName, {"username": "аnna"}),
    (WrongName, {"username": "anna@example.it"}),
    (WrongAddress, {"email": "nonsense"}),
]


@pytest.mark.parametrize(("error", "values"), WRONG)
def test_what_is_wrong_leaves_nothing_behind(claim, error, values):
    with pytest.raises(error):
        register(claim, chosen=login(**values), now=NOW)
    assert nothing_is_left()


def test_a_taken_name_leaves_the_code_usable(claim):
    user("anna", password=PASSWORD)
    with pytest.raises(NameTaken):
        register(claim, chosen=login("ＡＮＮＡ"), now=NOW)
    assert register(claim, chosen=login("anna2"), now=NOW)


def test_a_used_code_makes_no_second_login(claim):
    register(claim, chosen=login(), now=NOW)
    for other in (login("other"), login(password="another long password")):
        with pytest.raises((NotRecognised, NameTaken)):
            register(claim, chosen=other, now=NOW)
    assert User.objects.count() == CustomerAccess.objects.count() == 1


def test_the_same_again_gives_the_same_and_does_nothing(claim):
    first = register(claim, chosen=login(), now=NOW)
    before = (len(written()), Event.objects.count())
    assert register(claim, chosen=login(), now=NOW) == first
    assert (len(written()), Event.objects.count()) == before


def test_where_the_policy_wants_a_saved_code_no_question_is_asked(claim, settings):
    settings.RECOVERY_POLICY = "link+saved code"
    register(claim, chosen=login(question_key="", answer=""), now=NOW)
    assert not SecretQuestion.objects.exists()
    assert recovery.saved_code_of(User.objects.get(), seed="seed")


def test_where_the_link_is_enough_neither_is_asked(claim, settings):
    settings.RECOVERY_POLICY = "link"
    register(claim, chosen=login(question_key="", answer=""), now=NOW)
    assert not SecretQuestion.objects.exists()
    assert not SavedCode.objects.exists()


def test_secrets_are_not_in_what_is_printed():
    shown = repr(login(own_words="CANARY-1", answer="CANARY-2", password="CANARY-3", saved_code_seed="CANARY-4"))
    assert "CANARY" not in shown


# --- a further customer ----------------------------------------------------------------------------------------------


def test_a_further_customer_is_added_the_same_way(claim):
    bob = user("bob")
    activity = add_customer(claim, user=bob, now=NOW)
    assert Customer.objects.within_reach_of(bob).get().code == "C1"
    assert activity.status == "executed"
    assert written() == [("customer_added", "anna.verdi@example.it")]
    assert add_customer(claim, user=bob, now=NOW) == activity
    assert Activity.objects.count() == 1


def test_not_with_a_code_that_another_has_used(claim):
    add_customer(claim, user=user("bob"), now=NOW)
    with pytest.raises(NotRecognised):
        add_customer(claim, user=user("carl"), now=NOW)
    assert CustomerAccess.objects.count() == 1


# --- at once ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def room(monkeypatch):
    """As many threads as a process with more of them would have."""
    import threading

    monkeypatch.setattr(hashing, "_inside", threading.BoundedSemaphore(10))
    monkeypatch.setattr(hashing, "PATIENCE", 30)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("times", [2, 10])
def test_one_form_at_once_makes_one_login_and_the_same_reply(claim, room, times):
    results = at_once(times, lambda _: register(claim, chosen=login(email="new@example.it"), now=NOW))
    assert len({getattr(result, "number", result) for result in results}) == 1, results
    assert User.objects.count() == CustomerAccess.objects.count() == Activity.objects.count() == 1
    assert len(written()) == 2


@pytest.mark.django_db(transaction=True)
def test_one_code_at_once_by_two_people_lets_one_in(claim, room):
    results = at_once(2, lambda who: register(claim, chosen=login(f"anna{who}"), now=NOW))
    assert sorted(type(result).__name__ for result in results) == ["Activity", "NotRecognised"]
    assert User.objects.count() == CustomerAccess.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_billings_code_at_once_by_two_people_lets_one_in(owner, room):
    from sportello.domain.people import printed_codes

    code = printed_codes.make()
    Customer.objects.update(web_code=printed_codes.digest(code))
    claim = web_codes.claim(code=code, identifier="C1", now=NOW)
    results = at_once(2, lambda who: register(claim, chosen=login(f"anna{who}"), now=NOW))
    assert sorted(type(result).__name__ for result in results) == ["Activity", "NotRecognised"]
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_name_at_once_by_two_people_is_one_login(owner, room):
    customer("C2")
    claims = []
    for code in ("C1", "C2"):
        (issued,) = web_codes.issue([code], now=NOW)
        claims.append(web_codes.claim(code=issued.code, identifier=code, now=NOW))
    results = at_once(2, lambda who: register(claims[who], chosen=login(), now=NOW))
    assert sorted(type(result).__name__ for result in results) == ["Activity", "NameTaken"]
    assert WebCode.objects.filter(used_at=None).count() == 1
