"""What calendars and agents' grants make of a request, whenever its owner, its office, its day or its state changes."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from sportello.domain.activities.models.grants import Grant
from sportello.domain.activities.models.states import ActivityKind
from sportello.domain.calendars import entries
from sportello.domain.calendars.entries import Plan
from sportello.domain.messages.links import Link

if TYPE_CHECKING:
    from sportello.domain.activities.models.activity import Activity


def follow(activity: "Activity", *, now: datetime, by_id: int | None) -> None:
    """It stands in the calendars of whom it has been given to, on the day on which it is due, as long as it is open; who has
    taken it by himself is sent no invitation. An agent sees it only that long."""
    is_open = not activity.is_over
    Grant.objects.follow(activity.pk, owner_id=activity.owner_id if is_open else None, now=now)
    if not is_open or activity.due_on is None:
        entries.end(activity.calendar_key, now=now)
        return
    people = [activity.owner_id] if activity.owner_id else []
    offices = [activity.office_id] if activity.office_id else []
    by_others = by_id is None or by_id != activity.owner_id
    entries.put(activity.calendar_key, _plan(activity), people=people, offices=offices, announce=by_others, now=now)


def _plan(activity: "Activity") -> Plan:
    limit = _("Regulator's limit: %(day)s") % {"day": f"{activity.limit_on:%d/%m/%Y}"} if activity.limit_on else ""
    return Plan(
        title=entries.named(ActivityKind(activity.kind).label, activity.number),
        detail=limit,
        page=Link("staff_request", {"number": activity.number}),
        customer_code=activity.customer_code,
        on=activity.due_on,
    )
