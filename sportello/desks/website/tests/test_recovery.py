import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from sportello.desks.website.tests.conftest import ANSWER, NEW, PASSWORD, texts, work
from sportello.domain.accounts import answers, changes, recovery
from sportello.domain.accounts.models import Link
from sportello.domain.messages.models import Message
from sportello.domain.people.models import Session, User
from tests import factories
from tests.access.walking import check_policy
from tests.at_once import at_once

PROOF = {"proof": ANSWER, "password": NEW}


@pytest.fixture
def link(alice, visitor, post) -> str:
    visitor.post("/forgot-password/", {"identifier": "alice", "by": "mail"})
    work()
    return post.link("choose-password")


def password() -> str:
    user = User.objects.get(username="alice")
    return next((each for each in (PASSWORD, NEW) if user.check_password(each)), "")


def plain(response) -> tuple[int, bytes, dict]:
    body = re.sub(rb'(csrfmiddlewaretoken" value=")\w+', b"", response.content)
    return response.status_code, body, dict(response.items())


# --- asking ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["mail", "post"])
def test_the_reply_is_the_same_whoever_is_named(alice, visitor, by):
    factories.user("closed", email="closed@example.it", is_active=False)
    factories.user("bare")
    names = ["alice", "alice@example.it", "nobody", "nobody@example.it", "closed", "bare", "аlice", "x" * 300, "'\"<b>"]
    replies = []
    for name in names:
        first = visitor.post("/forgot-password/", {"identifier": name, "by": by})
        replies.append((plain(first), plain(visitor.get(first.headers["Location"]))))
    assert all(reply == replies[0] for reply in replies)
    assert ProcrastinateJob.objects.count() == len(names)
    assert {frozenset(job.args) for job in ProcrastinateJob.objects.all()} == {frozenset({"user", "by_post"})}


def test_it_is_the_same_work_whoever_is_named(alice, visitor, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = set()
    for name in ("alice", "alice@example.it", "nobody", "nobody@example.it"):
        with CaptureQueriesContext(connection) as asked:
            visitor.post("/forgot-password/", {"identifier": name, "by": "mail"})
        counts.add(len(asked))
    assert len(counts) == 1


def test_asking_writes_nothing_before_the_worker_does(alice, visitor):
    visitor.post("/forgot-password/", {"identifier": "alice", "by": "mail"})
    assert not Message.objects.exists()
    assert not Link.objects.exists()


def test_sent_twice_it_is_one_mail(alice, visitor, post):
    for _ in range(2):
        visitor.post("/forgot-password/", {"identifier": "alice", "by": "mail"})
    work()
    assert post.kinds() == ["recovery_link"]


def test_a_name_has_five_an_hour_whether_it_exists_or_not(alice):
    for name in ("alice", "nobody"):
        replies = []
        for number in range(7):
            client = Client(REMOTE_ADDR=f"10.0.0.{number}")
            replies.append(client.post("/forgot-password/", {"identifier": name, "by": "mail"}).status_code)
        assert replies == [302] * 5 + [429] * 2


@pytest.mark.parametrize("host", [{"HTTP_HOST": "evil.example"}, {"HTTP_X_FORWARDED_HOST": "evil.example"}])
def test_the_link_leads_to_the_site_of_the_settings(alice, visitor, settings, host):
    settings.ALLOWED_HOSTS = ["*"]
    settings.SITE_URL = "https://sportello.example"
    visitor.post("/forgot-password/", {"identifier": "alice", "by": "mail"}, **host)
    work()
    ((_, text),) = texts()
    assert "https://sportello.example/choose-password/" in text
    assert "evil" not in text


# --- the link --------------------------------------------------------------------------------------------------------


def test_link_and_answer_set_a_new_password_and_sign_nobody_in(alice, visitor, link):
    page = visitor.get(link).content.decode()
    assert "What was the name of your first teacher?" in page
    response = visitor.post(link, PROOF)
    assert response.headers["Location"] == "/sign-in/"
    assert password() == NEW
    signing_in = visitor.get("/sign-in/")
    assert "Your new password is set." in signing_in.content.decode()
    assert visitor.get("/").status_code == 302
    assert "Your new password is set." not in visitor.get("/sign-in/").content.decode()


def test_no_session_survives_it(alice, visitor, link):
    thief, owner = Client(), Client()
    for client in (thief, owner):
        client.post("/sign-in/", {"login": "alice", "password": PASSWORD})
        assert client.get("/overview/").status_code == 200
    visitor.post(link, PROOF)
    for client in (thief, owner):
        assert client.get("/overview/").status_code == 302


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_a_mail_scanner_uses_nothing_up(alice, visitor, link, method):
    for _ in range(10):
        getattr(Client(headers={"user-agent": "scanner"}), method)(link)
    assert Session.objects.count() == 0
    assert visitor.post(link, PROOF).status_code == 302
    assert password() == NEW


def test_its_page_is_kept_and_told_nowhere(alice, visitor, link):
    for response in (visitor.get(link), visitor.get("/choose-password/nothing/"), visitor.post(link, {})):
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "strict-origin"
        assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
        check_policy(response.headers["Content-Security-Policy"])
    token = link.split("/")[2]
    page = re.sub(r'<input type="hidden" name="next"[^>]*>', "", visitor.get(link).content.decode())
    assert token not in page


def dead_pages(visitor, *links: str) -> set:
    return {plain(visitor.get(each))[:2] for each in links} | {plain(visitor.post(each, PROOF))[:2] for each in links}


def without_here(pages: set, *links: str) -> set:
    def clean(body: bytes) -> bytes:
        for each in links:
            body = body.replace(each.encode(), b"")
        return body

    return {(status, clean(body)) for status, body in pages}


def test_all_dead_links_look_alike(alice, visitor, link, post):
    visitor.post(link, PROOF, follow=True)
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        recovery.begin(alice, by_post=False, now=timezone.now())
        replaced = post.link("choose-password")
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        recovery.begin(alice, by_post=False, now=timezone.now())
        expired = post.link("choose-password")
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        never = "/choose-password/" + "x" * 43 + "/"
        links = (link, replaced, expired, never, "/choose-password/x/")
        pages = without_here(dead_pages(visitor, *links), *links)
    assert len(pages) == 1
    ((status, body),) = pages
    assert status == 404
    assert b"This link no longer works" in body


def test_five_wrong_answers_end_it(alice, visitor, link, post):
    for left in (4, 3, 2, 1):
        response = visitor.post(link, {"proof": f"wrong {left}", "password": NEW})
        assert f"{left} {'try is' if left == 1 else 'tries are'} left" in response.content.decode()
    assert visitor.post(link, {"proof": "wrong 0", "password": NEW}).status_code == 404
    assert visitor.post(link, PROOF).status_code == 404
    assert password() == PASSWORD
    assert post.kinds() == ["recovery_link", "recovery_blocked"]


def test_a_weak_password_is_told_beside_its_field_and_takes_no_try(alice, visitor, link):
    response = visitor.post(link, {"proof": ANSWER, "password": "short"})
    assert response.status_code == 200
    assert b'aria-invalid="true"' in response.content
    assert Link.objects.get().wrong_answers == 0


def test_nothing_typed_comes_back(alice, visitor, link):
    page = visitor.post(link, {"proof": "CANARY-ANSWER", "password": "CANARY-PASSWORD"}).content.decode()
    assert "CANARY-PASSWORD" not in page


def test_the_question_is_shown_to_the_links_holder_alone(alice, visitor, link):
    answers.set_question(alice, key="", own_words="CANARY-QUESTION", answer=ANSWER, known=[], now=timezone.now())
    pages = [
        visitor.get(page) for page in ("/forgot-password/", "/forgot-password/mail/", "/recovery-code/", "/sign-in/")
    ]
    pages.append(visitor.post("/forgot-password/", {"identifier": "alice", "by": "mail"}))
    pages.append(visitor.get("/choose-password/" + "x" * 43 + "/"))
    assert all(b"CANARY" not in page.content for page in pages)
    assert b"CANARY" in visitor.get(link).content


def test_who_has_no_question_is_led_to_an_operator(alice, visitor, link):
    alice.secret_question.delete()
    page = visitor.get(link).content.decode()
    assert "This login has no secret question yet" in page
    assert 'name="password"' not in page
    assert visitor.post(link, {"proof": "", "password": NEW}).status_code == 200
    assert visitor.post(link, PROOF).status_code == 200
    assert password() == PASSWORD


@pytest.mark.parametrize("policy", ["link", "link+saved code"])
def test_other_policies_ask_for_something_else(alice, visitor, link, settings, policy):
    settings.RECOVERY_POLICY = policy
    page = visitor.get(link).content.decode()
    assert "first teacher" not in page
    assert ('name="proof"' in page) == (policy != "link")
    code = recovery.new_saved_code(alice, seed="seed", now=timezone.now())
    visitor.post(link, {"proof": code, "password": NEW})
    assert password() == NEW


def test_a_link_has_thirty_tries_an_hour(alice, link):
    replies = []
    for number in range(32):
        client = Client(REMOTE_ADDR=f"10.0.0.{number}")
        replies.append(client.post(link, {"proof": ANSWER, "password": "short"}).status_code)
    assert replies == [200] * 30 + [429] * 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("times", [2, 3])
def test_the_form_sent_at_once_is_one_change_and_one_reply(alice, link, post, times):
    def send(_: int) -> tuple[int, str]:
        response = Client().post(link, PROOF)
        return response.status_code, response.headers.get("Location", "")

    assert at_once(times, send) == [(302, "/sign-in/")] * times
    assert post.kinds() == ["recovery_link", "password_changed"]


@pytest.mark.django_db(transaction=True)
def test_a_wrong_answer_sent_at_once_counts_once(alice, link):
    def send(_: int) -> str:
        return re.search(r"\d (?:tries are|try is) left", Client(headers={"accept-language": "en"}).post(
            link, {"proof": "wrong", "password": NEW}).content.decode())[0]  # fmt: skip

    assert at_once(3, send) == ["4 tries are left"] * 3


# --- the letter ------------------------------------------------------------------------------------------------------


@pytest.fixture
def letter(alice, visitor, post) -> str:
    visitor.post("/forgot-password/", {"identifier": "alice", "by": "post"})
    work()
    return post.code()


def test_a_letters_code_leads_to_the_same_form(alice, visitor, letter):
    response = visitor.post("/recovery-code/", {"code": letter.lower().replace("-", " "), "username": "Alice "})
    assert response.headers["Location"] == "/recovery-code/password/"
    assert "first teacher" in visitor.get("/recovery-code/password/").content.decode()
    assert visitor.post("/recovery-code/password/", PROOF).headers["Location"] == "/sign-in/"
    assert password() == NEW
    assert visitor.post("/recovery-code/password/", PROOF).headers["Location"] == "/sign-in/"
    assert User.objects.count() == 1


def test_a_wrong_code_and_a_wrong_name_look_alike(alice, visitor, letter):
    from sportello.domain.people import printed_codes

    factories.user("bob")
    replies = []
    for code, name in ((letter, "bob"), (letter, "nobody"), (printed_codes.shown(printed_codes.make()), "alice")):
        response = visitor.post("/recovery-code/", {"code": code, "username": name})
        body = plain(response)[1].replace(code.encode(), b"").replace(f'value="{name}"'.encode(), b"")
        replies.append((response.status_code, body))
    assert len(set(replies)) == 1
    assert b"do not belong together" in replies[0][1]


def test_the_form_is_not_there_without_the_code(alice, visitor, letter):
    for method in (visitor.get, visitor.post):
        assert method("/recovery-code/password/").headers["Location"] == "/recovery-code/"


def test_the_session_holds_the_links_number_and_no_code(alice, visitor, letter):
    visitor.post("/recovery-code/", {"code": letter, "username": "alice"})
    kept = str(Session.objects.get().get_decoded())
    assert letter not in kept
    assert letter.replace("-", "") not in kept


# --- an address ------------------------------------------------------------------------------------------------------


@pytest.fixture
def proof(alice, post) -> str:
    changes.ask_for_proof(alice, email="new@example.it", now=timezone.now())
    return post.link("prove-email")


def email() -> str:
    return User.objects.get(username="alice").email


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_a_visit_proves_nothing_and_a_button_does(alice, visitor, proof, method):
    for _ in range(5):
        getattr(visitor, method)(proof)
    assert email() == "alice@example.it"
    assert visitor.post(proof).headers["Location"] == "/email-proven/"
    assert email() == "new@example.it"
    assert visitor.post(proof).headers["Location"] == "/email-proven/"
    assert visitor.get(proof).status_code == 404


def test_an_address_of_another_login_is_told_to_who_reads_its_mail(alice, visitor, post):
    bob = factories.user("bob")
    changes.ask_for_proof(bob, email="alice@example.it", now=timezone.now())
    response = visitor.post(post.link("prove-email"))
    assert response.status_code == 200
    assert "This address cannot be used" in response.content.decode()


def test_a_link_for_one_thing_does_no_other(alice, visitor, proof, link):
    assert visitor.get(proof.replace("prove-email", "choose-password")).status_code == 404
    assert visitor.post(link.replace("choose-password", "prove-email")).status_code == 404
    assert (email(), password()) == ("alice@example.it", PASSWORD)


def test_the_link_of_an_address_used_twice_does_not_speak_of_passwords(db, visitor):
    page = visitor.get("/prove-email/" + "x" * 43 + "/")
    assert page.status_code == 404
    assert "If you have confirmed the address with it already, all is well" in page.content.decode()
    assert "Ask for a new password" not in page.content.decode()
