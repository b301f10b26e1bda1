"""What calendars elsewhere answer stands beside the entry; whatever else they send breaks nothing."""

from email.message import EmailMessage

import pytest

from sportello.domain.calendars import entries
from sportello.domain.calendars.entries import Plan
from sportello.domain.calendars.models import Entry
from sportello.domain.calendars.tasks import replied
from sportello.domain.messages import calendar_replies
from sportello.domain.messages.calendar_replies import Replied
from sportello.domain.messages.links import Link
from sportello.domain.messages.models import ReceivedMail
from sportello.domain.messages.receiving import receive
from tests import factories

NOW = factories.NOW
REPLY = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Elsewhere//EN
METHOD:{method}
BEGIN:VEVENT
UID:{uid}
DTSTAMP:20261124T100000Z
ATTENDEE;PARTSTAT={answer}:mailto:paolo@example.it
END:VEVENT
END:VCALENDAR
"""


def mail(uid: str = "u@x", *, method: str = "REPLY", answer: str = "ACCEPTED", calendar: str | None = None) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "paolo@example.it", "noreply@example.it", "Accepted"
    message.set_content("Accepted")
    text = calendar if calendar is not None else REPLY.format(uid=uid, method=method, answer=answer)
    message.add_alternative(text.encode(), maintype="text", subtype="calendar", params={"method": method})
    return message.as_bytes()


@pytest.mark.parametrize("answer", ["accepted", "tentative", "declined"])
def test_an_answer_is_read(answer):
    assert calendar_replies.read(mail(answer=answer.upper())) == Replied("u@x", answer)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        mail(method="REQUEST"),
        mail(answer="NEEDS-ACTION"),
        mail(calendar="BEGIN:NOTHING"),
        mail(calendar=""),
        b"text/calendar \xff\0",
    ],
)
def test_what_is_none_is_none(raw):
    assert calendar_replies.read(raw) is None


@pytest.mark.django_db
def test_it_stands_beside_the_entry_until_that_changes():
    paolo = factories.user("paolo", email="paolo@example.it", roles=["back_office"])
    plan = {"title": "Reclamo", "page": Link("staff_plan"), "on": NOW.date()}
    entries.put("k", Plan(**plan), people=[paolo.pk], announce=True, now=NOW)
    entry = Entry.objects.get()
    for _ in range(2):
        replied(uid=entry.uid, answer="accepted")
    entry.refresh_from_db()
    assert entry.reply == "accepted"
    entries.put("k", Plan(**plan | {"title": "Altro"}), people=[paolo.pk], announce=True, now=NOW)
    entry.refresh_from_db()
    assert entry.reply == ""
    entries.end("k", now=NOW)
    assert not entries.replied(entry.uid, "accepted", now=NOW)
    replied(uid="nobody's", answer="declined")


@pytest.mark.django_db
def test_such_a_mail_is_taken_in_once_and_becomes_no_request(settings):
    settings.REQUEST_ADDRESSES = ["noreply@example.it"]
    raw = mail()
    row = receive(raw, keeps=True, now=NOW)
    assert (row.sort, row.is_seen_to, row.content) == ("reply", True, None)
    assert receive(raw, keeps=True, now=NOW) == row and ReceivedMail.objects.count() == 1
