"""Puts into effect what was asked about invoices by e-mail, and takes it back where it comes to nothing.

What holds stands in the mirror's room (``InvoiceSubscription``), where the sending of invoices reads it; here it is said in
the words of a request: ``delivery`` is a mode, ``OFF``, or of a supply ``SAME``, as all of its customer's.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Q

from sportello.domain.activities import proof_mails
from sportello.domain.activities.models import Activity, ActivityKind, Status
from sportello.domain.activities.models.activity import ActivityQuerySet
from sportello.domain.customers.models import (
    Customer,
    CustomerAccess,
    InvoiceMode,
    InvoiceRecipient,
    InvoiceSubscription,
)
from sportello.domain.customers.models.subscriptions import MOST_RECIPIENTS
from sportello.domain.people.models import User

OFF: Final = "off"
SAME: Final = "same"
NOTHING: Final[Mapping[str, Any]] = {"addresses": [], "due_date": False, "returned_debit": False, "proven": []}


def present(customer_code: str, supply_code: str | None) -> dict[str, Any]:
    """What holds now, as a request asks it, with those of the addresses that are proven."""
    found = InvoiceSubscription.objects.filter(customer=customer_code, supply=supply_code).first()
    if found is None:
        return {"delivery": SAME if supply_code else OFF, **NOTHING}
    if not found.is_on:
        return {"delivery": OFF, **NOTHING}
    recipients = list(found.recipients.order_by("position"))
    return {
        "delivery": found.mode,
        "addresses": [each.address for each in recipients],
        "due_date": found.reminds_of_due_date,
        "returned_debit": found.reminds_of_returned_debit,
        "proven": [each.address for each in recipients if each.is_proven],
    }


def proven_addresses(customer_code: str) -> set[str]:
    """Those of the people who see this customer, and those that somebody has confirmed for his invoices."""
    people = CustomerAccess.objects.filter(customer=customer_code, ended_at=None).values("user")
    logins = User.objects.filter(pk__in=people, is_active=True).exclude(email="").values_list("email", flat=True)
    confirmed = InvoiceRecipient.objects.proven().filter(subscription__customer=customer_code)
    return {*logins, *confirmed.values_list("address", flat=True)}


def put_into_effect(activity: Activity, now: datetime) -> None:
    """From now on invoices go where the request says; whoever has a new address is asked. Raises TooManyTries."""
    earlier = _waiting_before(activity)
    customer = lock(activity.customer_code)
    before = present(customer.code, activity.supply_id)
    if earlier and not before["proven"]:
        before = earlier[0].before
        for each in earlier:
            each.cancel(now=now)
    _put(activity, activity.asked, proven=proven_addresses(customer.code), now=now)
    activity.take_effect(now=now, before=before)


def take_back(activity: Activity, now: datetime) -> None:
    """What held before it holds again, unless something else has been asked since."""
    customer = lock(activity.customer_code)
    later = Activity.objects.filter(_of_the_same(activity), pk__gt=activity.pk, took_effect_at__isnull=False)
    if not later.exists():
        proven = {*activity.before.get("proven", ()), *proven_addresses(customer.code)}
        _put(activity, activity.before, proven=proven, now=now)
    activity.take_effect(now=None)


def is_on(wanted: Mapping[str, Any]) -> bool:
    return wanted.get("delivery") in InvoiceMode.values


def is_unproven(activity: Activity) -> bool:
    """Whether it switches on and nobody has confirmed any of the addresses yet."""
    here = InvoiceRecipient.objects.filter(
        subscription__customer=activity.customer_code, subscription__supply=activity.supply_id
    )
    return is_on(activity.asked) and not here.proven().exists()


def lock(customer_code: str) -> Customer:
    """One change of a customer's choice after another, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"invoice_mail:{customer_code}"])
    return Customer.objects.get(pk=customer_code)


def _of_the_same(activity: Activity) -> Q:
    return Q(kind=ActivityKind.INVOICE_MAIL, customer=activity.customer_id, supply=activity.supply_id)


def waiting() -> ActivityQuerySet:
    """Requests that go by themselves as soon as an address has been confirmed."""
    return Activity.objects.filter(
        kind=ActivityKind.INVOICE_MAIL,
        status=Status.NEW,
        automatic=True,
        took_effect_at__isnull=False,
        asked__waits=True,
    )


def _waiting_before(activity: Activity) -> list[Activity]:
    """What this one takes the place of. A request is always locked before its customer."""
    earlier = waiting().filter(_of_the_same(activity), pk__lt=activity.pk)
    return list(earlier.select_for_update(of=("self",)).order_by("pk"))


def _put(activity: Activity, wanted: Mapping[str, Any], *, proven: Collection[str], now: datetime) -> None:
    mine = InvoiceSubscription.objects.filter(customer=activity.customer_id, supply=activity.supply_id)
    if wanted["delivery"] == SAME or (wanted["delivery"] == OFF and not activity.supply_id):
        mine.delete()
        return
    subscription = mine.first() or InvoiceSubscription(customer_id=activity.customer_code, supply_id=activity.supply_id)
    if is_on(wanted):
        subscription.started_at = subscription.started_at if subscription.is_on and subscription.pk else now
        subscription.mode, subscription.ended_at = wanted["delivery"], None
    else:
        subscription.started_at = subscription.started_at or now
        subscription.mode, subscription.ended_at = subscription.mode or InvoiceMode.LINK, now
    subscription.reminds_of_due_date = bool(wanted["due_date"])
    subscription.reminds_of_returned_debit = bool(wanted["returned_debit"])
    subscription.save()
    _put_addresses(subscription, wanted["addresses"], proven=proven, now=now)


def _put_addresses(
    subscription: InvoiceSubscription, addresses: Collection[str], *, proven: Collection[str], now: datetime
) -> None:
    """Those that stay keep their place; a new one takes the first that is free."""
    subscription.recipients.exclude(address__in=addresses).delete()
    known = dict(subscription.recipients.values_list("address", "position"))
    free = [place for place in range(1, MOST_RECIPIENTS + 1) if place not in known.values()]
    for address in [each for each in addresses if each not in known]:
        recipient = subscription.recipients.create(
            position=free.pop(0), address=address, added_at=now, verified_at=now if address in proven else None
        )
        if not recipient.is_proven:
            proof_mails.ask(recipient, subscription.customer, now=now)
