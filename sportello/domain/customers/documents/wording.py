"""What our own copy of an invoice says, in the customer's language: every text ready to be placed on the page."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from sportello.billing.services import SERVICES
from sportello.domain.customers.models import Customer, Invoice, Supply
from sportello.domain.customers.models.invoices import InvoiceKind

SPACE = "\u00a0"
MINUS = "−"
Pair = tuple[str, str]
NOTHING = "–"
SEPARATORS = str.maketrans(",.", ".,")


def language_of(customer: Customer) -> str:
    """The language in which this customer is written to, one of those that we have."""
    known = [code for code, _name in settings.LANGUAGES]
    return customer.language if customer.language in known else str(settings.LANGUAGE_CODE)


def invoice_copy(invoice: Invoice, *, supplies: Sequence[Supply]) -> dict[str, Any]:
    """The data of ``letters/invoice.typ``. Customer and billing account are read with the invoice."""
    language = language_of(invoice.customer)
    with translation.override(language):
        heading = title(invoice)
        return {
            "title": f"{settings.COMPANY_NAME} {NOTHING} {heading}",
            "language": language,
            "date": [invoice.issued_on.year, invoice.issued_on.month, invoice.issued_on.day],
            "colour": settings.COMPANY_COLOUR,
            "company": settings.COMPANY_NAME,
            "heading": heading,
            "facts": facts(invoice),
            "recipient": {"label": _("Addressed to"), "lines": recipient(invoice.customer)},
            "amount": amount(invoice),
            "supplies": covered(supplies),
            "detail": detail(invoice),
            "vat": vat(invoice),
            "pay": how_to_pay(invoice),
            "courtesy": courtesy(invoice),
            "footer": footer(invoice),
            "page": _("Page {page} of {pages}"),
        }


def title(invoice: Invoice) -> str:
    if is_credit_note(invoice):
        return _("Credit note %(number)s") % {"number": invoice.number}
    return _("Invoice %(number)s") % {"number": invoice.number}


def is_credit_note(invoice: Invoice) -> bool:
    """By its kind; by its sign where billing supplies none. A bill that ends in the customer's favour stays a bill."""
    return invoice.kind == InvoiceKind.CREDIT_NOTE or (invoice.kind is None and invoice.amount < 0)


def facts(invoice: Invoice) -> list[Pair]:
    kind = str(invoice.get_kind_display()) if invoice.kind else _("not supplied by billing")
    found = [
        (_("Document type"), kind),
        (_("Issued on"), day(invoice.issued_on)),
        (_("Due date"), due(invoice)),
        (_("Period"), period(invoice)),
    ]
    if invoice.consumption is not None:
        found.append((_("Consumption"), f"{number(invoice.consumption)} {invoice.consumption_unit}".strip()))
    found += [(_("Customer code"), invoice.customer_id), (_("Billing account"), invoice.billing_account_id)]
    return [(name, value) for name, value in found if value]


def due(invoice: Invoice) -> str:
    if invoice.amount <= 0:
        return ""
    return day(invoice.due_on) if invoice.due_on else _("not supplied by billing")


def period(invoice: Invoice) -> str:
    if invoice.period_from and invoice.period_to:
        return _("from %(first)s to %(last)s") % {"first": day(invoice.period_from), "last": day(invoice.period_to)}
    return ""


def recipient(customer: Customer) -> list[str]:
    street = f"{customer.street} {customer.street_number}".strip()
    place = f"{customer.postcode} {customer.municipality}".strip()
    if customer.province:
        place = f"{place} ({customer.province})".strip()
    country = customer.country if customer.country not in ("", "IT") else ""
    tax = _("Tax code: %(code)s") % {"code": customer.tax_code} if customer.tax_code else ""
    vat_number = _("VAT number: %(code)s") % {"code": customer.vat_number} if customer.vat_number else ""
    return [part for part in (customer.name, street, place, country, tax, vat_number) if part]


def amount(invoice: Invoice) -> dict[str, str]:
    if invoice.amount < 0:
        note = _("There is nothing to pay: this amount is in your favour.")
        return {"label": _("Amount in credit"), "value": money(-invoice.amount), "note": note}
    if invoice.amount == 0:
        return {"label": _("Amount to be paid"), "value": money(invoice.amount), "note": _("There is nothing to pay.")}
    note = _("by %(day)s") % {"day": day(invoice.due_on)} if invoice.due_on else ""
    return {"label": _("Amount to be paid"), "value": money(invoice.amount), "note": note}


def covered(supplies: Sequence[Supply]) -> dict[str, Any]:
    return {
        "heading": _("Supplies"),
        "columns": [_("Service"), _("Delivery point"), _("Address")],
        "rows": [[str(supply.get_service_display()), point(supply), supply.address or NOTHING] for supply in supplies],
    }


def point(supply: Supply) -> str:
    """POD IT001E12345678, or billing's code of a supply that has no such point."""
    if not supply.point_code:
        return supply.code
    names = {str(code): service.point for code, service in SERVICES.items()}
    return f"{names.get(supply.service, '')} {supply.point_code}".strip()


def detail(invoice: Invoice) -> dict[str, Any]:
    lines: list[dict[str, Any]] = invoice.lines or []
    grouped = groupby(lines, key=lambda line: str(line.get("section") or ""))
    return {
        "heading": _("Detail of the amounts"),
        "missing": "" if lines else _("The lines of this document are not supplied by billing."),
        "columns": [_("Description"), _("Quantity × unit price"), _("VAT"), _("Amount")],
        "sections": [section(name, list(group)) for name, group in grouped],
        "totals": totals(invoice),
    }


def section(name: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": name,
        "sum": money(sum((Decimal(line["amount"]) for line in lines), Decimal(0))),
        "rows": [
            [str(line.get("description") or NOTHING), priced(line), rate(line.get("vat_rate")), money(line["amount"])]
            for line in lines
        ],
    }


def priced(line: dict[str, Any]) -> str:
    """43 Smc × 0,412345 €; as much of it as billing supplies."""
    quantity = line.get("quantity")
    unit_price = line.get("unit_price")
    counted = f"{number(quantity)} {line.get('unit') or ''}".strip() if quantity is not None else ""
    price = euro(number(unit_price, least=2)) if unit_price is not None else ""
    return " × ".join(part for part in (counted, price) if part)


def totals(invoice: Invoice) -> list[Pair]:
    """The last one is what the document comes to; those before say how, where lines and VAT add up to it."""
    lines = sum((Decimal(line["amount"]) for line in invoice.lines or []), Decimal(0))
    tax = sum((Decimal(part["tax"]) for part in invoice.vat or []), Decimal(0))
    steps = []
    if tax and lines + tax == invoice.amount:
        steps = [(_("Total without VAT"), money(lines)), (_("VAT"), money(tax))]
    return [*steps, (_("Total"), money(invoice.amount))]


def vat(invoice: Invoice) -> dict[str, Any]:
    parts: list[dict[str, Any]] | None = invoice.vat
    missing = ""
    if parts is None:
        missing = _("The VAT of this document is not supplied by billing.")
    elif not parts:
        missing = _("No VAT is due on this document.")
    return {
        "heading": _("VAT summary"),
        "missing": missing,
        "columns": [_("Rate"), _("Taxable amount"), _("Tax")],
        "rows": [[rate(part["rate"]), money(part["taxable"]), money(part["tax"])] for part in parts or []],
    }


def how_to_pay(invoice: Invoice) -> dict[str, Any]:
    """The ways that are open for this invoice; none where there is nothing to pay."""
    if invoice.amount <= 0:
        return {"heading": "", "note": "", "items": []}
    note = ""
    if invoice.billing_account.payment_method == "direct_debit":
        note = _("If your direct debit is active, your bank pays on the due date: there is nothing for you to do.")
    ways = [
        (_("Postal slip (TD 896), code"), grouped_code(invoice.slip_code or "", 6)),
        (_("Postal account"), settings.COMPANY_POSTAL_ACCOUNT if invoice.slip_code else ""),
        (_("Bank transfer, IBAN"), grouped_code(settings.COMPANY_IBAN, 4)),
        (_("Payee"), settings.COMPANY_NAME if settings.COMPANY_IBAN else ""),
        (_("Reason for payment"), f"{invoice.number} {invoice.customer_id}" if settings.COMPANY_IBAN else ""),
    ]
    return {"heading": _("How to pay"), "note": note, "items": [(name, value) for name, value in ways if value]}


def courtesy(invoice: Invoice) -> str:
    parts = [_("Courtesy copy, composed from the data of the billing system.")]
    if invoice.has_xml:
        parts.append(_("For tax purposes the electronic invoice is the one that counts."))
    return " ".join(parts)


def footer(invoice: Invoice) -> str:
    parts = [str(settings.COMPANY_NAME), title(invoice)]
    if settings.COMPANY_CUSTOMER_SERVICE:
        parts.append(_("Customer service %(number)s") % {"number": settings.COMPANY_CUSTOMER_SERVICE})
    return " · ".join(parts)


def money(value: Decimal | str) -> str:
    """Euro with two places, from a number or billing's text of one."""
    return euro(number(value, places=2))


def euro(written: str) -> str:
    if is_italian():
        return f"{written}{SPACE}€"
    sign = MINUS if written.startswith(MINUS) else ""
    return f"{sign}€{written.removeprefix(MINUS)}"


def number(value: Decimal | str, *, places: int | None = None, least: int = 0) -> str:
    """With the separators of the present language; without ``places``, as many as the value needs, ``least`` of them."""
    decimal = Decimal(value)
    if places is None:
        exponent = decimal.normalize().as_tuple().exponent
        places = max(least, -exponent) if isinstance(exponent, int) else least
    written = f"{abs(decimal):,.{places}f}"
    if is_italian():
        written = written.translate(SEPARATORS)
    return f"{MINUS}{written}" if decimal < 0 else written


def is_italian() -> bool:
    return (translation.get_language() or "").startswith("it")


def rate(value: Decimal | str | None) -> str:
    return NOTHING if value is None else f"{number(value)}%"


def day(value: date) -> str:
    return f"{value.day:02}/{value.month:02}/{value.year}"


def grouped_code(code: str, size: int) -> str:
    return SPACE.join(code[start : start + size] for start in range(0, len(code), size))
