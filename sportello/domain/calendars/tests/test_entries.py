"""What stands in whose calendar, and what calendars elsewhere are told of it."""

from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from icalendar import Calendar

from sportello.domain.calendars import entries, feeds
from sportello.domain.calendars.entries import Plan
from sportello.domain.calendars.models import Entry
from sportello.domain.messages.composing import mail
from sportello.domain.messages.links import Link
from sportello.domain.messages.models import Message
from sportello.domain.people.models import Office, Role, User
from tests import factories

pytestmark = pytest.mark.django_db
NOW = factories.NOW
KEY = "activity:A-26000001"
DUE = date(2026, 12, 24)


@pytest.fixture
def paolo() -> User:
    return factories.user("paolo", email="paolo@example.it", roles=["back_office"])


@pytest.fixture
def sara() -> User:
    return factories.user("sara", email="sara@example.it", roles=["back_office"], language="en")


@pytest.fixture
def office() -> Office:
    return Office.objects.create(name="Reclami", calendar_address="reclami@example.it")


def plan(**fields):
    values = {"title": "Reclamo A-26000001", "page": Link("staff_request", {"number": "A-26000001"}), "on": DUE}
    return Plan(**{**values, **fields})


def put(*people, offices=(), announce=True, now=NOW, **fields):
    keys = [each.pk for each in people]
    entries.put(KEY, plan(**fields), people=keys, offices=[each.pk for each in offices], announce=announce, now=now)


def told():
    """Of each mail its recipient and the event in it."""
    found = []
    for message in Message.objects.order_by("pk"):
        calendar = Calendar.from_ical(message.calendar)
        (event,) = calendar.walk("VEVENT")
        found.append((message.address, str(calendar["METHOD"]), int(event["SEQUENCE"]), str(event["UID"])))
    return found


def test_an_assignee_and_an_office_are_invited(paolo, office):
    put(paolo, offices=[office])
    (first, method, sequence, uid), (second, *_rest, other) = told()
    assert (first, method, sequence) == ("paolo@example.it", "REQUEST", 0)
    assert second == "reclami@example.it"
    assert uid != other


def test_the_same_again_changes_nothing(paolo):
    put(paolo)
    put(paolo)
    assert len(told()) == 1
    assert Entry.objects.get().sequence == 0


def test_a_change_has_the_same_uid_and_the_next_sequence(paolo):
    put(paolo)
    put(paolo, on=DUE + timedelta(days=1))
    (_, _, first, uid), (_, method, second, same) = told()
    assert (method, first, second, uid) == ("REQUEST", 0, 1, same)


def test_who_has_it_no_more_is_told_and_who_gets_it_again_has_the_same_entry(paolo, sara):
    put(paolo)
    put(sara)
    put(paolo)
    mails = told()
    mine = [(method, sequence) for address, method, sequence, _ in mails if address == "paolo@example.it"]
    assert mine == [("REQUEST", 0), ("CANCEL", 1), ("REQUEST", 2)]
    assert len({uid for address, *_, uid in mails if address == "paolo@example.it"}) == 1
    assert [each.attendee for each in Entry.objects.standing()] == [paolo]


def test_its_end_is_told_once(paolo):
    put(paolo)
    entries.end(KEY, now=NOW)
    entries.end(KEY, now=NOW)
    assert [method for _, method, *_ in told()] == ["REQUEST", "CANCEL"]
    assert not Entry.objects.standing().exists()


def test_what_one_takes_by_himself_stands_in_his_plan_without_a_mail(paolo):
    put(paolo, announce=False)
    entries.end(KEY, now=NOW)
    assert not told()
    assert Entry.objects.get().cancelled_at == NOW


def test_who_has_been_invited_is_told_of_changes_whoever_makes_them(paolo):
    put(paolo)
    put(paolo, announce=False, on=DUE + timedelta(days=2))
    assert [method for _, method, *_ in told()] == ["REQUEST", "REQUEST"]


def test_a_cancellation_goes_where_the_invitation_went(paolo):
    put(paolo)
    User.objects.filter(pk=paolo.pk).update(email="nuovo@example.it")
    entries.end(KEY, now=NOW)
    assert [address for address, *_ in told()] == ["paolo@example.it", "paolo@example.it"]


def test_without_an_address_it_stands_in_the_plan_alone():
    put(factories.user("gino", roles=["back_office"]))
    assert Entry.objects.standing().count() == 1
    assert not Message.objects.exists()


def test_an_invitation_is_what_calendars_expect(paolo, settings):
    settings.MAIL_FROM = "sportello@example.it"
    put(paolo, detail="Limite: 01/01/2027", title="Reclamo A-26000001\r\nATTENDEE:mailto:evil@example.it")
    message = Message.objects.get()
    whole = message_from_bytes(mail(message).as_bytes(), policy=policy.default)
    kinds = [part.get_content_type() for part in whole.iter_parts()]
    assert (whole.get_content_type(), kinds) == ("multipart/alternative", ["text/plain", "text/html", "text/calendar"])
    part = list(whole.iter_parts())[2]
    assert (part["Content-Type"].params["method"], part["Content-Type"].params["charset"]) == ("REQUEST", "utf-8")
    calendar = Calendar.from_ical(part.get_content())
    (event,) = calendar.walk("VEVENT")
    assert event["ATTENDEE"] == "mailto:paolo@example.it"
    assert event["ORGANIZER"] == "mailto:sportello@example.it"
    assert event.decoded("DTSTART") == DUE
    assert event.decoded("DTEND") == DUE + timedelta(days=1)
    assert event["SUMMARY"] == "Reclamo A-26000001 ATTENDEE:mailto:evil@example.it"
    assert event["URL"].endswith("/staff/requests/A-26000001/")
    assert {str(event["STATUS"]), str(event["TRANSP"]), str(event["CLASS"])} == {"CONFIRMED", "TRANSPARENT", "PRIVATE"}
    assert all(len(line) <= 75 for line in message.calendar.encode().split(b"\r\n"))


def test_hours_are_told_in_utc(paolo):
    start = datetime(2026, 12, 24, 9, 0, tzinfo=UTC)
    put(paolo, on=None, starts_at=start, ends_at=start + timedelta(hours=1), place="Via Roma 1, Modena")
    message = Message.objects.get()
    assert "DTSTART:20261224T090000Z" in message.calendar
    assert "LOCATION:Via Roma 1\\, Modena" in message.calendar
    assert message.subject == "Reclamo A-26000001: 24/12/2026, 10:00–11:00"


def test_titles_are_in_the_readers_language(paolo, sara):
    put(paolo, sara, title=entries.named(Role.MANAGER.label, "A-26000001"))
    assert {each.title for each in Entry.objects.all()} == {
        "Responsabile operativo A-26000001",
        "Operational manager A-26000001",
    }


# --- read from elsewhere ---------------------------------------------------------------------------------------------


def test_a_feed_has_ones_own_entries_alone(paolo, sara):
    put(paolo, announce=False)
    entries.put("activity:A-26000002", plan(title="Altro"), people=[sara.pk], announce=False, now=NOW)
    content = feeds.feed_for(feeds.new_key(paolo, now=NOW), now=NOW)
    calendar = Calendar.from_ical(content)
    assert calendar["METHOD"] == "PUBLISH"
    assert [str(event["SUMMARY"]) for event in calendar.walk("VEVENT")] == ["Reclamo A-26000001"]


def test_an_address_that_was_replaced_or_ended_opens_nothing(paolo):
    first = feeds.new_key(paolo, now=NOW)
    second = feeds.new_key(paolo, now=NOW)
    assert feeds.feed_for(first, now=NOW) is None
    assert feeds.feed_for(second, now=NOW) is not None
    feeds.drop_key(paolo, now=NOW)
    assert feeds.feed_for(second, now=NOW) is None


@pytest.mark.parametrize("change", [{"is_active": False}, {"roles": []}])
def test_who_works_here_no_more_reads_nothing(paolo, change):
    key = feeds.new_key(paolo, now=NOW)
    User.objects.filter(pk=paolo.pk).update(**change)
    assert feeds.feed_for(key, now=NOW) is None
