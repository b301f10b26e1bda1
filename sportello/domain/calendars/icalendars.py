"""Entries as other calendars read them: iCalendar (RFC 5545), invitations as iTIP (RFC 5546).

Times are in UTC: Outlook misreads time zones that a library describes for it.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from sportello.domain.calendars.models import Entry
from sportello.domain.messages.cleaning import one_line, paragraphs
from sportello.domain.messages.composing import sender

PRODUCT: Final = "-//Sportello//Sportello//IT"
REQUEST, CANCEL, PUBLISH = "REQUEST", "CANCEL", "PUBLISH"
MORNING: Final = timedelta(hours=9)  # of the day that an entry takes, when one is reminded of it
BEFORE: Final = timedelta(minutes=-30)  # of one that has an hour


def invitation(entry: Entry, *, method: str, name: str, now: datetime) -> str:
    """REQUEST or CANCEL of one entry, to ``invited_at``, whose name is ``name``."""
    calendar = _calendar(method)
    event = _event(entry, now=now)
    event["organizer"] = _address(sender(), settings.COMPANY_NAME)
    attendee = _address(entry.invited_at, name)
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["PARTSTAT"] = vText("NEEDS-ACTION")
    attendee.params["RSVP"] = vText("FALSE" if method == CANCEL else "TRUE")
    event.add("attendee", attendee, encode=False)
    if method == CANCEL:
        event["status"] = vText("CANCELLED")
    else:
        event.add_component(_alarm(entry))
    calendar.add_component(event)
    return _written(calendar)


def feed(entries: Iterable[Entry], *, name: str) -> str:
    """A whole calendar, to be subscribed to; the same as long as nothing in it changes."""
    calendar = _calendar(PUBLISH)
    calendar.add("x-wr-calname", one_line(name))
    calendar.add("refresh-interval", timedelta(minutes=30), parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT30M")
    for entry in entries:
        event = _event(entry, now=entry.changed_at)
        event.add_component(_alarm(entry))
        calendar.add_component(event)
    return _written(calendar)


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return calendar


def _event(entry: Entry, *, now: datetime) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("last-modified", entry.changed_at.astimezone(UTC))
    event.add("summary", one_line(entry.title))
    if entry.detail:
        event.add("description", paragraphs(entry.detail))
    if entry.place:
        event.add("location", one_line(entry.place))
    event.add("url", entry.link.url)
    if entry.on:
        event.add("dtstart", entry.on)
        event.add("dtend", entry.on + timedelta(days=1))
        event.add("transp", "TRANSPARENT")  # one is not busy all day because something is due
    elif entry.starts_at and entry.ends_at:
        event.add("dtstart", entry.starts_at.astimezone(UTC))
        event.add("dtend", entry.ends_at.astimezone(UTC))
        event.add("transp", "OPAQUE")
    event.add("status", "CONFIRMED")
    event.add("class", "PRIVATE")
    return event


def _alarm(entry: Entry) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", one_line(entry.title))
    alarm.add("trigger", MORNING if entry.on else BEFORE)
    return alarm


def _address(address: str, name: str) -> vCalAddress:
    """A name in quotes may hold anything but quotes and control characters (RFC 5545, 3.2)."""
    found = vCalAddress(f"mailto:{address}")
    found.params["CN"] = vText(one_line(name).replace('"', "'"))
    return found


def _written(calendar: Calendar) -> str:
    text: bytes = calendar.to_ical()
    return text.decode()
