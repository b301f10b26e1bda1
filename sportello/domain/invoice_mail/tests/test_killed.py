"""Senders are killed (-9) again and again during a run: nothing is lost, and what may have gone twice is marked."""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from sportello.domain.invoice_mail.models import Run
from sportello.domain.invoice_mail.tests import cast
from sportello.domain.messages.bulk import LEASE
from sportello.domain.messages.models import Message
from sportello.domain.messages.tests.smtp import PIPELINING, FakeServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(1500)]

SENDERS = 2
RESUMES = 30.0  # seconds
A_SHORT_LEASE = 5.0  # so that a test need not wait for that of the product
NAME = re.compile(rb"^Message-ID: (<[^>]+>)", re.MULTILINE)


class Senders:
    """Each in a process of its own, begun again as soon as it is killed."""

    def __init__(self, server: FakeServer, without: str, lease: float) -> None:
        program = [sys.executable, "-m", "sportello.domain.invoice_mail.tests.sender"]
        arguments = [str(django_settings.DATABASES["default"]["NAME"]), server.url, without, str(lease)]
        environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "sportello.settings", "LOG_LEVEL": "ERROR"}
        self.forker: Any = subprocess.Popen(
            [*program, *arguments], env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.running = [self.one() for _ in range(SENDERS)]

    def one(self) -> int:
        self.forker.stdin.write("\n")
        self.forker.stdin.flush()
        return int(self.forker.stdout.readline())

    def kill(self, place: int) -> None:
        os.kill(self.running[place], signal.SIGKILL)
        self.running[place] = self.one()

    def end(self) -> None:
        for number in self.running:
            os.kill(number, signal.SIGKILL)
        self.forker.communicate(timeout=20)


@contextmanager
def senders(server: FakeServer, without: str = "", *, lease: float = A_SHORT_LEASE) -> Iterator[Senders]:
    made = Senders(server, without, lease)
    try:
        yield made
    finally:
        made.end()


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer() as running:
        running.replies["ehlo"] = PIPELINING
        running.on_content = lambda: time.sleep(0.002)
        yield running


class Watch(threading.Thread):
    """The longest time in which nothing arrived though something waited."""

    def __init__(self, server: FakeServer) -> None:
        super().__init__(daemon=True)
        self.server, self.over, self.longest = server, threading.Event(), 0.0

    def run(self) -> None:
        seen, since = 0, time.monotonic()
        while not self.over.wait(0.1):
            if len(self.server.taken) != seen:
                seen, since = len(self.server.taken), time.monotonic()
            self.longest = max(self.longest, time.monotonic() - since)


def lived_through(
    server: FakeServer, *, mails: int, kills: int, without: str = "", lease: float = A_SHORT_LEASE
) -> float:
    """A run in which so many senders are killed while it lasts; the longest time in which it stood still, in seconds."""
    cast.crowd(mails)
    rng = random.Random(11)
    with senders(server, without, lease=lease) as house:
        watch = Watch(server)
        for done in range(kills):
            wait_until(partial(has_taken, server, mails * (done + 1) // (kills + 2)), within=120)
            time.sleep(rng.uniform(0, 0.15))
            house.kill(done % SENDERS)
            if done == 0:
                watch.start()
        wait_until(is_over, within=120)
        watch.over.set()
    return watch.longest


def has_taken(server: FakeServer, count: int) -> bool:
    """Or will take no more."""
    return len(server.taken) >= count or is_over()


def is_over() -> bool:
    messages = Message.objects.all()
    return messages.exists() and not messages.filter(state__in=["queued", "claimed"]).exists()


def wait_until(done: Any, *, within: float) -> None:
    deadline = time.monotonic() + within
    while not done():
        assert time.monotonic() < deadline, (
            Message.objects.count(),
            Counter(Message.objects.values_list("state", flat=True)),
        )
        time.sleep(0.05)
        connection.close_if_unusable_or_obsolete()


def copies(server: FakeServer) -> Counter[str]:
    found = (NAME.search(content) for content in server.taken)
    return Counter(name[1].decode() for name in found if name)


SIZES = [
    pytest.param(300, 10, A_SHORT_LEASE, id="10 kills"),
    pytest.param(3000, 100, LEASE.total_seconds(), id="100 kills", marks=[pytest.mark.torture, pytest.mark.alone]),
]


@pytest.mark.parametrize(("mails", "kills", "lease"), SIZES)
def test_nothing_is_lost_and_each_copy_more_is_marked(mails: int, kills: int, lease: float, server: FakeServer) -> None:
    longest = lived_through(server, mails=mails, kills=kills, lease=lease)
    found = copies(server)
    messages = {each.message_id: each for each in Message.objects.all()}
    assert len(messages) == mails
    assert set(found) == set(messages)
    assert {each.state for each in messages.values()} == {"sent"}
    # Each claim but the first came after a crash that hit this message.
    assert all(count <= messages[name].attempts for name, count in found.items())
    twice = {name for name, count in found.items() if count > 1}
    marked = {name for name, each in messages.items() if each.possible_duplicate}
    assert twice <= marked == {name for name, each in messages.items() if each.attempts > 1}
    run = Run.objects.get()
    assert (run.queued, run.sent, run.left, run.twice) == (mails, mails, 0, len(marked))
    print(f"\n{kills} kills: {len(marked)} marked, {len(twice)} sent twice, stood still {longest:.1f} s at most")
    assert longest < RESUMES


@pytest.mark.torture
def test_recorded_before_it_is_sent_some_would_be_lost(server: FakeServer) -> None:
    lived_through(server, mails=300, kills=5, without="recorded first")
    assert len(copies(server)) < Message.objects.filter(state="sent").count()


@pytest.mark.torture
def test_without_the_mark_copies_would_not_be_seen(server: FakeServer) -> None:
    lived_through(server, mails=300, kills=5, without="unmarked")
    assert max(copies(server).values()) > 1
    assert not Message.objects.filter(possible_duplicate=True).exists()


def test_a_place_is_free_the_moment_its_holder_is_killed(server: FakeServer) -> None:
    from sportello.domain.invoice_mail import sending

    cast.crowd(50)
    server.on_content = lambda: time.sleep(0.2)
    with senders(server) as house:
        wait_until(lambda: len(server.taken) > 1, within=60)
        for place in range(SENDERS):
            house.kill(place)
    began = timezone.now()
    wait_until(lambda: free(sending), within=10)
    assert timezone.now() - began < timedelta(seconds=5)


def free(sending: Any) -> bool:
    with sending.place(-1) as ours:
        return bool(ours)
