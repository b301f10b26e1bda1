"""Reads a mail that somebody has written to the company: from whom, when it came in, what it says, what hangs on it.

Nothing in it is believed: whoever sends a mail writes into it what he likes, the sender's address too. A certified mail (PEC)
comes as an envelope of its provider with the mail itself (postacert.eml) and its data (daticert.xml) inside.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import getaddresses, parsedate_to_datetime
from hashlib import sha256
from html.parser import HTMLParser
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings

from sportello.domain.messages.cleaning import one_line, paragraphs

log = structlog.get_logger("sportello.messages")

ROME: Final = ZoneInfo("Europe/Rome")
OLDEST: Final = timedelta(days=60)  # a mail that says to be older is taken as of the day on which it is read
MOST_PARTS: Final = 200
LONGEST_TEXT: Final = 100_000
LONGEST_DATA: Final = 200_000  # bytes of daticert.xml
UNSEEN: Final = ("script", "style", "head", "title")
# <data zona="+0100"><giorno>12/11/2026</giorno><ora>10:11:12</ora></data>: its provider's, always written alike.
STAMP: Final = re.compile(
    rb"""<data\s+zona=["']([+-]\d{4})["']\s*>\s*<giorno>([\d/]{10})</giorno>\s*<ora>([\d:]{8})</ora>\s*</data>"""
)
ENDS_LINE: Final = ("p", "br", "div", "tr", "li", "h1", "h2", "h3", "blockquote")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file that hangs on a mail, by the name that its sender gave it."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """``sender`` is an address as it stands in the mail, "" where none does. ``received_at`` is when the company got it.
    ``certified`` where it says to come by PEC. ``spam`` where the mail server on its way took it for that. ``key`` is the
    same for the same mail, however many copies of it come."""

    sender: str
    name: str
    subject: str
    text: str
    received_at: datetime
    certified: bool
    spam: bool
    key: str
    parts: tuple[Part, ...]


def is_for_us(raw: bytes) -> bool:
    """Whether a person has written this to one of the company's own addresses: no machine, no list, no receipt of a PEC."""
    ours = {each.casefold() for each in settings.REQUEST_ADDRESSES}
    if not ours:
        return False
    try:
        envelope = _parsed(raw)
        return bool(ours & _recipients(envelope)) and not _is_a_machines(envelope, ours)
    except Exception as error:
        # Parsers of mail, the standard library's too, fail on what is garbled: then a person reads it.
        log.warning("incoming_mail_unreadable", error=type(error).__name__)
        return False


def read(raw: bytes, *, now: datetime) -> Incoming:
    """What this mail says; whatever it is made of, something comes out."""
    try:
        return _read(raw, now=now)
    except Exception as error:
        # As above: what cannot be read hangs on the request as it came.
        log.warning("incoming_mail_unreadable", error=type(error).__name__)
        return Incoming(
            sender="", name="", subject="", text="", received_at=now, certified=False, spam=False,
            key=sha256(raw).hexdigest(), parts=(),
        )  # fmt: skip


def _read(raw: bytes, *, now: datetime) -> Incoming:
    envelope = _parsed(raw)
    carried = _header(envelope, "X-Trasporto").casefold()
    certified = carried == "posta-certificata"
    # An ordinary mail to a certified address comes in an envelope, too, which says that it is none ("errore").
    mail = (_inner(envelope) if carried else None) or envelope
    name, sender = next(iter(_addresses(mail, "From")), ("", ""))
    stamped = _certified_at(envelope) if certified else _arrived_at(envelope)
    return Incoming(
        sender=sender,
        name=one_line(name, most=200),
        subject=one_line(_header(mail, "Subject"), most=200),
        text=_text(mail),
        received_at=stamped if stamped is not None and now - OLDEST < stamped <= now else now,
        certified=certified,
        spam=_header(envelope, "X-Spam-Flag").casefold() == "yes",
        key=_key(mail, sender, raw),
        parts=tuple(_files(mail)),
    )


def _parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)


def _header(mail: Message, name: str) -> str:
    return one_line(str(mail.get(name, "")).encode("utf-8", "replace").decode())


def _addresses(mail: Message, *names: str) -> list[tuple[str, str]]:
    said = [str(each).encode("utf-8", "replace").decode() for name in names for each in mail.get_all(name, [])]
    return [(name, one_line(address)) for name, address in getaddresses(said) if "@" in address]


def _recipients(envelope: Message) -> set[str]:
    found = _addresses(envelope, "To", "Cc", "Delivered-To", "X-Original-To")
    return {address.casefold() for _name, address in found}


def _is_a_machines(envelope: Message, ours: set[str]) -> bool:
    """Receipts of a PEC, too: accettazione, consegna and the like."""
    senders = {address.casefold() for _name, address in _addresses(envelope, "From")}
    automatic = _header(envelope, "Auto-Submitted").casefold().partition(";")[0].strip()
    return bool(
        _header(envelope, "X-Ricevuta")
        or automatic not in ("", "no")
        or _header(envelope, "Precedence").casefold() in ("bulk", "list", "junk")
        or _header(envelope, "List-Id")
        or senders & {*ours, settings.MAIL_FROM.casefold()}
        or not senders
    )


def _outer(mail: Message) -> Iterator[Message]:
    """Its parts, without those of a mail inside it: these are somebody else's words."""
    waiting, seen = [mail], 0
    while waiting and seen < MOST_PARTS:
        part, seen = waiting.pop(0), seen + 1
        yield part
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting[:0] = [each for each in inner if isinstance(each, Message)]


def _inner(envelope: Message) -> EmailMessage | None:
    """The mail that an envelope carries."""
    for part in _outer(envelope):
        if part.get_content_type() == "message/rfc822":
            inside = part.get_payload()
            first = inside[0] if isinstance(inside, list) and inside else None
            return first if isinstance(first, EmailMessage) else _parsed(_bytes_of(part))
    return None


def _bytes_of(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _certified_at(envelope: Message) -> datetime | None:
    """When its provider says that it was sent; None where that cannot be read."""
    for part in _outer(envelope):
        if (part.get_filename() or "").casefold() != "daticert.xml":
            continue
        if found := STAMP.search(_bytes_of(part)[:LONGEST_DATA]):
            zone, day, time = (each.decode("ascii") for each in found.groups())
            try:
                return datetime.strptime(f"{day} {time} {zone}", "%d/%m/%Y %H:%M:%S %z")
            except ValueError:
                return None
    return _dated(_header(envelope, "Date"))


def _arrived_at(envelope: Message) -> datetime | None:
    """When the last server on its way, which is the company's own, took it in."""
    return _dated(_header(envelope, "Received").rpartition(";")[2])


def _dated(said: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(said.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=ROME)


def _key(mail: Message, sender: str, raw: bytes) -> str:
    number = _header(mail, "Message-ID")
    return sha256(f"{number} {sender.casefold()}".encode() if number else raw).hexdigest()


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    content = body.get_content()
    said = content if isinstance(content, str) else ""
    if body.get_content_type() == "text/html":
        said = _words_of(said[: LONGEST_TEXT * 5])
    return paragraphs(said[:LONGEST_TEXT])


def _words_of(markup: str) -> str:
    reader = _Words()
    reader.feed(markup)
    reader.close()
    return "\n".join(line for line in ("".join(reader.said)).splitlines() if line.strip())


class _Words(HTMLParser):
    """What of a page is text, with its lines."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        self.unseen += tag in UNSEEN
        if tag in ENDS_LINE:
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.unseen = max(0, self.unseen - (tag in UNSEEN))

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.said.append(" ".join(data.split()) + " ")


def _files(mail: EmailMessage) -> Iterator[Part]:
    for part in _outer(mail):
        if part.get_content_maintype() == "multipart" or not part.get_filename():
            continue
        if content := _bytes_of(part):
            yield Part(name=one_line(str(part.get_filename())), content=content)
