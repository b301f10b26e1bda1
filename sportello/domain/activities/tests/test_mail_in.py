"""A mail that came in is one request of somebody unknown, however often and in however many copies it comes."""

from datetime import UTC, date, datetime

import pytest

from sportello.domain.activities import mail_in
from sportello.domain.activities.models import Activity
from sportello.domain.messages.models import Message, ReceivedMail
from sportello.domain.messages.tests.post import LETTER, letter, pec

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def received(raw: bytes, digest: str = "a") -> int:
    return ReceivedMail.objects.create(digest=digest, sort="request", at=NOW, content=raw).pk


def test_a_mail_is_one_request_that_nobody_is_told_of():
    first = received(LETTER)
    activity = mail_in.take_in(first, now=NOW)
    assert mail_in.take_in(first, now=NOW) is None
    # The same by another way: other bytes, the same mail.
    again = mail_in.take_in(received(letter(Received="by x; Tue, 24 Nov 2026 09:10:00 +0100").as_bytes(), "b"), now=NOW)
    assert again == activity == Activity.objects.get()
    assert (activity.kind, activity.channel, activity.received_on) == ("information", "email", date(2026, 11, 23))
    assert activity.customer is None and activity.asked["text"].startswith("Bolletta\n\nVi scrivo")
    assert (activity.visitor.name, activity.visitor.email.lower()) == ("Anna Verdi", "c1@example.it")
    files = [(each.name, each.file.media_type) for each in activity.attachments.order_by("position")]
    assert files == [("Bolletta.eml", "message/rfc822"), ("bolletta.pdf", "application/pdf")]
    assert not Message.objects.exists() and not ReceivedMail.objects.filter(content__isnull=False).exists()


def test_a_pec_counts_from_its_providers_day_and_is_kept_whole():
    raw = pec(letter(From="anna@pec.example", Message_ID="<2@pec.example>"))
    activity = mail_in.take_in(received(raw), now=NOW)
    assert (activity.channel, activity.received_on) == ("pec", date(2026, 11, 20))
    assert bytes(activity.attachments.get(position=1).file.content) == raw


def test_what_a_server_took_for_spam_stands_among_the_suspects():
    activity = mail_in.take_in(received(letter(X_Spam_Flag="YES").as_bytes()), now=NOW)
    assert activity.asked["suspect"] == ["spam"]


@pytest.mark.parametrize(
    "raw", [b"", b"\x00\xff", LETTER[:60], letter(Subject="x" * 9_000).as_bytes(), b"From: a\r\n\r\n\0"]
)
def test_whatever_it_is_made_of_it_is_a_request(raw):
    assert mail_in.take_in(received(raw), now=NOW) is not None
