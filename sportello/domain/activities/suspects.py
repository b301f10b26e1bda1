"""Visitors' requests that look as if a machine had sent them: marked, kept apart, and dealt with many at once.

Nobody is written to: the address that a machine has put in may be somebody's who knows nothing of it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.models import Activity, Status
from sportello.domain.activities.models.activity import ActivityQuerySet
from sportello.domain.journal.models import record
from sportello.domain.people.models import User

SUSPECT: Final = "suspect"  # in what is asked: why it may come from a machine
AGAIN: Final = "again"
OFTEN, LATELY = 3, timedelta(hours=1)  # the same text, from whomever
ANSWER = _(
    "Your request looked as if a machine had sent it, and we have not dealt with it. If you have written it yourself, tell "
    "us so below: then we take it up."
)


def comes_again(activity: Activity, *, now: datetime) -> bool:
    """Whether the same has been written lately, so often that it is hardly by chance."""
    same = Activity.objects.of_visitors().filter(opened_at__gt=now - LATELY, asked__text=activity.asked.get("text"))
    return len(same.values_list("pk")[:OFTEN]) == OFTEN


def waiting() -> ActivityQuerySet:
    """Those that nobody has taken in charge."""
    marked = Activity.objects.of_visitors().filter(kind__in=KINDS, asked__has_key=SUSPECT)
    return marked.filter(status=Status.NEW, owner=None)


@transaction.atomic
def refuse(seen: Mapping[str, int], *, by: User, now: datetime) -> int:
    """Ends those of these numbers that still are at the version that was seen; how many. Their senders find ``ANSWER``, in
    their language, where their receipt leads them, and nowhere else."""
    found = _as_seen(seen)
    for activity in found:
        with translation.override(activity.visitor.language):
            answer = str(ANSWER)
        activity.refuse(answer=answer, now=now, by_id=by.pk)
    return len(found)


@transaction.atomic
def clear(seen: Mapping[str, int], *, by: User, now: datetime) -> int:
    """Puts them among all others: a person has sent them."""
    found = _as_seen(seen)
    for activity in found:
        lift(activity, by_id=by.pk, now=now)
    return len(found)


def lift(activity: Activity, *, by_id: int | None, now: datetime) -> None:
    """Takes the mark away, where there is one; in the caller's transaction."""
    if SUSPECT not in activity.asked:
        return
    activity.keep_of_asked({name: value for name, value in activity.asked.items() if name != SUSPECT})
    about = ("activity", activity.number)
    record(f"activities.{activity.kind}_cleared", now=now, actor_id=by_id, about=about, number=activity.number)


def _as_seen(seen: Mapping[str, int]) -> list[Activity]:
    locked = waiting().filter(number__in=seen).select_for_update(of=("self",)).select_related("visitor")
    return [each for each in locked.order_by("pk") if each.version == seen[each.number]]
