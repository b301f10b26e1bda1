"""Invoices that have been mailed already, each with its PDF, to the addresses of whoever subscribed."""

from datetime import UTC, date, datetime
from typing import Any

from sportello.domain.customers.documents.versions import versioned
from sportello.domain.customers.models import Invoice
from sportello.domain.files.models import KeptFile
from sportello.domain.invoice_mail import gathering
from sportello.domain.invoice_mail.models import Run, Sending
from sportello.domain.messages.models import Message
from tests import factories

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
PDF = b"%PDF-1.7\n" + bytes(range(256))


def invoice(
    code: str, *addresses: str, mode: str = "link", flags: dict[str, Any] | None = None, **fields: Any
) -> Invoice:
    """A customer with one supply, one choice for all invoices, and one invoice with its PDF."""
    owner = factories.customer(code)
    account = factories.account(owner)
    supply = factories.supply(account)
    factories.invoice_subscription(owner, *addresses, mode=mode, **(flags or {}))
    made = factories.invoice(
        account, f"F-{code}", **{"supply_codes": [supply.code], "issued_on": date(2026, 11, 25), **fields}
    )
    keep_pdf(made.number)
    return made


def another(of: Invoice, number: str, **fields: Any) -> Invoice:
    """A further invoice of the same customer."""
    made = factories.invoice(
        of.billing_account, number, **{"supply_codes": of.supply_codes, "issued_on": of.issued_on, **fields}
    )
    keep_pdf(number)
    return made


def keep_pdf(number: str) -> None:
    (says,) = versioned(Invoice.objects.filter(pk=number)).values_list("says", flat=True)
    KeptFile.objects.keep(
        kind="invoice_pdf", key=number, version=says, media_type="application/pdf", content=PDF, now=NOW
    )


def posted(*invoices: Invoice, now: datetime = NOW, state: str = "sent", **columns: Any) -> list[Sending]:
    """Mailed in a run of theirs; ``state`` is what became of it."""
    run = Run.objects.create(hour="02:00", started_at=now)
    gathering.queue([each.number for each in invoices], run=run, now=now)
    found = list(Sending.objects.filter(run=run).select_related("message").order_by("pk"))
    done = {"state": state, "sent_at": now if state == "sent" else None, **columns}
    Message.objects.filter(pk__in=[each.message_id for each in found]).update(**done)
    for each in found:
        each.message.refresh_from_db()
    return found
