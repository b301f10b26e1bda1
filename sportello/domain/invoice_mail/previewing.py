"""What the texts about invoices say of an invoice that there is, to be looked at before they are sent."""

from dataclasses import dataclass

from django.utils import timezone, translation

from sportello.domain.customers.documents.wording import day, money
from sportello.domain.customers.models import Invoice
from sportello.domain.invoice_mail import paper_text, reminder_texts, texts
from sportello.domain.invoice_mail.gathering import supplies_of
from sportello.domain.invoice_mail.wording import values_of
from sportello.domain.messages.kinds import Kind

ABOUT_INVOICES = {
    kind.name: kind for kind in (texts.LINK, texts.PDF, paper_text.PAPER, reminder_texts.DUE, reminder_texts.RETURNED)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Real:
    """The recipient's name and the placeholders of a kind, as this invoice fills them."""

    invoice: Invoice
    name: str
    values: dict[str, str]


def real(kind: Kind, number: str, *, language: str) -> Real | None:
    """None where there is no such invoice, or the kind is not about invoices."""
    found = Invoice.objects.select_related("customer", "billing_account").filter(pk=number).first()
    if found is None or kind.name not in ABOUT_INVOICES:
        return None
    values = {**kind.placeholders, **values_of(found, supplies_of([found])[number], language=language)}
    with translation.override(language):
        values["open"] = money(found.owed.next_amount(timezone.localdate()))
        values["returned_on"] = day(timezone.localdate())
    return Real(
        invoice=found,
        name=found.customer.name,
        values={name: value for name, value in values.items() if name in kind.placeholders},
    )
