import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from sportello.desks.portal.tests.reading import Page
from sportello.domain.accounts import answers, changes, recovery, web_codes
from sportello.domain.activities.models import Activity
from sportello.domain.customers.models import Customer
from sportello.domain.journal.models import Event, record
from sportello.domain.messages.models import Message
from sportello.domain.people import hashing
from sportello.domain.people.models import Role, User
from tests.at_once import at_once
from tests.factories import NOW, access, customer, user

PASSWORD = "correct horse battery"
NEW = "a brand new password"
NOW_FIELD = {"present_password": PASSWORD}
FORMS = {
    "/account/user-name/": {"username": "anna.verdi"},
    "/account/password/": {"password": NEW},
    "/account/question/": {"question": "first_film", "answer": "La Strada"},
    "/account/email/": {"email": "new@example.it"},
    "/account/email/remove/": {},
}


@pytest.fixture
def alice(alice):
    alice.set_password(PASSWORD)
    alice.email, alice.language = "alice@example.it", "en"
    alice.save()
    access(alice, customer(street="Via Grandi", municipality="Concordia"))
    answers.set_question(alice, key="first_teacher", own_words="", answer="Maestra Ines", known=[], now=NOW)
    return alice


def now() -> User:
    return User.objects.get(pk=User.objects.order_by("pk").first().pk)


def written() -> list[tuple[str, str]]:
    return [(each.kind, each.address.splitlines()[0]) for each in Message.objects.order_by("pk")]


def said(browser) -> str:
    (message,) = Page(browser.get("/account/")).find("//*[@role='status']")
    return " ".join(message.text_content().split())


def test_it_shows_how_she_signs_in(alice, visit):
    page = visit("/account/")
    assert page.says("How you sign in").startswith("How you sign in User name alice Change")
    assert "What was the name of your first teacher?" in page.says("How you sign in")
    assert page.says("E-mail address").startswith("E-mail address Confirmed alice@example.it")
    assert "Anna Verdi C1 Customer number C1" in page.says("Customers you see")
    assert page.says("What happened lately") == (
        "What happened lately Nothing yet: every change of your access will be listed here."
    )


def test_the_menu_leads_there(alice, visit):
    page = visit("/overview/")
    assert page.find("//header//a[contains(.,'My access')]/@href") == ["/account/"]


@pytest.mark.parametrize(
    ("email", "asked", "state"),
    [("", False, "None"), ("", True, "To be confirmed"), ("a@example.it", True, "Confirmed")],
)
def test_it_says_how_the_address_stands(alice, visit, email, asked, state):
    User.objects.update(email=email)
    if asked:
        changes.ask_for_proof(alice, email="new@example.it", now=NOW)
    page = visit("/account/")
    assert page.says("E-mail address").startswith(f"E-mail address {state}")
    assert ("new@example.it" in page.text) == asked


@pytest.mark.parametrize(
    ("policy", "question", "code"),
    [("link+question", True, False), ("link+saved code", False, True), ("link", False, False)],
)
def test_it_shows_what_the_policy_asks(alice, visit, settings, policy, question, code):
    settings.RECOVERY_POLICY = policy
    text = visit("/account/").says("How you sign in")
    assert ("Secret question" in text, "Code to keep" in text) == (question, code)


@pytest.mark.parametrize("person", [{}, {"roles": [Role.AGENT]}])
def test_it_is_there_for_who_sees_no_customer(alice, settings, person):
    settings.DEMO = True
    client = Client()
    client.force_login(user("bob", **person))
    for path in ["/account/", "/account/log/", "/account/customers/add/", *FORMS]:
        page = Page(client.get(path))
        assert page.find("//nav[@class='tabs']") == []
    assert client.get("/requests/").status_code == 404


# --- changes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FORMS)
def test_each_change_asks_for_the_present_password(alice, browser, path):
    for password in ("", "wrong", NEW):
        page = Page(browser.post(path, {**FORMS[path], "present_password": password}))
        assert "present_password" in {field.get("name") for field in page.find("//*[@aria-invalid='true']")}
    assert not Event.objects.exists()
    assert (now().username, now().email, now().check_password(PASSWORD)) == ("alice", "alice@example.it", True)
    assert answers.is_answer(alice, "Maestra Ines")


@pytest.mark.parametrize("path", FORMS)
def test_each_change_is_told_and_in_the_log(alice, browser, path):
    response = browser.post(path, {**FORMS[path], **NOW_FIELD})
    assert (response.status_code, response.headers["Location"]) == (302, "/account/")
    assert said(browser)
    assert len(written()) == Event.objects.count() == 1
    page = Page(browser.get("/account/log/"))
    assert page.column("Who") == ["you, signed in"]
    assert page.column("When") == ["24/11/2026 10:42"]
    assert "Something else" not in page.text


def test_the_user_name_changes(alice, browser):
    browser.post("/account/user-name/", {"username": "Anna.Verdi", **NOW_FIELD})
    assert now().username == "anna.verdi"
    assert written() == [("access_changed", "alice@example.it")]


@pytest.mark.parametrize(("name", "wrong"), [("bob", "taken"), ("a b", "letters"), ("аlice", "letters")])
def test_a_name_that_cannot_be_is_told(alice, browser, name, wrong):
    user("bob")
    page = Page(browser.post("/account/user-name/", {"username": name, **NOW_FIELD}))
    assert wrong in page.text
    assert now().username == "alice"


def test_a_new_password_ends_other_sessions_and_this_one_gets_a_new_key(alice, browser):
    other = Client()
    other.force_login(alice)
    before = browser.cookies["sportello"].value
    browser.post("/account/password/", {"password": NEW, **NOW_FIELD})
    assert now().check_password(NEW)
    assert browser.get("/account/").status_code == 200
    assert browser.cookies["sportello"].value != before
    assert other.get("/account/").status_code == 302
    stolen = Client()
    stolen.cookies["sportello"] = before
    assert stolen.get("/account/").status_code == 302


def test_a_weak_password_is_told_beside_its_field(alice, browser):
    page = Page(browser.post("/account/password/", {"password": "short", **NOW_FIELD}))
    assert [field.get("name") for field in page.find("//*[@aria-invalid='true']")] == ["password"]


def test_the_password_one_has_already_is_no_change(alice, browser):
    before = now().password
    page = Page(browser.post("/account/password/", {"password": PASSWORD, **NOW_FIELD}))
    assert "This is the password that you have already." in page.text
    assert now().password == before
    assert written() == []


def test_a_saved_code_is_only_for_the_policy_that_asks_for_it(alice, browser):
    assert browser.get("/account/saved-code/").headers["Location"] == "/account/"


def test_the_question_changes(alice, browser):
    browser.post("/account/question/", {"question": "own", "own_words": "My boat?", "answer": "Nina II", **NOW_FIELD})
    assert answers.question_of(alice) == "My boat?"
    assert answers.is_answer(alice, "nina ii")


def test_an_address_is_written_to_and_not_yet_hers(alice, browser):
    browser.post("/account/email/", {"email": "New@Example.it", **NOW_FIELD})
    assert written() == [("prove_email", "new@example.it")]
    assert now().email == "alice@example.it"


def test_an_address_that_another_has_is_answered_alike(alice, browser):
    user("bob", email="bob@example.it")
    for email in ("bob@example.it", "nobody@example.it"):
        assert browser.post("/account/email/", {"email": email, **NOW_FIELD}).status_code == 302
    assert [address for _, address in written()] == ["bob@example.it", "nobody@example.it"]


def test_five_new_addresses_a_day(alice, browser):
    replies = [
        browser.post("/account/email/", {"email": f"new{number}@example.it", **NOW_FIELD}).status_code
        for number in range(6)
    ]
    assert replies == [302] * 5 + [429]


def test_an_address_gets_five_such_mails_a_day_whoever_asks(alice, browser):
    for number in range(6):
        who = user(f"user{number}", password=PASSWORD)
        client = Client()
        client.force_login(who)
        status = client.post("/account/email/", {"email": "victim@example.it", **NOW_FIELD}).status_code
        assert status == (302 if number < 5 else 429)
    assert len(written()) == 5


def test_the_present_password_is_tried_ten_times(alice, browser):
    replies = [
        browser.post("/account/user-name/", {"username": "x", "present_password": f"wrong{number}"}).status_code
        for number in range(12)
    ]
    assert replies == [200] * 10 + [429] * 2
    assert browser.post("/account/user-name/", {"username": "anna", **NOW_FIELD}).status_code == 429
    with time_machine.travel(NOW + timedelta(minutes=16)):
        assert browser.post("/account/user-name/", {"username": "anna", **NOW_FIELD}).status_code == 302


def test_a_new_saved_code_is_shown_once_and_the_form_sent_twice_shows_the_same(alice, browser, settings):
    settings.RECOVERY_POLICY = "link+saved code"
    (seed,) = Page(browser.get("/account/saved-code/")).find("//input[@name='seed']/@value")
    pages = [browser.post("/account/saved-code/", {"seed": seed, **NOW_FIELD}).content.decode() for _ in range(2)]
    shown = {re.search(r'kept-code">([\w-]+)<', page)[1] for page in pages}
    assert len(shown) == 1
    assert recovery.saved_code_of(alice, seed=seed) == shown.pop().replace("-", "")
    assert written() == [("access_changed", "alice@example.it")]
    assert b"kept-code" not in browser.get("/account/saved-code/").content


@pytest.mark.parametrize("seed", ["", "short", "x" * 200, "../../etc/passwd......"])
def test_no_other_seed_makes_a_code(alice, browser, seed):
    assert b"kept-code" not in browser.post("/account/saved-code/", {"seed": seed, **NOW_FIELD}).content


def test_hidden_fields_do_nothing(alice, browser):
    extra = {
        "roles": "manager",
        "is_demo": "on",
        "is_active": "",
        "first_name": "Eve",
        "email": "eve@example.it",
        "user": "1",
    }
    browser.post("/account/user-name/", {"username": "anna", **NOW_FIELD, **extra})
    assert (now().username, now().roles, now().first_name, now().email) == ("anna", [], "Alice", "alice@example.it")


# --- a second press of the button ---


def pressed_again(before: str, *, password: str = NEW) -> tuple[Client, str]:
    """What becomes of who still holds the session from before the new password."""
    again = Client(headers={"Accept-Language": "en"})
    again.cookies["sportello"] = before
    response = again.post("/account/password/", {"password": password, **NOW_FIELD})
    return again, response.headers["Location"].partition("?")[0]


def test_the_second_press_goes_on_in_the_session_that_the_first_has_renewed(alice, browser):
    browser.get("/account/")
    before = browser.cookies["sportello"].value
    browser.post("/account/password/", {"password": NEW, **NOW_FIELD})
    again, location = pressed_again(before)
    assert location == "/account/"
    assert again.cookies["sportello"].value == browser.cookies["sportello"].value
    assert "Your password is changed." in said(again)
    assert [name for name, _ in written()] == ["password_changed"]


def test_who_only_holds_the_old_session_has_to_sign_in(alice, browser):
    browser.get("/account/")
    before = browser.cookies["sportello"].value
    browser.post("/account/password/", {"password": NEW, **NOW_FIELD})
    thief = Client()
    thief.cookies["sportello"] = before
    assert thief.get("/account/password/").headers["Location"].startswith("/sign-in/")
    for _ in range(11):  # the last one comes too often to be looked at, right or wrong
        assert pressed_again(before, password=PASSWORD)[1] == "/sign-in/"
    assert pressed_again(before)[1] == "/sign-in/"
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert pressed_again(before)[1] == "/sign-in/"


# --- a further customer ----------------------------------------------------------------------------------------------


def test_a_further_customer_is_added_with_the_code_on_his_bill(alice, browser):
    customer("C2", first_name="Bruno")
    (issued,) = web_codes.issue(["C2"], now=timezone.now())
    form = {"code": issued.code.lower(), "identifier": "c2"}
    for _ in range(2):
        assert browser.post("/account/customers/add/", form).headers["Location"] == "/account/"
    assert Activity.objects.count() == 1
    page = Page(browser.get("/account/"))
    assert f"Request {Activity.objects.get().number}." in page.text
    assert "Bruno" in page.says("Customers you see")
    assert Page(browser.get("/requests/")).column("Request") == [f"First access {Activity.objects.get().number}"]


def test_another_customers_code_is_answered_as_none(alice, browser):
    customer("C2")
    (issued,) = web_codes.issue(["C2"], now=timezone.now())
    page = Page(browser.post("/account/customers/add/", {"code": issued.code, "identifier": "C1"}))
    assert "Code and number do not belong together" in page.text
    assert Customer.objects.within_reach_of(alice).count() == 1


# --- the log and the requests ----------------------------------------------------------------------------------------


def test_the_log_is_newest_first_in_words_and_paged(alice, browser):
    operator = user("bob", roles=[Role.BACK_OFFICE])
    recovery.begin(alice, by_post=False, now=NOW)
    recovery.begin(alice, by_post=True, now=NOW + timedelta(minutes=1), operator_id=operator.pk, proof="CANARY")
    for number in range(30):
        record("accounts.nonsense", now=NOW - timedelta(days=number + 1), about=("user", str(alice.pk)))
    record("accounts.password_changed", now=NOW, about=("user", str(operator.pk)))
    page = Page(browser.get("/account/log/"))
    assert page.column("What")[:2] == [
        "New password: a member of staff had a letter sent",
        "New password asked for: link sent by e-mail",
    ]
    assert page.column("Who")[:2] == ["a member of staff", "without signing in"]
    assert len(page.rows()) == 30
    assert "CANARY" not in page.text
    assert len(Page(browser.get("/account/log/?page=2")).rows()) == 2


def test_requests_are_those_of_her_customers(alice, browser, visit):
    assert "No request yet" in visit("/requests/").text
    for code in ("C2", "C3"):
        customer(code)
    for who, code in ((alice, "C2"), (user("bob"), "C3")):
        (issued,) = web_codes.issue([code], now=timezone.now())
        from sportello.domain.activities.kinds.registration import add_customer

        add_customer(
            web_codes.claim(code=issued.code, identifier=code, now=timezone.now()), user=who, now=timezone.now()
        )
    (row,) = visit("/requests/").rows()
    assert row["Number"].startswith("A-26")
    assert (row["Request"], row["Customer"], row["Status"], row["Date"]) == (
        f"First access {row['Number']}", "Anna Verdi C2", "Executed", "24/11/2026",
    )  # fmt: skip


# --- at once ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", FORMS)
def test_a_form_sent_at_once_is_one_change_and_one_reply(alice, browser, monkeypatch, path):
    import threading

    monkeypatch.setattr(hashing, "_inside", threading.BoundedSemaphore(10))
    monkeypatch.setattr(hashing, "PATIENCE", 30)
    browser.get("/account/")
    cookie = browser.cookies["sportello"].value

    def send(_: int) -> tuple[int, str, int]:
        client = Client()
        client.cookies["sportello"] = cookie
        response = client.post(path, {**FORMS[path], **NOW_FIELD})
        return response.status_code, response.headers.get("Location", ""), client.get("/account/").status_code

    replies = at_once(2, send)
    assert Event.objects.count() == len(written()) == 1
    assert replies == [(302, "/account/", 200)] * 2
