"""Answers that leave as letters: whether they do, and on which day."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from sportello.domain.activities.handling import lock
from sportello.domain.activities.models import Activity
from sportello.domain.people.models import User


@transaction.atomic
def answer_by(number: str, *, post: bool, seen: int, by: User, now: datetime) -> Activity:
    """From now on answers leave as letters, or by mail where there is an address. Raises ChangedMeanwhile, OwnRequest."""
    activity = lock(number, seen=seen, staff=by)
    activity.answer_by(post=post, now=now, by_id=by.pk)
    return activity


def answer_posted(number: str, *, written_at: datetime, on: date) -> None:
    """A letter about it went into the post on this day; it may be said twice. Its answer is the one that was written when it
    ended, and of one that has been taken up again since it says nothing."""
    waiting = Activity.objects.filter(number=number, answer_in_post=True, answered_on=None)
    ended = Q(executed_at__lte=written_at) | Q(ended_at__lte=written_at)
    waiting.filter(ended).update(answered_on=on)
