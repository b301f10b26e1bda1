"""Killed between any two steps: never lost, the same Message-ID, and every possible duplicate is marked."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings

from sportello.domain.messages import jobs, sending, transport
from sportello.domain.messages.models import Message, State
from sportello.domain.messages.sending import LEASE, send, sweep
from sportello.domain.messages.tests import cast
from sportello.domain.messages.tests.cast import Clock
from sportello.domain.messages.tests.smtp import FakeServer


class Killed(BaseException):
    """Nothing may catch it."""


def killed(*_: Any, **__: Any) -> None:
    raise Killed


def then_killed(real: Callable[..., Any]) -> Callable[..., Any]:
    def both(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        raise Killed

    return both


# Where the worker dies, and how many copies have left by then.
POINTS = {
    "before the claim is committed": (sending, "claim", killed, 0),
    "after the claim": (sending, "attempt", killed, 0),
    "before the mail leaves": (sending, "keep_claim", then_killed(sending.keep_claim), 0),
    "after it was taken": (transport, "deliver", then_killed(transport.deliver), 1),
    "while it is recorded": (jobs, "defer_follow", then_killed(jobs.defer_follow), 1),
    "after it was recorded": (sending, "record_sent", then_killed(sending.record_sent), 1),
}


def crash(point: str, number: int, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> int:
    module, name, fault, copies = POINTS[point]
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(module, name, fault)
        send(number, clock=clock)
    cast.lose_jobs()
    return copies


def recover(clock: Clock) -> None:
    clock.pass_(LEASE)
    sweep(now=clock.now)
    for job in cast.waiting():
        send(job["message"], clock=clock)


@pytest.mark.django_db
@pytest.mark.parametrize("point", POINTS)
def test_nothing_is_lost(point: str, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    message = cast.notice(follows="test.follow")
    copies = crash(point, message.pk, clock, monkeypatch)
    message.refresh_from_db()
    is_over = message.state == State.SENT
    assert len(server.taken) == copies
    recover(clock)
    message.refresh_from_db()
    assert message.state == State.SENT
    assert len(server.taken) == copies + (0 if is_over else 1)
    assert {mail["Message-ID"] for mail in server.mails} == {message.message_id}
    assert message.possible_duplicate or len(server.taken) == 1
    assert len(cast.waiting("test.follow")) == (0 if is_over else 1)


@pytest.mark.django_db
def test_with_the_mark_left_out_a_duplicate_would_not_be_seen(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "_CLAIM", sending._CLAIM.replace("possible_duplicate OR state = 'claimed'", "FALSE"))
    clock = Clock()
    message = cast.notice()
    crash("after it was taken", message.pk, clock, monkeypatch)
    recover(clock)
    message.refresh_from_db()
    assert len(server.taken) == 2
    assert not message.possible_duplicate


@pytest.mark.django_db
def test_recorded_before_it_is_sent_it_would_be_lost(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    real = sending.attempt

    def recorded_first(message: Message, *, clock: Clock) -> Any:
        sending.record_sent(message, now=clock())
        return real(message, clock=clock)

    monkeypatch.setattr(sending, "attempt", recorded_first)
    monkeypatch.setattr(sending, "keep_claim", killed)
    clock = Clock()
    message = cast.notice()
    with pytest.raises(Killed):
        send(message.pk, clock=clock)
    recover(clock)
    assert server.taken == []


@pytest.mark.django_db
def test_one_that_kills_every_worker_is_given_up(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    message = cast.notice()
    for _ in range(len(sending.PAUSES) + sending.MOST_CRASHES):
        crash("before the mail leaves", message.pk, clock, monkeypatch)
        clock.pass_(LEASE)
    send(message.pk, clock=clock)
    message.refresh_from_db()
    assert message.state == State.DEAD
    assert message.failure == "given up after several crashes"
    assert server.taken == []


PROGRAM = """
import sys

import django
from django.conf import settings

settings.DATABASES["default"]["NAME"] = sys.argv[1]
settings.MAIL_URL = sys.argv[2]
django.setup()

from sportello.domain.messages.kinds import register
from sportello.domain.messages.sending import send
from sportello.domain.messages.tests import cast

register(cast.NOTICE)
send(int(sys.argv[3]), clock=cast.Clock())
"""


@pytest.mark.django_db(transaction=True)
def test_a_process_that_is_killed_while_the_server_answers(server: FakeServer) -> None:
    message = cast.notice()
    reached, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        reached.set()
        go_on.wait(20)

    server.on_content = hold
    arguments = [django_settings.DATABASES["default"]["NAME"], server.url, str(message.pk)]
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "sportello.settings"}
    with subprocess.Popen([sys.executable, "-c", PROGRAM, *arguments], env=environ) as process:
        assert reached.wait(30)
        process.send_signal(signal.SIGKILL)
    server.on_content = None
    go_on.set()
    server.wait_for(1)
    cast.lose_jobs()
    clock = Clock()
    assert Message.objects.get().state == State.CLAIMED
    assert sweep(now=clock.now) == 0
    recover(clock)
    message.refresh_from_db()
    assert (message.state, message.possible_duplicate) == (State.SENT, True)
    assert [mail["Message-ID"] for mail in server.mails] == [message.message_id] * 2
    cast.lose_jobs()
