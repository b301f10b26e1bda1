"""Whatever the mail server does wrong, at whichever point: nothing is lost, and one bad address never holds up the others."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sportello.domain.invoice_mail import nights, sending
from sportello.domain.invoice_mail.models import Run, Sending
from sportello.domain.invoice_mail.progress import newest_failures
from sportello.domain.invoice_mail.tests import cast
from sportello.domain.messages import pipeline
from sportello.domain.messages.models import Message, State
from sportello.domain.messages.pipeline import Unreachable
from sportello.domain.messages.tests.cast import Clock, certificate
from sportello.domain.messages.tests.smtp import CUT, LOST, SILENT, FakeServer

pytestmark = pytest.mark.django_db

GOOD, BAD = ("a@example.it", "c@example.it", "d@example.it"), "bad@example.it"
# What goes wrong for one of four, or for all of them, and passes.
PASSING = [
    *(("one", stage, reply) for stage in ("rcpt", "data", "content") for reply in ("451 later", CUT)),
    ("one", "rcpt", "450 4.2.0 greylisted"),
    ("one", "middle", CUT),
    ("one", "content", LOST),
    ("one", "content", SILENT),
    ("one", "rcpt", SILENT),
    ("one", "rcpt", "nonsense"),
    *(("all", stage, CUT) for stage in ("connect", "ehlo", "mail", "quit")),
    *(("all", stage, "421 closing") for stage in ("connect", "mail", "rcpt", "content")),
    ("all", "mail", "451 later"),
    ("all", "mail", "550 not from you"),
    ("all", "content", LOST),
    ("all", "mail", SILENT),
]
FOR_EVER = [("rcpt", "550 no such user"), ("data", "554 no"), ("content", "552 too large")]


@pytest.fixture
def clock() -> Clock:
    return cast.clock()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in {"STEP": 0.3, "ACCEPTING": 0.3, "TICK": 0.1}.items():
        monkeypatch.setattr(pipeline, name, seconds)


@pytest.fixture(params=["pdf", pytest.param("link", marks=pytest.mark.torture)])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def begun(clock: Clock, mode: str) -> Run:
    cast.subscriber("C1", GOOD[0], BAD, *GOOD[1:], mode=mode)
    return cast.begin(clock)


def break_(server: FakeServer, who: str, stage: str, reply: str) -> None:
    if who == "one":
        server.replies_to[BAD] = {stage: reply}
    else:
        server.replies[stage] = reply


def mend(server: FakeServer, ehlo: str) -> None:
    from sportello.domain.messages.tests.smtp import DEFAULTS

    server.released.set()
    server.replies_to.clear()
    server.replies |= DEFAULTS | {"ehlo": ehlo}


def copies(server: FakeServer) -> Counter[str]:
    return Counter(mail["Message-ID"] for mail in server.mails)


@pytest.mark.parametrize(("who", "stage", "reply"), PASSING)
def test_what_passes_loses_nothing(
    who: str, stage: str, reply: str, mode: str, server: FakeServer, clock: Clock
) -> None:
    ehlo = server.replies["ehlo"]
    run = begun(clock, mode)
    break_(server, who, stage, reply)
    for _ in range(4):
        try:
            cast.send(clock)
        except Unreachable:
            pass
        clock.pass_(timedelta(seconds=5))
    sent = {each.address for each in Sending.objects.filter(message__state=State.SENT)}
    if who == "one":
        assert sent == set(GOOD)
    mend(server, ehlo)
    cast.send_patiently(clock)
    run.refresh_from_db()
    assert (run.sent, run.failed, run.left) == (4, 0, 0)
    found = copies(server)
    assert set(found) == set(Message.objects.values_list("message_id", flat=True))
    twice = {name for name, count in found.items() if count > 1}
    marked = set(Message.objects.filter(possible_duplicate=True).values_list("message_id", flat=True))
    assert twice <= marked
    assert len(twice) == (0 if reply != LOST else 1 if who == "one" else 4)
    assert run.twice == len(marked)


@pytest.mark.parametrize(("stage", "reply"), FOR_EVER)
def test_what_is_for_ever_is_seen_at_once(stage: str, reply: str, mode: str, server: FakeServer, clock: Clock) -> None:
    run = begun(clock, mode)
    break_(server, "one", stage, reply)
    cast.send(clock)
    clock.pass_(timedelta(seconds=30))
    (failure,) = newest_failures(now=clock())
    assert (failure.address, failure.message.state) == (BAD, State.REFUSED)
    run.refresh_from_db()
    assert (run.sent, run.failed) == (3, 1)
    nights.look(now=clock())
    run.refresh_from_db()
    assert run.ended_at


def test_a_server_without_starttls_gets_nothing_and_loses_nothing(
    server: FakeServer, clock: Clock, mode: str, settings, tmp_path: Path
) -> None:
    run = begun(clock, mode)
    plain = settings.MAIL_URL
    settings.MAIL_URL = server.starttls_url
    for offered in (False, True):
        if offered:
            server.offer_tls(certificate(tmp_path / "nobody-trusts-it.pem"))
        with pytest.raises(Unreachable):
            cast.send(clock)
        run.refresh_from_db()
        assert run.trouble and run.trouble_since and run.ended_at is None
    assert server.taken == []
    assert Message.objects.filter(state=State.QUEUED, attempts=0).count() == 4
    settings.MAIL_URL = plain
    server.certificate = None
    cast.send(clock)
    run.refresh_from_db()
    assert (run.sent, run.trouble) == (4, "")


def test_without_a_mail_server_all_waits_and_says_so(clock: Clock, settings) -> None:
    settings.MAIL_URL, settings.DEMO = "", False
    run = begun(clock, "link")
    with pytest.raises(Unreachable):
        cast.send(clock)
    run.refresh_from_db()
    assert "MAIL_URL" in run.trouble


# --- the controls: with a guard off, the same test would be red --------------------------------------------------------


def test_with_lost_answers_taken_for_yes_a_mail_would_be_lost(
    server: FakeServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sending.Poster._outcomes

    def hopeful(*arguments) -> Iterator[tuple[int, None]]:
        yield from ((key, None) for key, _ in real(*arguments))

    monkeypatch.setattr(sending.Poster, "_outcomes", hopeful)
    begun(clock, "link")
    break_(server, "one", "middle", CUT)
    cast.send_patiently(clock)
    assert len(copies(server)) == 3 < Message.objects.filter(state=State.SENT).count()


def test_without_the_mark_a_second_copy_would_not_be_seen(
    server: FakeServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = pipeline.NotSent
    monkeypatch.setattr(pipeline, "NotSent", lambda reason, *, perhaps=False, **options: real(reason, **options))
    ehlo = server.replies["ehlo"]
    begun(clock, "link")
    break_(server, "one", "content", LOST)
    cast.send(clock)
    mend(server, ehlo)
    cast.send_patiently(clock)
    assert max(copies(server).values()) == 2
    assert not Message.objects.filter(possible_duplicate=True).exists()
