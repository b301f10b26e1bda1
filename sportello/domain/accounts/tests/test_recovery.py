import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from sportello.domain.accounts import changes, links, recovery
from sportello.domain.accounts.links import DeadLink
from sportello.domain.accounts.models import FormerEmail, Link, SavedCode, SecretQuestion
from sportello.domain.accounts.recovery import WrongAnswer, begin, choose_password, find_user, link_of_code
from sportello.domain.accounts.tests.conftest import PASSWORD
from sportello.domain.journal.models import Event
from sportello.domain.people.models import Role, User
from sportello.domain.people.printed_codes import MistypedCode
from tests.at_once import at_once
from tests.factories import NOW, access, customer, user

NEW = "a brand new password"
ANSWER = "maestra ines"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def token(alice, newest):
    begin(alice, by_post=False, now=NOW)
    return re.search(r"/choose-password/([\w-]+)/", newest("recovery_link"))[1]


@pytest.fixture
def number(token) -> int:
    return recovery.number_of(token)


@pytest.fixture
def letter(alice, newest) -> str:
    begin(alice, by_post=True, now=NOW)
    return re.search(r"\w{4}-\w{4}-\w{4}-\w", newest("recovery_code"))[0]


def chosen(number: int, proof: str = ANSWER, password: str = NEW, now=NOW) -> bool:
    choose_password(number, proof=proof, password=password, now=now)
    return User.objects.get(username="alice").check_password(password)


# --- who is found ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["alice", " Alice ", "ＡＬＩＣＥ", "alice@example.it", "Alice@Example.IT "])
def test_user_name_or_address_finds_her(alice, typed):
    assert find_user(typed) == alice


@pytest.mark.parametrize(
    "typed",
    ["", " ", "bob", "аlice", "alıce", "alice@exаmple.it", "alice@example.it\x00", "alicе@example.it", "%", "alice@"],
)
def test_look_alikes_find_nobody(alice, typed):
    assert find_user(typed) is None


def test_nobody_without_an_address_is_found_by_none(alice):
    user("bob")
    assert find_user("") is None


def test_a_closed_login_is_not_found(alice):
    User.objects.update(is_active=False)
    assert find_user("alice") is None


def test_it_is_asked_the_same_whoever_is_found(alice, django_assert_num_queries):
    for typed in ("alice", "alice@example.it", "nobody", "nobody@example.it"):
        with django_assert_num_queries(2):
            find_user(typed)


def test_a_mail_goes_to_the_address_she_has_proven_and_not_to_the_one_that_was_typed(alice, written):
    begin(find_user("alice@example.\u212at".replace("\u212a", "i")), by_post=False, now=NOW)
    assert written() == [("recovery_link", "alice@example.it")]


# --- the link --------------------------------------------------------------------------------------------------------


def test_the_link_has_256_random_bits_and_is_kept_as_a_digest(alice, token):
    assert len(token) == 43
    link = Link.objects.get()
    assert token not in str(vars(link))
    assert link.digest == links.digest(token)
    assert link.expires_at - link.made_at == timedelta(minutes=60)


def test_link_and_answer_set_a_new_password(alice, number):
    assert chosen(number)
    assert Event.objects.latest("pk").name == "accounts.password_recovered"


def test_looking_uses_nothing_up(alice, number):
    for _ in range(10):
        assert recovery.link_numbered(number, now=NOW).user == alice
    assert chosen(number)


def test_it_works_for_an_hour(alice, number):
    with pytest.raises(DeadLink):
        chosen(number, now=NOW + timedelta(minutes=60))
    assert chosen(number, now=NOW + timedelta(minutes=59))


def test_it_works_once(alice, number):
    chosen(number)
    with pytest.raises(DeadLink):
        chosen(number, password="yet another password")
    with pytest.raises(DeadLink):
        chosen(number, now=NOW + 2 * MINUTE)


def test_the_form_sent_twice_is_one_change_and_the_same_reply(alice, number, written):
    assert chosen(number)
    assert chosen(number, now=NOW + timedelta(seconds=2))
    assert written() == [("recovery_link", "alice@example.it"), ("password_changed", "alice@example.it")]


def test_a_newer_link_ends_the_earlier_one(alice, number):
    begin(alice, by_post=False, now=NOW + 2 * MINUTE)
    with pytest.raises(DeadLink):
        chosen(number, now=NOW + 2 * MINUTE)


def test_asking_twice_at_once_is_one_mail_whose_link_works(alice, number, written):
    begin(alice, by_post=False, now=NOW + timedelta(seconds=5))
    assert len(written()) == 1
    assert chosen(number)


def test_who_asks_in_somebody_elses_name_does_not_end_the_letter_on_its_way(alice, letter):
    begin(alice, by_post=False, now=NOW + MINUTE)
    assert link_of_code(letter, username="alice", now=NOW).user == alice


def test_a_link_of_a_closed_login_is_dead(alice, number):
    User.objects.update(is_active=False)
    with pytest.raises(DeadLink):
        chosen(number)


def test_a_link_that_proves_an_address_sets_no_password(alice, newest):
    changes.ask_for_proof(alice, email="new@example.it", now=NOW)
    proof = re.search(r"/prove-email/([\w-]+)/", newest("prove_email"))[1]
    assert recovery.number_of(proof) == 0
    with pytest.raises(DeadLink):
        chosen(Link.objects.get().pk)


def test_recovery_does_not_prove_an_address(alice, token):
    with pytest.raises(DeadLink):
        changes.prove_email(token, now=NOW)


# --- the answer ------------------------------------------------------------------------------------------------------


def test_a_right_answer_without_a_link_opens_nothing(alice):
    for number in (0, 1, -1):
        with pytest.raises(DeadLink):
            chosen(number)


def test_five_wrong_answers_end_the_link_and_are_told(alice, number, written):
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(WrongAnswer) as wrong:
            chosen(number, proof=f"wrong {left}")
        assert wrong.value.left == left
    with pytest.raises(DeadLink):
        chosen(number)
    assert User.objects.get().check_password(PASSWORD)
    assert written()[-1] == ("recovery_blocked", "alice@example.it")
    assert Event.objects.latest("pk").name == "accounts.recovery_blocked"


def test_the_same_wrong_answer_again_counts_once(alice, number):
    for proof in ("wrong", "Wrong ", "WRONG"):
        with pytest.raises(WrongAnswer) as wrong:
            chosen(number, proof=proof)
        assert wrong.value.left == 4
    assert re.fullmatch(r"[0-9a-f]{64}", Link.objects.get().last_wrong)


def test_a_weak_password_uses_nothing_up(alice, number):
    for password in ("short", "password1234", "alice@example.it", "123456789012"):
        with pytest.raises(ValidationError):
            chosen(number, password=password)
    assert Link.objects.get().wrong_answers == 0
    assert chosen(number)


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "una frase lunga", "ÀÈÌ òùà 漢字漢字漢字", "  a blank at both ends ", "xy xy zw zw ab"],
)
def test_any_long_password_will_do(alice, number, password):
    assert chosen(number, password=password)


def test_who_never_set_a_question_cannot_go_on_without_an_operator(alice, number):
    SecretQuestion.objects.all().delete()
    with pytest.raises(WrongAnswer):
        chosen(number, proof="")


def test_after_an_operator_made_sure_of_her_nothing_is_asked(alice, newest):
    operator = user("bob", roles=[Role.BACK_OFFICE])
    begin(alice, by_post=False, now=NOW, operator_id=operator.pk, proof="identity card seen")
    (link,) = Link.objects.all()
    assert recovery.asked_by(link) == ""
    event = Event.objects.get(name="accounts.recovery_started")
    assert (event.actor, event.detail) == (operator, {"channel": "mail", "proof": "identity card seen"})
    assert chosen(link.pk, proof="")


def test_an_operator_starts_a_reset_even_while_another_is_under_way(alice, number):
    operator = user("bob", roles=[Role.BACK_OFFICE])
    begin(alice, by_post=False, now=NOW, operator_id=operator.pk, proof="seen")
    assert Link.objects.usable(NOW).get().pk != number


# --- what the policy asks --------------------------------------------------------------------------------------------


def test_link_only_asks_for_nothing(alice, number, settings):
    settings.RECOVERY_POLICY = "link"
    assert recovery.asks_of(alice) == ""
    assert chosen(number, proof="")


def test_staff_have_no_question(alice, number):
    User.objects.update(roles=[Role.AGENT])
    assert chosen(number, proof="")


def test_a_saved_code_works_once(alice, number, settings):
    settings.RECOVERY_POLICY = "link+saved code"
    code = recovery.new_saved_code(alice, seed="seed", now=NOW)
    with pytest.raises(WrongAnswer):
        chosen(number, proof=ANSWER)
    assert chosen(number, proof=f" {code.lower()[:6]} {code[6:]}")
    assert not SavedCode.objects.exists()


def test_another_persons_saved_code_is_wrong(alice, number, settings):
    settings.RECOVERY_POLICY = "link+saved code"
    recovery.new_saved_code(alice, seed="seed", now=NOW)
    other = recovery.new_saved_code(user("bob"), seed="other", now=NOW)
    with pytest.raises(WrongAnswer):
        chosen(number, proof=other)


def test_a_new_saved_code_ends_the_one_before(alice, settings):
    first = recovery.new_saved_code(alice, seed="first", now=NOW)
    second = recovery.new_saved_code(alice, seed="second", now=NOW)
    assert first != second
    assert recovery.saved_code_of(alice, seed="first") == ""
    assert recovery.saved_code_of(alice, seed="second") == second
    assert second not in str(vars(SavedCode.objects.get()))


@pytest.mark.parametrize("policy", ["link+question", "link+saved code", "link"])
def test_no_policy_opens_without_a_link(alice, settings, policy):
    settings.RECOVERY_POLICY = policy
    with pytest.raises(DeadLink):
        chosen(0, proof=ANSWER)


# --- by post ---------------------------------------------------------------------------------------------------------


def test_a_code_by_post_goes_to_billings_address(alice, letter, written):
    assert written() == [("recovery_code", "Via Grandi 39")]
    link = link_of_code(letter.lower().replace("-", " "), username=" ALICE ", now=NOW)
    assert recovery.asked_by(link) == "question"
    assert chosen(link.pk)


def test_the_code_is_for_the_login_it_was_sent_for(alice, letter):
    user("bob")
    for username in ("bob", "", "аlice"):
        with pytest.raises(DeadLink):
            link_of_code(letter, username=username, now=NOW)
    with pytest.raises(MistypedCode):
        link_of_code(letter[:-1] + ("2" if letter[-1] != "2" else "3"), username="alice", now=NOW)


def test_it_is_valid_for_thirty_days(alice, letter):
    assert link_of_code(letter, username="alice", now=NOW + timedelta(days=29))
    with pytest.raises(DeadLink):
        link_of_code(letter, username="alice", now=NOW + timedelta(days=30))


def test_who_has_no_address_gets_a_letter_even_if_he_asked_for_a_mail(alice, written):
    User.objects.update(email="")
    alice.refresh_from_db()
    assert begin(alice, by_post=False, now=NOW)
    assert written() == [("recovery_code", "Via Grandi 39")]


def test_one_letter_a_week(alice, written):
    for days in (0, 1, 6):
        begin(alice, by_post=True, now=NOW + timedelta(days=days))
    assert len(written()) == 1
    begin(alice, by_post=True, now=NOW + timedelta(days=8))
    assert len(written()) == 2


def test_a_letter_goes_to_the_customer_she_came_in_with(alice, written):
    """Not to a further one whose bills she looks after, who would then hold the code of her login."""
    mother = customer("A0", street="Via Altrove", street_number="1", municipality="Modena")
    access(alice, mother, granted_at=NOW + MINUTE)
    begin(alice, by_post=True, now=NOW)
    assert written() == [("recovery_code", "Via Grandi 39")]


def test_without_any_address_nothing_is_sent_and_no_link_made(alice, written):
    User.objects.update(email="")
    alice.refresh_from_db()
    type(customer("C2")).objects.update(street="")
    assert not begin(alice, by_post=False, now=NOW)
    assert written() == []
    assert not Link.objects.exists()
    assert not Event.objects.exists()


# --- afterwards ------------------------------------------------------------------------------------------------------


def test_every_address_is_told_the_one_of_thirty_days_ago_too(alice, number, written):
    FormerEmail.objects.create(user=alice, email="old@example.it", until=NOW + MINUTE)
    FormerEmail.objects.create(user=alice, email="older@example.it", until=NOW)
    chosen(number)
    assert written()[1:] == [("password_changed", "alice@example.it"), ("password_changed", "old@example.it")]


def test_who_has_no_address_is_told_by_letter(alice, letter, written):
    User.objects.update(email="")
    chosen(link_of_code(letter, username="alice", now=NOW).pk)
    assert written()[-1] == ("password_changed", "Via Grandi 39")


def test_nothing_that_was_sent_before_works_after_it(alice, number, newest):
    """Neither another link nor a letter, nor the proof of an address that an intruder had asked for."""
    changes.ask_for_proof(alice, email="intruder@example.it", now=NOW)
    begin(alice, by_post=True, now=NOW)
    proof = re.search(r"/prove-email/([\w-]+)/", newest("prove_email"))[1]
    chosen(number)
    assert not Link.objects.usable(NOW).exists()
    with pytest.raises(DeadLink):
        changes.prove_email(proof, now=NOW)


# --- at once ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_one_link_used_by_two_at_once_sets_one_password(alice, number):
    results = at_once(2, lambda who: choose_password(number, proof=ANSWER, password=f"{NEW} {who}", now=NOW))
    assert sorted(type(result).__name__ for result in results) == ["DeadLink", "User"]
    winner = next(who for who in (0, 1) if isinstance(results[who], User))
    assert User.objects.get().check_password(f"{NEW} {winner}")


@pytest.mark.django_db(transaction=True)
def test_wrong_answers_at_once_are_all_counted(alice, number):
    results = at_once(4, lambda who: choose_password(number, proof=f"wrong {who}", password=NEW, now=NOW))
    assert sorted(result.left for result in results if isinstance(result, WrongAnswer)) == [1, 2, 3, 4], results
    assert Link.objects.get().wrong_answers == 4


@pytest.mark.django_db(transaction=True)
def test_asking_at_once_makes_one_link(alice, written):
    assert at_once(3, lambda _: begin(alice, by_post=False, now=NOW)) == [True, True, True]
    assert len(written()) == Link.objects.count() == 1
