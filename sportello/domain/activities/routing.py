"""Whom a new request goes to by the company's rules: the first that fits; in an office, who has the least."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.db.models import Count, Q, Subquery
from django.utils import timezone

from sportello.domain.activities.models import Activity, Assignment, AssignmentRule
from sportello.domain.activities.models.heaps import TO_BE_DONE
from sportello.domain.customers.models import CustomerAccess
from sportello.domain.people.models import DESK, Absence, Office, User


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Whom something is given to: somebody, an office whose people find it in their list, or somebody for an office."""

    person: User | None = None
    office: Office | None = None

    @property
    def person_id(self) -> int | None:
        return self.person.pk if self.person else None

    @property
    def office_id(self) -> int | None:
        return self.office.pk if self.office else None


def by_rule(activity: Activity, *, now: datetime) -> Target | None:
    """Gives it to whom the first rule says that fits and finds somebody; None where none does, and it is nobody's. For whoever
    has just opened it, in the same transaction."""
    today = timezone.localdate(now)
    for rule in AssignmentRule.objects.in_force(today).select_related("office", "person"):
        target = target_of(rule, activity, today) if fits(rule, activity) else None
        if target:
            give(activity, target, rule=rule, batch=uuid4().hex, by=None, now=now)
            return target
    return None


def fits(rule: AssignmentRule, activity: Activity) -> bool:
    service = activity.supply.service if activity.supply else ""
    return (
        rule.kind in ("", activity.kind)
        and rule.service in ("", service)
        and (not rule.province or rule.province.upper() == province_of(activity).upper())
    )


def province_of(activity: Activity) -> str:
    """Where it happens: at the supply, else where whoever asks lives."""
    if activity.supply:
        return str(activity.supply.province)
    return str((activity.customer or activity.visitor).province)


def target_of(rule: AssignmentRule, activity: Activity, today: date) -> Target | None:
    """None where nobody of whom it names may have it today."""
    if rule.person is not None:
        there = fit_for(activity, today, among=with_substitutes(rule.person, today))
        if there:
            return Target(person=there[0], office=rule.office or there[0].office)
    if rule.office is None:
        return None
    least = least_loaded(activity, rule.office, today)
    return Target(person=least, office=rule.office)


def with_substitutes(person: User, today: date) -> list[int]:
    """He, then who stands in for him today, then who stands in for that one: nobody twice."""
    found = [person.pk]
    while True:
        absence = Absence.objects.on(today).filter(person=found[-1], substitute__isnull=False).first()
        if absence is None or absence.substitute_id is None or absence.substitute_id in found:
            return found
        found.append(absence.substitute_id)


def fit_for(activity: Activity, today: date, *, among: Sequence[int]) -> list[User]:
    """Who of these is at work, works on requests and is not the customer himself; in the order in which they are named."""
    own = CustomerAccess.objects.filter(customer=activity.customer_id, ended_at=None).values("user")
    able = User.objects.at_work(today).filter(pk__in=among, roles__overlap=list(DESK)).exclude(pk__in=Subquery(own))
    return sorted(able.select_related("office"), key=lambda person: among.index(person.pk))


def least_loaded(activity: Activity, office: Office, today: date) -> User | None:
    """Of an office, who has the fewest open requests; of several, who was given one the longest ago. None for nobody."""
    members = list(office.members.values_list("pk", flat=True))
    able = [person.pk for person in fit_for(activity, today, among=members)]
    has = dict(
        Activity.objects.filter(TO_BE_DONE, owner__in=able)
        .values("owner")
        .annotate(n=Count("pk"))
        .values_list("owner", "n")
    )
    last = dict(
        Assignment.objects.filter(owner__in=able).order_by("owner", "-pk").distinct("owner").values_list("owner", "pk")
    )
    chosen = min(able, key=lambda pk: (has.get(pk, 0), last.get(pk, 0), pk), default=None)
    return User.objects.get(pk=chosen) if chosen else None


def give(
    activity: Activity,
    target: Target,
    *,
    batch: str,
    by: User | None,
    now: datetime,
    rule: AssignmentRule | None = None,
    event: str = "assigned",
    **more: Any,
) -> Assignment:
    """Writes it down with what was before; ``more`` are other columns that change with it."""
    was = Assignment(
        activity=activity,
        batch=batch,
        by=by,
        rule=rule,
        at=now,
        was_status=activity.status,
        was_owner_id=activity.owner_id,
        was_office_id=activity.office_id,
        was_due_on=activity.due_on,
        owner=target.person,
        office=target.office,
    )
    to = {"owner_id": target.person_id, "office_id": target.office_id, **more}
    activity.assign(now=now, by_id=by.pk if by else None, event=event, **to)
    was.version = activity.version
    was.save(force_insert=True)
    return was


def open_of(person: User) -> Q:
    """What he has in hand, whatever its kind."""
    return TO_BE_DONE & Q(owner=person)
