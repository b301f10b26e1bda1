"""Appointments: in both calendars and the customer's, moved with all of them, and never two at once by mistake."""

from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from sportello.domain.activities import appointments, assigning
from sportello.domain.activities.appointments import Agreed
from sportello.domain.activities.models import Appointment, Away, ChangedMeanwhile, IllegalMove
from sportello.domain.activities.own import OwnRequest
from sportello.domain.calendars.models import Entry
from sportello.domain.messages.models import Message
from sportello.domain.people.models import Absence, Office, User
from tests import asking, factories

pytestmark = pytest.mark.django_db
NOW = factories.NOW
START = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def member(name: str, **fields) -> User:
    return factories.user(name, email=f"{name}@example.it", roles=["back_office"], **fields)


@pytest.fixture
def office() -> Office:
    return Office.objects.create(name="Tecnici", calendar_address="tecnici@example.it")


@pytest.fixture
def paolo(office) -> User:
    return member("paolo", office=office)


@pytest.fixture
def anna():
    return asking.household("C1", phone="0535 1")


def agreed(person: User, **fields) -> Agreed:
    values = {
        "person": person, "office": person.office, "subject": "Verifica del contatore", "place": "Via Roma 1",
        "starts_at": START, "ends_at": START + timedelta(hours=1),
    }  # fmt: skip
    return Agreed(**{**values, **fields})


def made(anna, paolo, *, once: str = "o", **fields) -> Appointment:
    return appointments.make(anna, agreed(paolo, **fields), activity=None, by=paolo, now=NOW, once=once)


def told() -> list[tuple[str, str, int]]:
    found = []
    for message in Message.objects.order_by("pk"):
        calendar = Calendar.from_ical(message.calendar)
        found.append((message.address, str(calendar["METHOD"]), int(calendar.walk("VEVENT")[0]["SEQUENCE"])))
    return found


def test_it_stands_in_all_calendars(anna, paolo):
    made(anna, paolo)
    made(anna, paolo)  # pressed twice
    assert sorted(told()) == [
        ("c1@example.it", "REQUEST", 0), ("paolo@example.it", "REQUEST", 0), ("tecnici@example.it", "REQUEST", 0),
    ]  # fmt: skip
    customers = Message.objects.get(address="c1@example.it")
    assert "note" not in customers.calendar.lower() and "Via Roma 1" in customers.values["place"]
    assert Appointment.objects.get().told_at == "c1@example.it"


def test_moved_it_is_moved_everywhere(anna, paolo):
    kept = made(anna, paolo)
    later = agreed(paolo, starts_at=START + timedelta(hours=2), ends_at=START + timedelta(hours=3))
    appointments.change(kept.pk, later, seen=0, by=paolo, now=NOW)
    appointments.change(kept.pk, later, seen=1, by=paolo, now=NOW)  # nothing is other
    assert [sequence for _, _, sequence in told()] == [0, 0, 0, 1, 1, 1]
    with pytest.raises(ChangedMeanwhile):
        appointments.change(kept.pk, later, seen=0, by=paolo, now=NOW)


def test_cancelled_everybody_is_told_where_he_was_invited(anna, paolo):
    kept = made(anna, paolo)
    anna.email = "nuovo@example.it"
    anna.save()
    appointments.cancel(kept.pk, seen=0, by=paolo, now=NOW)
    assert {(to, method) for to, method, _ in told()[3:]} == {
        ("c1@example.it", "CANCEL"), ("paolo@example.it", "CANCEL"), ("tecnici@example.it", "CANCEL"),
    }  # fmt: skip
    with pytest.raises(IllegalMove):
        appointments.cancel(kept.pk, seen=1, by=paolo, now=NOW)
    assert not Entry.objects.standing().exists()


def test_nobody_is_in_two_places_unless_somebody_says_so(anna, paolo):
    made(anna, paolo)
    half = {"starts_at": START + timedelta(minutes=30), "ends_at": START + timedelta(minutes=90)}
    with pytest.raises(appointments.Taken):
        made(anna, paolo, once="b", **half)
    next_one = {"starts_at": START + timedelta(hours=1), "ends_at": START + timedelta(hours=2)}
    made(anna, paolo, once="c", **next_one)
    appointments.make(anna, agreed(paolo, **half), activity=None, by=paolo, now=NOW, once="d", anyhow=True)
    assert Appointment.objects.count() == 3


def test_nobody_is_sent_who_is_away_then(anna, paolo):
    Absence.objects.create(person=paolo, first_day=START.date(), entered_at=NOW)
    with pytest.raises(Away):
        made(anna, paolo)


def test_nobody_makes_one_with_himself(anna, paolo):
    factories.access(paolo, anna)
    with pytest.raises(OwnRequest):
        made(anna, paolo)


def test_who_goes_away_leaves_his_appointments_to_who_stands_in(anna, paolo):
    sara = member("sara")
    kept = made(anna, paolo)
    after = made(anna, paolo, once="b", starts_at=START + timedelta(days=9), ends_at=START + timedelta(days=9, hours=1))
    mails = Message.objects.filter(address="c1@example.it").count()
    assigning.go_away(paolo, first_day=NOW.date(), last_day=START.date(), substitute=sara, by=member("boss"), now=NOW)
    assert (Appointment.objects.get(pk=kept.pk).person, Appointment.objects.get(pk=after.pk).person) == (sara, paolo)
    assert Message.objects.filter(address="c1@example.it").count() == mails


def test_a_customer_without_an_address_is_not_told(paolo):
    made(asking.household("C2", email=None), paolo)
    assert {to for to, *_ in told()} == {"paolo@example.it", "tecnici@example.it"}
