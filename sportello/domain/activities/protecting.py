"""A request that would divert money can be stopped by everybody whom we can tell of it, for some days, with one press.

How many days is a row of terms, ``IBAN_COOL_OFF``; without one it is executed as any other, but told all the same.
"""

import secrets
from datetime import datetime, time, timedelta
from hashlib import sha256
from typing import Final

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from sportello.domain.accounts import notices
from sportello.domain.activities import deadlines, ending, telling, texts
from sportello.domain.activities.models import OVER, Activity, Attention, StopLink
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
    told = [to for to in addresses(activity, now=now) if _mailed(activity, to, values, until=until, now=now)]
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


def _mailed(activity: Activity, to: str, values: dict[str, str], *, until: datetime, now: datetime) -> bool:
    """Each address gets a link of its own."""
    token = secrets.token_urlsafe(32)
    StopLink.objects.create(activity=activity, digest=_digest(token), expires_at=until + LIFE_AFTER)
    customer = activity.of_customer
    return notices.mailed(
        texts.PROTECTED,
        to=to,
        name=customer.name,
        language=customer.language,
        values=values,
        now=now,
        page=Link("stop_request", {"token": token}),
        customer_code=customer.code,
        about=("activity", activity.number),
    )


def found(token: str, *, now: datetime) -> Activity:
    """What this link would stop, or has stopped. Raises DeadStop."""
    link = StopLink.objects.filter(digest=_digest(token), expires_at__gt=now).select_related("activity").first()
    if link is None or (link.activity.status in OVER and link.used_at is None):
        raise DeadStop
    return link.activity


@transaction.atomic
def stop(token: str, *, now: datetime) -> Activity:
    """Cancels it and tells who had asked; once more changes nothing. Raises DeadStop, IllegalMove where billing may be doing
    it at this moment."""
    activity = Activity.objects.select_for_update(of=("self",)).get(pk=found(token, now=now).pk)
    link = StopLink.objects.get(digest=_digest(token))
    if link.used_at is not None:
        return activity
    if activity.status in OVER:
        raise DeadStop
    ending.nothing_on_its_way(activity, by_id=None, now=now)
    record(
        "activities.stopped_by_link",
        now=now,
        about=("activity", activity.number),
        customer_code=activity.customer_code,
        number=activity.number,
    )
    ending.stop(activity, now=now)
    activity.ask_for(Attention.STOPPED, now=now)  # somebody has to talk to the customer
    StopLink.objects.filter(pk=link.pk).update(used_at=now)
    tell_everybody(activity, texts.STOPPED, now=now, answer=Link("forgot_password").url)
    return activity


def tell_everybody(activity: Activity, kind: Kind, *, now: datetime, answer: str) -> bool:
    """At every address that we know; says whether there was one to which a mail went."""
    sent = [telling.mail_to(activity, to, kind, now=now, answer=answer) for to in addresses(activity, now=now)]
    return any(sent)


def _digest(token: str) -> str:
    """Of a token of 256 random bits, so that no key is needed."""
    return sha256(token.encode()).hexdigest()
