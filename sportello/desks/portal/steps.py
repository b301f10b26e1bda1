"""Requests in words: how one stands, and the steps it goes through whatever its kind."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from sportello.desks.portal.progress import past_of, promise_of, steps_of
from sportello.domain.activities.kinds.catalogue import kind_of
from sportello.domain.activities.kinds.self_reading import thread
from sportello.domain.activities.kinds.self_reading.thread import Step
from sportello.domain.activities.models import Activity, ActivityKind, SelfReading, Status
from sportello.domain.customers.models.meters import Validation


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A word with its colour and icon, and a sentence about what is behind it, "" where the word says it all."""

    kind: str
    icon: str
    word: str
    sentence: str = ""


def thread_of(activity: Activity) -> Sequence[Step]:
    if activity.kind == ActivityKind.SELF_READING:
        return thread.thread_of(activity)
    if kind_of(activity.kind):
        return steps_of(activity, past_of(activity))
    received = Step(code="received", label=_("Received"), at=activity.opened_at, state="done", detail="")
    executed = Step(code="executed", label=_("Executed"), at=activity.executed_at, state="done", detail="")
    return [received, executed]


def standing_of(activity: Activity) -> Standing:
    if activity.is_held_up:
        return Standing(kind="warn", icon="it-user", word=_("With an operator"), sentence=promise_of(activity))
    if activity.status in (Status.REFUSED, Status.CANCELLED):
        refused = activity.status == Status.REFUSED
        return Standing(
            kind="bad" if refused else "",
            icon="it-close-circle" if refused else "it-ban",
            word=str(activity.get_status_display()),
            sentence=activity.answer,
        )
    if activity.kind == ActivityKind.SELF_READING and activity.status == Status.EXECUTED:
        return of_executed_reading(activity.self_reading)
    if activity.status == Status.WAITING:
        return Standing(
            kind="warn", icon="it-comment", word=_("Waiting for your answer"), sentence=promise_of(activity)
        )
    if activity.is_unconfirmed:
        return Standing(kind="warn", icon="it-mail", word=_("Waits for a confirmed address"))
    done = activity.status == Status.EXECUTED
    return Standing(
        kind="good" if done else "",
        icon="it-check" if done else "it-clock",
        word=str(activity.get_status_display()),
        sentence=promise_of(activity),
    )


def of_executed_reading(reading: SelfReading) -> Standing:
    """Executed means that billing has it; the distributor may still refuse it."""
    if reading.validation == Validation.REFUSED:
        return Standing(
            kind="bad",
            icon="it-close-circle",
            word=str(Validation.REFUSED.label),
            sentence=reading.validation_reason,
        )
    word = str(Status.EXECUTED.label)
    if reading.invoice_number:
        sentence = _("Used on invoice %(number)s.") % {"number": reading.invoice_number}
    elif reading.validation == Validation.VALID:
        sentence = _("Accepted by the distributor.")
    elif reading.validation == Validation.PENDING:
        sentence = _("The distributor is checking it.")
    else:
        sentence = _("It is in billing.")
    return Standing(kind="good", icon="it-check", word=word, sentence=sentence)
