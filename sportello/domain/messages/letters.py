"""Letters on their way out of the house: printed by somebody, then in the post from a day on."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from sportello.domain.journal.models import record
from sportello.domain.messages import sending
from sportello.domain.messages.models import Message, MessageQuerySet


class WrongDay(ValueError):
    """A letter is in the post neither on a day to come nor before it was written."""


@transaction.atomic
def mark_printed(keys: Sequence[int], *, by_id: int, now: datetime) -> list[Message]:
    """Of these letters, those that were still to be printed; the same again changes nothing."""
    found = _locked(Message.objects.letters_to_print(), keys)
    Message.objects.filter(pk__in=[each.pk for each in found]).update(printed_at=now, printed_by_id=by_id)
    return _written_down(found, "letter_printed", by_id=by_id, now=now)


@transaction.atomic
def mark_not_printed(keys: Sequence[int], *, by_id: int, now: datetime) -> list[Message]:
    """Takes back that they were printed, as long as they are not in the post."""
    found = _locked(Message.objects.letters_to_post(), keys)
    Message.objects.filter(pk__in=[each.pk for each in found]).update(printed_at=None, printed_by=None)
    return _written_down(found, "letter_not_printed", by_id=by_id, now=now)


@transaction.atomic
def mark_posted(keys: Sequence[int], *, on: date, by_id: int, now: datetime) -> list[Message]:
    """Of these letters, those that were printed and not yet in the post: gone for good, and what is secret in them wiped.

    Raises WrongDay, and then nothing has happened.
    """
    found = _locked(Message.objects.letters_to_post(), keys)
    if on > timezone.localdate(now) or any(on < timezone.localdate(each.created_at) for each in found):
        raise WrongDay(str(on))
    for each in found:
        sending.record_posted(each, on=on, by_id=by_id, now=now)
    return _written_down(found, "letter_posted", by_id=by_id, now=now, on=str(on))


def _locked(letters: MessageQuerySet, keys: Sequence[int]) -> list[Message]:
    return list(letters.filter(pk__in=keys).select_for_update(of=("self",)).order_by("pk"))


def _written_down(found: list[Message], what: str, *, by_id: int, now: datetime, **detail: str) -> list[Message]:
    for each in found:
        record(
            f"messages.{what}",
            now=now,
            actor_id=by_id,
            about=(each.about_kind, each.about_key) if each.about_key else ("message", str(each.pk)),
            customer_code=each.customer_code,
            message=each.pk,
            **detail,
        )
    return found
