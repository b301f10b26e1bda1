"""What is still to be paid, and how to pay each invoice of it."""

from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import quote

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe
from markupsafe import Markup

from sportello.desks.policies import CUSTOMER, customers_of
from sportello.desks.portal.about_invoice import asked_about
from sportello.desks.portal.page import frame, person_of, today
from sportello.desks.portal.rows import supply_labels
from sportello.domain.customers.balances import to_pay_by
from sportello.domain.customers.models import Invoice
from sportello.ui.company import company

PAGE = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Instructions:
    """The ways to pay one invoice; "" and None where a way is not there."""

    amount: Decimal
    reason: str
    iban: str
    qr: Markup | None
    page: str
    slip_code: str | None


@CUSTOMER
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    due = to_pay_by(person_of(request).pk)
    labels = supply_labels(request.user)
    context = frame(request, "pay") | {
        "due": due,
        "page": Paginator(due.by_hand, PAGE).get_page(request.GET.get("page")),
        "names": {customer.code: customer.name for customer in customers_of(request)},
        "labels": lambda invoice: [labels[code] for code in invoice.supply_codes or () if code in labels],
    }
    return render(request, "portal/pay.html", context)


@CUSTOMER
@require_safe
def one(request: HttpRequest, number: str) -> HttpResponse:
    invoices = Invoice.objects.within_reach_of(request.user).select_related("customer")
    invoice = get_object_or_404(invoices, number=number)
    context = frame(request, "pay", [invoice.customer]) | {
        "invoice": invoice,
        "owed": invoice.owed,
        "how": instructions(invoice),
        "asked": asked_about(person_of(request), invoice),
    }
    return render(request, "portal/pay_invoice.html", context)


def instructions(invoice: Invoice) -> Instructions:
    """For what is to be paid first: without what is contested, of instalments the next one."""
    reason = f"{invoice.number} {invoice.customer_id}"
    payee, amount = company(), invoice.owed.next_amount(today())
    return Instructions(
        amount=amount,
        reason=reason,
        iban=payee.iban,
        qr=transfer_qr(payee.name, payee.iban, amount, reason) if payee.iban and amount else None,
        page=payment_page(payee.payment_page, invoice.number, amount),
        slip_code=invoice.slip_code,
    )


def transfer_qr(name: str, iban: str, amount: Decimal, reason: str) -> Markup:
    """A credit transfer as a QR code that banks' apps read (EPC069-12), as a drawing without colours of its own."""
    from segno import helpers

    code = helpers.make_epc_qr(name=name[:70], iban=iban, amount=amount, text=reason[:140])
    # The drawing is made of numbers by the library; no text of anybody's is in it.
    return Markup(code.svg_inline(scale=4, border=2, omitsize=True))  # noqa: S704


def payment_page(template: str, number: str, amount: Decimal) -> str:
    """The company's own payment page for this invoice: {number} and {amount} are filled in where they stand."""
    return template.replace("{number}", quote(number, safe="")).replace("{amount}", f"{amount:.2f}")
