"""Puts a message into the outbox in the transaction that causes it, so that both happen or neither."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from sportello.domain.messages import addresses
from sportello.domain.messages.cleaning import one_line, paragraphs
from sportello.domain.messages.composing import text_of, values_of
from sportello.domain.messages.jobs import defer_sending
from sportello.domain.messages.kinds import Kind, language_of
from sportello.domain.messages.links import Link, site_host
from sportello.domain.messages.models import Channel, Message, Wording
from sportello.domain.messages.placeholders import MissingValue, fill
from sportello.domain.messages.wordings import in_force

LONGEST_NAME = 200
LONGEST_SUBJECT = 200
LONGEST_LINE = 200  # of an address on paper
MOST_LINES = 7


class WrongLink(ValueError):
    """A kind whose text leads somewhere was written without a link, or the other way round."""


def write(
    kind: Kind,
    *,
    to: str,
    name: str,
    language: str,
    values: Mapping[str, str],
    now: datetime,
    link: Link | None = None,
    customer_code: str = "",
    about: tuple[str, str] = ("", ""),
    reply_to: str = "",
    follows: str = "",
    calendar: str = "",
) -> Message:
    """Writes a mail and defers the job that sends it. ``calendar`` is what goes into the reader's calendar, as iCalendar.

    Raises ``WrongAddress`` (``to``, ``reply_to``), ``MissingValue``, ``WrongLink`` and ``NoReverseMatch``. ``follows``
    is a job that gets ``message``, ``about_kind``, ``about_key`` and ``outcome``: "sent", "refused" or "dead".
    """
    check_link(kind, link)
    wording = in_force(kind, language_of(language), now=now)
    message = draft(kind, name=name, language=language, values=values, now=now, link=link, wording=wording)
    message.channel = Channel.MAIL
    message.address = addresses.checked(to)
    message.reply_to = addresses.checked(reply_to) if reply_to else ""
    message.customer_code, message.follows, message.calendar = customer_code, follows, calendar
    message.about_kind, message.about_key = about
    with transaction.atomic():
        message.save(force_insert=True)
        defer_sending([message.pk])
    return message


def write_letter(
    kind: Kind,
    *,
    lines: Sequence[str],
    name: str,
    language: str,
    values: Mapping[str, str],
    now: datetime,
    link: Link | None = None,
    customer_code: str = "",
    about: tuple[str, str] = ("", ""),
    follows: str = "",
) -> Message:
    """Writes a letter, which waits to be printed; ``lines`` are the address below the name.

    Raises ``WrongAddress``, ``MissingValue``, ``WrongLink`` and ``NoReverseMatch``.
    """
    if link:  # on paper one may do without
        check_link(kind, link)
    wording = in_force(kind, language_of(language), now=now)
    message = draft(kind, name=name, language=language, values=values, now=now, link=link, wording=wording)
    message.channel = Channel.LETTER
    message.address = checked_lines(lines)
    message.customer_code, message.follows = customer_code, follows
    message.about_kind, message.about_key = about
    message.save(force_insert=True)
    return message


def draft(
    kind: Kind,
    *,
    name: str,
    language: str,
    values: Mapping[str, str],
    now: datetime,
    link: Link | None = None,
    wording: Wording | None = None,
) -> Message:
    """A message that is in no table, and has no address yet. Without ``wording`` its text is the built-in one."""
    clean = {key: paragraphs(value) if key in kind.long else one_line(value) for key, value in values.items()}
    if set(clean) != set(kind.placeholders):
        raise MissingValue(f"{kind.name} wants {', '.join(sorted(kind.placeholders)) or 'no values'}")
    language = language_of(language)
    message = Message(
        kind=kind.name,
        language=language,
        wording=wording,
        name=one_line(name, most=LONGEST_NAME),
        values={key: value for key, value in clean.items() if key not in kind.secrets},
        secrets={key: value for key, value in clean.items() if key in kind.secrets},
        link_name=link.name if link else "",
        link_arguments=dict(link.arguments) if link else {},
        message_id=f"<{uuid4().hex}@{site_host()}>",
        created_at=now,
        next_attempt_at=now,
    )
    subject = fill(text_of(message).subject, values_of(message))
    message.subject = one_line_subject(subject)
    return message


def one_line_subject(subject: str) -> str:
    return one_line(subject, most=LONGEST_SUBJECT)


def check_link(kind: Kind, link: Link | None) -> None:
    if (link is not None) != kind.has_link:
        raise WrongLink(kind.name)
    if link:
        _ = link.url  # better an error here than when it is sent


def checked_lines(lines: Sequence[str]) -> str:
    """The lines of an address on paper; raises ``WrongAddress`` where there are none, or too many, or too long ones."""
    clean = [line for part in lines if (line := one_line(part))]
    if not 1 <= len(clean) <= MOST_LINES or max(map(len, clean)) > LONGEST_LINE:
        raise addresses.WrongAddress("not an address for a letter")
    return "\n".join(clean)
