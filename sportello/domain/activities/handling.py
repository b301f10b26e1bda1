"""What operators and customers do with a request once it is open.

Each verb is one transaction with the request locked. ``seen`` is the version that whoever acts had before his eyes: where it
is another by now, ChangedMeanwhile is raised and nothing has happened. ``once`` is what the form carried: the same form
sent twice has one effect, and the second time gives what the first gave.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from sportello.domain.activities import commanding, deadlines, ending, own, protecting, telling, texts
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.models import (
    OVER,
    STOPPED,
    Activity,
    Attention,
    ChangedMeanwhile,
    IllegalMove,
    Remark,
    SentBy,
    Side,
    Sort,
    Status,
    TooEarly,
)
from sportello.domain.activities.opening import attach
from sportello.domain.files.attachments import Attached
from sportello.domain.messages.kinds import Kind
from sportello.domain.people.models import User


class PastTheLimit(Exception):
    """Nobody has said that it may be answered later than the regulator allows."""


def lock(number: str, *, seen: int | None = None, staff: User | None = None) -> Activity:
    """The request as it is now, until the transaction ends; for ``staff`` who acts on it.

    Raises Activity.DoesNotExist, ChangedMeanwhile, OwnRequest."""
    mine = Activity.objects.filter(kind__in=KINDS).select_for_update(of=("self",))
    activity = mine.select_related("customer", "supply", "opened_by", "owner", "visitor").get(number=number)
    if staff is not None:
        own.check(activity, staff)
    if seen is not None:
        _be_as_seen(activity, seen)
    return activity


def _be_as_seen(activity: Activity, seen: int) -> None:
    if activity.version != seen:
        raise ChangedMeanwhile(f"version {activity.version}, not {seen}")


# --- an operator -----------------------------------------------------------------------------------------------------


@transaction.atomic
def take(number: str, *, seen: int, by: User, now: datetime) -> Activity:
    """Takes it in charge, from nobody or from a colleague."""
    activity = lock(number, seen=seen, staff=by)
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
    activity = lock(number, seen=seen, staff=by)
    activity.give_back(now=now, by_id=by.pk)
    return activity


@transaction.atomic
def note(
    number: str, *, seen: int, text: str, files: Sequence[Attached], by: User, now: datetime, once: str
) -> Activity:
    """For colleagues alone; it settles nothing."""
    return _remark(number, Sort.NOTE, seen=seen, text=text, files=files, by=by, now=now, once=once)


@transaction.atomic
def nothing_to_answer(number: str, *, seen: int, by: User, now: datetime) -> Activity:
    """An operator has read what the customer wrote. Raises IllegalMove where there is nothing of the sort."""
    activity = lock(number, seen=seen, staff=by)
    if activity.attention != Attention.WROTE:
        raise IllegalMove("nothing was written that nobody has read")
    activity.seen_to(now=now, by_id=by.pk)
    return activity


@transaction.atomic
def made_sure(number: str, *, seen: int, by: User, now: datetime) -> Activity:
    """An operator has made sure that what somebody objected to was the customer's own. Raises IllegalMove."""
    activity = lock(number, seen=seen, staff=by)
    if not activity.is_objected_to:
        raise IllegalMove("nobody has objected to it")
    activity.seen_to(now=now, by_id=by.pk, event="made_sure")
    return activity


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
    activity = lock(number, seen=seen, staff=by)
    _be_open(activity)
    _be_due(activity, now=now)
    if not goes_to_billing(activity):
        ending.execute(activity, answer=answer, now=now, by_id=by.pk)
        return activity
    if commanding.under_way(activity):
        raise IllegalMove("it is on its way already")
    if activity.status in (Status.NEW, Status.WAITING):
        activity.take(now=now, by_id=by.pk)
    activity.note_answer(answer)
    _send(activity, by=by, now=now)
    return activity


@transaction.atomic
def retry(number: str, *, seen: int, by: User, now: datetime) -> Activity:
    """Has billing asked once more for what it has refused, or could not get."""
    activity = lock(number, seen=seen, staff=by)
    _be_open(activity)
    if activity.attention not in STOPPED or not goes_to_billing(activity):
        raise IllegalMove("nothing of it has been stopped at billing")
    _send(activity, by=by, now=now)
    return activity


def goes_to_billing(activity: Activity) -> bool:
    """Whether executing it is billing's work, and billing takes it."""
    commands = KINDS[activity.kind].commands(activity)
    return bool(commands) and commanding.are_taken(commands)


def _send(activity: Activity, *, by: User, now: datetime) -> None:
    activity.sent(now=now, by_id=by.pk)
    commanding.send_again(activity, KINDS[activity.kind].commands(activity), by_id=by.pk, now=now)


@transaction.atomic
def executed_by_hand(number: str, *, seen: int, answer: str, by: User, now: datetime) -> Activity:
    """An operator has entered it into billing himself, after billing has refused the command or could not get it."""
    activity = lock(number, seen=seen, staff=by)
    _be_open(activity)
    _be_due(activity, now=now)
    ending.nothing_on_its_way(activity, by_id=by.pk, now=now)
    ending.execute(activity, answer=answer, now=now, by_id=by.pk)
    return activity


@transaction.atomic
def refuse(number: str, *, seen: int, answer: str, by: User, now: datetime) -> Activity:
    activity = lock(number, seen=seen, staff=by)
    _be_open(activity)
    ending.nothing_on_its_way(activity, by_id=by.pk, now=now)
    ending.refuse(activity, answer=answer, now=now, by_id=by.pk)
    return activity


def _be_due(activity: Activity, *, now: datetime) -> None:
    if activity.not_before is not None and now < activity.not_before:
        raise TooEarly(f"not before {activity.not_before}")


@transaction.atomic
def take_up_again(
    number: str, *, seen: int, text: str, files: Sequence[Attached], by: User, now: datetime, once: str
) -> Activity:
    """An operator reopens what had ended, and says why to his colleagues; it is his from now on, with a term of its own."""
    activity = lock(number, staff=by)
    if _said_before(once):
        return activity
    _be_as_seen(activity, seen)
    _be_answered(activity)
    _write(activity, Sort.NOTE, side=Side.STAFF, text=text, files=files, by=by, now=now, once=once)
    _reopen(activity, by=by, now=now)
    if activity.owner_id != by.pk:
        activity.hand_over(now=now, by_id=by.pk, to_id=by.pk)
    return activity


@transaction.atomic
def carry_on(number: str, *, seen: int, answer: str, text: str, by: User, now: datetime, once: str) -> Activity:
    """An operator has made sure that one that was stopped is the customer's own: it goes on, in his charge. ``text`` says to
    colleagues how, ``answer`` to the customer what comes next, at every address that we know. Raises IllegalMove.
    """
    activity = lock(number, staff=by)
    if _said_before(once):
        return activity
    _be_as_seen(activity, seen)
    _be_stopped(activity)
    _write(activity, Sort.NOTE, side=Side.STAFF, text=text, files=(), by=by, now=now, once=once)
    _reopen(activity, by=by, now=now, event="carried_on")
    if activity.owner_id != by.pk:
        activity.hand_over(now=now, by_id=by.pk, to_id=by.pk)
    _tell_everybody(activity, texts.RESUMED, answer=answer, now=now)
    return activity


@transaction.atomic
def leave_stopped(number: str, *, seen: int, answer: str, by: User, now: datetime) -> Activity:
    """One that was stopped stays cancelled for good; ``answer`` tells everybody concerned. Raises IllegalMove."""
    activity = lock(number, seen=seen, staff=by)
    _be_stopped(activity)
    activity.note_answer(answer)
    activity.seen_to(now=now, by_id=by.pk, event="stays_stopped")
    ending.forget(activity)
    _tell_everybody(activity, texts.STAYS_STOPPED, answer=answer, now=now)
    return activity


def _be_stopped(activity: Activity) -> None:
    if activity.status != Status.CANCELLED or not activity.was_stopped:
        raise IllegalMove("nobody has stopped it")


def _tell_everybody(activity: Activity, kind: Kind, *, answer: str, now: datetime) -> None:
    """By letter where no mail can go out."""
    if not protecting.tell_everybody(activity, kind, now=now, answer=answer):
        telling.tell(activity, kind, now=now, answer=answer)


@transaction.atomic
def change_due(
    number: str, *, seen: int, due_on: date, text: str, past_the_limit: bool, by: User, now: datetime, once: str
) -> Activity:
    """Another day by which it is to be answered, with the reason for colleagues. Raises PastTheLimit where that is later
    than the regulator's last day and nobody has said that it may be."""
    activity = lock(number, staff=by)
    if _said_before(once):
        return activity
    _be_as_seen(activity, seen)
    _be_open(activity)
    late = activity.limit_on is not None and due_on > activity.limit_on
    if late and not past_the_limit:
        raise PastTheLimit
    _write(activity, Sort.NOTE, side=Side.STAFF, text=text, files=(), by=by, now=now, once=once)
    activity.set_term(due_on=due_on, limit_on=activity.limit_on, now=now, by_id=by.pk, past_the_limit=late)
    return activity


def _be_answered(activity: Activity) -> None:
    if activity.status not in (Status.EXECUTED, Status.REFUSED):
        raise IllegalMove(f"it is {activity.status}")


def _reopen(activity: Activity, *, by: User | None, now: datetime, event: str = "reopened") -> None:
    """What went along with its opening goes to billing again. Where an indemnity is due already, the limit stays."""
    kind = KINDS[activity.kind]
    owed = deadlines.indemnity(activity, now=now)
    due = deadlines.term_from(activity, timezone.localdate(now))
    activity.reopen(now=now, by_id=by.pk if by else None, event=event)
    limit_on = activity.limit_on if owed else due.limit_on
    activity.set_term(due_on=due.due_on, limit_on=limit_on, now=now, by_id=None)
    commanding.send(activity, kind.at_once(activity), sort=commanding.AT_ONCE, now=now)


def _be_open(activity: Activity) -> None:
    if activity.status in OVER:
        raise IllegalMove(f"it is {activity.status}")


# --- the customer ----------------------------------------------------------------------------------------------------


@transaction.atomic
def say(number: str, *, text: str, files: Sequence[Attached], by: User | None, now: datetime, once: str) -> Activity:
    """The customer writes, whatever has happened meanwhile; one that waited for him goes on. It waits for an operator from
    now on, even where it goes by itself or is at billing. ``by`` is None for a visitor."""
    activity = lock(number)
    if _said_before(once):
        return activity
    _be_open(activity)
    _write(activity, Sort.MESSAGE, side=Side.CUSTOMER, text=text, files=files, by=by, now=now, once=once)
    if activity.status == Status.WAITING:
        activity.go_on(now=now, by_id=by.pk if by else None)
    else:
        waits = activity.attention or Attention.WROTE
        activity.said(Sort.MESSAGE, now=now, by_id=by.pk if by else None, attention=waits)
    return activity


def may_be_cancelled(activity: Activity) -> bool:
    """As far as one can say without trying: it is open, and billing has nothing of it in hand."""
    return (
        KINDS[activity.kind].is_asked_for
        and activity.status in (Status.NEW, Status.TAKEN, Status.WAITING)
        and not any(row.attempts for row in commanding.under_way(activity))
    )


@transaction.atomic
def cancel(number: str, *, by: User, now: datetime) -> Activity:
    """The customer does not want it any more. The same again changes nothing. Raises IllegalMove."""
    activity = lock(number)
    if activity.status == Status.CANCELLED:
        return activity
    _be_open(activity)
    if not KINDS[activity.kind].is_asked_for:
        raise IllegalMove("the customer has not asked for it")
    ending.nothing_on_its_way(activity, by_id=by.pk if by else None, now=now)
    ending.cancel(activity, now=now, by_id=by.pk)
    return activity


@transaction.atomic
def reopen(number: str, *, text: str, files: Sequence[Attached], by: User | None, now: datetime, once: str) -> Activity:
    """The customer is not content with how it ended, and says why; it is taken up again by who had it. Raises IllegalMove."""
    activity = lock(number)
    if _said_before(once):
        return activity
    _be_answered(activity)
    _write(activity, Sort.MESSAGE, side=Side.CUSTOMER, text=text, files=files, by=by, now=now, once=once)
    Activity.objects.filter(pk=activity.pk).update(automatic=False)
    activity.automatic = False
    _reopen(activity, by=by, now=now)
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
    activity = lock(number, staff=by)
    if _said_before(once):
        return activity
    _be_as_seen(activity, seen)
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
        answered = sort == Sort.ANSWER and activity.attention == Attention.WROTE
        activity.said(sort, now=now, by_id=by.pk, attention=Attention.NONE if answered else None)
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
    by: User | None,
    now: datetime,
    once: str,
) -> Remark:
    remark = Remark.objects.create(
        activity=activity, side=side, sort=sort, text=text, by=by, at=now, sent_by=SentBy.NOTHING, once=once or None
    )
    activity.note_words(text)
    attach(activity, files, remark=remark, now=now)
    return remark
