import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from sportello.domain.accounts import changes, recovery
from sportello.domain.accounts.answers import WeakAnswer, is_answer
from sportello.domain.accounts.changes import AddressTaken, NameTaken
from sportello.domain.accounts.links import DeadLink
from sportello.domain.accounts.models import FormerEmail, Link
from sportello.domain.accounts.spelling import WrongName, checked_email, checked_username
from sportello.domain.accounts.tests.conftest import QUESTION
from sportello.domain.journal.models import Event
from sportello.domain.messages.addresses import WrongAddress
from sportello.domain.people.models import User
from tests.at_once import at_once
from tests.factories import NOW, user

SOON = NOW + timedelta(seconds=5)


def events() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("name", flat=True))


@pytest.fixture
def proof(newest):
    def token() -> str:
        return re.search(r"/prove-email/([\w-]+)/", newest("prove_email"))[1]

    return token


def test_a_new_password_is_told(alice, written):
    changes.change_password(alice, password="a brand new password", now=NOW)
    assert User.objects.get().check_password("a brand new password")
    assert alice.check_password("a brand new password")
    assert written() == [("password_changed", "alice@example.it")]
    assert events() == ["accounts.password_changed"]


def test_a_new_password_ends_links_that_are_on_their_way(alice):
    recovery.begin(alice, by_post=False, now=NOW)
    changes.ask_for_proof(alice, email="new@example.it", now=NOW)
    changes.change_password(alice, password="a brand new password", now=NOW)
    assert not Link.objects.usable(NOW).exists()


def test_the_same_change_twice_is_told_once(alice, written):
    for _ in range(2):
        changes.change_password(alice, password="a brand new password", now=NOW)
        changes.change_username(alice, username="Anna.Verdi", now=NOW)
        changes.change_question(alice, key="first_film", own_words="", answer="La Strada", now=NOW)
        assert changes.change_saved_code(alice, seed="seed", now=NOW) == changes.change_saved_code(
            alice, seed="seed", now=NOW
        )
    assert [kind for kind, _ in written()] == ["password_changed", "access_changed", "access_changed", "access_changed"]
    assert events() == [f"accounts.{what}_changed" for what in ("password", "username", "question", "saved_code")]


def test_a_weak_password_is_refused(alice):
    for password in ("short", "alice alice", "password1234"):
        with pytest.raises(ValidationError):
            changes.change_password(alice, password=password, now=NOW)
    assert events() == []


def test_a_taken_name_is_refused(alice, written):
    user("bob")
    with pytest.raises(NameTaken):
        changes.change_username(alice, username="ＢＯＢ", now=NOW)
    assert User.objects.filter(username="alice").exists()
    assert written() == []


@pytest.mark.parametrize(
    "name",
    [
        "ab",
        "",
        "a b c",
        "bob@example.it",
        "аlice",
        "maría",
        "-bob",
        "bob-",
        "x" * 61,
        "bob\x00",
        "b\u200bob",
        "alıce",
        "bo\nb",
        "../x",
    ],
)
def test_names_that_could_be_taken_for_others_are_none(name):
    with pytest.raises(WrongName):
        checked_username(name)


@pytest.mark.parametrize(
    ("typed", "name"),
    [(" Maria.Rossi ", "maria.rossi"), ("ＭＡＲＩＡ", "maria"), ("anna_80", "anna_80"), ("\u212aarl", "karl")],
)
def test_one_spelling_for_a_name(typed, name):
    assert checked_username(typed) == name


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (" Anna@Example.IT ", "anna@example.it"),
        ("anna@bücher.example", "anna@xn--bcher-kva.example"),
        ("Ànna@example.it", "ànna@example.it"),
    ],
)
def test_one_spelling_for_an_address(typed, address):
    assert checked_email(typed) == address


@pytest.mark.parametrize(
    "typed",
    ["", "anna", "anna@", "@example.it", "anna@localhost", "anna@example.it\nBcc: x@y.it", "anna@\u212aiwi.example",
     "a@b@example.it", "anna @example.it", "anna@example.it,bob@example.it", "x" * 250 + "@example.it"],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed):
    with pytest.raises(WrongAddress):
        checked_email(typed)


def test_a_look_alike_address_is_another_address(alice, proof):
    bob = user("bob")
    changes.ask_for_proof(bob, email="alıce@example.it", now=NOW)
    changes.prove_email(proof(), now=NOW)
    bob.refresh_from_db()
    assert bob.email == "alıce@example.it"
    assert recovery.find_user("alice@example.it") == alice


def test_an_address_is_hers_once_it_is_proven(alice, proof, written):
    changes.ask_for_proof(alice, email="New@Example.it", now=NOW)
    assert written() == [("prove_email", "new@example.it")]
    assert User.objects.get().email == "alice@example.it"
    assert changes.awaiting_proof(alice, now=NOW) == "new@example.it"
    changes.prove_email(proof(), now=NOW)
    assert User.objects.get().email == "new@example.it"
    assert changes.awaiting_proof(alice, now=NOW) == ""
    assert written()[1:] == [("access_changed", "new@example.it"), ("access_changed", "alice@example.it")]
    assert events() == ["accounts.email_asked", "accounts.email_changed"]


def test_the_old_address_is_told_for_thirty_days(alice, proof, written):
    changes.ask_for_proof(alice, email="new@example.it", now=NOW)
    changes.prove_email(proof(), now=NOW)
    alice.refresh_from_db()
    for days, told in ((29, ["new@example.it", "alice@example.it"]), (30, ["new@example.it"])):
        before = len(written())
        changes.change_username(alice, username=f"alice{days}", now=NOW + timedelta(days=days))
        assert [address for _, address in written()[before:]] == told


def test_looking_at_the_link_proves_nothing(alice, proof):
    changes.ask_for_proof(alice, email="new@example.it", now=NOW)
    for _ in range(3):
        assert changes.link_of_proof(proof(), now=NOW).email == "new@example.it"
    assert User.objects.get().email == "alice@example.it"


def test_the_button_pressed_twice_proves_once(alice, proof, written):
    changes.ask_for_proof(alice, email="new@example.it", now=NOW)
    for _ in range(2):
        assert changes.prove_email(proof(), now=SOON).email == "new@example.it"
    assert len(written()) == 3
    with pytest.raises(DeadLink):
        changes.prove_email(proof(), now=NOW + timedelta(hours=1))


def test_the_link_expires_after_a_day(alice, proof):
    changes.ask_for_proof(alice, email="new@example.it", now=NOW)
    with pytest.raises(DeadLink):
        changes.prove_email(proof(), now=NOW + timedelta(hours=24))


def test_another_wish_ends_the_earlier_one(alice, proof):
    changes.ask_for_proof(alice, email="one@example.it", now=NOW)
    first = proof()
    changes.ask_for_proof(alice, email="two@example.it", now=NOW)
    with pytest.raises(DeadLink):
        changes.prove_email(first, now=NOW)
    assert changes.prove_email(proof(), now=NOW).email == "two@example.it"


def test_the_same_wish_twice_at_once_is_one_mail(alice, written):
    changes.ask_for_proof(alice, email="new@example.it", now=NOW)
    changes.ask_for_proof(alice, email="NEW@example.it", now=SOON)
    assert len(written()) == 1


def test_an_address_that_another_has_proven_is_taken(alice, proof):
    bob = user("bob")
    changes.ask_for_proof(bob, email="alice@example.it", now=NOW)
    with pytest.raises(AddressTaken):
        changes.prove_email(proof(), now=NOW)
    bob.refresh_from_db()
    assert bob.email == ""
    assert not FormerEmail.objects.exists()


def test_a_link_sent_to_the_address_she_leaves_stops_working(alice, proof, newest):
    recovery.begin(alice, by_post=False, now=NOW)
    number = recovery.number_of(re.search(r"/choose-password/([\w-]+)/", newest("recovery_link"))[1])
    changes.ask_for_proof(alice, email="new@example.it", now=NOW)
    changes.prove_email(proof(), now=NOW)
    with pytest.raises(DeadLink):
        recovery.link_numbered(number, now=NOW)


def test_an_address_can_be_removed(alice, written):
    changes.remove_email(alice, now=NOW)
    changes.remove_email(alice, now=NOW)
    assert User.objects.get().email == ""
    assert written() == [("access_changed", "alice@example.it")]


def test_a_weak_answer_is_refused_and_the_old_question_stays(alice):
    with pytest.raises(WeakAnswer):
        changes.change_question(alice, key="first_film", own_words="", answer="alice", now=NOW)
    assert is_answer(alice, QUESTION["answer"])


@pytest.mark.django_db(transaction=True)
def test_two_who_prove_one_address_at_once(alice, newest):
    tokens = []
    for name in ("bob", "carl"):
        changes.ask_for_proof(user(name), email="shared@example.it", now=NOW)
        tokens.append(re.search(r"/prove-email/([\w-]+)/", newest("prove_email"))[1])
    results = at_once(2, lambda who: changes.prove_email(tokens[who], now=NOW))
    assert sorted(type(result).__name__ for result in results) == ["AddressTaken", "User"]
    assert User.objects.filter(email="shared@example.it").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_choose_one_name_at_once(alice):
    people = [user("bob"), user("carl")]
    results = at_once(2, lambda who: changes.change_username(people[who], username="shared", now=NOW))
    assert sorted(type(result).__name__ for result in results) == ["NameTaken", "NoneType"]


def test_who_has_no_address_gets_one_letter_of_a_kind_a_day(alice, written):
    changes.remove_email(alice, now=NOW)
    FormerEmail.objects.all().delete()
    before = written()
    for number in range(3):
        changes.change_username(alice, username=f"alice{number}", now=NOW + timedelta(minutes=number))
    assert [kind for kind, _ in written()[len(before) :]] == ["access_changed"]
    changes.change_username(alice, username="alice9", now=NOW + timedelta(days=1, minutes=1))
    assert [kind for kind, _ in written()[len(before) :]] == ["access_changed"] * 2
