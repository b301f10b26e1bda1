"""Reads what mail servers send back: whether a mail of ours has failed or is late, and which one it was.

Nothing in such a mail is believed but a Message-ID of ours, which only its recipient and the servers on its way know; what
it says of people and addresses is not looked at. Whoever forges one reaches the one mail whose number he knows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message as Mail
from email.utils import getaddresses
from typing import Final

import structlog
from flufl.bounce import all_failures

from sportello.domain.messages.cleaning import one_line
from sportello.domain.messages.models import ReceivedMail

log = structlog.get_logger("sportello.messages")

LONGEST: Final = 2_000_000  # bytes that are looked at: what comes back may bring its attachment along
MOST_IDS: Final = 20
# As ``writing.draft`` makes them.
_ID: Final = re.compile(rb"\b([0-9a-f]{32}@[A-Za-z0-9.-]{1,253})")
_RETURNED: Final = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")
Sort = ReceivedMail.Sort


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """``ids`` are Message-IDs that may be ours, those of the returned mail first; ``why`` is what the server says."""

    sort: ReceivedMail.Sort
    ids: tuple[str, ...]
    subject: str
    why: str


def read(raw: bytes) -> Read:
    """What this mail says; whatever it is made of, something comes out."""
    raw = raw[:LONGEST]
    try:
        mail = message_from_bytes(raw)
        ids = _ids(mail, raw)
        late, failed = all_failures(_with_sender(mail))
        sort = Sort.FAILED if failed else Sort.DELAYED if late else Sort.OTHER
        return Read(sort=sort, ids=ids, subject=_plain(mail.get("Subject"))[:200], why=_why(mail))
    except Exception as error:
        # Parsers of mail, the standard library's too, fail on what is garbled: then a person reads it.
        log.warning("received_mail_unreadable", error=type(error).__name__)
        return Read(sort=Sort.OTHER, ids=(), subject="", why="")


def _with_sender(mail: Mail) -> Mail:
    """The library looks for a sender, and fails where there is none; what comes back may well have none."""
    if not getaddresses([str(mail.get("From", ""))]):
        del mail["From"]
        mail["From"] = "MAILER-DAEMON@localhost"
    return mail


def _ids(mail: Mail, raw: bytes) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for piece in (*_returned(mail), *_decoded(mail), raw):
        for each in _ID.findall(piece):
            found.setdefault(f"<{each.decode('ascii')}>")
            if len(found) >= MOST_IDS:
                return tuple(found)
    return tuple(found)


def _returned(mail: Mail) -> Iterator[bytes]:
    """The Message-ID of each mail that is sent back in this one."""
    for part in mail.walk():
        if part.get_content_type() not in _RETURNED:
            continue
        inner = part.get_payload()
        for each in inner if isinstance(inner, list) else [message_from_bytes(_bytes_of(part))]:
            if not isinstance(each, Mail):
                continue
            yield str(each.get("Message-ID", "")).encode("ascii", "replace")


def _decoded(mail: Mail) -> Iterator[bytes]:
    """What stands in texts, where a server quotes the mail instead of attaching it."""
    for part in mail.walk():
        if not part.is_multipart() and part.get_content_maintype() in ("text", "message"):
            yield _bytes_of(part)


def _bytes_of(part: Mail) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _why(mail: Mail) -> str:
    """Code and words of the first recipient that the report tells of; most servers say the code with the words already."""
    for part in mail.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        for block in blocks if isinstance(blocks, list) else ():
            if isinstance(block, Mail) and (block.get("Status") or block.get("Diagnostic-Code")):
                code, said = _plain(block.get("Status")), _plain(block.get("Diagnostic-Code"))
                words = said.partition(";")[2].strip() or said
                return (words if code in words else f"{code} {words}".strip())[:400]
    return ""


def _plain(value: object) -> str:
    """On one line, and nothing in it that cannot be kept as text."""
    return one_line(str(value or "").encode("utf-8", "replace").decode())
