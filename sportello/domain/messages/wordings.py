"""Texts of messages as administrators have written them: which version holds, and how a new one comes about.

A message is worded when it is written, not when it is sent: it tells what was so at that moment, its subject is kept with
it, and what was sent can be read again later as it was. So each message refers to its version, and a version that has
come into force never changes.
"""

from datetime import datetime
from hashlib import sha256

import structlog
from django.db import connection, transaction

from sportello.domain.journal.models import record
from sportello.domain.messages.kinds import Kind, Text, check_text
from sportello.domain.messages.models import Wording
from sportello.domain.messages.placeholders import WrongText

log = structlog.get_logger("sportello.messages")


class ChangedMeanwhile(Exception):
    """Somebody else has saved a version since the page was opened from which this comes."""


class InForce(Exception):
    """The version holds already, or did; it can only be followed by another."""


def newest(kind: Kind, language: str, *, now: datetime) -> Wording | None:
    """The version that began last; None where there has never been one."""
    return Wording.objects.of(kind.name, language).versions().filter(valid_from__lte=now).first()


def in_force(kind: Kind, language: str, *, now: datetime) -> Wording | None:
    """The version to write with, None where the built-in text holds. Asked for with each message, so a change holds at once
    everywhere.

    A version that does not fit its kind any more, as after a change of the program, is passed over.
    """
    found = newest(kind, language, now=now)
    if found is None or found.built_in:
        return None
    if not fits(kind, found.text):
        log.warning("wording_does_not_fit", kind=kind.name, language=language)
        return None
    return found


def fits(kind: Kind, text: Text) -> bool:
    try:
        check_text(kind, text)
    except WrongText:
        return False
    return True


def text_in_force(kind: Kind, language: str, *, now: datetime) -> Text:
    found = in_force(kind, language, now=now)
    return found.text if found else kind.texts[language]


def seen(kind: Kind, language: str) -> str:
    """Changes with every version that is saved or removed."""
    versions = Wording.objects.of(kind.name, language).versions().values_list("pk", "at", "valid_from")
    return sha256(repr(list(versions)).encode()).hexdigest()


@transaction.atomic
def save(
    kind: Kind,
    language: str,
    text: Text | None,
    *,
    since: datetime | None,
    seen_as: str,
    by_id: int | None,
    now: datetime,
) -> Wording:
    """A new version from ``since`` on, from now where it is None; ``text`` None for the built-in one again.

    The same once more, as by a second press, changes nothing. What was to begin at ``since`` as well is replaced. Raises
    ``WrongText`` and ``ChangedMeanwhile``.
    """
    if text is not None:
        check_text(kind, text)
    _one_at_a_time(kind, language)
    own = Wording.objects.of(kind.name, language).versions()
    version = _version(kind, language, text)
    there = own.filter(valid_from=since).first() if since else newest(kind, language, now=now)
    if there and _same(there, version):
        return there
    if seen_as != seen(kind, language):
        raise ChangedMeanwhile
    replaced = there if since else None
    version.pk = replaced.pk if replaced else None
    version.valid_from, version.by_id, version.at = since or now, by_id, now
    version.save(force_update=bool(replaced), force_insert=not replaced)
    _write_down("changed" if replaced else "added", version, now=now, by_id=by_id)
    return version


@transaction.atomic
def remove(number: int, *, by_id: int | None, now: datetime) -> None:
    """Takes back a version that does not hold yet. Raises ``InForce``. One that is gone already is as well."""
    version = Wording.objects.versions().select_for_update().filter(pk=number).first()
    if version is None:
        return
    if version.valid_from is None or version.valid_from <= now:
        raise InForce
    _write_down("removed", version, now=now, by_id=by_id)
    version.delete()


def _version(kind: Kind, language: str, text: Text | None) -> Wording:
    version = Wording(kind=kind.name, language=language, built_in=text is None)
    if text is not None:
        version.subject, version.paragraphs, version.action = text.subject, list(text.paragraphs), text.action
    return version


def _same(one: Wording, other: Wording) -> bool:
    return (one.built_in, one.text) == (other.built_in, other.text)


def _one_at_a_time(kind: Kind, language: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"wording:{kind.name}:{language}"])


def _write_down(what: str, version: Wording, *, now: datetime, by_id: int | None) -> None:
    record(
        f"messages.wording_{what}",
        now=now,
        actor_id=by_id,
        about=("wording", f"{version.kind}/{version.language}"),
        version=version.pk,
        valid_from=str(version.valid_from),
        built_in=version.built_in,
        subject=version.subject,
    )
