"""A request that would divert money can be stopped by everybody whom we can tell of it, for some days, with one press. To one
that changes how we reach a customer they object the same way, whether it has been executed or not.

How many days is a row of terms, ``IBAN_COOL_OFF``; without one it is executed as any other, but told all the same.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from hashlib import sha256
from typing import Final

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from sportello.domain.accounts import notices
from sportello.domain.activities import deadlines, ending, telling, texts
from sportello.domain.activities.models import OVER, Activity, Attention, IllegalMove, Status, StopLink
from sportello.domain.customers.models import Customer
from sportello.domain.journal.models import record
from sportello.domain.messages.kinds import Kind
from sportello.domain.messages.links import Link
from sportello.domain.people.models import User

IBAN_COOL_OFF: Final = "iban_cool_off"
LIFE_AFTER: Final = timedelta(days=7)  # of a link, past the day until which stopping is sure to come in time


class DeadStop(Exception):
    """The link has expired, never existed, or what it would stop is over. Never said which."""


def protect(activity: Activity, *, now: datetime) -> None:
    """Holds it for some days, and tells every address that we know, old ones too. In the transaction that opens it."""
    due = deadlines.deadline(IBAN_COOL_OFF, "", timezone.localdate(now)).due_on or timezone.localdate(now)
    until = timezone.make_aware(datetime.combine(due, time.min)) if due > timezone.localdate(now) else now
    activity.hold(until=until)
    customer = activity.of_customer
    values = {
        "number": activity.number,
        "kind": telling.kind_in_words(activity, customer.language),
        "until": f"{timezone.localdate(until):%d/%m/%Y}",
    }
    told = [
        to
        for to in addresses(activity, now=now)
        if mail_with_link(activity, to, texts.PROTECTED, values, until=until + LIFE_AFTER, now=now)
    ]
    if not told or not has_address(customer):
        notices.posted(
            texts.PROTECTED_ON_PAPER,
            customer=customer,
            name=customer.name,
            language=customer.language,
            values={**values, "phone": settings.COMPANY_CUSTOMER_SERVICE},
            now=now,
            about=("activity", activity.number),
        )


def addresses(activity: Activity, *, now: datetime) -> list[str]:
    """Billing's, and those of everybody who sees this customer, each with what it was until lately."""
    customer = activity.of_customer
    theirs = [each for person in _people(customer) for each in notices.addresses_of(person, now=now)]
    found = [customer.email or "", *theirs, *former(customer, now=now)]
    return list(dict.fromkeys(each for each in found if each))


def has_address(customer: Customer) -> bool:
    """Whether a mail reaches him now; what was his until lately may be read by others."""
    return bool(customer.email) or any(person.email for person in _people(customer))


def _people(customer: Customer) -> list[User]:
    return list(User.objects.filter(pk__in=telling.people_of(customer)).order_by("pk"))


def former(customer: Customer, *, now: datetime) -> list[str]:
    """Billing's addresses of this customer that were others until lately, by the mirror's history."""
    events = apps.get_model("customers", "CustomerEvent")._default_manager
    lately = events.filter(code=customer.code, pgh_created_at__gt=now - notices.FORMER_FOR).order_by("-pgh_id")
    return [each for each in lately.values_list("email", flat=True) if each]


def mail_with_link(
    activity: Activity, to: str, kind: Kind, values: Mapping[str, str], *, until: datetime, now: datetime
) -> bool:
    """Each address gets a link of its own, good until then. Says whether this was an address at all."""
    token = secrets.token_urlsafe(32)
    StopLink.objects.create(activity=activity, digest=_digest(token), expires_at=until)
    customer = activity.of_customer
    return notices.mailed(
        kind,
        to=to,
        name=customer.name,
        language=customer.language,
        values=values,
        now=now,
        page=Link("stop_request", {"token": token}),
        customer_code=customer.code,
        about=("activity", activity.number),
    )


def found(token: str, *, now: datetime) -> StopLink:
    """The link, with what it would stop or has stopped. Raises DeadStop."""
    link = StopLink.objects.filter(digest=_digest(token), expires_at__gt=now).select_related("activity").first()
    if link is None or (link.used_at is None and not _may_still(link.activity)):
        raise DeadStop
    return link


def _may_still(activity: Activity) -> bool:
    """What waited so that it could be stopped cannot be any more when it is over; to what did not, one objects after it too."""
    return activity.status not in OVER or (activity.not_before is None and activity.status == Status.EXECUTED)


@transaction.atomic
def stop(token: str, *, now: datetime) -> StopLink:
    """Cancels it, or where that is too late has an operator look at it, and tells everybody; once more changes nothing. Raises
    DeadStop, IllegalMove where billing may be doing at this moment what should have waited."""
    activity = Activity.objects.select_for_update(of=("self",)).get(pk=found(token, now=now).activity_id)
    link = StopLink.objects.select_for_update(of=("self",)).get(digest=_digest(token))
    link.activity = activity
    if link.used_at is not None:
        return link
    if not _may_still(activity):
        raise DeadStop
    stopped = _cancelled(activity, now=now)
    record(
        f"activities.{'stopped' if stopped else 'objected'}_by_link",
        now=now,
        about=("activity", activity.number),
        customer_code=activity.customer_code,
        number=activity.number,
    )
    activity.ask_for(Attention.STOPPED, now=now)  # somebody has to talk to the customer
    StopLink.objects.filter(pk=link.pk).update(used_at=now)
    link.used_at = now
    kind = texts.STOPPED if stopped else texts.OBJECTED
    tell_everybody(activity, kind, now=now, answer=Link("forgot_password").url)
    return link


def _cancelled(activity: Activity, *, now: datetime) -> bool:
    """False for what billing has done already, or may be doing, without having had to wait. Raises IllegalMove."""
    if activity.status in OVER:
        return False
    try:
        ending.nothing_on_its_way(activity, by_id=None, now=now)
        ending.stop(activity, now=now)
    except IllegalMove:
        if activity.not_before is None:
            return False
        raise
    return True


def tell_everybody(activity: Activity, kind: Kind, *, now: datetime, answer: str) -> bool:
    """At every address that we know; says whether there was one to which a mail went."""
    sent = [telling.mail_to(activity, to, kind, now=now, answer=answer) for to in addresses(activity, now=now)]
    return any(sent)


def _digest(token: str) -> str:
    """Of a token of 256 random bits, so that no key is needed."""
    return sha256(token.encode()).hexdigest()
