"""What a calendar elsewhere has answered to an invitation of ours: an iTIP REPLY (RFC 5546, 3.2.3) in a mail that came in."""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Final

import structlog

log = structlog.get_logger("sportello.messages")

MOST_PARTS: Final = 50
LONGEST: Final = 200_000  # bytes of a reply
ANSWERS: Final = ("accepted", "tentative", "declined")


@dataclass(frozen=True, slots=True)
class Replied:
    """``uid`` is the entry's, which nobody knows who was not invited; ``answer`` one of ``ANSWERS``."""

    uid: str
    answer: str


def read(raw: bytes) -> Replied | None:
    """None where it is no such reply, or not to be understood."""
    if b"text/calendar" not in raw.lower():
        return None
    try:
        return next(_replies(raw), None)
    except Exception as error:
        # Parsers of mail and of calendars fail on what is garbled: then a person reads it.
        log.warning("calendar_reply_unreadable", error=type(error).__name__)
        return None


def _replies(raw: bytes) -> Iterator[Replied]:
    from icalendar import Calendar

    whole = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
    for number, part in enumerate(whole.walk()):
        if number >= MOST_PARTS:
            return
        if part.get_content_type() != "text/calendar":
            continue
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes) or len(content) > LONGEST:
            continue
        calendar = Calendar.from_ical(content.decode("utf-8", "replace"))
        if str(calendar.get("METHOD", "")).upper() != "REPLY":
            continue
        for event in calendar.walk("VEVENT"):
            attendees = event.get("ATTENDEE", [])
            for attendee in attendees if isinstance(attendees, list) else [attendees]:
                answer = str(attendee.params.get("PARTSTAT", "")).lower()
                if answer in ANSWERS:
                    yield Replied(str(event.get("UID", ""))[:200], answer)
