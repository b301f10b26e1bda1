"""What becomes of a request, step by step: what the journal holds of it, what is being done now, what is to come."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from sportello.domain.activities import deadlines
from sportello.domain.activities.kinds.self_reading.thread import Step
from sportello.domain.activities.models import OVER, Activity, Status
from sportello.domain.journal.models import Event
from sportello.ui.formats import day

Past = tuple[str, datetime]  # what happened, as the journal calls it, and when
REOPENED = "reopened"
TOLD = (Status.TAKEN, Status.WAITING, Status.EXPORTED, *OVER, REOPENED)


def past_of(activity: Activity) -> list[Past]:
    """What the journal holds of it, the oldest first."""
    names = Event.objects.about("activity", activity.number).order_by("at", "id").values_list("name", "at")
    begins = f"activities.{activity.kind}_"
    return [(name.removeprefix(begins), at) for name, at in names if name.startswith(begins)]


def steps_of(activity: Activity, past: Iterable[Past]) -> list[Step]:
    steps = [_done("received", _("Received"), activity.opened_at)]
    before = ""
    for name, at in past:
        if name in TOLD and name != before:
            steps.append(_happened(name, before, at))
            before = name
    if activity.is_over and before != activity.status:
        steps.append(_happened(activity.status, before, activity.executed_at or activity.ended_at))
    return [*steps, *_to_come(activity)]


def _done(code: str, label: str, at: datetime | None) -> Step:
    return Step(code=code, label=label, at=at, state="done", detail="")


def _happened(name: str, before: str, at: datetime | None) -> Step:
    if name == REOPENED:
        return _done("reopened", _("Reopened"), at)
    if name == Status.TAKEN and before == Status.WAITING:
        return _done("answered", _("You have answered"), at)
    labels = {
        Status.TAKEN: _("Taken in charge"),
        Status.WAITING: _("We have asked you something"),
        Status.EXPORTED: _("Sent to billing"),
        Status.EXECUTED: _("Executed"),
        Status.REFUSED: _("Not accepted"),
        Status.CANCELLED: _("Cancelled"),
    }
    failed = name in (Status.REFUSED, Status.CANCELLED)
    return Step(code=name, label=labels[Status(name)], at=at, state="failed" if failed else "done", detail="")


def _to_come(activity: Activity) -> Sequence[Step]:
    if activity.is_over:
        return ()
    last = Step(code="executed", label=_("Executed"), at=None, state="waiting", detail="")
    if activity.status == Status.WAITING:
        detail = _("Write to us below: then we go on.")
        return [Step(code="answered", label=_("Your answer"), at=None, state="current", detail=detail), last]
    if activity.is_held_up:
        detail = _("It has not gone through by itself: one of us is dealing with it.")
        return [Step(code="taken", label=_("With an operator"), at=None, state="current", detail=detail), last]
    if activity.status == Status.EXPORTED:
        return [Step(code="executed", label=_("Executed"), at=None, state="current", detail="")]
    if activity.is_unconfirmed:
        detail = _("As soon as one of the addresses has been confirmed by the link in the mail, it goes on by itself.")
        return [Step(code="confirmed", label=_("An address confirmed"), at=None, state="current", detail=detail), last]
    if activity.automatic:
        detail = _("On its way.")
        return [Step(code="sent", label=_("Sent to billing"), at=None, state="current", detail=detail), last]
    label = _("Being dealt with") if activity.status == Status.TAKEN else _("Taken in charge")
    return [Step(code="taken", label=label, at=None, state="current", detail=""), last]


# --- by when ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """By when we answer. ``limit_on`` is the last day by the regulator's terms, None where he sets none; ``left`` the days
    until then, negative after it. ``answered_on`` is None as long as we have not; ``indemnity`` what is due, in euro.
    ``if_late`` is what would be due for an answer after the limit, after twice and after three times as long."""

    promised_on: date
    limit_on: date | None
    left: int
    answered_on: date | None
    late: bool
    indemnity: Decimal | None
    if_late: Sequence[Decimal] = ()


def promised_on(activity: Activity) -> date | None:
    """The day that the customer is told: the regulator's where there is one, else our own."""
    return activity.limit_on or activity.due_on


def promise_of(activity: Activity) -> str:
    """In a list, as long as it is open: by when, or that we are late."""
    by = promised_on(activity)
    if by is None or activity.is_over:
        return ""
    if by < timezone.localdate():
        return _("An answer was due by %(day)s: we are late.") % {"day": day(by)}
    return _("Answer by %(day)s.") % {"day": day(by)}


def clock_of(activity: Activity, *, now: datetime) -> Clock | None:
    """None where nobody has set a term, or where nobody waits for an answer any more. At most one query."""
    by = promised_on(activity)
    if by is None or activity.status == Status.CANCELLED:
        return None
    ended_at = activity.executed_at or activity.ended_at
    answered_on = timezone.localdate(ended_at) if ended_at else None
    late = (answered_on or timezone.localdate(now)) > by
    return Clock(
        promised_on=by,
        limit_on=activity.limit_on,
        left=(by - timezone.localdate(now)).days,
        answered_on=answered_on,
        late=late,
        indemnity=deadlines.indemnity(activity, now=now) if late else None,
        if_late=() if late or answered_on else deadlines.if_late(activity),
    )
