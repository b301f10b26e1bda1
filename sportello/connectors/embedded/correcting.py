"""The billing office takes a wrong invoice back with a credit note, and issues a right one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import cast

from django.db import transaction

from sportello.billing.codes import ServiceCode
from sportello.connectors.embedded import numbering, rows
from sportello.connectors.embedded.accounts import add_to_balance, is_company, locked_invoice
from sportello.connectors.embedded.issuing import DAYS_TO_PAY, priced_supplies
from sportello.connectors.embedded.mistakes import Mistake, check_consumption, whole_cents
from sportello.connectors.embedded.models import Account, Invoice, Payment, Supply
from sportello.connectors.embedded.paying import allocate, book
from sportello.connectors.embedded.pricing import together
from sportello.connectors.embedded.routing import ALIAS


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """``invoice`` is the new one, None where nothing takes the place of the wrong one."""

    credit_note: Invoice
    invoice: Invoice | None
    offset: Payment | None


def correct(*, invoice_number: str, amount: Decimal, issued_on: date, consumption: Decimal | None = None) -> Correction:
    """Takes a wrong invoice back with a credit note and issues a right one for ``amount`` (0 for none).

    The credit note first settles what is open of the wrong invoice, then the new one; what is left of it is the
    customer's credit.
    """
    amount = whole_cents(amount, zero=True)
    check_consumption(consumption)
    with transaction.atomic(using=ALIAS):
        account, wrong = locked_invoice(invoice_number)
        check_correctable(wrong, issued_on)
        credit_note = create_credit_note(account, wrong, issued_on)
        invoice = create_right_invoice(account, wrong, amount, consumption, issued_on) if amount else None
        offset = set_off(account, credit_note, [wrong, invoice] if invoice else [wrong])
        add_to_balance(account, amount - wrong.amount)
    return Correction(credit_note=credit_note, invoice=invoice, offset=offset)


def check_correctable(wrong: Invoice, issued_on: date) -> None:
    if wrong.amount <= 0:
        raise Mistake(f"{wrong.code} asks for no money: there is nothing to correct")
    if Invoice.objects.filter(corrects=wrong, kind="credit_note").exists():
        raise Mistake(f"{wrong.code} was corrected already")
    if issued_on < wrong.issued_on:
        raise Mistake(f"{wrong.code} was issued on {wrong.issued_on} and cannot be corrected on {issued_on}")


def create_credit_note(account: Account, wrong: Invoice, issued_on: date) -> Invoice:
    lines, vat = rows.lines(wrong), rows.vat(wrong)
    return Invoice.objects.create(
        code=numbering.next_number(year=issued_on.year, letter=numbering.CREDIT_NOTES),
        account=account,
        supply_codes=wrong.supply_codes,
        kind="credit_note",
        issued_on=issued_on,
        period_from=wrong.period_from,
        period_to=wrong.period_to,
        amount=-wrong.amount,
        consumption=None if wrong.consumption is None else -wrong.consumption,
        consumption_unit=wrong.consumption_unit,
        lines=lines
        and [
            rows.plain(replace(line, amount=-line.amount, quantity=None if line.quantity is None else -line.quantity))
            for line in lines
        ],
        vat=vat and [rows.plain(replace(part, taxable=-part.taxable, tax=-part.tax)) for part in vat],
        corrects=wrong,
    )


def create_right_invoice(
    account: Account, wrong: Invoice, amount: Decimal, consumption: Decimal | None, issued_on: date
) -> Invoice:
    supplies = list(Supply.objects.filter(code__in=wrong.supply_codes).order_by("code"))
    services = [cast(ServiceCode, supply.service) for supply in supplies]
    parts = priced_supplies(supplies, company=is_company(account), amount=amount, consumption=consumption)
    lines, vat = together(parts)
    number = numbering.next_number(year=issued_on.year, letter=numbering.invoice_letter(services))
    return Invoice.objects.create(
        code=number,
        account=account,
        supply_codes=wrong.supply_codes,
        kind="adjustment",
        issued_on=issued_on,
        due_on=issued_on + timedelta(days=DAYS_TO_PAY),
        period_from=wrong.period_from,
        period_to=wrong.period_to,
        amount=amount,
        consumption=sum((part.consumption for part in parts), Decimal(0)) if wrong.consumption_unit else None,
        consumption_unit=wrong.consumption_unit,
        slip_code=numbering.slip_code(number),
        lines=rows.plain_all(lines),
        vat=rows.plain_all(vat),
        corrects=wrong,
    )


def set_off(account: Account, credit_note: Invoice, invoices: Sequence[Invoice]) -> Payment | None:
    """Lets the credit settle ``invoices``, the first one first."""
    left = -credit_note.open
    parts = []
    for invoice in invoices:
        part = min(left, invoice.open)
        parts.append((invoice, part))
        left -= part
    total = sum((part for _, part in parts), Decimal(0))
    if not total:
        return None
    payment = book(
        account,
        total,
        paid_on=credit_note.issued_on,
        channel="offset",
        channel_text=f"Nota di credito {credit_note.code}",
        credit_note=credit_note,
    )
    for invoice, part in parts:
        allocate(payment, invoice, part)
    credit_note.paid -= total
    credit_note.save(update_fields=["paid"])
    return payment
