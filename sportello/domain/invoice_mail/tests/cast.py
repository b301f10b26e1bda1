"""Subscribers with invoices and their PDFs, a clock, and a run that is played to its end."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection

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
