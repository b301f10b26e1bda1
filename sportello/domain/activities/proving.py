"""Whoever reads an address says that invoices may be sent there; with the first that does, billing is told."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from sportello.domain.activities import commanding, ending, proof_mails, subscribing
from sportello.domain.activities.kinds import invoice_mail
from sportello.domain.activities.models import Activity
from sportello.domain.activities.models.activity import ActivityQuerySet
from sportello.domain.customers.models import InvoiceRecipient
from sportello.domain.journal.models import record

PATIENCE: Final = timedelta(days=30)  # that a request waits for its first address
AT_ONCE: Final = timedelta(minutes=1)  # within which the same wish is a form sent twice


class DeadProof(Exception):
    """The link has expired, was replaced by a newer one, its address has been taken away, or it never existed. Never said
    which."""


def found(token: str, *, now: datetime) -> InvoiceRecipient:
    """The address that a link is of, proven or not. Looking at it uses nothing up. Raises DeadProof."""
    mine = InvoiceRecipient.objects.filter(digest=proof_mails.digest(token)).select_related("subscription")
    recipient = mine.first()
    if recipient is None or (not recipient.is_proven and (recipient.expires_at is None or recipient.expires_at <= now)):
        raise DeadProof
    return recipient


@transaction.atomic
def prove(token: str, *, now: datetime) -> InvoiceRecipient:
    """From now on invoices may be sent there; once more changes nothing. Raises DeadProof."""
    code = found(token, now=now).subscription.customer_id
    waiting = list(_locked(subscribing.waiting().filter(customer=code)))
    customer = subscribing.lock(code)
    recipient = found(token, now=now)
    if recipient.is_proven:
        return recipient
    recipient.verified_at = now
    recipient.save(update_fields=["verified_at"])
    # One and the same address, wherever this customer has named it.
    alike = InvoiceRecipient.objects.filter(
        subscription__customer=customer, address=recipient.address, verified_at=None
    )
    alike.update(verified_at=now)
    record(
        "customers.invoice_address_proven",
        now=now,
        about=("customer", customer.code),
        customer_code=customer.code,
        position=recipient.position,
        supply=recipient.subscription.supply_id,
    )
    _go_on(waiting, now=now)
    return recipient


def _go_on(waiting: Iterable[Activity], *, now: datetime) -> None:
    """Sends to billing what has waited for this."""
    for activity in waiting:
        if not subscribing.is_unproven(activity) and not commanding.rows(activity, commanding.EXECUTE):
            commanding.send(activity, invoice_mail.commands(activity), sort=commanding.EXECUTE, now=now)


@transaction.atomic
def ask_again(recipient: InvoiceRecipient, *, now: datetime, by_id: int) -> None:
    """Writes to an address that nobody has confirmed; the same wish twice at once writes once. Raises TooManyTries."""
    customer = subscribing.lock(recipient.subscription.customer_id)
    present = InvoiceRecipient.objects.filter(pk=recipient.pk, verified_at=None).first()
    if present is None or (present.asked_at and present.asked_at > now - AT_ONCE):
        return
    proof_mails.ask(present, customer, now=now)
    record(
        "customers.invoice_address_asked",
        now=now,
        actor_id=by_id,
        about=("customer", customer.code),
        customer_code=customer.code,
        position=present.position,
    )


def expire(*, now: datetime) -> None:
    """Ends what has waited too long: nothing has been sent, and billing prints as before."""
    for number in subscribing.waiting().filter(opened_at__lt=now - PATIENCE).values_list("number", flat=True):
        _expire_one(number, now=now)


@transaction.atomic
def _expire_one(number: str, *, now: datetime) -> None:
    activity = _locked(subscribing.waiting().select_related("customer").filter(number=number)).first()
    if activity is None:
        return
    subscribing.lock(activity.customer_code)
    if not subscribing.is_unproven(activity) or commanding.rows(activity, commanding.EXECUTE):
        return
    with translation.override(activity.of_customer.language):
        answer = _("Nobody has confirmed any of the addresses for thirty days: your invoices come as before.")
    ending.refuse(activity, answer=answer, now=now, by_id=None)


def _locked(activities: ActivityQuerySet) -> ActivityQuerySet:
    """A request is always locked before its customer."""
    return activities.select_for_update(of=("self",)).order_by("pk")
