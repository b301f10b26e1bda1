"""Brings calendars to what ought to stand in them, and tells those elsewhere: in the transaction that changes what it is about.

The same again changes nothing. An entry that comes back to a calendar is the one that stood there before.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import translation
from django.utils.functional import Promise
from django.utils.text import format_lazy

from sportello.domain.calendars import texts
from sportello.domain.calendars.icalendars import CANCEL, REQUEST, invitation
from sportello.domain.calendars.models import Entry, Reply
from sportello.domain.messages import addresses
from sportello.domain.messages.addresses import WrongAddress
from sportello.domain.messages.cleaning import one_line
from sportello.domain.messages.kinds import Kind
from sportello.domain.messages.links import Link, site_host
from sportello.domain.messages.writing import write
from sportello.domain.people.models import Office, User

ROME: Final = ZoneInfo("Europe/Rome")
LONGEST_TITLE: Final = 200
LANGUAGE_OF_OFFICES: Final = "it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to stand in a calendar. It takes the day ``on``, or goes from ``starts_at`` to ``ends_at``."""

    title: str | Promise
    page: Link
    detail: str | Promise = ""
    place: str = ""
    customer_code: str = ""
    on: date | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose calendar it is, and in which language it is written to."""

    person: User | None = None
    office: Office | None = None
    language: str = field(default=LANGUAGE_OF_OFFICES)

    @property
    def address(self) -> str:
        """Where invitations go, "" for nowhere."""
        wanted = self.person.email if self.person else self.office.calendar_address if self.office else ""
        try:
            return addresses.checked(wanted) if wanted else ""
        except WrongAddress:
            return ""

    @property
    def name(self) -> str:
        return self.person.get_full_name() if self.person else str(self.office)

    @property
    def code(self) -> str:
        return f"person:{self.person.pk}" if self.person else f"office:{self.office.pk if self.office else 0}"


@transaction.atomic
def put(
    key: str, plan: Plan, *, people: Collection[int] = (), offices: Collection[int] = (), announce: bool, now: datetime
) -> None:
    """It stands in these calendars and in no others. ``announce``: they are invited where nobody has invited them yet; who
    has been invited is told of each change."""
    there = {(each.attendee_id, each.office_id): each for each in _locked(key)}
    for owner in _owners(people, offices):
        place = (owner.person.pk if owner.person else None, owner.office.pk if owner.office else None)
        _put(there.pop(place, None), key, plan, owner, announce=announce, now=now)
    for entry in there.values():
        _end(entry, now=now)


@transaction.atomic
def end(key: str, *, now: datetime) -> None:
    """It stands in no calendar any more."""
    for entry in _locked(key):
        _end(entry, now=now)


def replied(uid: str, answer: str, *, now: datetime) -> bool:
    """A calendar has answered to an invitation; whether it is one that stands."""
    standing = Entry.objects.standing().filter(uid=uid, announced=True)
    return bool(standing.update(reply=Reply(answer), replied_at=now))


def _locked(key: str) -> list[Entry]:
    return list(
        Entry.objects.about(key).select_for_update(of=("self",)).select_related("attendee", "office").order_by("pk")
    )


def _owners(people: Collection[int], offices: Collection[int]) -> Iterator[Owner]:
    for person in User.objects.filter(pk__in=people).order_by("pk"):
        yield Owner(person=person, language=person.language)
    for office in Office.objects.filter(pk__in=offices).order_by("pk"):
        yield Owner(office=office)


def _put(entry: Entry | None, key: str, plan: Plan, owner: Owner, *, announce: bool, now: datetime) -> None:
    wanted = _values(plan, owner)
    if entry is None:
        entry = Entry(key=key, attendee=owner.person, office=owner.office, uid=_uid(key, owner))
        is_new, changed = True, True
    else:
        is_new = entry.cancelled_at is not None
        changed = is_new or any(getattr(entry, name) != value for name, value in wanted.items())
    invites = bool(owner.address) and (announce or (entry.announced and not is_new))
    if not changed and entry.announced >= invites:
        return
    for name, value in wanted.items():
        setattr(entry, name, value)
    if entry.pk and changed:
        entry.sequence += 1
    was_announced = entry.announced and not is_new
    entry.cancelled_at, entry.changed_at = None, now
    entry.announced = invites
    if invites:
        entry.invited_at = owner.address
    if changed:
        entry.reply, entry.replied_at = Reply.NONE, None
    entry.save()
    if invites:
        _tell(entry, owner, texts.CHANGED if was_announced else texts.INVITED, method=REQUEST, now=now)


def _end(entry: Entry, *, now: datetime) -> None:
    if entry.cancelled_at is not None:
        return
    entry.cancelled_at = entry.changed_at = now
    entry.sequence += 1
    entry.save(update_fields=["cancelled_at", "changed_at", "sequence"])
    if entry.announced and entry.invited_at:
        person = entry.attendee
        owner = Owner(person=person, language=person.language) if person else Owner(office=entry.office)
        _tell(entry, owner, texts.CANCELLED, method=CANCEL, now=now)


def _values(plan: Plan, owner: Owner) -> dict[str, object]:
    with translation.override(owner.language):
        title, detail = one_line(str(plan.title), most=LONGEST_TITLE), str(plan.detail)
    return {
        "title": title,
        "detail": detail,
        "place": one_line(plan.place, most=300),
        "link_name": plan.page.name,
        "link_arguments": dict(plan.page.arguments),
        "customer_code": plan.customer_code,
        "on": plan.on,
        "starts_at": plan.starts_at,
        "ends_at": plan.ends_at,
    }


def _uid(key: str, owner: Owner) -> str:
    """Always the same for the same thing in the same calendar, and says nothing of either."""
    return f"{sha256(f'{key}/{owner.code}'.encode()).hexdigest()[:40]}@{site_host()}"


def _tell(entry: Entry, owner: Owner, kind: Kind, *, method: str, now: datetime) -> None:
    """To where the invitation went, or now goes."""
    write(
        kind,
        to=entry.invited_at,
        name=owner.name,
        language=owner.language,
        values={"title": entry.title, "when": when(entry), "place": entry.place, "detail": entry.detail},
        now=now,
        link=entry.link,
        customer_code="",
        about=("calendar", entry.uid[:80]),
        calendar=invitation(entry, method=method, name=owner.name, now=now),
    )


def when(entry: Entry) -> str:
    """24/12/2026, or 24/12/2026, 10:00-11:00, in Italy."""
    if entry.on:
        return f"{entry.on:%d/%m/%Y}"
    if entry.starts_at is None or entry.ends_at is None:
        return ""
    start, end_ = entry.starts_at.astimezone(ROME), entry.ends_at.astimezone(ROME)
    same = start.date() == end_.date()
    return f"{start:%d/%m/%Y, %H:%M}–{end_:%H:%M}" if same else f"{start:%d/%m/%Y, %H:%M} – {end_:%d/%m/%Y, %H:%M}"


def named(kind: str | Promise, number: str) -> Promise:
    """A title of a word that is said in the reader's language, and a number."""
    title: Promise = format_lazy("{} {}", kind, number)
    return title
