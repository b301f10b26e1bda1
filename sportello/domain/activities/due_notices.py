"""Warns of requests that have been given to somebody and are not executed: some days before they are due, on the day itself,
and, of those that are late, the managers. Each is told once of each term.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone, translation

from sportello.domain.activities.models import Activity, ActivityKind, Bound, Bounding, DeadlineNotice
from sportello.domain.activities.models.activity import ActivityQuerySet
from sportello.domain.activities.models.heaps import TO_BE_DONE
from sportello.domain.activities.texts_for_staff import DUE_SOON, DUE_TODAY, LATE, OFFICE_DUE_SOON
from sportello.domain.messages.addresses import WrongAddress
from sportello.domain.messages.kinds import Kind
from sportello.domain.messages.links import Link
from sportello.domain.messages.writing import write
from sportello.domain.people.models import Office, Role, User

ROME: Final = ZoneInfo("Europe/Rome")
FIRST_HOUR, LAST_HOUR = 7, 20  # in Italy; between them the job may still make up for a worker that was down
MOST_NAMED: Final = 40  # requests in one mail; of more, how many
Sort = DeadlineNotice.Sort


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who is written to; ``code`` is his name among the notices."""

    code: str
    address: str
    name: str
    language: str = "it"


def tell(*, now: datetime) -> int:
    """Writes what has not been written yet; run again it writes nothing. Says how many mails."""
    local = now.astimezone(ROME)
    if not FIRST_HOUR <= local.hour < LAST_HOUR:
        return 0
    today = local.date()
    return _soon(today, now=now) + _today(today, now=now) + _late(today, now=now)


def _soon(today: date, *, now: datetime) -> int:
    days = Bound.objects.in_force(Bounding.WARNING_DAYS, today)
    if not days:
        return 0
    found = list(_open().filter(due_on__gt=today, due_on__lte=today + timedelta(days=days)))
    mails = 0
    for kind, by_reader in ((DUE_SOON, _by_owner(found)), (OFFICE_DUE_SOON, _by_company(found))):
        for reader, mine in by_reader.items():
            mails += _listed(reader, mine, Sort.SOON, kind, Link("staff_plan"), now=now)
    return mails


def _today(today: date, *, now: datetime) -> int:
    """One mail for each: it asks something about it."""
    found = list(_open().filter(due_on__lte=today))
    of_offices = _by_company([each for each in found if each.owner_id is None])
    readers = [*_by_owner(found).items(), *of_offices.items()]
    return sum(_asked(reader, each, now=now) for reader, mine in readers for each in mine)


def _late(today: date, *, now: datetime) -> int:
    days = Bound.objects.in_force(Bounding.ESCALATION_DAYS, today)
    if not days:
        return 0
    found = list(_open().filter(due_on__lte=today - timedelta(days=days)))
    return sum(_listed(each, found, Sort.LATE, LATE, Link("staff_requests"), now=now) for each in _managers())


def _open() -> ActivityQuerySet:
    """Given to somebody or to an office, the first due first."""
    given = Activity.objects.filter(TO_BE_DONE, due_on__isnull=False).exclude(owner=None, office=None)
    return given.select_related("owner__office", "office").order_by("due_on", "pk")


def _by_owner(found: Sequence[Activity]) -> Mapping[Reader, list[Activity]]:
    mine: defaultdict[Reader, list[Activity]] = defaultdict(list)
    for each in found:
        if each.owner and each.owner.email and each.owner.is_active:
            mine[_person(each.owner)].append(each)
    return mine


def _by_company(found: Sequence[Activity]) -> Mapping[Reader, list[Activity]]:
    """The office that has it, else that of who has it, at its calendar's address; the managers where that has none."""
    mine: defaultdict[Reader, list[Activity]] = defaultdict(list)
    managers: list[Reader] | None = None
    for each in found:
        office = each.office or (each.owner.office if each.owner else None)
        if office and office.calendar_address:
            mine[_office(office)].append(each)
            continue
        managers = _managers() if managers is None else managers
        for manager in managers:
            if each.owner is None or manager.code != _person(each.owner).code:  # he has been told
                mine[manager].append(each)
    return mine


def _managers() -> list[Reader]:
    people = User.objects.at_work(timezone.localdate()).filter(roles__contains=[Role.MANAGER]).exclude(email="")
    return [_person(each) for each in people.order_by("pk")]


def _person(user: User) -> Reader:
    return Reader(code=f"person:{user.pk}", address=user.email, name=user.get_full_name(), language=user.language)


def _office(office: Office) -> Reader:
    return Reader(code=f"office:{office.pk}", address=office.calendar_address, name=office.name)


@transaction.atomic
def _listed(reader: Reader, found: Sequence[Activity], sort: str, kind: Kind, page: Link, *, now: datetime) -> int:
    new = _not_told(reader, found, sort, now=now)
    if not new:
        return 0
    values = {"count": str(len(new)), "requests": "\n".join(_lines(new, reader.language))}
    return _write(kind, reader, values, page, now=now)


@transaction.atomic
def _asked(reader: Reader, activity: Activity, *, now: datetime) -> int:
    if not _not_told(reader, [activity], Sort.TODAY, now=now):
        return 0
    with translation.override(reader.language):
        kind = str(ActivityKind(activity.kind).label)
    values = {"number": activity.number, "kind": kind, "due": f"{activity.due_on:%d/%m/%Y}"}
    return _write(DUE_TODAY, reader, values, Link("staff_request", {"number": activity.number}), now=now)


def _not_told(reader: Reader, found: Sequence[Activity], sort: str, *, now: datetime) -> list[Activity]:
    """Those of which he has not been told yet; from now on he has. Who does the same at this moment waits for this one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"due notices:{reader.code}"])
    told = set(
        DeadlineNotice.objects.filter(activity__in=found, sort=sort, told=reader.code).values_list("activity", "due_on")
    )
    new = [each for each in found if (each.pk, each.due_on) not in told]
    DeadlineNotice.objects.bulk_create(
        DeadlineNotice(activity=each, sort=sort, due_on=each.due_on, told=reader.code, at=now)
        for each in new
        if each.due_on
    )
    return new


def _lines(found: Sequence[Activity], language: str) -> Iterator[str]:
    with translation.override(language):
        for each in found[:MOST_NAMED]:
            yield f"{ActivityKind(each.kind).label} {each.number}: {each.due_on:%d/%m/%Y}"
    if len(found) > MOST_NAMED:
        yield f"+ {len(found) - MOST_NAMED}"


def _write(kind: Kind, reader: Reader, values: Mapping[str, str], page: Link, *, now: datetime) -> int:
    """Where his address is none, nobody can write to it; what is due stands in his plan all the same."""
    with suppress(WrongAddress):
        write(kind, to=reader.address, name=reader.name, language=reader.language, values=values, now=now, link=page)
        return 1
    return 0
