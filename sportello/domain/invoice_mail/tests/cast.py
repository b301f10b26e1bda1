"""Subscribers with invoices and their PDFs, a clock, and a run that is played to its end."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from sportello.domain.customers import models as customers
from sportello.domain.customers.documents.versions import versioned
from sportello.domain.customers.models import Invoice
from sportello.domain.files.models import KeptFile
from sportello.domain.invoice_mail import gathering, nights
from sportello.domain.invoice_mail.models import Run
from sportello.domain.invoice_mail.sending import Poster
from sportello.domain.messages.pipeline import Unreachable
from sportello.domain.messages.tests.cast import Clock
from tests import factories

NIGHT = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)  # half past two in Italy
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 8


def clock() -> Clock:
    return Clock(NIGHT)


def subscriber(code: str, *addresses: str, mode: str = "pdf", invoices: int = 1, **fields: Any) -> list[Invoice]:
    """A customer with so many invoices of the day after he subscribed, each with its PDF."""
    owner = factories.customer(code, **fields)
    account = factories.account(owner)
    supply = factories.supply(account)
    factories.invoice_subscription(owner, *(addresses or (f"{code.lower()}@example.it",)), mode=mode)
    made = [
        factories.invoice(account, f"F-{code}-{n}", supply_codes=[supply.code], issued_on=date(2026, 11, 25))
        for n in range(invoices)
    ]
    for invoice in made:
        keep_pdf(invoice.number)
    return made


def keep_pdf(number: str, content: bytes = PDF) -> None:
    (version,) = versioned(Invoice.objects.filter(pk=number)).values_list("says", flat=True)
    KeptFile.objects.keep(
        kind="invoice_pdf", key=number, version=version, media_type="application/pdf", content=content, now=NIGHT
    )


def begin(clock: Clock) -> Run:
    """The night's run, with all that has its PDF in the outbox."""
    run = nights.begin_if_due(now=clock()) or Run.objects.newest_first()[0]
    while gathering.gather(run, now=clock()):
        pass
    while gathering.fetch(run, clock=clock):
        pass
    nights.gathered(run, now=clock())
    run.refresh_from_db()
    return run


def send(clock: Clock) -> int:
    """All that may go now."""
    count = 0
    with Poster(clock=clock) as poster:
        while done := poster.send_some():
            count += done
    return count


def send_patiently(clock: Clock, *, for_: timedelta = timedelta(hours=26)) -> None:
    """Until nothing waits any more, or so long: an hour's third at a time."""
    until = clock() + for_
    while clock() < until:
        try:
            send(clock)
        except Unreachable:
            pass
        nights.look(now=clock())
        clock.pass_(timedelta(minutes=20))
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM outbox_message WHERE lane <> '' AND state IN ('queued', 'claimed')")
            if cursor.fetchone() == (0,):
                return


def crowd(count: int) -> None:
    """As many subscribers as that, with an invoice of today and its PDF each, written in sets."""
    today, now = timezone.localdate(), timezone.now()
    codes = [f"K{n}" for n in range(count)]
    customers.Customer.objects.bulk_create(
        customers.Customer(code=code, kind="person", first_name="Anna", last_name=code, language="it") for code in codes
    )
    customers.BillingAccount.objects.bulk_create(
        customers.BillingAccount(code=f"A-{code}", customer_id=code) for code in codes
    )
    customers.Supply.objects.bulk_create(
        customers.Supply(
            code=f"S-{code}", customer_id=code, billing_account_id=f"A-{code}", service="gas", status="active"
        )
        for code in codes
    )
    customers.Invoice.objects.bulk_create(
        customers.Invoice(
            number=f"F-{code}",
            customer_id=code,
            billing_account_id=f"A-{code}",
            supply_codes=[f"S-{code}"],
            issued_on=today,
            due_on=today,
            amount="121.40",
            paid="0",
        )
        for code in codes
    )
    made = customers.InvoiceSubscription.objects.bulk_create(
        customers.InvoiceSubscription(customer_id=code, mode="pdf", started_at=now) for code in codes
    )
    customers.InvoiceRecipient.objects.bulk_create(
        customers.InvoiceRecipient(
            subscription=each,
            position=1,
            address=f"{each.customer_id.lower()}@example.it",
            added_at=now,
            verified_at=now,
        )
        for each in made
    )
    rows = versioned(Invoice.objects.all()).values_list("number", "says", "ours")
    KeptFile.objects.bulk_create(
        KeptFile(
            kind="invoice_pdf",
            key=number,
            version=says + ours,
            media_type="application/pdf",
            content=PDF,
            size=len(PDF),
            sha256="",
            kept_at=now,
        )
        for number, says, ours in rows
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
