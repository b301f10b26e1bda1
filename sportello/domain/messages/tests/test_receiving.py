"""Mails that come back: matched by what only we and the recipient know, once each, and nothing else is believed or lost."""

import random
from datetime import timedelta
from io import BytesIO, StringIO
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError
from hypothesis import given, settings
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from conftest import EXAMPLES
from sportello.domain.messages import receiving
from sportello.domain.messages.bounces import read
from sportello.domain.messages.management.commands import __name__ as commands
from sportello.domain.messages.models import Message, ReceivedMail
from sportello.domain.messages.receiving import receive
from sportello.domain.messages.tests import cast, reports
from sportello.domain.messages.writing import write

ID = "<0123456789abcdef0123456789abcdef@localhost>"
OTHER = "<fedcba9876543210fedcba9876543210@localhost>"
NOW = cast.NOW


def mail() -> Message:
    message = write(cast.NOTICE, to="maria@example.it", name="Maria", language="it", values={"what": "x"}, now=NOW)
    Message.objects.filter(pk=message.pk).update(state="sent", sent_at=NOW)
    return message


def deferred() -> list[dict]:
    jobs = ProcrastinateJob.objects.filter(task_name="invoice_mail.bounced")
    return [job.args for job in jobs.order_by("id")]


@pytest.mark.parametrize(
    ("raw", "sort"),
    [
        (reports.report(ID), "failed"),
        (reports.report(ID, action="delayed", status="4.4.1"), "delayed"),
        (reports.postfix(ID), "failed"),
        (reports.qmail(ID), "failed"),
        (reports.out_of_office(ID), "other"),
        (b"", "other"),
        (b"\x00\xff\xfe", "other"),
    ],
)
def test_it_tells_what_failed_from_what_is_late_and_what_is_no_report(raw, sort):
    found = read(raw)
    assert found.sort == sort
    assert not raw[3:] or found.ids == (ID,)


def test_it_says_why():
    assert read(reports.report(ID)).why.startswith("550 5.1.1 ")
    assert read(reports.postfix(ID)).why.startswith("5.7.1 550 5.1.1 ")


@pytest.mark.django_db
@pytest.mark.parametrize("build", [reports.report, reports.postfix, reports.qmail])
def test_a_mail_that_came_back_is_told_once_without_the_address(build):
    message = mail()
    raw = build(message.message_id)
    first, second = receive(raw, keeps=True, now=NOW), receive(raw, keeps=True, now=NOW)
    assert first.pk == second.pk and first.message_id == message.pk and first.content is None
    (told,) = deferred()
    assert told["message"] == message.pk and told["failed"] and "maria" not in told["why"]


@pytest.mark.django_db
def test_an_unknown_id_changes_nothing_and_is_kept_to_be_read():
    mail()
    row = receive(reports.report(ID), keeps=True, now=NOW)
    assert (row.message_id, row.sort, row.subject) == (None, "failed", "Undelivered")
    assert bytes(row.content) == reports.report(ID) or b"Undelivered" in bytes(row.content)
    assert receive(reports.out_of_office(ID), keeps=False, now=NOW).content is None
    assert not deferred()


@pytest.mark.django_db
def test_a_forged_report_reaches_one_mail_at_most_and_none_by_its_address():
    first, second = mail(), mail()
    raw = reports.report(first.message_id).replace(
        b"Subject: Undelivered", f"References: {second.message_id}\r\nSubject: U".encode()
    )
    assert receive(raw, keeps=True, now=NOW).message_id == first.pk
    assert receive(reports.report(OTHER, to="maria@example.it"), keeps=True, now=NOW).message_id is None
    assert len(deferred()) == 1


@pytest.mark.django_db
def test_an_answer_by_a_machine_is_no_failure():
    message = mail()
    assert receive(reports.out_of_office(message.message_id), keeps=True, now=NOW).message_id is None
    assert not deferred()


@pytest.mark.django_db
def test_what_nobody_matched_is_forgotten_after_a_quarter():
    row = receive(reports.report(ID), keeps=True, now=NOW)
    assert receiving.forget(now=NOW + timedelta(days=89)) == 0
    assert receiving.forget(now=NOW + timedelta(days=91)) == 1
    row.refresh_from_db()
    assert row.content is None


# --- whatever comes in -----------------------------------------------------------------------------------------------


def garbled(seed: int) -> bytes:
    """A report with pieces cut out, doubled, turned round and overwritten."""
    rng = random.Random(seed)
    builders = [reports.report, reports.postfix, reports.qmail, reports.out_of_office]
    raw = bytearray(rng.choice(builders)(ID))
    for _ in range(rng.randrange(1, 12)):
        at, length = rng.randrange(len(raw) + 1), rng.randrange(1, 60)
        what = rng.randrange(5)
        if what == 0:
            del raw[at : at + length]
        elif what == 1:
            raw[at:at] = raw[at : at + length]
        elif what == 2:
            raw[at : at + length] = rng.randbytes(length)
        elif what == 3:
            raw[at:at] = rng.choice(
                [b"\r\n\r\n", b"Content-Type: multipart/report\n", b"=?utf-8?b?", b"\x00", b"--", b": "]
            )
        else:
            raw[at : at + length] = reversed(raw[at : at + length])
        raw = raw or bytearray(b"x")
    return bytes(raw)


@pytest.mark.parametrize("start", [0])
def test_no_garbled_report_breaks_anything(start):
    """10,000 of them in the long run."""
    for seed in range(start, start + max(EXAMPLES, 200)):
        found = read(garbled(seed))
        (found.subject + found.why).encode()  # can be kept
        assert "\x00" not in found.subject + found.why
        assert set(found.ids) <= {ID} or found.ids


@given(st.binary(max_size=600))
@settings(max_examples=max(EXAMPLES // 10, 50))
def test_nothing_at_all_breaks_anything(raw):
    assert read(raw).sort in ("failed", "delayed", "other")


@pytest.mark.django_db
def test_garbled_reports_can_be_kept():
    for seed in range(60):
        receive(garbled(seed), keeps=True, now=NOW)
    assert ReceivedMail.objects.count() > 50


# --- piped in --------------------------------------------------------------------------------------------------------


def piped(raw: bytes, monkeypatch, *arguments: str) -> str:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=BytesIO(raw)))
    out = StringIO()
    call_command("received-mail", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_a_mail_is_piped_in_and_what_is_not_matched_is_shown(monkeypatch):
    message = mail()
    assert "Matched" in piped(reports.report(message.message_id), monkeypatch)
    assert "Kept" in piped(reports.out_of_office(OTHER), monkeypatch)
    listed = piped(b"", monkeypatch, "--list")
    assert "Fuori ufficio" in listed and "Undelivered" not in listed
    number = ReceivedMail.objects.get(message=None).pk
    assert "Torno luned" in piped(b"", monkeypatch, "--show", str(number))
    with pytest.raises(CommandError):
        piped(b"", monkeypatch, "--show", "0")
    with pytest.raises(CommandError):
        piped(b" \n", monkeypatch)


def test_without_a_database_the_mail_server_keeps_it(monkeypatch):
    def away(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr(f"{commands}.received-mail.receive", away)
    with pytest.raises(CommandError) as refused:
        piped(b"Subject: x\n\n", monkeypatch)
    assert refused.value.returncode == 75
