"""The list of invoices and the detail of one."""

from decimal import Decimal
from itertools import groupby
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from sportello.desks.policies import CUSTOMER, customers_of
from sportello.desks.portal.page import frame, today
from sportello.desks.portal.rows import invoice_rows
from sportello.domain.customers.balances import balance_of
from sportello.domain.customers.filters import InvoiceFilter, years_of
from sportello.domain.customers.models import Allocation, BillingAccount, Invoice, Supply

PAGE = 30


@CUSTOMER
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """All nine columns, newest first, for one supply or all."""
    day = today()
    reach = Invoice.objects.within_reach_of(request.user)
    supplies = {supply.code: supply for supply in Supply.objects.within_reach_of(request.user).order_by("code")}
    wanted = InvoiceFilter(
        request.GET, customers=customers_of(request), supplies=list(supplies.values()), years=years_of(reach)
    )
    chosen = wanted.apply(reach).newest_first()
    page = Paginator(chosen, PAGE).get_page(request.GET.get("page"))
    shown = chosen[page.start_index() - 1 : page.end_index()] if page.paginator.count else chosen.none()
    accounts = BillingAccount.objects.within_reach_of(request.user).order_by("code")
    if customer := wanted.chosen("customer"):
        accounts = accounts.filter(customer_id=customer)
    context = frame(request, "invoices") | {
        "filter": wanted,
        "page": page,
        "rows": invoice_rows(shown, user=request.user, supplies=supplies, today=day),
        "balance": balance_of(list(accounts), supplies.get(wanted.chosen("supply"))),
        "supplies": supplies,
        "names": {customer.code: customer.name for customer in customers_of(request)},
    }
    return render(request, "portal/invoices.html", context)


@CUSTOMER
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One invoice: its lines, VAT, payments and what can be done with it."""
    payments = Allocation.objects.within_reach_of(request.user).select_related("payment").order_by("payment__paid_on")
    invoices = Invoice.objects.within_reach_of(request.user).select_related("customer")
    invoice = get_object_or_404(invoices.prefetch_related(Prefetch("allocations", payments)), number=number)
    supplies = Supply.objects.within_reach_of(request.user).filter(code__in=invoice.supply_codes or [])
    context = frame(request, "invoices", [invoice.customer]) | {
        "invoice": invoice,
        "overdue": invoice.is_overdue(today()),
        "supplies": supplies.order_by("code"),
        "sections": sections(invoice.lines),
        "vat": [decimals(rate) for rate in invoice.vat] if invoice.vat is not None else None,
        "outside_vat": outside_vat(invoice),
    }
    return render(request, "portal/invoice.html", context)


def sections(lines: list[dict[str, Any]] | None) -> list[tuple[str, list[dict[str, Any]]]] | None:
    """Lines in the order of billing, under the headings that billing gives them."""
    if lines is None:
        return None
    return [
        (section, [decimals(line) for line in group])
        for section, group in groupby(lines, key=lambda line: str(line.get("section", "")))
    ]


def outside_vat(invoice: Invoice) -> Decimal:
    """What of the invoice carries no VAT: what is left of its amount beside the rates; zero where billing gives no rates."""
    if invoice.vat is None:
        return Decimal(0)
    rates = [decimals(rate) for rate in invoice.vat]
    return invoice.amount - sum((rate["taxable"] + rate["tax"] for rate in rates), Decimal(0))


NUMBERS = {"amount", "quantity", "unit_price", "vat_rate", "rate", "taxable", "tax"}


def decimals(stored: dict[str, Any]) -> dict[str, Any]:
    """A line as it was kept, its numbers as numbers again."""
    return {name: Decimal(value) if name in NUMBERS and value is not None else value for name, value in stored.items()}
