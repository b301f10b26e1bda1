import re

import pytest
from django.test import Client
from django.utils import timezone
from lxml import html

from sportello.desks.website import steps
from sportello.desks.website.tests.conftest import ANSWER, PASSWORD, TAX_CODE, work
from sportello.domain.accounts import web_codes
from sportello.domain.accounts.models import WebCode
from sportello.domain.activities.models import Activity
from sportello.domain.customers.models import Customer, CustomerAccess
from sportello.domain.messages.models import Message
from sportello.domain.people import hashing, printed_codes
from sportello.domain.people.models import Session, User
from tests import factories
from tests.at_once import at_once

SECRETS = {"password": PASSWORD, "question": "first_teacher", "answer": ANSWER}


def errors(response) -> dict[str, str]:
    page = html.fromstring(response.content.decode())
    said = {}
    for field in page.xpath("//*[@aria-invalid='true']"):
        (message,) = page.xpath(f"//*[@id='{field.get('id')}-error']")
        assert message.get("id") in field.get("aria-describedby")
        said[field.get("name")] = " ".join(message.text_content().split())
    return said


def on_top(response) -> str:
    page = html.fromstring(response.content.decode())
    return " ".join(page.xpath("string(//*[@id='error-summary'])").split())


def signs_in(username: str = "anna.verdi", password: str = PASSWORD) -> bool:
    return Client().post("/sign-in/", {"login": username, "password": password}).status_code == 302


def test_from_the_bill_to_the_overview(visitor, code):
    response = visitor.post("/first-access/", {"code": code, "identifier": "C1"}, follow=True)
    assert "Contract of Anna Verdi C1, customer number C1." in response.content.decode()
    response = visitor.post("/first-access/details/", {"username": "Anna.Verdi", "email": ""}, follow=True)
    assert "none: we will write by post" in response.content.decode()
    response = visitor.post("/first-access/password/", SECRETS, follow=True)
    activity = Activity.objects.get()
    assert f"Request {activity.number}: executed." in response.content.decode()
    visitor.post("/sign-in/", {"login": "anna.verdi", "password": PASSWORD})
    assert visitor.get("/").headers["Location"] == "/overview/"
    assert activity.number in visitor.get("/requests/").content.decode()


@pytest.mark.parametrize("identifier", ["c1", TAX_CODE.lower(), " VRD NNA 80A41 F257X "])
def test_who_pastes_the_code_with_blanks_and_in_lower_case_gets_through(visitor, code, identifier):
    typed = "  " + code.lower().replace("-", " ") + "\n"
    response = visitor.post("/first-access/", {"code": typed, "identifier": identifier})
    assert (response.status_code, response.headers.get("Location")) == (302, "/first-access/details/")


def test_a_mistyped_code_is_told_as_such(visitor, code):
    mistyped = code[:-1] + ("2" if code[-1] != "2" else "3")
    response = visitor.post("/first-access/", {"code": mistyped, "identifier": "C1"})
    assert errors(response) == {"code": "There is a typing mistake in the code. Compare it with the paper."}
    page = html.fromstring(response.content.decode())
    assert page.xpath("//input[@name='code']/@value") == [mistyped]


@pytest.fixture
def comparable():
    def bytes_of(response, *typed: str) -> tuple[int, bytes, dict]:
        body = re.sub(rb'(csrfmiddlewaretoken" value=")\w+', b"", response.content)
        for text in typed:
            body = body.replace(text.encode(), b"")
        headers = {name: value for name, value in response.items() if name != "Content-Length"}
        return response.status_code, body, headers

    return bytes_of


def test_wrong_code_wrong_customer_used_and_expired_look_alike(visitor, code, comparable):
    factories.customer("C2", tax_code="RSSMRA80A01F257B")
    now = timezone.now()
    (used,) = web_codes.issue(["C2"], now=now)
    shown = web_codes.claim(code=used.code, identifier="C2", now=now)
    web_codes.use_up(shown, user=factories.user(), now=now)
    (expired,) = web_codes.issue(["C2"], now=now - web_codes.LIFE)
    tries = [
        (code, "C2"),
        (code, "nobody"),
        (printed_codes.make(), "C1"),
        (printed_codes.make(), "nobody"),
        (used.code, "C2"),
        (expired.code, "C2"),
    ]
    answers = [
        comparable(visitor.post("/first-access/", {"code": typed, "identifier": number}), typed, f'value="{number}"')
        for typed, number in tries
    ]
    assert all(answer == answers[0] for answer in answers)
    assert b"do not belong together" in answers[0][1]
    assert Session.objects.count() == 0


def test_a_lost_code_is_answered_alike_whatever_was_typed(visitor, code, comparable, post):
    tries = [("C1", TAX_CODE), ("C1", "C1"), ("C2", TAX_CODE), ("nobody", "nothing")]
    answers = []
    for number, identifier in tries:
        first = visitor.post("/first-access/lost-code/", {"customer": number, "identifier": identifier})
        answers.append((comparable(first), comparable(visitor.get(first.headers["Location"]))))
    assert all(answer == answers[0] for answer in answers)
    work()
    assert post.kinds() == ["new_web_code"]
    again = visitor.post("/first-access/", {"code": post.code(), "identifier": "C1"})
    assert again.status_code == 302


def test_nothing_secret_is_kept_in_the_session(registering, code):
    visitor = registering(email="anna@example.it")
    visitor.post("/first-access/password/", {**SECRETS, "password": "short"})
    (session,) = Session.objects.all()
    kept = str(session.get_decoded())
    for secret in (code, printed_codes.compact(code), PASSWORD, "short", ANSWER, TAX_CODE):
        assert secret not in kept


def test_the_session_gets_a_new_key_with_the_code(visitor, code):
    session = visitor.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    visitor.post("/first-access/", {"code": code, "identifier": "C1"})
    assert visitor.cookies["sportello"].value != planted
    stolen = Client()
    stolen.cookies["sportello"] = planted
    assert stolen.get("/first-access/details/").headers["Location"] == "/first-access/"


@pytest.mark.parametrize("page", ["details", "password", "done"])
def test_no_step_without_the_one_before(visitor, code, page):
    for method in (visitor.get, visitor.post) if page != "done" else (visitor.get,):
        assert method(f"/first-access/{page}/").headers["Location"] == "/first-access/"
    assert User.objects.count() == 0


def test_after_half_an_hour_one_begins_anew(registering, monkeypatch):
    visitor = registering()
    monkeypatch.setattr(steps, "LIFE", -1)
    assert visitor.post("/first-access/password/", SECRETS).headers["Location"] == "/first-access/"
    assert User.objects.count() == 0


def test_the_back_button_works(registering):
    visitor = registering("first.choice", "one@example.it")
    page = html.fromstring(visitor.get("/first-access/details/").content.decode())
    assert page.xpath("//input[@name='username']/@value") == ["first.choice"]
    visitor.post("/first-access/details/", {"username": "second.choice", "email": ""})
    visitor.post("/first-access/password/", SECRETS)
    assert User.objects.get().username == "second.choice"


def test_a_taken_name_is_told_before_the_password_is_chosen(registering):
    factories.user("anna.verdi")
    visitor = registering("ANNA.verdi")
    response = visitor.post("/first-access/details/", {"username": "ANNA.verdi"})
    assert errors(response) == {"username": "This user name is taken. Please choose another one."}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"username": "a b"}, "username"),
        ({"username": "аnna"}, "username"),
        ({"username": ""}, "username"),
        ({"username": "anna", "email": "nonsense"}, "email"),
        ({"username": "anna", "email": "a@example.it\r\nBcc: b@example.it"}, "email"),
    ],
)
def test_what_cannot_be_is_told_beside_its_field(registering, fields, wrong):
    response = registering().post("/first-access/details/", fields)
    assert list(errors(response)) == [wrong]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"password": "short"}, "password"),
        ({"password": "password1234"}, "password"),
        ({"answer": "C1"}, "answer"),
        ({"answer": "Verdi"}, "answer"),
        ({"question": ""}, "question"),
        ({"question": "nonsense"}, "question"),
        ({"question": "own", "own_words": ""}, "own_words"),
        ({"question": "own", "own_words": "Maestra Ines"}, "answer"),
    ],
)
def test_what_is_too_weak_is_told_beside_its_field(registering, fields, wrong):
    response = registering().post("/first-access/password/", {**SECRETS, **fields})
    assert list(errors(response)) == [wrong]
    assert PASSWORD not in response.content.decode()
    assert User.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"password": "short", "answer": "Verdi"}, ["password", "answer"]),
        ({"password": "short", "question": "own", "own_words": ""}, ["password", "own_words"]),
    ],
)
def test_all_that_is_wrong_is_told_at_once(registering, fields, wrong):
    response = registering().post("/first-access/password/", {**SECRETS, **fields})
    assert sorted(errors(response)) == sorted(wrong)
    assert User.objects.count() == 0


def test_a_question_of_ones_own(registering, alice):
    visitor = registering()
    visitor.post("/first-access/password/", {**SECRETS, "question": "own", "own_words": "My first boat?"})
    assert User.objects.get(username="anna.verdi").secret_question.own_words == "My first boat?"


def test_a_password_manager_finds_its_fields(registering):
    page = html.fromstring(registering().get("/first-access/password/").content.decode())
    assert page.xpath("//input[@autocomplete='username']/@value") == ["anna.verdi"]
    assert page.xpath("//input[@autocomplete='new-password']/@name") == ["password"]
    assert not page.xpath("//*[@onpaste or @oncopy or @maxlength]")


@pytest.mark.parametrize(("policy", "asked"), [("link+question", True), ("link+saved code", False), ("link", False)])
def test_a_question_is_asked_only_where_the_policy_wants_one(registering, settings, policy, asked):
    settings.RECOVERY_POLICY = policy
    visitor = registering()
    assert (b'name="question"' in visitor.get("/first-access/password/").content) == asked
    visitor.post("/first-access/password/", SECRETS if asked else {"password": PASSWORD})
    assert User.objects.count() == 1
    done = visitor.get("/first-access/done/").content.decode()
    assert ("The code to keep" in done) == (policy == "link+saved code")


def test_the_saved_code_is_shown_after_registering_and_works(registering, settings, post):
    settings.RECOVERY_POLICY = "link+saved code"
    visitor = registering()
    visitor.post("/first-access/password/", {"password": PASSWORD})
    shown = re.search(r'kept-code">([\w-]+)<', visitor.get("/first-access/done/").content.decode())[1]
    assert shown in visitor.get("/first-access/done/").content.decode()
    visitor.post("/forgot-password/", {"identifier": "anna.verdi", "by": "post"})
    work()
    visitor.post("/recovery-code/", {"code": post.code(), "username": "anna.verdi"})
    response = visitor.post("/recovery-code/password/", {"proof": shown.lower(), "password": "yet another password"})
    assert response.headers["Location"] == "/sign-in/"


def test_hidden_fields_do_nothing(registering):
    extra = {
        "roles": "manager",
        "is_demo": "1",
        "first_name": "Eve",
        "customer": "C2",
        "username": "other",
        "is_active": "",
    }
    factories.customer("C2")
    registering().post("/first-access/password/", {**SECRETS, **extra})
    made = User.objects.get()
    assert (made.username, made.roles, made.is_demo, made.first_name) == ("anna.verdi", [], False, "Anna")
    assert CustomerAccess.objects.get().customer_id == "C1"


def test_who_is_signed_in_adds_the_customer_instead(alice, visitor):
    visitor.force_login(alice)
    assert visitor.get("/first-access/").headers["Location"] == "/account/customers/add/"


def test_another_host_in_the_request_is_in_no_mail(registering, settings, post):
    settings.ALLOWED_HOSTS = ["*"]
    visitor = registering(email="new@example.it")
    for header in ({"HTTP_HOST": "evil.example"}, {"HTTP_X_FORWARDED_HOST": "evil.example"}):
        visitor.post("/first-access/password/", SECRETS, **header)
    visitor.post("/forgot-password/", {"identifier": "anna.verdi", "by": "mail"}, HTTP_HOST="evil.example")
    work()
    from sportello.desks.website.tests.conftest import texts

    said = " ".join(text for _, text in texts())
    assert "/prove-email/" in said
    assert "evil" not in said


def test_at_step_two_names_cannot_be_tried_without_end(registering):
    visitor = registering()
    answers = [
        visitor.post("/first-access/details/", {"username": f"name{number}"}).status_code for number in range(42)
    ]
    assert answers == [302] * 39 + [429] * 3


# --- at once ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("times", [2, 10])
def test_the_last_form_sent_at_once_makes_one_login_and_gives_one_reply(registering, monkeypatch, times):
    import threading

    monkeypatch.setattr(hashing, "_inside", threading.BoundedSemaphore(10))
    monkeypatch.setattr(hashing, "PATIENCE", 30)
    cookie = registering(email="new@example.it").cookies["sportello"].value

    def send(_: int) -> tuple[int, str]:
        client = Client(headers={"accept-language": "en"})
        client.cookies["sportello"] = cookie
        response = client.post("/first-access/password/", SECRETS)
        return response.status_code, response.headers.get("Location", "")

    assert at_once(times, send) == [(302, "/first-access/done/")] * times
    assert User.objects.count() == Activity.objects.count() == CustomerAccess.objects.count() == 1
    assert Message.objects.count() == 2
    assert WebCode.objects.exclude(used_at=None).count() == 1
    assert signs_in()


def test_the_last_form_sent_again_later_gives_the_same_reply(registering):
    visitor = registering()
    replies = [visitor.post("/first-access/password/", SECRETS).headers["Location"] for _ in range(3)]
    assert replies == ["/first-access/done/"] * 3
    assert User.objects.count() == Activity.objects.count() == 1


def test_who_has_the_same_code_but_chooses_otherwise_does_not_get_in(registering, code):
    other = Client(headers={"accept-language": "en"})
    other.post("/first-access/", {"code": code, "identifier": "C1"})
    other.post("/first-access/details/", {"username": "other"})
    registering().post("/first-access/password/", SECRETS)
    response = other.post("/first-access/password/", SECRETS)
    assert response.status_code == 200
    assert "has been used" in on_top(response)
    assert Customer.objects.count() == User.objects.count() == 1
