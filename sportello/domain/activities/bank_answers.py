"""A bank answers a mandate days after its request has been executed: that it refused is told, for invoices want to be paid."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from sportello.domain.activities import telling, texts
from sportello.domain.activities.kinds.direct_debit import reference
from sportello.domain.activities.models import Activity, ActivityKind, Status
from sportello.domain.customers.models import DirectDebitMandate
from sportello.domain.customers.models.mandates import MandateStatus
from sportello.domain.messages.models import Message

LATELY: Final = timedelta(days=90)  # banks answer within days


def tell_refusals(customer_codes: Sequence[str], *, now: datetime) -> None:
    """Of these customers, each refusal once. Not inside a transaction: each has its own."""
    refused = DirectDebitMandate.objects.filter(customer__in=customer_codes, status=MandateStatus.REFUSED)
    reasons = dict(refused.values_list("code", "reason"))
    if not reasons:
        return
    asked = Activity.objects.filter(
        customer__in=customer_codes,
        kind=ActivityKind.DIRECT_DEBIT,
        status=Status.EXECUTED,
        executed_at__gt=now - LATELY,
    )
    for each in asked.order_by("pk"):
        if reference(each) in reasons:
            _tell(each.pk, reasons[reference(each)], now=now)


@transaction.atomic
def _tell(pk: int, reason: str, *, now: datetime) -> None:
    activity = Activity.objects.select_for_update(of=("self",)).select_related("customer", "opened_by").get(pk=pk)
    kind = texts.BANK_REFUSED
    if not Message.objects.about("activity", activity.number).filter(kind=kind.name).exists():
        telling.tell(activity, kind, now=now, answer=f"{reason.rstrip('.')}." if reason else "")
