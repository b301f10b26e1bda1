"""Appointments with customers: made, moved and cancelled, in the calendars of who goes there and of his office, and told to the
customer with an invitation of his own.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sportello.domain.activities import own
from sportello.domain.activities.models import Activity, Appointment, Away, ChangedMeanwhile, IllegalMove
from sportello.domain.activities.own import OwnRequest
from sportello.domain.activities.texts_for_staff import APPOINTMENT, APPOINTMENT_CANCELLED, APPOINTMENT_MOVED
from sportello.domain.calendars import entries
from sportello.domain.calendars.entries import Plan
from sportello.domain.calendars.icalendars import CANCEL, REQUEST, invitation
from sportello.domain.calendars.models import Entry
from sportello.domain.customers.models import Customer
from sportello.domain.journal.models import record
from sportello.domain.messages.addresses import WrongAddress, checked
from sportello.domain.messages.kinds import Kind
from sportello.domain.messages.links import Link, site_host
from sportello.domain.messages.writing import write
from sportello.domain.people.models import Office, User


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What has been agreed. ``starts_at`` before ``ends_at``; ``office`` None for none."""

    person: User
    office: Office | None
    subject: str
    place: str
    starts_at: datetime
    ends_at: datetime
    note: str = ""


class Taken(IllegalMove):
    """Whom it is for has something else at that time; ``entry`` says what."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(entry.title)
        self.entry = entry


@transaction.atomic
def make(
    customer: Customer,
    agreed: Agreed,
    *,
    activity: Activity | None,
    by: User,
    now: datetime,
    once: str,
    anyhow: bool = False,
) -> Appointment:
    """The same ``once`` again gives the same one. Raises Away, Taken unless ``anyhow``, and OwnRequest where the customer is
    one of ``by``'s own."""
    if done := Appointment.objects.filter(once=once).first():
        return done
    _check(customer, agreed, by=by, anyhow=anyhow)
    made = Appointment.objects.create(
        customer=customer, activity=activity, once=once, made_by=by, made_at=now, **_columns(agreed)
    )
    _follow(made, APPOINTMENT, now=now)
    _record(made, "made", by=by, now=now)
    return made


@transaction.atomic
def change(pk: int, agreed: Agreed, *, seen: int, by: User, now: datetime, anyhow: bool = False) -> Appointment:
    """Raises Appointment.DoesNotExist, ChangedMeanwhile, IllegalMove where it is cancelled, and as ``make``."""
    kept = _locked(pk, seen)
    _check(kept.customer, agreed, by=by, anyhow=anyhow, but=kept.calendar_key)
    columns = _columns(agreed)
    if all(getattr(kept, name) == value for name, value in columns.items()):
        return kept
    for name, value in columns.items():
        setattr(kept, name, value)
    kept.version += 1
    kept.save()
    _follow(kept, APPOINTMENT_MOVED, now=now)
    _record(kept, "changed", by=by, now=now)
    return kept


@transaction.atomic
def cancel(pk: int, *, seen: int, by: User, now: datetime) -> Appointment:
    """Raises as ``change``."""
    kept = _locked(pk, seen)
    if own.is_own_customer(kept.customer_id, by):
        raise OwnRequest(str(pk))
    kept.cancelled_at, kept.version = now, kept.version + 1
    kept.save()
    entries.end(kept.calendar_key, now=now)
    _tell(kept, APPOINTMENT_CANCELLED, CANCEL, now=now)
    _record(kept, "cancelled", by=by, now=now)
    return kept


@transaction.atomic
def hand_over(pk: int, *, to: User, now: datetime) -> None:
    """Who was to go there is away: ``to`` goes instead. For the customer nothing changes."""
    kept = Appointment.objects.select_for_update(of=("self",)).select_related("customer").get(pk=pk)
    if kept.cancelled_at is None and kept.person_id != to.pk and not own.is_own_customer(kept.customer_id, to):
        kept.person, kept.version = to, kept.version + 1
        kept.save()
        _calendars(kept, now=now)
        _record(kept, "moved", by=None, now=now)


def _locked(pk: int, seen: int) -> Appointment:
    kept = Appointment.objects.select_for_update(of=("self",)).select_related("customer").get(pk=pk)
    if kept.cancelled_at:
        raise IllegalMove("it is cancelled")
    if kept.version != seen:
        raise ChangedMeanwhile(f"version {kept.version}, not {seen}")
    return kept


def _check(customer: Customer, agreed: Agreed, *, by: User, anyhow: bool, but: str = "") -> None:
    if own.is_own_customer(customer.pk, by):
        raise OwnRequest(customer.pk)
    day = timezone.localdate(agreed.starts_at)
    if not User.objects.at_work(day).filter(pk=agreed.person.pk).exists():
        raise Away(f"{agreed.person.pk} is away")
    if not anyhow:
        busy = Entry.objects.standing().filter(
            attendee=agreed.person, starts_at__lt=agreed.ends_at, ends_at__gt=agreed.starts_at
        )
        if other := busy.exclude(key=but).order_by("starts_at").first():
            raise Taken(other)


def _columns(agreed: Agreed) -> dict[str, object]:
    names = ("person", "office", "subject", "place", "starts_at", "ends_at", "note")
    return {name: getattr(agreed, name) for name in names}


def _follow(appointment: Appointment, kind: Kind, *, now: datetime) -> None:
    _calendars(appointment, now=now)
    _tell(appointment, kind, REQUEST, now=now)


def _calendars(appointment: Appointment, *, now: datetime) -> None:
    """Whoever makes it is invited too, so that it lands in his own calendar."""
    people = [appointment.person_id] if appointment.person_id else []
    offices = [appointment.office_id] if appointment.office_id else []
    entries.put(appointment.calendar_key, _plan(appointment), people=people, offices=offices, announce=True, now=now)


def _plan(appointment: Appointment) -> Plan:
    customer = appointment.customer
    said = [customer.name, customer.phone or "", appointment.note]
    return Plan(
        title=entries.named(_("Appointment:"), appointment.subject),
        page=Link("staff_appointment", {"pk": appointment.pk}),
        detail="\n".join(filter(None, said)),
        place=appointment.place,
        customer_code=customer.code,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
    )


def _tell(appointment: Appointment, kind: Kind, method: str, *, now: datetime) -> None:
    """By mail, where billing has an address; a cancellation where the invitation went."""
    customer = appointment.customer
    to = appointment.told_at if method == CANCEL else customer.email or ""
    with suppress(WrongAddress):
        address = checked(to)
        entry = _for_customer(appointment, address, now=now)
        write(
            kind,
            to=address,
            name=customer.name,
            language=customer.language,
            values={"subject": appointment.subject, "when": entries.when(entry), "place": appointment.place},
            now=now,
            customer_code=customer.code,
            about=("appointment", str(appointment.pk)),
            calendar=invitation(entry, method=method, name=customer.name, now=now),
        )
        Appointment.objects.filter(pk=appointment.pk).update(told_at=address)
        appointment.told_at = address


def _for_customer(appointment: Appointment, address: str, *, now: datetime) -> Entry:
    """As it stands in his calendar; it is no entry of ours."""
    code = sha256(f"{appointment.calendar_key}/customer".encode()).hexdigest()[:40]
    return Entry(
        uid=f"{code}@{site_host()}",
        sequence=appointment.version,
        title=appointment.subject,
        place=appointment.place,
        link_name="overview",
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        invited_at=address,
        changed_at=now,
    )


def _record(appointment: Appointment, what: str, *, by: User | None, now: datetime) -> None:
    record(
        f"activities.appointment_{what}",
        now=now,
        actor_id=by.pk if by else None,
        about=("appointment", str(appointment.pk)),
        customer_code=appointment.customer_id,
    )
