"""Looks into the mailbox to which mail servers answer, and into those of the company's own addresses, by IMAP: every mail
once, in the order in which they came.

What was a report about one of our mails, or has become a request, is marked as read. All others stay as they are, for
somebody to read.
"""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from imaplib import IMAP4, IMAP4_SSL
from typing import Any, Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from sportello.domain.messages.models import MailboxPlace
from sportello.domain.messages.receiving import receive

log = structlog.get_logger("sportello.messages")

MOST: Final = 500  # mails that are looked at in one go
PATIENCE: Final = 20  # seconds that the server may take for one answer
LARGEST: Final = 10_000_000  # bytes, as of any file that is kept; what is longer stays for somebody to read
PORTS: Final = {"imap": 143, "imaps": 993}
Clock = Callable[[], datetime]


class Unreadable(Exception):
    """The mailbox cannot be read now; nothing is lost, and it is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str
    tls: str  # "tls", "starttls" or "none"

    @property
    def name(self) -> str:
        """By which its place is kept."""
        return sha256(f"{self.user}@{self.host}:{self.port}/{self.folder}".encode()).hexdigest()


def mailbox() -> Mailbox | None:
    """What MAILBOX_URL says; None where there is none. Raises ImproperlyConfigured."""
    return _mailbox(settings.MAILBOX_URL, "MAILBOX_URL") if settings.MAILBOX_URL else None


def mailboxes() -> list[Mailbox]:
    """That one, and those of REQUEST_MAILBOX_URLS. Raises ImproperlyConfigured."""
    first = mailbox()
    others = [_mailbox(url, "REQUEST_MAILBOX_URLS") for url in settings.REQUEST_MAILBOX_URLS]
    return list({each.name: each for each in ([first] if first else []) + others}.values())


def _mailbox(url: str, setting: str) -> Mailbox:
    try:
        parts = urlsplit(url)
        tls = _tls(parts)
        port = parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError) as error:
        raise ImproperlyConfigured(f"{setting} must be imaps://user:password@host/FOLDER") from error
    if not parts.hostname or not parts.username or parts.password is None:
        raise ImproperlyConfigured(f"{setting} must name host, user and password")
    return Mailbox(
        host=parts.hostname,
        port=port,
        user=unquote(parts.username),
        password=unquote(parts.password),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        tls=tls,
    )


def _tls(parts: SplitResult) -> str:
    wanted = parse_qs(parts.query).get("tls", ["starttls"])[0]
    if parts.scheme == "imaps":
        return "tls"
    if wanted not in ("starttls", "none"):
        raise ValueError(wanted)
    return wanted


def look(*, clock: Clock) -> int:
    """Handles what has come since the last time; says how many mails. Not inside a transaction.

    Raises Unreadable, where one cannot be read, once it has looked into the others."""
    count, failed = 0, None
    for box in mailboxes():
        try:
            count += _look(box, clock=clock)
        except Unreadable as error:
            failed = error
    if failed:
        raise failed
    return count


def _look(box: Mailbox, *, clock: Clock) -> int:
    with _alone(box) as ours:
        if not ours:
            return 0
        try:
            with _opened(box) as server:
                return _handle(server, box, clock=clock)
        except (IMAP4.error, OSError, ssl.SSLError) as error:
            log.warning("mailbox_unreadable", error=type(error).__name__)
            raise Unreadable(type(error).__name__) from error


@contextmanager
def _alone(box: Mailbox) -> Iterator[bool]:
    """One worker at a time; a place that is lost with its connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"mailbox:{box.name}"])
        (ours,) = cursor.fetchone() or (False,)
    try:
        yield bool(ours)
    finally:
        if ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [f"mailbox:{box.name}"])


@contextmanager
def _opened(box: Mailbox) -> Iterator[IMAP4]:
    trusted = ssl.create_default_context()
    server: IMAP4
    if box.tls == "tls":
        server = IMAP4_SSL(box.host, box.port, ssl_context=trusted, timeout=PATIENCE)
    else:
        server = IMAP4(box.host, box.port, timeout=PATIENCE)
    try:
        if box.tls == "starttls":
            server.starttls(trusted)
        server.login(box.user, box.password)
        _done(server.select(_quoted(box.folder)))
        yield server
    finally:
        server.shutdown()


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _handle(server: IMAP4, box: Mailbox, *, clock: Clock) -> int:
    place = _place(server, box)
    count = 0
    for uid in _after(server, place.uid)[:MOST]:
        raw = _fetched(server, uid)
        if raw is not None and receive(raw, keeps=False, now=clock()).is_seen_to:
            _done(server.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)"))
        place.uid = uid
        place.save()
        count += 1
    return count


def _place(server: IMAP4, box: Mailbox) -> MailboxPlace:
    """Where the server counts anew, all is looked at again: what was handled is known by its bytes."""
    (said,) = server.response("UIDVALIDITY")[1][:1] or [None]
    validity = int(said) if isinstance(said, bytes) and said.isdigit() else 0
    place = MailboxPlace.objects.filter(pk=box.name).first() or MailboxPlace(pk=box.name, validity=validity, uid=0)
    if place.validity != validity:
        place.validity, place.uid = validity, 0
    return place


def _after(server: IMAP4, uid: int) -> list[int]:
    """The numbers of later mails. A server answers "9:*" with the last one even where that is the eighth."""
    (found,) = _done(server.uid("SEARCH", f"UID {uid + 1}:*"))[:1] or [b""]
    return sorted(number for each in (found or b"").split() if (number := int(each)) > uid)


def _fetched(server: IMAP4, uid: int) -> bytes | None:
    """The mail as it is; None of one that has gone meanwhile, or is too long to be a report."""
    size = _done(server.uid("FETCH", str(uid), "(RFC822.SIZE)"))
    digits = b"".join(each for each in size if isinstance(each, bytes)).rpartition(b"RFC822.SIZE")[2]
    number = digits.strip().partition(b")")[0].strip()
    if not number.isdigit() or int(number) > LARGEST:
        return None
    parts = _done(server.uid("FETCH", str(uid), "(BODY.PEEK[])"))
    return next((each[1] for each in parts if isinstance(each, tuple) and isinstance(each[1], bytes)), None)


def _done(answer: tuple[str, list[Any]]) -> list[Any]:
    """What the server has said. Raises IMAP4.error where it says no."""
    word, data = answer
    if word != "OK":
        raise IMAP4.error(word)
    return data
