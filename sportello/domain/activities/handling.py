"""What operators and customers do with a request once it is open.

Each verb is one transaction with the request locked. ``seen`` is the version that whoever acts had before his eyes: where it
is another by now, ChangedMeanwhile is raised and nothing has happened. ``once`` is what the form carried: the same form
sent twice has one effect, and the second time gives what the first gave.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from sportello.domain.activities import commanding, deadlines, ending, telling
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.models import (
    OVER,
    Activity,
    Attention,
    ChangedMeanwhile,
    IllegalMove,
    Remark,
    SentBy,
    Side,
    Sort,
    Status,
)
from sportello.domain.activities.opening import attach
from sportello.domain.files.attachments import Attached
from sportello.domain.people.models import User


def lock(number: str, *, seen: int | None = None) -> Activity:
    """The request as it is now, until the transaction ends. Raises Activity.DoesNotExist, ChangedMeanwhile."""
    mine = Activity.objects.filter(kind__in=KINDS).select_for_update(of=("self",))
    activity = mine.select_related("customer", "supply", "opened_by", "owner", "visitor").get(number=number)
    if seen is not None and activity.version != seen:
        raise ChangedMeanwhile(f"version {activity.version}, not {seen}")
    return activity


# --- an operator -----------------------------------------------------------------------------------------------------


@transaction.atomic
def take(number: str, *, seen: int, by: User, now: datetime) -> Activity:
    """Takes it in charge, from nobody or from a colleague."""
    activity = lock(number, seen=seen)
    if activity.status == Status.TAKEN and activity.owner_id == by.pk:
        return activity
    if activity.status in (Status.TAKEN, Status.WAITING) and activity.owner_id:
        activity.hand_over(now=now, by_id=by.pk, to_id=by.pk)
    else:
        _be_open(activity)
        activity.take(now=now, by_id=by.pk)
    return activity


@transaction.atomic
def give_back(number: str, *, seen: int, by: User, now: datetime) -> Activity:
    activity = lock(number, seen=seen)
    activity.give_back(now=now, by_id=by.pk)
    return activity


@transaction.atomic
def note(
    number: str, *, seen: int, text: str, files: Sequence[Attached], by: User, now: datetime, once: str
) -> Activity:
    """For colleagues alone."""
    return _remark(number, Sort.NOTE, seen=seen, text=text, files=files, by=by, now=now, once=once)


@transaction.atomic
def answer(
    number: str, *, seen: int, text: str, files: Sequence[Attached], by: User, now: datetime, once: str
) -> Activity:
    """Writes to the customer; the request stays as it is."""
    return _remark(number, Sort.ANSWER, seen=seen, text=text, files=files, by=by, now=now, once=once)


@transaction.atomic
def ask(
    number: str, *, seen: int, text: str, files: Sequence[Attached], by: User, now: datetime, once: str
) -> Activity:
    """Asks the customer for what is missing; the request waits for him. The term does not: the regulator's clock runs on."""
    return _remark(number, Sort.QUESTION, seen=seen, text=text, files=files, by=by, now=now, once=once)


@transaction.atomic
def execute(number: str, *, seen: int, answer: str, by: User, now: datetime) -> Activity:
    """Has billing do what is asked, after which it is executed; at once where billing has nothing to do, or takes no such
    command: then an operator says that it has been done there by hand. ``answer`` is what the customer is told.
    """
    activity = lock(number, seen=seen)
    _be_open(activity)
    commands = KINDS[activity.kind].commands(activity)
    if commands and commanding.are_taken(commands):
        if commanding.under_way(activity):
            raise IllegalMove("it is on its way already")
        if activity.attention:
            activity.ask_for(Attention.NONE, now=now, by_id=by.pk)
        if activity.status in (Status.NEW, Status.WAITING):
            activity.take(now=now, by_id=by.pk)
        activity.note_answer(answer)
        activity.touch()
        commanding.send(activity, commands, sort=commanding.EXECUTE, now=now)
        return activity
    ending.execute(activity, answer=answer, now=now, by_id=by.pk)
    return activity


@transaction.atomic
def executed_by_hand(number: str, *, seen: int, answer: str, by: User, now: datetime) -> Activity:
    """An operator has entered it into billing himself, after billing has refused the command or could not get it."""
    activity = lock(number, seen=seen)
    _be_open(activity)
    _nothing_on_its_way(activity, now=now)
    ending.execute(activity, answer=answer, now=now, by_id=by.pk)
    return activity


@transaction.atomic
def refuse(number: str, *, seen: int, answer: str, by: User, now: datetime) -> Activity:
    activity = lock(number, seen=seen)
    _be_open(activity)
    _nothing_on_its_way(activity, now=now)
    ending.refuse(activity, answer=answer, now=now, by_id=by.pk)
    return activity


def _nothing_on_its_way(activity: Activity, *, now: datetime) -> None:
    if commanding.under_way(activity) and not commanding.take_back(activity, now=now):
        raise IllegalMove("billing may be doing it at this moment")


def _be_open(activity: Activity) -> None:
    if activity.status in OVER:
        raise IllegalMove(f"it is {activity.status}")


# --- the customer ----------------------------------------------------------------------------------------------------


@transaction.atomic
def say(number: str, *, text: str, files: Sequence[Attached], by: User, now: datetime, once: str) -> Activity:
    """The customer writes, whatever has happened meanwhile; one that waited for him goes on."""
    activity = lock(number)
    if _said_before(once):
        return activity
    _be_open(activity)
    _write(activity, Sort.MESSAGE, side=Side.CUSTOMER, text=text, files=files, by=by, now=now, once=once)
    if activity.status == Status.WAITING:
        activity.go_on(now=now, by_id=by.pk)
    else:
        activity.touch()
    return activity


def may_be_cancelled(activity: Activity) -> bool:
    """As far as one can say without trying: it is open, and billing has nothing of it in hand."""
    return activity.status in (Status.NEW, Status.TAKEN, Status.WAITING) and not any(
        row.attempts for row in commanding.under_way(activity)
    )


@transaction.atomic
def cancel(number: str, *, by: User, now: datetime) -> Activity:
    """The customer does not want it any more. The same again changes nothing. Raises IllegalMove."""
    activity = lock(number)
    if activity.status == Status.CANCELLED:
        return activity
    _be_open(activity)
    _nothing_on_its_way(activity, now=now)
    ending.cancel(activity, now=now, by_id=by.pk)
    return activity


@transaction.atomic
def reopen(number: str, *, text: str, files: Sequence[Attached], by: User, now: datetime, once: str) -> Activity:
    """The customer is not content with how it ended, and says why; it is taken up again by who had it, in a term of its own,
    and what went to billing at its opening goes again."""
    activity = lock(number)
    if _said_before(once):
        return activity
    _write(activity, Sort.MESSAGE, side=Side.CUSTOMER, text=text, files=files, by=by, now=now, once=once)
    due = deadlines.term_from(activity, timezone.localdate(now))
    activity.reopen(now=now, by_id=by.pk, due_on=due.due_on, limit_on=due.limit_on)
    commanding.send(activity, KINDS[activity.kind].at_once(activity), sort=commanding.AT_ONCE, now=now)
    return activity


# --- what is said ----------------------------------------------------------------------------------------------------


def _remark(
    number: str,
    sort: Sort,
    *,
    seen: int,
    text: str,
    files: Sequence[Attached],
    by: User,
    now: datetime,
    once: str,
) -> Activity:
    if _said_before(once):
        return lock(number)
    activity = lock(number, seen=seen)
    remark = _write(activity, sort, side=Side.STAFF, text=text, files=files, by=by, now=now, once=once)
    if sort != Sort.NOTE:
        told = telling.asked if sort == Sort.QUESTION else telling.answered
        remark.sent_by = told(activity, text=text, now=now)
        remark.save(update_fields=["sent_by"])
    if sort == Sort.QUESTION:
        if activity.status == Status.NEW:
            activity.take(now=now, by_id=by.pk)
        activity.wait(now=now, by_id=by.pk)
    else:
        activity.touch()
    return activity


def _said_before(once: str) -> bool:
    return bool(once) and Remark.objects.filter(once=once).exists()


def _write(
    activity: Activity,
    sort: Sort,
    *,
    side: Side,
    text: str,
    files: Sequence[Attached],
    by: User,
    now: datetime,
    once: str,
) -> Remark:
    remark = Remark.objects.create(
        activity=activity, side=side, sort=sort, text=text, by=by, at=now, sent_by=SentBy.NOTHING, once=once or None
    )
    attach(activity, files, remark=remark, now=now)
    return remark
