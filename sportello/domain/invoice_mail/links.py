"""The link in an invoice's mail: what it opens, for whom, and until when.

Everything is looked at when the link is used: whoever is switched off, whose address is taken away, or whose supply has
another holder by now has a dead link at that moment. It is of one invoice's PDF, and a look at it uses nothing up.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.utils import timezone

from sportello.domain.activities.models import Bound, Bounding
from sportello.domain.customers.models import Invoice, InvoiceSubscription, Supply
from sportello.domain.invoice_mail.models import Sending
from sportello.domain.journal.models import record
from sportello.domain.messages.links import Link
from sportello.domain.messages.models import State

PAGE = "invoice_by_link"


class DeadLink(Exception):
    """It was never there, or is not wanted any more; never said which."""


class Opening:
    """What ``find`` gives: the sending, and whether its invoice is opened without signing in."""

    def __init__(self, sending: Sending, *, freely: bool) -> None:
        self.sending = sending
        self.freely = freely


def new_token() -> str:
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def link_of(token: str) -> Link:
    return Link(PAGE, {"token": token})


def find(token: str, *, now: datetime) -> Opening:
    """Changes nothing. Raises DeadLink."""
    sending = Sending.objects.select_related("invoice", "message").filter(digest=digest(token)).first()
    if sending is None or not _is_wanted(sending):
        raise DeadLink
    return Opening(sending, freely=_is_free(sending, now=now))


def _is_wanted(sending: Sending) -> bool:
    """The invoice still goes to this address, and is still of the customer to whom it was sent."""
    invoice = Invoice.objects.filter(pk=sending.invoice_id, customer=sending.customer_code).first()
    if invoice is None or sending.message.state == State.WITHDRAWN:
        return False
    address = sending.address.lower()
    return any(each.address.lower() == address for each in InvoiceSubscription.objects.deliveries([invoice.number]))


def _is_free(sending: Sending, *, now: datetime) -> bool:
    days = Bound.objects.in_force(Bounding.LINK_DAYS, timezone.localdate(now))
    if not sending.asked_at <= now < sending.asked_at + timedelta(days=days):
        return False
    # A supply that somebody else has taken over: who reads the address may be he.
    codes = sending.invoice.supply_codes or []
    return not Supply.objects.filter(code__in=codes).exclude(customer=sending.customer_code).exists()


def opened(sending: Sending, *, now: datetime, by_id: int | None = None) -> None:
    """Somebody has opened the invoice by this mail's link; the first time is kept."""
    _first(sending, "opened", now=now, by_id=by_id)


def downloaded(sending: Sending, *, now: datetime, by_id: int | None = None) -> None:
    """Its PDF went to whoever has the link, or signed in after it."""
    opened(sending, now=now, by_id=by_id)
    _first(sending, "downloaded", now=now, by_id=by_id)


def _first(sending: Sending, what: str, *, now: datetime, by_id: int | None) -> None:
    if Sending.objects.filter(pk=sending.pk, **{f"{what}_at": None}).update(**{f"{what}_at": now}):
        record(
            f"invoice_mail.{what}",
            now=now,
            actor_id=by_id,
            about=("invoice", sending.invoice_id),
            customer_code=sending.customer_code,
            sending=sending.pk,
        )
