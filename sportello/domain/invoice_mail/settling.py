"""What follows where an invoice will not arrive at an address: it stands in the journal of the invoice and its customer."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from sportello.domain.invoice_mail.models import Sending
from sportello.domain.journal.models import Event, record
from sportello.domain.messages.models import FAILED

EVENT = "invoice_mail.not_delivered"


@transaction.atomic
def settle(messages: Sequence[int], *, now: datetime) -> int:
    """Once for each; says for how many."""
    failed = Sending.objects.filter(message__in=messages, message__state__in=FAILED).select_related("message")
    done = 0
    for each in failed.select_for_update(of=("self",)).order_by("pk"):
        if Event.objects.about("invoice", each.invoice_id).filter(name=EVENT, detail__message=each.message_id).exists():
            continue
        record(
            EVENT,
            now=now,
            about=("invoice", each.invoice_id),
            customer_code=each.customer_code,
            message=each.message_id,
            state=each.message.state,
            code=each.message.failure_code,
        )
        done += 1
    return done
