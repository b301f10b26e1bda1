"""A request ends: executed, refused, cancelled; with what billing is told at its end, and the customer."""

from datetime import datetime

from django.utils import translation

from sportello.domain.activities import commanding, mandate_copies, telling
from sportello.domain.activities.kinds.base import DONE
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.models import Activity, IllegalMove, SentBy, Status


def execute(activity: Activity, *, answer: str | None, now: datetime, by_id: int | None) -> None:
    """In the caller's transaction, as all of these. Where nobody has answered and the kind has words of its own for what has
    been done, the customer is told these. Raises IllegalMove."""
    if answer is None and not activity.answer:
        answer = _own_words(activity)
    if activity.took_effect_at is None:
        KINDS[activity.kind].effect(activity, now)
    activity.execute(now=now, by_id=by_id, answer=answer)
    _ended(activity, now=now)
    _sent(activity, telling.executed(activity, now=now))


def _own_words(activity: Activity) -> str | None:
    done = KINDS[activity.kind].done
    if done is DONE or activity.customer is None:
        return None
    with translation.override(activity.customer.language):
        return str(done)


def refuse(activity: Activity, *, answer: str, now: datetime, by_id: int | None) -> None:
    activity.refuse(answer=answer, now=now, by_id=by_id)
    _ended(activity, now=now)
    _sent(activity, telling.refused(activity, now=now))


def _sent(activity: Activity, by: SentBy) -> None:
    """A letter is an answer from the day on which it goes into the post."""
    if by == SentBy.LETTER:
        activity.answer_leaves_by_post()


def cancel(activity: Activity, *, now: datetime, by_id: int | None) -> None:
    """By the customer himself, who need not be told."""
    activity.cancel(now=now, by_id=by_id)
    _ended(activity, now=now)


def stop(activity: Activity, *, now: datetime) -> None:
    """By whoever was told of it; what was asked is kept whole until an operator has made sure."""
    activity.cancel(now=now)
    _at_its_end(activity, now=now)


def forget(activity: Activity) -> None:
    """What nobody needs any more of what was asked."""
    kept = KINDS[activity.kind].forget(activity.asked)
    if kept != activity.asked:
        activity.keep_of_asked(kept)
        mandate_copies.forget(activity)


def nothing_on_its_way(activity: Activity, *, by_id: int | None, now: datetime) -> None:
    """Takes back what was to execute it, and gives up what has stopped. Raises IllegalMove where billing may be doing it at
    this moment."""
    if commanding.under_way(activity) and not commanding.take_back(activity, now=now):
        raise IllegalMove("billing may be doing it at this moment")
    commanding.give_up(activity, by_id=by_id, now=now)


def _ended(activity: Activity, *, now: datetime) -> None:
    _at_its_end(activity, now=now)
    forget(activity)


def _at_its_end(activity: Activity, *, now: datetime) -> None:
    if activity.status != Status.EXECUTED and activity.took_effect_at is not None:
        KINDS[activity.kind].undo(activity, now)
    commanding.send(activity, KINDS[activity.kind].at_end(activity), sort=commanding.AT_END, now=now)
