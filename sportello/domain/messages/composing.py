"""Makes of a row of the outbox what is read: text and HTML that say the same, and the whole mail around them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sportello.domain.messages import addresses
from sportello.domain.messages.cleaning import one_line
from sportello.domain.messages.folding import ASCII_POLICY, UTF8_POLICY
from sportello.domain.messages.frame import FRAMES
from sportello.domain.messages.kinds import Text, kind_named
from sportello.domain.messages.models import Channel, Message
from sportello.domain.messages.placeholders import fill

HIDDEN = "••••••••"
_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "frames"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """All that a message says, in the order of reading; plain text without mark-up. A paragraph may have several lines."""

    language: str
    subject: str
    paragraphs: tuple[str, ...]
    action: str
    url: str
    by_hand: str
    closing: str
    company: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    subject: str
    text: str
    html: str


def values_of(message: Message, *, hidden: bool = False) -> dict[str, str]:
    """What each placeholder stands for; of one that has been wiped, that it has. ``hidden`` stands in for what is secret."""
    kind = kind_named(message.kind)
    wiped = dict.fromkeys(kind.secrets, FRAMES[message.language].wiped)
    always = {"name": message.name, "company": one_line(settings.COMPANY_NAME)}
    secrets = message.secrets or {}
    return {**wiped, **message.values, **(dict.fromkeys(secrets, HIDDEN) if hidden else secrets), **always}


def text_of(message: Message) -> Text:
    """The text that was in force when the message was written: what is changed later changes nothing that was caused before."""
    if message.wording is not None:
        return message.wording.text
    return kind_named(message.kind).texts[message.language]


def words_of(message: Message, *, url: str | None = None, hidden: bool = False) -> Words:
    """``url`` stands in for the message's own link, dots for what is secret where that is ``hidden``."""
    frame = FRAMES[message.language]
    text = text_of(message)
    values = values_of(message, hidden=hidden)
    if url is None:
        url = _url(message)
    return Words(
        language=message.language,
        subject=message.subject,
        paragraphs=_paragraphs(text, values),
        action=fill(text.action, values) if url else "",
        url=url if text.action else "",
        by_hand=frame.by_hand,
        closing=frame.closing,
        company=values["company"],
        notes=_notes(message),
    )


def _paragraphs(text: Text, values: Mapping[str, str]) -> tuple[str, ...]:
    """Filled, those of a long value each by itself; without those in which nothing is left."""
    filled = (fill(paragraph, values) for paragraph in text.paragraphs)
    return tuple(part for each in filled for part in each.split("\n\n") if part.strip())


def compose(message: Message, *, url: str | None = None) -> Composed:
    """Subject, text and HTML as they are now."""
    words = words_of(message, url=url)
    return Composed(subject=words.subject, text=as_text(words), html=as_html(words))


def as_text(words: Words) -> str:
    blocks = [*words.paragraphs]
    if words.action:
        blocks.append(f"{words.action}:\n{words.url}")
    blocks.append(f"{words.closing}\n{words.company}")
    if words.notes:
        blocks.append("\n".join(words.notes))
    return "\n\n".join(blocks) + "\n"


def as_html(words: Words) -> str:
    return _environment.get_template("mail.html").render(
        words=words, colour=settings.COMPANY_COLOUR, leads=words.url.startswith(("https://", "http://"))
    )


def mail(message: Message) -> EmailMessage:
    """The whole mail, the same at each attempt; raises ``LookupError`` where a kind, value or page is gone."""
    composed = compose(message)
    whole = EmailMessage(policy=UTF8_POLICY if needs_utf8(message) else ASCII_POLICY)
    for name, value in headers_of(message).items():
        whole[name] = value
    whole.set_content(composed.text, cte="quoted-printable")
    whole.add_alternative(composed.html, subtype="html", cte="quoted-printable")
    if message.calendar:
        _add_calendar(whole, message.calendar)
    whole["Content-Language"] = message.language  # after the content, whose own headers replace such ones
    whole.set_boundary("=_" + sha256(message.message_id.encode()).hexdigest()[:40])
    return whole


def _add_calendar(whole: EmailMessage, calendar: str) -> None:
    """As one more way to read the mail: that is where Outlook, Google and Apple look for an invitation (RFC 6047, 2.4)."""
    method = next(
        (line.partition(":")[2].strip() for line in calendar.splitlines() if line.startswith("METHOD:")), "PUBLISH"
    )
    whole.add_alternative(
        calendar.encode(),
        maintype="text",
        subtype="calendar",
        cte="base64",
        params={"method": method, "charset": "utf-8"},
    )


def needs_utf8(message: Message) -> bool:
    """An address has letters before the @ that are not ASCII; names never need it."""
    return not (message.address.isascii() and message.reply_to.isascii())


def sender() -> str:
    """The address that mails come from, and that replies of mail servers go to."""
    return _with_ascii_domain(settings.MAIL_FROM)


@lru_cache(maxsize=4)
def _with_ascii_domain(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local}@{addresses.ascii_domain(domain)}"


def _url(message: Message) -> str:
    """Where the message leads; "" where nowhere."""
    if not message.link_name:
        return ""
    return message.link.url if message.link else FRAMES[message.language].wiped


def headers_of(message: Message) -> Mapping[str, Address | datetime | str]:
    """All but those that say what the content is."""
    headers: dict[str, Address | datetime | str] = {
        "From": _mailbox(settings.COMPANY_NAME, sender()),
        "To": _mailbox(message.name, message.address),
        "Subject": _header_text(message.subject),
        "Date": message.created_at,
        "Message-ID": message.message_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply",
    }
    if message.reply_to:
        headers["Reply-To"] = _mailbox("", message.reply_to)
    return headers


def _mailbox(name: str, address: str) -> Address:
    local, domain = addresses.parts(address)
    return Address(_header_text(name), local, domain)


def _header_text(text: str) -> str:
    """On one line, and nothing in it that would be decoded as an encoded word (RFC 2047)."""
    return one_line(text).replace("=?", "= ?")


def _notes(message: Message) -> tuple[str, ...]:
    frame = FRAMES[message.language]
    number = one_line(settings.COMPANY_CUSTOMER_SERVICE)
    service = fill(frame.customer_service, {"number": number}) if number else ""
    automatic = "" if message.reply_to or message.channel == Channel.LETTER else frame.automatic
    return tuple(note for note in (automatic, service) if note)
