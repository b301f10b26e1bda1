"""Ready replies: which there are for a request, filled in for it; and how managers change them."""

from datetime import datetime
from typing import Final

from django.db import transaction

from sportello.domain.activities.models import Activity, Reply, Use
from sportello.domain.journal.models import record
from sportello.domain.messages.placeholders import fill

VALUES: Final = ("number", "name", "due")


class ChangedMeanwhile(Exception):
    """Somebody else has changed or removed this reply since it was opened."""


def values_of(activity: Activity) -> dict[str, str]:
    """What the placeholders stand for: the request's number, who asked, and the day by which we answer, or a dash."""
    by = activity.limit_on or activity.due_on
    name = activity.customer.name if activity.customer else activity.visitor.name
    return {"number": activity.number, "name": name, "due": f"{by:%d/%m/%Y}" if by else "–"}


def for_request(activity: Activity, language: str) -> dict[str, dict[str, str]]:
    """By use, then by code: texts in ``language`` ("it" or "en"), filled in; those of this kind of request first."""
    values = values_of(activity)
    rows = sorted(
        Reply.objects.for_kind(activity.kind), key=lambda each: (each.kind != activity.kind, each.kind == "", each.pk)
    )
    texts: dict[str, dict[str, str]] = {use.value: {} for use in Use}
    for each in rows:
        if text := each.in_language(language):
            texts[each.use].setdefault(each.code, fill(text, values))
    return texts


@transaction.atomic
def add(*, kind: str, use: Use, italian: str, english: str, once: str, by_id: int | None, now: datetime) -> Reply:
    """``once`` (40 characters at most) tells a form from its second press, and becomes the code."""
    values = {"use": use, "italian": italian, "english": english}
    reply, created = Reply.objects.get_or_create(kind=kind, code=once, defaults=values)
    if created:
        record("activities.reply_added", now=now, actor_id=by_id, about=("reply", str(reply.pk)), kind=kind, use=use)
    return reply


@transaction.atomic
def change(number: int, *, use: Use, italian: str, english: str, seen: int, by_id: int | None, now: datetime) -> Reply:
    """``seen`` is the version that was opened; the same once more changes nothing. Raises ChangedMeanwhile."""
    reply = Reply.objects.select_for_update().filter(pk=number).first()
    if reply is None:
        raise ChangedMeanwhile
    if (reply.use, reply.italian, reply.english) == (use, italian, english):
        return reply
    if reply.version != seen:
        raise ChangedMeanwhile
    reply.use, reply.italian, reply.english, reply.version = use, italian, english, seen + 1
    reply.save()
    record("activities.reply_changed", now=now, actor_id=by_id, about=("reply", str(number)), version=reply.version)
    return reply


@transaction.atomic
def remove(number: int, *, seen: int, by_id: int | None, now: datetime) -> None:
    """Once it is gone, to remove it does nothing more. Raises ChangedMeanwhile."""
    reply = Reply.objects.select_for_update().filter(pk=number).first()
    if reply is None:
        return
    if reply.version != seen:
        raise ChangedMeanwhile
    reply.delete()
    detail = {"kind": reply.kind, "use": reply.use}
    record("activities.reply_removed", now=now, actor_id=by_id, about=("reply", str(number)), **detail)
