"""Sends an invoice once more, because somebody asks for it: at once, and only where it goes today."""

from datetime import datetime

from django.db import transaction

from sportello.domain.customers.documents.keeping import issued
from sportello.domain.customers.models import InvoiceSubscription
from sportello.domain.invoice_mail import jobs
from sportello.domain.invoice_mail.gathering import one_at_a_time, written_by_hand
from sportello.domain.invoice_mail.models import Sending
from sportello.domain.journal.models import record


class NobodyToSendTo(Exception):
    """The invoice goes to no address that is proven, or not to this one."""


class NoPdfYet(Exception):
    """The PDF that counts is not here yet; where it is, the next night's run sends it by itself."""


def last_of(number: str) -> int:
    """What a page has seen: the number of the last sending of this invoice, 0 where there is none."""
    return Sending.objects.filter(invoice=number).order_by("-pk").values_list("pk", flat=True).first() or 0


@transaction.atomic
def resend(number: str, *, to: str = "", seen: int, by_id: int | None, now: datetime) -> int:
    """To all its addresses, or to one of them; says to how many. ``seen`` is what ``last_of`` gave to the page: the same press
    again finds another, and sends nothing. Raises NobodyToSendTo, NoPdfYet.
    """
    one_at_a_time()
    if last_of(number) != seen:
        return 0
    wanted = [
        each
        for each in InvoiceSubscription.objects.deliveries([number])
        if not to or each.address.lower() == to.lower()
    ]
    if not wanted:
        raise NobodyToSendTo(number)
    says = issued([number])
    if number not in says:
        raise NoPdfYet(number)
    sendings = written_by_hand(wanted, says, now=now)
    record(
        "invoice_mail.sent_again",
        now=now,
        actor_id=by_id,
        about=("invoice", number),
        customer_code=sendings[0].customer_code,
        count=len(sendings),
    )
    jobs.defer_sending(0)
    return len(sendings)
