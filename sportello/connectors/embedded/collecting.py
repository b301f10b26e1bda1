"""How an invoice's money is asked for: not at all while it is contested, or in parts."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from django.utils import timezone

from sportello.billing.commands import ArrangeInstalments, ResumeCollection, SuspendCollection
from sportello.billing.errors import Refused
from sportello.billing.instalments import plan
from sportello.connectors.embedded import owning
from sportello.connectors.embedded.models import Invoice
from sportello.connectors.embedded.rows import INSTALMENTS, instalments_json

MOST_INSTALMENTS: Final = 72
SUSPENDED: Final = "suspended"
SMALLEST_INSTALMENT: Final = 1  # euro
CENT: Final = Decimal("0.01")
# What stands in the way of instalments.
IN_THE_WAY: Final = {
    SUSPENDED: "La fattura è contestata e la riscossione è sospesa.",
    INSTALMENTS: "La fattura è già rateizzata.",
    "direct_debit": "La fattura è già all’incasso presso la banca.",
}


def suspend(command: SuspendCollection, *, key: str, now: datetime) -> str:
    """Of an invoice that is contested already, only how much of it changes. ``key`` leaves no trace in it."""
    invoice = open_invoice(command.customer_code, command.invoice_number)
    contested = invoice.open if command.amount is None else command.amount
    if not contested.is_finite() or not 0 < contested <= invoice.open or contested != contested.quantize(CENT):
        raise Refused("L’importo contestato non è compreso in quello da pagare.", field="amount")
    if invoice.collection != SUSPENDED:
        invoice.collection_before, invoice.collection = invoice.collection, SUSPENDED
    invoice.contested = contested
    invoice.save(update_fields=["collection", "collection_before", "contested"])
    return ""


def resume(command: ResumeCollection, *, key: str, now: datetime) -> str:
    """What it was before comes back; one that is not contested, or paid meanwhile, stays as it is. ``key`` leaves no trace
    in it."""
    invoice = owning.invoice(command.customer_code, command.invoice_number)
    if invoice.collection == SUSPENDED:
        invoice.collection, invoice.collection_before, invoice.contested = invoice.collection_before, "", None
        invoice.save(update_fields=["collection", "collection_before", "contested"])
    return ""


def arrange(command: ArrangeInstalments, *, key: str, now: datetime) -> str:
    """What is open is divided into parts, equal to a cent. ``key`` leaves no trace in it."""
    invoice = open_invoice(command.customer_code, command.invoice_number)
    if reason := IN_THE_WAY.get(invoice.collection):
        raise Refused(reason, field="invoice_number")
    count = command.instalments
    if not 2 <= count <= MOST_INSTALMENTS:
        raise Refused(f"Le rate sono da 2 a {MOST_INSTALMENTS}.", field="instalments")
    if invoice.open < count * SMALLEST_INSTALMENT:
        raise Refused("L’importo è troppo piccolo per tante rate.", field="instalments")
    if command.first_due_on < timezone.localdate(now):
        raise Refused("La prima rata scade nel passato.", field="first_due_on")
    invoice.instalments = instalments_json(plan(invoice.open, count, first_due_on=command.first_due_on))
    invoice.collection = INSTALMENTS
    invoice.save(update_fields=["collection", "instalments"])
    return ""


def open_invoice(customer_code: str, number: str) -> Invoice:
    """The customer's own, of which something is to be paid."""
    invoice = owning.invoice(customer_code, number)
    if invoice.amount < 0:
        raise Refused("Una nota di credito non è da pagare.", field="invoice_number")
    if not invoice.open:
        raise Refused("La fattura è già pagata.", field="invoice_number")
    return invoice
