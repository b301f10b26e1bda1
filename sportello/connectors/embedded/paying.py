"""The billing office books a payment, or takes one back that came back (insoluto)."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from sportello.billing.codes import PaymentChannel
from sportello.connectors.embedded import numbering
from sportello.connectors.embedded.accounts import add_to_balance, locked, locked_invoice
from sportello.connectors.embedded.collecting import SUSPENDED
from sportello.connectors.embedded.mistakes import Mistake, Unknown, whole_cents
from sportello.connectors.embedded.models import Account, Allocation, Invoice, Payment
from sportello.connectors.embedded.routing import ALIAS
from sportello.connectors.embedded.rows import INSTALMENTS


def pay(
    *,
    invoice_number: str,
    paid_on: date,
    amount: Decimal | None = None,
    channel: PaymentChannel = "transfer",
    channel_text: str = "",
) -> Payment:
    """Books a payment of ``amount``, by default of all that is open.

    Money that came in is booked in any case: what exceeds the open amount stays unallocated, to the account's credit.
    """
    amount = None if amount is None else whole_cents(amount)
    with transaction.atomic(using=ALIAS):
        account, invoice = locked_invoice(invoice_number)
        if invoice.amount < 0:
            raise Mistake(f"{invoice_number} is a credit of the customer's and cannot be paid")
        if amount is None and not invoice.open:
            raise Mistake(f"{invoice_number} is paid already; say an amount to book more money to the account's credit")
        if paid_on < invoice.issued_on:
            raise Mistake(f"{invoice_number} was issued on {invoice.issued_on} and cannot have been paid on {paid_on}")
        amount = invoice.open if amount is None else amount
        payment = book(account, amount, paid_on=paid_on, channel=channel, channel_text=channel_text)
        allocate(payment, invoice, min(amount, invoice.open))
        add_to_balance(account, -amount)
    return payment


def take_back(*, code: str, returned_on: date) -> Payment:
    """A payment came back (insoluto): its invoices are open again. ``code`` is that of the payment, or the number of an
    invoice, whose last payment it then is."""
    with transaction.atomic(using=ALIAS):
        payment = Payment.objects.filter(code=code).first() or last_payment(code)
        account = locked(payment.account_id)
        payment.refresh_from_db()
        if payment.returned_on:
            raise Mistake(f"payment {payment.code} came back already, on {payment.returned_on}")
        if payment.channel == "offset":
            raise Mistake(f"{payment.code} is an offset against a credit note, no money that could come back")
        if returned_on < payment.paid_on:
            raise Mistake(f"payment {payment.code} was made on {payment.paid_on}, after {returned_on}")
        payment.returned_on = returned_on
        payment.save(update_fields=["returned_on"])
        undo_allocations(payment, collection="returned" if payment.channel == "direct_debit" else "")
        add_to_balance(account, payment.amount)
    return payment


def book(
    account: Account,
    amount: Decimal,
    *,
    paid_on: date,
    channel: PaymentChannel,
    channel_text: str,
    credit_note: Invoice | None = None,
) -> Payment:
    return Payment.objects.create(
        code=numbering.next_number(year=paid_on.year, letter=numbering.PAYMENTS),
        account=account,
        amount=amount,
        paid_on=paid_on,
        channel=channel,
        channel_text=channel_text,
        credit_note=credit_note,
    )


def allocate(payment: Payment, invoice: Invoice, amount: Decimal) -> None:
    """``amount`` of a new payment goes to ``invoice``; once nothing is open, nobody collects any more."""
    if not amount:
        return
    Allocation.objects.create(payment=payment, invoice=invoice, amount=amount)
    invoice.paid += amount
    if not invoice.open:
        invoice.collection, invoice.collection_before, invoice.contested = "", "", None
    elif invoice.contested:
        invoice.contested = min(invoice.contested, invoice.open)
    invoice.save(update_fields=["paid", "collection", "collection_before", "contested"])


def undo_allocations(payment: Payment, *, collection: str) -> None:
    """Where instalments were arranged they go on, unless the bank has sent one back."""
    for part in payment.allocation_set.select_related("invoice"):
        part.invoice.paid -= part.amount
        is_planned = not collection and part.invoice.instalments
        now = INSTALMENTS if is_planned else collection
        if part.invoice.collection == SUSPENDED:
            part.invoice.collection_before = now
        else:
            part.invoice.collection = now
        part.invoice.save(update_fields=["paid", "collection", "collection_before"])


def last_payment(invoice_number: str) -> Payment:
    if not Invoice.objects.filter(code=invoice_number).exists():
        raise Unknown("payment or invoice", invoice_number)
    payments = Payment.objects.filter(allocation__invoice=invoice_number, returned_on=None).exclude(channel="offset")
    payment = payments.order_by("-paid_on", "-code").first()
    if payment is None:
        raise Mistake(f"{invoice_number} has no payment that could come back")
    return payment
