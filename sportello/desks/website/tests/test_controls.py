"""With a guard switched off the tests beside this one must fail: shown here, so that they are known to look."""

import pytest
from django.test import Client

from sportello.desks.website.tests.conftest import ANSWER, NEW, work
from sportello.domain.accounts import jobs, recovery, web_codes
from sportello.domain.accounts.models import Link, throttle
from sportello.domain.accounts.recovery import WrongAnswer
from sportello.domain.people.models import User


def test_without_counting_no_door_is_limited(db, monkeypatch):
    monkeypatch.setattr(throttle, "count", lambda *given, **named: None)
    form = {"customer": "C1", "identifier": "x"}
    replies = {Client().post("/first-access/lost-code/", form).status_code for _ in range(30)}
    assert replies == {302}


def test_without_the_limit_of_answers_one_guesses_on(alice, visitor, post, monkeypatch):
    visitor.post("/forgot-password/", {"identifier": "alice", "by": "mail"})
    work()
    monkeypatch.setattr(recovery, "WRONG_ANSWERS", 1_000)
    for number in range(10):
        visitor.post(post.link("choose-password"), {"proof": f"wrong {number}", "password": NEW})
    assert visitor.post(post.link("choose-password"), {"proof": ANSWER, "password": NEW}).status_code == 302


def test_without_the_answer_the_link_alone_opens(alice, visitor, post, monkeypatch):
    visitor.post("/forgot-password/", {"identifier": "alice", "by": "mail"})
    work()
    monkeypatch.setattr(recovery, "is_proof", lambda link, proof: True)
    assert visitor.post(post.link("choose-password"), {"proof": "wrong", "password": NEW}).status_code == 302
    assert User.objects.get(username="alice").check_password(NEW)


def test_a_job_for_known_people_only_would_be_seen(alice, visitor, monkeypatch):
    from procrastinate.contrib.django.models import ProcrastinateJob

    defer = jobs.defer_recovery
    monkeypatch.setattr(jobs, "defer_recovery", lambda **named: named["user_id"] and defer(**named))
    for name in ("alice", "nobody"):
        visitor.post("/forgot-password/", {"identifier": name, "by": "mail"})
    assert ProcrastinateJob.objects.count() == 1


def test_without_burning_an_earlier_link_goes_on_working(alice, visitor, post, monkeypatch):
    from datetime import timedelta

    from django.utils import timezone

    monkeypatch.setattr("sportello.domain.accounts.links.burn", lambda *given, **named: None)
    now = timezone.now()
    recovery.begin(alice, by_post=False, now=now)
    recovery.begin(alice, by_post=False, now=now + timedelta(minutes=2))
    assert Link.objects.usable(now).count() == 2


def test_without_the_check_of_the_customer_a_found_code_would_open(alice, code, visitor, monkeypatch):
    monkeypatch.setattr(web_codes, "identifies", lambda customer, typed: True)
    assert visitor.post("/first-access/", {"code": code, "identifier": "nobody"}).status_code == 302


def test_a_wrong_answer_without_its_memory_counts_twice(alice, monkeypatch):
    from django.utils import timezone

    now = timezone.now()
    recovery.begin(alice, by_post=False, now=now)
    number = Link.objects.get().pk
    for left in (4, 3):
        with pytest.raises(WrongAnswer) as wrong:
            recovery.choose_password(number, proof="wrong", password=NEW, now=now)
        assert wrong.value.left == left
        Link.objects.update(last_wrong="")
