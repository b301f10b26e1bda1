"""What a kind of message looks like with its sample values, in either language; a text that is only typed as well."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from sportello.domain.messages import addresses
from sportello.domain.messages.composing import Composed, Words, compose, words_of
from sportello.domain.messages.jobs import defer_sending
from sportello.domain.messages.kinds import Kind, Text
from sportello.domain.messages.links import Link, site
from sportello.domain.messages.models import Channel, Message, Wording
from sportello.domain.messages.writing import draft, one_line_subject
from sportello.domain.people.models import User

SAMPLE_NAMES = {"it": "Maria Rossi", "en": "Mary Smith"}
TEST = {"it": "Prova", "en": "Test"}
ONCE_IN = timedelta(minutes=1)


def preview(kind: Kind, language: str, text: Text | None = None) -> Composed:
    """``text`` instead of the built-in one; it has passed ``check_text``."""
    return compose(_sample(kind, language, text), url=_url(kind))


def words(
    kind: Kind,
    language: str,
    text: Text | None = None,
    *,
    values: Mapping[str, str] | None = None,
    name: str = "",
) -> Words:
    """The same, for a page that shows it in its own way; with ``values`` and ``name`` instead of the samples."""
    return words_of(_sample(kind, language, text, values=values, name=name), url=_url(kind))


def _url(kind: Kind) -> str:
    return f"{site()}/…" if kind.has_link else ""


def _sample(
    kind: Kind, language: str, text: Text | None, *, values: Mapping[str, str] | None = None, name: str = ""
) -> Message:
    now = timezone.now()
    wording = wording_of(kind, language, text, now=now) if text else None
    name, values = name or SAMPLE_NAMES[language], kind.placeholders if values is None else values
    return draft(kind, name=name, language=language, values=values, now=now, wording=wording)


def wording_of(kind: Kind, language: str, text: Text, *, now: datetime) -> Wording:
    """A version that is in no table."""
    return Wording(
        kind=kind.name,
        language=language,
        subject=text.subject,
        paragraphs=list(text.paragraphs),
        action=text.action,
        at=now,
    )


def send_test(kind: Kind, language: str, text: Text, *, to: User, link: Link, now: datetime) -> bool:
    """Mails ``text``, in force or not, with the samples to its author; the same again within a minute sends nothing.

    ``link`` stands where the message's own would. Says whether a mail was written. Raises ``WrongAddress``.
    """
    address = addresses.checked(to.email)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=to.pk)  # two presses of the button follow one another
        wording = wording_of(kind, language, text, now=now)
        tried = Wording.objects.of(kind.name, language).filter(
            valid_from=None, by=to, at__gt=now - ONCE_IN, subject=text.subject, paragraphs=list(text.paragraphs)
        )
        if tried.filter(action=text.action).exists():
            return False
        wording.by = to
        wording.save(force_insert=True)
        message = draft(
            kind,
            name=to.get_full_name(),
            language=language,
            values=kind.placeholders,
            now=now,
            link=link if kind.has_link else None,
            wording=wording,
        )
        message.channel, message.address = Channel.MAIL, address
        message.subject = one_line_subject(f"{TEST[language]}: {message.subject}")
        message.save(force_insert=True)
        defer_sending([message.pk])
    return True
