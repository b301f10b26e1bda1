"""Each message goes out once where all is well, again where it must, and never silently not at all."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections

from sportello.domain.messages import sending, transport
from sportello.domain.messages.models import Message, State
from sportello.domain.messages.reading import read
from sportello.domain.messages.sending import LEASE, PAUSES, send, sweep, without_personal_data
from sportello.domain.messages.tests import cast
from sportello.domain.messages.tests.cast import Clock
from sportello.domain.messages.tests.smtp import CUT, LOST, SILENT, FakeServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_it_is_sent_and_then_forgets_its_secrets(server: FakeServer, clock: Clock) -> None:
    message = cast.link_mail(follows="test.follow", about=("user", "7"))
    send(message.pk, clock=clock)
    message.refresh_from_db()
    (mail,) = server.mails
    assert mail["Message-ID"] == message.message_id
    assert cast.TOKEN in mail.get_body(("plain",)).get_content()
    assert (message.state, message.sent_at, message.attempts) == (State.SENT, clock.now, 1)
    assert not message.possible_duplicate
    assert cast.waiting("test.follow") == [
        {"message": message.pk, "about_kind": "user", "about_key": "7", "outcome": "sent"}
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT outbox_message::text FROM outbox_message")
        assert cast.TOKEN not in cursor.fetchone()[0]
    assert cast.TOKEN not in read(message).text
    assert "[cancellato dopo l’invio]" in read(message).text


def test_a_secret_value_is_wiped_too(server: FakeServer, clock: Clock) -> None:
    message = cast.code_mail()
    send(message.pk, clock=clock)
    message.refresh_from_db()
    assert message.is_wiped
    assert cast.CODE_VALUE in server.taken[0].decode()
    assert cast.CODE_VALUE not in read(message).text + read(message).html


def test_once_is_enough(server: FakeServer, clock: Clock) -> None:
    message = cast.notice()
    for _ in range(3):
        send(message.pk, clock=clock)
    assert len(server.taken) == 1


def test_the_demo_keeps_its_mails_to_be_read(settings, clock: Clock) -> None:
    settings.DEMO, settings.MAIL_URL = True, ""
    message = cast.link_mail()
    send(message.pk, clock=clock)
    message.refresh_from_db()
    assert message.state == State.SENT
    assert cast.TOKEN in read(message).text


def test_without_a_mail_server_a_message_waits(settings, clock: Clock) -> None:
    settings.DEMO, settings.MAIL_URL = False, ""
    message = cast.notice()
    send(message.pk, clock=clock)
    message.refresh_from_db()
    assert message.state == State.QUEUED
    assert list(Message.objects.in_trouble()) == [message]


STAGES = ("connect", "ehlo", "mail", "rcpt", "data", "content")


@pytest.mark.parametrize("fault", ["451 4.7.1 later", CUT])
@pytest.mark.parametrize("stage", STAGES)
def test_what_passes_is_tried_again_under_the_same_id(server: FakeServer, clock: Clock, stage: str, fault: str) -> None:
    message = cast.notice()
    whole = dict(server.replies)
    server.replies[stage] = fault
    send(message.pk, clock=clock)
    cast.lose_jobs() if stage == "rcpt" else None
    message.refresh_from_db()
    assert message.state == State.QUEUED
    assert message.next_attempt_at == clock.now + PAUSES[0]
    assert message.possible_duplicate == (stage == "content" and fault == CUT)
    send(message.pk, clock=clock)  # too early
    assert server.taken == []
    clock.pass_(PAUSES[0])
    server.replies = whole
    send(message.pk, clock=clock)
    message.refresh_from_db()
    assert message.state == State.SENT
    assert (message.failure, message.failure_code) == ("", None)
    assert [mail["Message-ID"] for mail in server.mails] == [message.message_id]


@pytest.mark.parametrize(
    ("stage", "final"), [("connect", 0), ("ehlo", 0), ("mail", 0), ("rcpt", 1), ("data", 1), ("content", 1)]
)
def test_a_no_is_final_where_it_is_about_the_recipient(
    server: FakeServer, clock: Clock, stage: str, final: int
) -> None:
    message = cast.link_mail(follows="test.follow")
    server.replies[stage] = f"550 5.1.1 <{cast.ADDRESS}> unknown"
    send(message.pk, clock=clock)
    message.refresh_from_db()
    assert message.state == (State.REFUSED if final else State.QUEUED)
    assert message.is_wiped == bool(final)
    assert list(Message.objects.failed()) == ([message] if final else [])
    assert [job["outcome"] for job in cast.waiting("test.follow")] == ["refused"] * final
    if stage not in ("connect", "ehlo"):
        assert message.failure_code == 550
    assert "canary" not in message.failure.lower()


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("answer", ["", "garbage", "99 x", "\xff\x00", "250" + "x" * 9000, "200 what"])
def test_an_answer_that_is_none_loses_nothing(server: FakeServer, clock: Clock, stage: str, answer: str) -> None:
    message = cast.notice()
    server.replies[stage] = answer
    send(message.pk, clock=clock)
    message.refresh_from_db()
    sent = stage in ("ehlo", "content") and answer == "200 what"  # a yes without the usual number
    assert message.state == (State.SENT if sent else State.QUEUED)
    assert message.possible_duplicate == (stage == "content" and not sent)


def test_a_server_that_wants_us_to_sign_in_refuses_nobody(server: FakeServer, clock: Clock) -> None:
    message = cast.notice()
    server.replies["rcpt"] = "530 5.7.0 authentication required"
    send(message.pk, clock=clock)
    message.refresh_from_db()
    assert message.state == State.QUEUED


def test_a_lost_yes_is_a_possible_duplicate(server: FakeServer, clock: Clock) -> None:
    message = cast.notice()
    server.replies["content"] = LOST
    send(message.pk, clock=clock)
    message.refresh_from_db()
    assert message.state == State.QUEUED
    server.replies["content"] = "250 taken"
    clock.pass_(PAUSES[0])
    send(message.pk, clock=clock)
    message.refresh_from_db()
    assert message.state == State.SENT
    assert [mail["Message-ID"] for mail in server.mails] == [message.message_id] * 2
    assert message.possible_duplicate


@pytest.mark.parametrize("stage", ["connect", "rcpt", "content"])
def test_a_server_that_says_nothing_is_not_waited_for_long(
    server: FakeServer, clock: Clock, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "STEP", 0.2)
    monkeypatch.setattr(transport, "ACCEPTING", 0.2)
    message = cast.notice()
    server.replies[stage] = SILENT
    send(message.pk, clock=clock)
    server.released.set()
    message.refresh_from_db()
    assert message.state == State.QUEUED
    assert message.failure == "the mail server did not answer in time"
    assert message.possible_duplicate == (stage == "content")


def test_nobody_listening_is_tried_again(server: FakeServer, clock: Clock, settings) -> None:
    settings.MAIL_URL = "smtp://127.0.0.1:1?tls=none"
    message = cast.notice()
    send(message.pk, clock=clock)
    message.refresh_from_db()
    assert message.failure == "the mail server cannot be reached"


def test_the_yes_counts_whatever_comes_after_it(server: FakeServer, clock: Clock) -> None:
    server.replies["quit"] = CUT
    message = cast.notice()
    send(message.pk, clock=clock)
    message.refresh_from_db()
    assert message.state == State.SENT


def test_attempts_go_on_for_more_than_a_day_and_end_visibly(server: FakeServer, clock: Clock) -> None:
    assert sum(PAUSES, timedelta()) >= timedelta(hours=24)
    message = cast.link_mail(follows="test.follow")
    server.replies["rcpt"] = "451 4.7.1 greylisted"
    for pause in PAUSES:
        send(message.pk, clock=clock)
        clock.pass_(pause)
        message.refresh_from_db()
        assert message.state == State.QUEUED
    assert cast.waiting() == [{"message": message.pk}]
    send(message.pk, clock=clock)
    message.refresh_from_db()
    assert (message.state, message.failure_code) == (State.DEAD, 451)
    assert message.is_wiped
    assert [job["outcome"] for job in cast.waiting("test.follow")] == ["dead"]


def test_one_that_cannot_be_composed_is_tried_again(
    server: FakeServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sportello.domain.messages import kinds

    message = cast.notice()
    with monkeypatch.context() as patch:
        patch.setattr(kinds, "_kinds", {})
        send(message.pk, clock=clock)
    message.refresh_from_db()
    assert message.failure == "could not be composed: UnknownKind"
    clock.pass_(PAUSES[0])
    send(message.pk, clock=clock)
    assert len(server.taken) == 1


def test_one_bad_recipient_of_four_does_not_hold_up_the_others(server: FakeServer, clock: Clock) -> None:
    messages = [cast.notice(to=f"n{number}@example.it") for number in range(4)]
    for message in messages:
        server.replies["rcpt"] = "550 no" if message.address.startswith("n2") else "250 ok"
        send(message.pk, clock=clock)
    states = Message.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["sent", "sent", "refused", "sent"]


def test_lost_jobs_are_deferred_anew_and_others_are_not_touched(clock: Clock) -> None:
    lost, later, claimed = cast.notice(), cast.notice(), cast.notice()
    cast.lose_jobs()
    waits = cast.notice()
    Message.objects.filter(pk=later.pk).update(next_attempt_at=clock.now + timedelta(hours=1))
    sending.claim(claimed.pk, now=clock.now)
    assert sweep(now=clock.now) == 1
    assert sorted(job["message"] for job in cast.waiting()) == [lost.pk, waits.pk]
    assert sweep(now=clock.now) == 0
    clock.pass_(LEASE)
    assert sweep(now=clock.now) == 1
    assert {job["message"] for job in cast.waiting()} == {lost.pk, waits.pk, claimed.pk}


def test_who_has_lost_his_claim_does_not_send(server: FakeServer, clock: Clock) -> None:
    message = cast.notice()
    slow = sending.claim(message.pk, now=clock.now)
    clock.pass_(LEASE)
    send(message.pk, clock=clock)
    with pytest.raises(sending.ClaimLost):
        sending.attempt(slow, clock=clock)
    assert len(server.taken) == 1


def test_a_late_yes_of_who_has_lost_his_claim_still_counts(server: FakeServer, clock: Clock) -> None:
    message = cast.notice(follows="test.follow")
    slow = sending.claim(message.pk, now=clock.now)
    clock.pass_(LEASE)
    quick = sending.claim(message.pk, now=clock.now)
    sending.record_sent(slow, now=clock.now)
    sending.record_failure(quick, sending.Failure(text="x"), now=clock.now)
    sending.record_sent(quick, now=clock.now)
    message.refresh_from_db()
    assert message.state == State.SENT
    assert len(cast.waiting("test.follow")) == 1


@pytest.mark.parametrize(
    "text",
    [
        f"550 <{cast.ADDRESS}>: no such user",
        "mailbox CANARY.MARIA is full",
        f"dear {cast.NAME}, no",
        f"blocked: http://x.it/{cast.TOKEN}/ is bad",
        f"word {cast.TOKEN} is bad",
        f"a\r\nb\x00 {cast.ADDRESS}",
    ],
)
def test_an_answer_is_kept_without_what_it_repeats(text: str) -> None:
    kept = without_personal_data(text, cast.link_mail())
    assert "canary" not in kept.lower()
    assert kept.isprintable()


def test_logs_and_jobs_hold_no_personal_data(server: FakeServer, clock: Clock, caplog, settings) -> None:
    caplog.set_level("DEBUG")
    settings.MAIL_URL = server.url
    for stage, fault in (
        ("rcpt", f"550 {cast.ADDRESS}"),
        ("content", LOST),
        ("mail", f"451 {cast.NAME}"),
        ("quit", "221 x"),
    ):
        before = dict(server.replies)
        server.replies[stage] = fault
        for message in (cast.link_mail(), cast.code_mail()):
            send(message.pk, clock=clock)
        server.replies = before
    assert "message_not_sent" in caplog.text
    assert "message_sent" in caplog.text
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(args::text, ' ') FROM procrastinate_jobs")
        everything = caplog.text + cursor.fetchone()[0]
    assert "canary" not in everything.lower()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_once(server: FakeServer, clock: Clock) -> None:
    numbers = [cast.notice().pk for _ in range(5)]
    barrier = threading.Barrier(4)

    def work() -> None:
        try:
            for number in numbers:
                barrier.wait(10)
                send(number, clock=clock)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.taken) == len(numbers)
    assert set(Message.objects.values_list("state", "attempts", "possible_duplicate")) == {("sent", 1, False)}
    cast.lose_jobs()
