"""Nothing that opens anything, and nobody's tax code, in logs, jobs, journal or the pages for what went wrong."""

import json
import logging

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from sportello.desks.website import first_access, recovery
from sportello.desks.website.tests.conftest import TAX_CODE, work
from sportello.domain.accounts.models import FormerEmail, Link, SavedCode, SecretQuestion, Throttle, WebCode
from sportello.domain.journal.models import Event
from sportello.domain.people.models import Session, User

PASSWORD, NEW = "canary password one", "canary password two"
ANSWER, WRONG = "Canary Answer", "Canary Wrong"
EMAIL = "canary@example.it"


@pytest.fixture
def logged(monkeypatch) -> list[str]:
    """Every line that is logged, at any level, as it would be written."""
    lines: list[str] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Keeping()
    handler.setFormatter(logging.getLogger().handlers[0].formatter if logging.getLogger().handlers else None)
    root = logging.getLogger()
    root.addHandler(handler)
    before = root.level
    root.setLevel(logging.DEBUG)
    monkeypatch.setattr("django.db.backends.utils.logger.isEnabledFor", lambda level: False, raising=False)
    yield lines
    root.removeHandler(handler)
    root.setLevel(before)


def rows(*models) -> str:
    return json.dumps([list(model.objects.values()) for model in models], default=str)


def go_through_it_all(visitor: Client, code: str, post) -> list[str]:
    """First access, a proof of address, a reset with wrong and right answers; gives all that was secret."""
    visitor.post("/first-access/", {"code": code, "identifier": TAX_CODE})
    visitor.post("/first-access/details/", {"username": "anna", "email": EMAIL})
    form = {"password": PASSWORD, "question": "first_teacher", "answer": ANSWER}
    visitor.post("/first-access/password/", {**form, "password": "canary"})
    visitor.post("/first-access/password/", form)
    proof = post.link("prove-email")
    visitor.get(proof)
    visitor.post(proof)
    visitor.post("/first-access/lost-code/", {"customer": "C1", "identifier": TAX_CODE})
    visitor.post("/forgot-password/", {"identifier": EMAIL, "by": "mail"})
    visitor.post("/forgot-password/", {"identifier": TAX_CODE, "by": "mail"})
    work()
    sent = post.code()
    link = post.link("choose-password")
    visitor.get(link)
    visitor.post(link, {"proof": WRONG, "password": NEW})
    visitor.post(link, {"proof": ANSWER, "password": NEW})
    visitor.post("/sign-in/", {"login": "anna", "password": NEW + "x"})
    assert visitor.post("/sign-in/", {"login": "anna", "password": NEW}).status_code == 302
    assert visitor.get("/account/").status_code == 200
    codes = [each for made in (code, sent) for each in (made, made.replace("-", ""))]
    return [
        PASSWORD,
        NEW,
        ANSWER,
        "canaryanswer",
        WRONG,
        "canarywrong",
        TAX_CODE,
        *codes,
        link.split("/")[2],
        proof.split("/")[2],
    ]


def test_no_secret_is_logged_or_kept_in_clear(visitor, code, post, logged):
    secrets = go_through_it_all(visitor, code, post)
    kept = rows(User, Link, WebCode, SecretQuestion, SavedCode, Throttle, Event)
    kept += json.dumps(list(ProcrastinateJob.objects.values("task_name", "args", "lock", "queueing_lock")))
    kept += json.dumps([session.get_decoded() for session in Session.objects.all()])
    text = "\n".join(logged)
    assert len(logged) >= 15
    for secret in secrets:
        assert secret.lower() not in text.lower(), "logged"
        assert secret.lower() not in kept.lower(), "kept"


def test_no_address_is_logged_or_in_jobs_and_journal(visitor, code, post, logged):
    go_through_it_all(visitor, code, post)
    jobs = json.dumps(list(ProcrastinateJob.objects.values("task_name", "args", "lock", "queueing_lock")))
    for text in ("\n".join(logged), jobs, rows(Event, Throttle)):
        assert "@example.it" not in text
    assert FormerEmail.objects.count() == 0


def test_the_handler_would_see_it(logged):
    logging.getLogger("anything").debug("CANARY %s", PASSWORD)
    assert PASSWORD in "\n".join(logged)


@pytest.mark.parametrize(
    ("where", "name", "path", "fields"),
    [
        (first_access.web_codes, "claim", "/first-access/", {"code": "{code}", "identifier": TAX_CODE}),
        (recovery.recovery, "find_user", "/forgot-password/", {"identifier": EMAIL, "by": "mail"}),
        (recovery.recovery, "choose_password", "{link}", {"proof": ANSWER, "password": NEW}),
    ],
)
def test_the_page_of_a_failure_and_its_log_tell_nothing(
    alice, code, post, logged, monkeypatch, where, name, path, fields
):
    from django.utils import timezone

    from sportello.domain.accounts.recovery import begin

    begin(alice, by_post=False, now=timezone.now())
    link = post.link("choose-password")

    def fails(*given, **named):
        raise RuntimeError(f"{given} {named}")

    monkeypatch.setattr(where, name, fails)
    filled = {key: value.format(code=code) for key, value in fields.items()}
    response = Client(raise_request_exception=False).post(path.format(link=link), filled)
    assert response.status_code == 500
    said = response.content.decode().replace(link, "") + "\n".join(logged)
    for secret in (*filled.values(), link.split("/")[2]):
        if secret != "mail":
            assert secret not in said
