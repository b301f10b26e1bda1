"""By when a request is to be answered, and what is due where it was not."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from sportello.domain.activities.kinds.catalogue import kind_of
from sportello.domain.activities.models import Activity, Days, Status, Terms
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


def term_from(activity: Activity, day: date) -> Deadline:
    """The term of what was asked, counted from this day."""
    return deadline(_term(activity), _service(activity), day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a request stands by its terms. ``days`` says of what sort the days are.

    ``left`` is how many are left until the regulator's last day, or ours where he sets none: 0 on that day itself, None once
    it is over or has passed. ``late`` is how many have passed since, until it ended or now; 0 for none. ``indemnity``, in
    euro, is due to the customer; None for nothing.
    """

    due_on: date | None
    limit_on: date | None
    days: str
    left: int | None
    late: int
    indemnity: Decimal | None


def standing(activity: Activity, now: datetime, *, known: "Book | None" = None) -> Standing:
    """Of an open request as it is now, of an ended one as it was when its answer left; one that was cancelled is never late.

    ``known`` are the rows of terms, for whoever asks about many requests.
    """
    terms = _terms(activity, known)
    days = terms.days if terms else Days.CALENDAR
    last, today = activity.limit_on or activity.due_on, timezone.localdate(now)
    answered_on = activity.answered_day or today
    late = 0 if last is None or activity.status == Status.CANCELLED else span(days, last, answered_on)
    left = span(days, today, last) if last and not activity.is_over and today <= last else None
    is_regulated = terms is not None and activity.limit_on is not None
    return Standing(
        due_on=activity.due_on,
        limit_on=activity.limit_on,
        days=days,
        left=left,
        late=late,
        indemnity=terms.indemnity_for(late) if terms and is_regulated else None,
    )


def indemnity(activity: Activity, *, now: datetime) -> Decimal | None:
    """What is due to the customer because the answer came, or has not come, after the limit; None for nothing."""
    return standing(activity, now).indemnity


def if_late(activity: Activity) -> list[Decimal]:
    """What is due, in euro, for an answer after the regulator's last day, after twice and after three times as long; empty
    where nothing is."""
    terms = _terms(activity) if activity.limit_on else None
    amounts = (terms.indemnity, terms.indemnity_2, terms.indemnity_3) if terms else ()
    return [amount for amount in amounts if amount is not None]


def span(days: str, first: date, last: date) -> int:
    """How many days of this sort after ``first``, up to ``last`` itself; 0 where ``last`` is not later."""
    return working_days.between(first, last) if days == Days.WORKING else max((last - first).days, 0)


class Book:
    """All rows of terms, read once: a few for each kind of request and service."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], list[Terms]] = {}
        for each in Terms.objects.order_by("-valid_from"):
            self._rows.setdefault((each.term, each.service), []).append(each)

    def in_force(self, term: str, service: str, day: date) -> Terms | None:
        """As the query of this name."""
        begun = (each for of in (service, "") for each in self._rows.get((term, of), ()) if each.valid_from <= day)
        return next(begun, None)


def _terms(activity: Activity, known: Book | None = None) -> Terms | None:
    """Those under which it came in."""
    rows = known or Terms.objects
    return rows.in_force(_term(activity), _service(activity), activity.received_day)


def _term(activity: Activity) -> str:
    kind = kind_of(activity.kind)
    return kind.term_of(activity.asked) if kind else ""


def _service(activity: Activity) -> str:
    return activity.supply.service if activity.supply else ""
