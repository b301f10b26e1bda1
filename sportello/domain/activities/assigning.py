"""Managers give requests to operators, agents and offices, one or many at once; what was given can be taken back as long as
nothing has happened since. Whoever goes away leaves his work to a substitute.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from sportello.domain.activities import appointments, own
from sportello.domain.activities.handling import PastTheLimit, lock
from sportello.domain.activities.models import (
    OVER,
    Activity,
    Appointment,
    Assignment,
    Away,
    Bound,
    Bounding,
    ChangedMeanwhile,
    Grant,
    IllegalMove,
    Remark,
    Side,
    Sort,
    Status,
)
from sportello.domain.activities.models.activity import ActivityQuerySet
from sportello.domain.activities.routing import Target, give, open_of
from sportello.domain.journal.models import record
from sportello.domain.people.models import DESK, Absence, Role, User


class NotForAgents(IllegalMove):
    """Only a manager gives a request to an agent, and only one of a customer."""


class NothingToUndo(IllegalMove):
    """Something has happened since, or it has been undone already."""


class OfTheirOwn(IllegalMove):
    """Whom it is to be given to reaches this customer as his own."""


class TooLate(IllegalMove):
    """Among many: later than the regulator allows."""


CANNOT_GIVE = (Away, NotForAgents, OfTheirOwn)


@dataclass(slots=True)
class Many:
    """What came of giving many: numbers that were given, and of the others why not."""

    batch: str
    done: list[str] = field(default_factory=list)
    failed: dict[str, IllegalMove] = field(default_factory=dict)


@transaction.atomic
def assign(
    number: str,
    *,
    target: Target,
    by: User,
    now: datetime,
    once: str,
    seen: int | None = None,
    due_on: date | None = None,
    text: str = "",
    past_the_limit: bool = False,
) -> Activity:
    """Gives an open request to ``target``, due by ``due_on``, or as before where that is None; ``text`` is for colleagues.

    ``once`` is what the form carried, the same for all that were given at once. Raises Activity.DoesNotExist,
    ChangedMeanwhile, OwnRequest, OfTheirOwn, Away, NotForAgents, PastTheLimit, and IllegalMove where it is over.
    """
    activity = lock(number, staff=by)
    if Assignment.objects.filter(batch=once, activity=activity).exists():
        return activity
    if seen is not None and activity.version != seen:
        raise ChangedMeanwhile(f"version {activity.version}, not {seen}")
    if activity.status in OVER and not activity.attention:
        raise IllegalMove(f"it is {activity.status}")
    _check_target(activity, target, by=by, today=timezone.localdate(now))
    due = due_on or activity.due_on
    late = bool(due_on and activity.limit_on and due_on > activity.limit_on and due_on != activity.due_on)
    if late and not past_the_limit:
        raise PastTheLimit
    more: dict[str, Any] = {"due_on": due}
    if activity.status == Status.TAKEN and target.person is None:
        more["status"] = Status.NEW
    if text:
        Remark.objects.create(activity=activity, side=Side.STAFF, sort=Sort.NOTE, text=text, by=by, at=now)
        activity.note_words(text)
    give(activity, target, batch=once, by=by, now=now, **more)
    _grant(activity, target.person, by=by, now=now)
    return activity


def _check_target(activity: Activity, target: Target, *, by: User, today: date) -> None:
    person = target.person
    if person is None:
        if target.office is None or not target.office.is_active:
            raise Away("no such office")
        return
    if not User.objects.at_work(today).filter(pk=person.pk).exists():
        raise Away(f"{person.pk} is away")
    if not person.has_role(*DESK) and not (
        person.has_role(Role.AGENT) and by.has_role(Role.MANAGER) and activity.customer_id
    ):
        raise NotForAgents(f"{person.pk} does not work on requests")
    if own.is_own(activity, person):
        raise OfTheirOwn(f"{activity.number} is of a customer of {person.pk}")


def _grant(activity: Activity, person: User | None, *, by: User, now: datetime) -> None:
    """An agent sees the customer from now on, some days longer than it is due; one who works on requests does anyhow."""
    if person is None or person.has_role(*DESK):
        return
    today = timezone.localdate(now)
    until = max(activity.due_on or today, today) + timedelta(days=Bound.objects.in_force(Bounding.GRANT_DAYS, today))
    Grant.objects.update_or_create(
        activity=activity,
        person=person,
        ended_at=None,
        defaults={"until": until, "granted_at": now, "granted_by": by},
    )
    record(
        "activities.agent_granted",
        now=now,
        actor_id=by.pk,
        about=("activity", activity.number),
        customer_code=activity.customer_code,
        agent=person.pk,
        until=str(until),
    )


def assign_many(numbers: Iterable[str], *, target: Target, by: User, now: datetime, once: str, **how: Any) -> Many:
    """Each in a transaction of its own; what cannot be given is told, and does not hinder the others. ``how`` as of
    ``assign``."""
    many = Many(once)
    for number in dict.fromkeys(numbers):
        try:
            assign(number, target=target, by=by, now=now, once=once, **how)
        except (IllegalMove, Activity.DoesNotExist) as error:
            many.failed[number] = error if isinstance(error, IllegalMove) else IllegalMove("no such request")
        except PastTheLimit:
            many.failed[number] = TooLate(number)
        else:
            many.done.append(number)
    return many


def undo(batch: str, *, by: User, now: datetime) -> int:
    """Takes back what this person has given at once, as far as nothing has happened to it since; says how many. Raises
    NothingToUndo."""
    numbers = Assignment.objects.filter(batch=batch, by=by, undone_at=None).values_list("activity__number", flat=True)
    done = sum(_undo_one(number, batch, by=by, now=now) for number in list(numbers))
    if not done:
        raise NothingToUndo
    return done


@transaction.atomic
def _undo_one(number: str, batch: str, *, by: User, now: datetime) -> bool:
    activity = lock(number)
    given = Assignment.objects.filter(batch=batch, activity=activity, by=by, undone_at=None)
    mine = given.select_related("was_owner", "was_office").first()
    if mine is None or mine.version != activity.version:
        return False
    mine.undone_at = now
    mine.save(update_fields=["undone_at"])
    activity.assign(
        now=now,
        by_id=by.pk,
        event="assignment_undone",
        owner_id=mine.was_owner_id,
        office_id=mine.was_office_id,
        due_on=mine.was_due_on,
        status=mine.was_status,
    )
    return True


@transaction.atomic
def confirm(number: str, *, is_done: bool, text: str, seen: int, by: User, now: datetime, once: str) -> Activity:
    """Whom it was given to says that it is done, or what is missing: a note for colleagues. What an agent has done goes back to
    who gave it to him, to be executed. Raises IllegalMove where it is not his, or is over."""
    activity = lock(number, staff=by)
    if Remark.objects.filter(once=once).exists():
        return activity
    if activity.version != seen:
        raise ChangedMeanwhile(f"version {activity.version}, not {seen}")
    if activity.owner_id != by.pk or activity.status in OVER:
        raise IllegalMove("it is not his to do")
    Remark.objects.create(activity=activity, side=Side.STAFF, sort=Sort.NOTE, text=text, by=by, at=now, once=once)
    activity.note_words(text)
    given = Assignment.objects.filter(activity=activity, owner=by).select_related("by").order_by("-pk").first()
    if is_done and not by.has_role(*DESK):
        back = given.by if given and given.by and given.by.is_active else None
        target = Target(person=back, office=activity.office or (back.office if back else None))
        more: dict[str, Any] = {"status": Status.NEW} if back is None and activity.status == Status.TAKEN else {}
        give(activity, target, batch=uuid4().hex, by=by, now=now, event="said_done", **more)
    else:
        activity.said("said_done" if is_done else "said_missing", now=now, by_id=by.pk)
    return activity


# --- who goes away ---------------------------------------------------------------------------------------------------


def go_away(
    person: User, *, first_day: date, last_day: date | None, substitute: User | None, by: User, now: datetime
) -> Absence:
    """Writes an absence down; where it has begun, what he has in hand moves at once, else on its first day. Raises Away where
    the substitute is not at work, or is the person himself."""
    today = timezone.localdate(now)
    if substitute is not None and (
        substitute.pk == person.pk or not User.objects.at_work(max(first_day, today)).filter(pk=substitute.pk).exists()
    ):
        raise Away(f"{substitute.pk} cannot stand in")
    with transaction.atomic():
        absence = Absence.objects.create(
            person=person, first_day=first_day, last_day=last_day, substitute=substitute, entered_by=by, entered_at=now
        )
        record("people.absence", now=now, actor_id=by.pk, about=("user", str(person.pk)), first_day=str(first_day))
    if first_day <= today:
        move_work(absence, now=now)
    return absence


def begin_absences(*, now: datetime) -> int:
    """Moves the work of those whose absence has begun; says how many requests went to others. It may run twice."""
    begun = Absence.objects.on(timezone.localdate(now)).filter(moved_at=None)
    return sum(move_work(absence, now=now) for absence in begun.select_related("person", "substitute", "entered_by"))


def move_work(absence: Absence, *, now: datetime) -> int:
    """Everything that the person has in hand goes to his substitute, his calendar's entries with it; without one, or where
    the substitute must not have it, to his office, or to nobody."""
    numbers = list(Activity.objects.filter(open_of(absence.person)).values_list("number", flat=True))
    batch = uuid4().hex
    _move_appointments(absence, now=now)
    moved = sum(_move_one(number, absence, batch, now=now) for number in numbers)
    Absence.objects.filter(pk=absence.pk).update(moved_at=now)
    return moved


def _move_appointments(absence: Absence, *, now: datetime) -> None:
    """Those within the absence, to the substitute; without one they stay, and a manager sees to them."""
    if absence.substitute is None:
        return
    standing = Appointment.objects.standing().filter(person=absence.person, starts_at__gte=now)
    until = absence.last_day
    for each in standing.select_related("customer"):
        day = timezone.localdate(each.starts_at)
        if day >= absence.first_day and (until is None or day <= until):
            appointments.hand_over(each.pk, to=absence.substitute, now=now)


@transaction.atomic
def _move_one(number: str, absence: Absence, batch: str, *, now: datetime) -> bool:
    activity = Activity.objects.select_for_update(of=("self",)).select_related("customer").get(number=number)
    if activity.owner_id != absence.person_id:
        return False
    substitute = absence.substitute
    if substitute is not None and _must_not(activity, substitute):
        substitute = None
    target = Target(person=substitute, office=activity.office or absence.person.office)
    more: dict[str, Any] = {"status": Status.NEW} if substitute is None and activity.status == Status.TAKEN else {}
    give(activity, target, batch=batch, by=absence.entered_by, now=now, event="moved", **more)
    return True


def _must_not(activity: Activity, person: User) -> bool:
    return own.is_own(activity, person) or not person.has_role(*DESK)


def come_back(absence: Absence, *, on: date, by: User, now: datetime) -> None:
    """The absence ends the day before ``on``; what has gone to others stays with them."""
    last = on - timedelta(days=1)
    with transaction.atomic():
        if last < absence.first_day:
            Absence.objects.filter(pk=absence.pk).delete()
        else:
            Absence.objects.filter(pk=absence.pk).update(last_day=last)
        record("people.back", now=now, actor_id=by.pk, about=("user", str(absence.person_id)), on=str(on))


def load_of(people: Iterable[User], among: ActivityQuerySet | None = None) -> Mapping[int, int]:
    """How many open requests each has in hand, of all or of those ``among``."""
    found = (Activity.objects.all() if among is None else among).open()
    rows = found.filter(owner__in=list(people)).order_by().values("owner").annotate(n=Count("pk"))
    return {row["owner"]: row["n"] for row in rows}
