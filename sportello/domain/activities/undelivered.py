"""What could not be delivered by e-mail becomes an operator's work: one request an invoice, as long as it is open."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from sportello.domain.activities.models import Activity, ActivityKind, Channel, next_number
from sportello.domain.customers.models import Customer

KIND = ActivityKind.INVOICE_UNDELIVERED


@transaction.atomic
def report(
    *,
    customer_code: str,
    invoice_number: str,
    failed: Mapping[str, str],
    left_out: Sequence[str],
    paper: str,
    now: datetime,
) -> Activity | None:
    """Opens the request, or adds to the one that is open; the same again changes nothing. None where billing has removed
    the customer.

    ``failed`` is ``address``, ``how`` ("refused", "dead" or "bounced") and ``why``; ``left_out`` are addresses that get
    nothing any more; ``paper`` is "letter", "no_address" or "".
    """
    _one_at_a_time(invoice_number)
    customer = Customer.objects.filter(pk=customer_code).first()
    if customer is None:
        return None
    mine = Activity.objects.filter(kind=KIND, customer=customer, invoice_number=invoice_number)
    present = mine.open().select_for_update(of=("self",)).order_by("-pk").first()
    if present is None:
        asked = _with({"invoice": invoice_number, "failed": [], "paper": ""}, failed, left_out, paper)
        return _opened(customer, invoice_number, asked, now=now)
    present.keep_of_asked(_with(present.asked, failed, left_out, paper))
    return present


def _with(asked: Mapping[str, Any], failed: Mapping[str, str], left_out: Sequence[str], paper: str) -> dict[str, Any]:
    known = list(asked.get("failed", ()))
    out = list(dict.fromkeys([*asked.get("left_out", ()), *left_out]))
    return {
        **asked,
        "failed": known if dict(failed) in known else [*known, dict(failed)],
        "left_out": out,
        "paper": paper or asked.get("paper", ""),
    }


def _opened(customer: Customer, invoice_number: str, asked: dict[str, Any], *, now: datetime) -> Activity:
    activity = Activity.objects.create(
        number=next_number(now),
        kind=KIND,
        channel=Channel.ITSELF,
        customer=customer,
        invoice_number=invoice_number,
        asked=asked,
        automatic=False,
        opened_at=now,
    )
    activity.opened()
    return activity


def _one_at_a_time(invoice_number: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"undelivered:{invoice_number}"])
