"""Moves requests on by what billing has answered to their commands.

Everything here goes by how things stand, not by what has just happened: doing it twice or late gives the same.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from sportello.domain.activities import commanding, ending
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.models import OVER, Activity, Attention
from sportello.domain.ledger.models import State


def follow(customer_codes: Sequence[str], *, now: datetime) -> None:
    """Of these customers, all requests that wait for billing. Not inside a transaction: each has its own."""
    mine = Activity.objects.filter(customer_id__in=customer_codes, kind__in=KINDS).exclude(status__in=OVER)
    for pk in mine.order_by("pk").values_list("pk", flat=True):
        _follow_one(pk, now=now)


def sweep(*, now: datetime) -> None:
    """Follows whatever is under way, should a job have been lost."""
    waits = Activity.objects.filter(kind__in=KINDS, customer__isnull=False).exclude(status__in=OVER)
    follow(sorted(set(waits.values_list("customer_id", flat=True))), now=now)


@transaction.atomic
def _follow_one(pk: int, *, now: datetime) -> None:
    activity = Activity.objects.select_for_update(of=("self",)).get(pk=pk)
    rows = commanding.standing(activity)
    if activity.is_over or not rows or activity.attention == Attention.KEPT:
        return
    if all(row.state == State.ACKNOWLEDGED for row in rows):
        ending.execute(activity, answer=None, now=now, by_id=activity.owner_id)
        return
    stopped = next((row for row in rows if row.state in (State.REFUSED, State.DEAD, State.CANCELLED)), None)
    if stopped is not None and not activity.is_held_up:
        refused = stopped.state == State.REFUSED
        activity.ask_for(Attention.REFUSED if refused else Attention.DEAD, now=now)
