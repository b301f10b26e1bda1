"""What becomes of a reading, step by step, as its giver is told: received, checked, sent, accepted, used on an invoice."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils.translation import gettext as _

from sportello.domain.activities.models import Activity, Attention, SelfReading, Status
from sportello.domain.customers.models.meters import Validation

State = Literal["done", "current", "waiting", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """``code`` is received, checked, sent, accepted or used. ``detail`` is a sentence, "" where the label says it all.

    ``at`` is None until it is done, and where nobody noted when.
    """

    code: str
    label: str
    at: datetime | None
    state: State
    detail: str


def thread_of(activity: Activity) -> list[Step]:
    """Of a self-reading; what cannot follow any more after a refusal is left out. No query but for the reading itself."""
    reading = activity.self_reading
    received = Step(code="received", label=_("Received"), at=activity.opened_at, state="done", detail="")
    if activity.status == Status.CANCELLED:
        return [received, _failed("checked", _("Cancelled"), activity.ended_at, _cancelled(activity))]
    if activity.status == Status.REFUSED:
        return [received, _failed("checked", _("Not accepted"), activity.ended_at, activity.answer)]
    return [received, _checked(activity, reading), _sent(activity), *_afterwards(activity, reading)]


def _cancelled(activity: Activity) -> str:
    return activity.answer or _("A later reading has taken its place.")


def _failed(code: str, label: str, at: datetime | None, detail: str) -> Step:
    return Step(code=code, label=label, at=at, state="failed", detail=detail)


def _checked(activity: Activity, reading: SelfReading) -> Step:
    if activity.attention == Attention.KEPT:
        detail = _("It is unusual: one of us looks at it before it goes to billing.")
        if "by_hand" in reading.reasons:
            detail = _("One of us enters it into billing.")
        return Step(code="checked", label=_("Being checked"), at=None, state="current", detail=detail)
    detail = ""
    if reading.corrected:
        said = _("We have corrected what you entered.")
        detail = f"{said} {activity.answer}".strip()
    at = reading.decided_at or activity.opened_at
    return Step(code="checked", label=_("Checked"), at=at, state="done", detail=detail)


def _sent(activity: Activity) -> Step:
    label = _("Sent to billing")
    if activity.status in (Status.EXPORTED, Status.EXECUTED):
        at = activity.exported_at or activity.executed_at
        return Step(code="sent", label=label, at=at, state="done", detail="")
    if activity.attention == Attention.KEPT:
        return Step(code="sent", label=label, at=None, state="waiting", detail="")
    if activity.attention:
        detail = _("Billing has not taken it yet: one of us is looking into it.")
        return Step(code="sent", label=label, at=None, state="current", detail=detail)
    return Step(code="sent", label=label, at=None, state="current", detail=_("On its way."))


def _afterwards(activity: Activity, reading: SelfReading) -> list[Step]:
    if reading.validation == Validation.REFUSED:
        reason = reading.validation_reason
        detail = _("The distributor says: %(reason)s") % {"reason": reason} if reason else ""
        return [_failed("accepted", _("Refused by the distributor"), reading.validated_at, detail)]
    return [_accepted(activity, reading), _used(activity, reading)]


def _accepted(activity: Activity, reading: SelfReading) -> Step:
    label = _("Accepted")
    if reading.validation == Validation.VALID:
        detail = _("The distributor has accepted it.")
        return Step(code="accepted", label=label, at=reading.validated_at, state="done", detail=detail)
    if reading.validation == Validation.PENDING:
        detail = _("With the distributor: the answer takes some days.")
        return Step(code="accepted", label=label, at=None, state="current", detail=detail)
    if activity.status == Status.EXECUTED and (reading.reading_code or reading.invoice_number):
        return Step(code="accepted", label=label, at=activity.executed_at, state="done", detail="")
    state: State = "current" if activity.status == Status.EXECUTED else "waiting"
    return Step(code="accepted", label=label, at=None, state=state, detail="")


def _used(activity: Activity, reading: SelfReading) -> Step:
    if reading.invoice_number:
        label = _("Used on invoice %(number)s") % {"number": reading.invoice_number}
        return Step(code="used", label=label, at=reading.used_at, state="done", detail="")
    detail = ""
    if activity.status == Status.EXECUTED:
        detail = _("The next invoice will count from it.")
    return Step(code="used", label=_("Used on an invoice"), at=None, state="waiting", detail=detail)
