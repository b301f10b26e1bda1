"""By when a request is to be answered, and what is due where it was not."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from sportello.domain.activities.models import Activity, Days, Terms
from sportello.italy import working_days


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """``limit_on`` is the regulator's last day, None where he sets none; ``due_on`` the last day by ourselves."""

    due_on: date | None
    limit_on: date | None


def deadline(term: str, service: str, received_on: date) -> Deadline:
    """Counted from the day of receipt, which does not count itself; none where Administration has set no terms."""
    terms = Terms.objects.in_force(term, service, received_on)
    return by(terms, received_on) if terms else Deadline(due_on=None, limit_on=None)


def by(terms: Terms, received_on: date) -> Deadline:
    if terms.limit is None:
        return Deadline(due_on=later(terms.days, received_on, terms.margin), limit_on=None)
    limit_on = later(terms.days, received_on, terms.limit)
    due_on = max(received_on, later(terms.days, limit_on, -terms.margin))
    return Deadline(due_on=due_on, limit_on=limit_on)


def later(days: str, start: date, count: int) -> date:
    """``count`` days of this sort after ``start``, or before it where it is negative."""
    if days == Days.CALENDAR:
        return start + timedelta(days=count)
    return working_days.after(start, count) if count >= 0 else working_days.before(start, -count)


def indemnity(activity: Activity, *, term: str, service: str, now: datetime) -> Decimal | None:
    """What is due to the customer because the answer came, or has not come, after the limit; None for nothing."""
    if activity.limit_on is None:
        return None
    opened_on = timezone.localdate(activity.opened_at)
    terms = Terms.objects.in_force(term, service, opened_on)
    if terms is None:
        return None
    answered_on = timezone.localdate(activity.executed_at or activity.ended_at or now)
    late = (answered_on - activity.limit_on).days
    if terms.days == Days.WORKING:
        late = working_days.between(activity.limit_on, answered_on)
    return terms.indemnity_for(late)
