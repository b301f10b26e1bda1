"""Staff are invited, given roles and switched off by administrators; nobody does it to himself."""

import pytest
from django.test import Client

from sportello.domain.accounts import staff as working
from sportello.domain.journal.models import Event
from sportello.domain.messages.models import Message
from sportello.domain.people.models import Role, User
from tests import factories, second_factors
from tests.asking import plain

PATH = "/staff/administration/people/"
NEW = {
    "first_name": "Nina", "last_name": "Riva", "username": "Nina.Riva", "email": "Nina@example.it", "language": "en",
    "roles": ["call_center", "agent"],
}  # fmt: skip
PASSWORD = "four words of my own"


def of(person: User) -> str:
    return f"{PATH}{person.pk}/"


def there(client: Client) -> int:
    return client.get("/staff/").status_code


def events() -> list[str]:
    return list(Event.objects.filter(about_kind="user", name__startswith="accounts.").values_list("name", flat=True))


def test_who_is_invited_chooses_a_password_by_a_link_that_works_once(ada):
    assert [ada.post(f"{PATH}add/", NEW).status_code for _ in range(2)] == [302, 302]
    nina = User.objects.get(username="nina.riva")
    assert (nina.email, nina.roles, nina.has_usable_password()) == ("nina@example.it", ["agent", "call_center"], False)
    mail = Message.objects.get(kind="staff_invited")
    assert events() == ["accounts.invited"] and mail.address == "nina@example.it"
    link = f"/choose-password/{mail.link_arguments['token']}/"
    browser = Client()
    assert browser.get(link).status_code == 200
    assert browser.post(link, {"password": PASSWORD})["Location"] == "/sign-in/"
    nina.refresh_from_db()
    assert nina.check_password(PASSWORD) and Client().get(link).status_code == 404
    assert "Call center may sign in not yet never" in plain(ada.get(PATH))


@pytest.mark.parametrize(
    "wrong, told",
    [
        ({"username": "ADA"}, "This user name is taken."),
        ({"email": "ada@example.it"}, "Another login has this address."),
        ({"roles": []}, "Choose one role at least."),
        ({"roles": ["king"]}, "Choose one from the list."),
        ({"email": "nina"}, "This is not an e-mail address"),
    ],
)
def test_what_is_wrong_with_an_invitation_is_said(ada, wrong, told):
    User.objects.update(email="ada@example.it")
    page = ada.post(f"{PATH}add/", NEW | wrong)
    assert told in plain(page) and User.objects.count() == 1 and not Message.objects.exists()


def test_another_link_takes_the_place_of_the_first(ada):
    nina = factories.user("nina", email="nina@example.it", roles=["agent"])
    for _ in range(2):
        ada.post(of(nina), {"verb": "invite"})
    assert Message.objects.filter(kind="staff_invited").count() == 1


def test_roles_hold_from_the_next_request_on_and_are_written_down(ada, paolo):
    person = User.objects.get(username="paolo")
    assert paolo.get("/staff/letters/").status_code == 200
    sent = {"verb": "roles", "roles": ["agent"], "seen": "back_office"}
    assert ada.post(of(person), sent)["Location"] == of(person)
    assert (paolo.get("/staff/letters/").status_code, there(paolo)) == (404, 200)
    event = Event.objects.get(name="accounts.roles_changed")
    assert event.detail == {"before": "back_office", "after": "agent"}
    assert event.actor == User.objects.get(username="ada")
    page = plain(ada.get(of(person)))
    assert "Back office → Agent" in page


def test_roles_that_somebody_else_has_changed_meanwhile_stay(ada, paolo):
    person = User.objects.get(username="paolo")
    page = ada.post(of(person), {"verb": "roles", "roles": ["manager"], "seen": "agent"}, follow=True)
    person.refresh_from_db()
    assert person.roles == ["back_office"] and "meanwhile somebody else" in plain(page)


def test_who_is_switched_off_is_out_at_once_and_may_come_back(ada, paolo):
    person = User.objects.get(username="paolo")
    for _ in range(2):
        ada.post(of(person), {"verb": "off"})
    assert there(paolo) == 302
    assert "Who is switched off gets no link." in plain(ada.post(of(person), {"verb": "invite"}, follow=True))
    ada.post(of(person), {"verb": "on"})
    assert there(paolo) == 302  # the session is gone for good
    person.refresh_from_db()
    assert person.is_active and events() == ["accounts.switched_off", "accounts.switched_on"]


def test_a_link_that_was_sent_dies_with_the_access(ada):
    ada.post(f"{PATH}add/", NEW)
    nina = User.objects.get(username="nina.riva")
    token = Message.objects.get(kind="staff_invited").link_arguments["token"]
    ada.post(of(nina), {"verb": "off"})
    ada.post(of(nina), {"verb": "on"})
    assert Client().get(f"/choose-password/{token}/").status_code == 404


def test_a_second_step_that_is_reset_ends_the_sessions_and_is_told(ada, paolo):
    person = User.objects.get(username="paolo")
    User.objects.filter(pk=person.pk).update(email="paolo@example.it")
    second_factors.app(person)
    assert "Reset the second step" in plain(ada.get(of(person)))
    for _ in range(2):
        ada.post(of(person), {"verb": "factor"})
    assert there(paolo) == 302 and events() == ["accounts.second_factor_reset"]
    assert Message.objects.get().kind == "access_changed"
    assert "Reset the second step" not in plain(ada.get(of(person)))


@pytest.mark.parametrize(
    "sent", [{"verb": "off"}, {"verb": "factor"}, {"verb": "invite"}, {"verb": "roles", "roles": "agent"}]
)
def test_nobody_does_it_to_himself(ada, sent):
    me = User.objects.get(username="ada")
    page = ada.post(of(me), {"seen": "administrator", **sent}, follow=True)
    assert "ask another administrator" in plain(page) and events() == []
    me.refresh_from_db()
    assert me.is_active and me.roles == ["administrator"]


def test_who_is_no_administrator_any_more_does_nothing(db):
    """Two who take each other's roles away at the same moment: the second one finds that he has none."""
    ada, ugo = (factories.user(name, roles=[Role.ADMINISTRATOR]) for name in ("ada", "ugo"))
    working.set_roles(ugo.pk, roles=[Role.AGENT], seen=[Role.ADMINISTRATOR], by=ada, now=factories.NOW)
    with pytest.raises(working.NoAdministrator):
        working.switch_off(ada.pk, by=ugo, now=factories.NOW)
    assert User.objects.get(pk=ada.pk).is_active


def test_customers_logins_are_not_there(ada):
    maria = factories.user("maria")
    assert ada.get(of(maria)).status_code == 404 and "Maria" not in plain(ada.get(PATH))
