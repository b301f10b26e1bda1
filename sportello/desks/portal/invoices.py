"""The list of invoices and the detail of one."""

import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, cast

from django.core.paginator import Page, Paginator
from django.db.models import F, FilteredRelation, Q, QuerySet, Subquery, TextField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from sportello.desks import from_mail
from sportello.desks.policies import CUSTOMER, customers_of
from sportello.desks.portal.about_invoice import asked_about
from sportello.desks.portal.offers import ways
from sportello.desks.portal.page import frame, person_of, today
from sportello.desks.portal.rows import FIELDS, invoice_rows, paid_by, paying, rows_with
from sportello.domain.activities.models import ActivityKind
from sportello.domain.customers.balances import balance_of
from sportello.domain.customers.filters import InvoiceFilter, years_between, years_of
from sportello.domain.customers.models import Allocation, BillingAccount, Invoice, Supply
from sportello.domain.customers.models.invoices import InvoiceQuerySet
from sportello.domain.invoice_mail.log import log_of
from sportello.domain.invoice_mail.models import Sending
from sportello.domain.people.models import User
from sportello.prepared import SOMEBODY, Prepared, Rows, Slot, object_of, rows_of

PAGE = 30


class Extent(Subquery):
    """How many invoices there are, and the days of the first and the last, as JSON: worked out once, not at each row."""

    template = "(SELECT json_build_array(count(*), min(issued_on), max(issued_on)) FROM (%(subquery)s) these)::text"
    output_field = TextField()


ACCOUNTS = Prepared(lambda: BillingAccount.objects.within_reach_of(SOMEBODY).order_by("code"))
# In the order in which the models have them, as making objects of rows wants it.
ACCOUNT_FIELDS = ("code", "customer_id", "balance")
SUPPLY_FIELDS = ("street", "street_number", "municipality", "code", "billing_account_id", "service", "balance")


def with_supplies() -> QuerySet[BillingAccount]:
    return (
        BillingAccount.objects.within_reach_of(SOMEBODY)
        .annotate(own=FilteredRelation("supplies", condition=Q(supplies__customer=F("customer"))))
        .order_by("code", "own__code")
    )


WITH_SUPPLIES = (*ACCOUNT_FIELDS, *(f"own__{name.removesuffix('_id')}" for name in SUPPLY_FIELDS))
ACCOUNTS_WITH_SUPPLIES = Prepared(lambda: with_supplies().values_list(*WITH_SUPPLIES))
# The list as most people open it, without a choice made, in one query: its page with the payments; how many there are and of
# which years; the accounts with their supplies.
ALL = Prepared(
    lambda: Invoice.objects.within_reach_of(SOMEBODY).newest_first().values_list(*FIELDS),
    paged=True,
    hanging=paying,
    beside=lambda: (
        Extent(Invoice.objects.within_reach_of(SOMEBODY).order_by().values("issued_on")),
        Rows(with_supplies().values(*WITH_SUPPLIES)),
    ),
)
INVOICE = Prepared(
    lambda: (
        Invoice.objects.within_reach_of(SOMEBODY)
        .select_related("customer")
        .filter(number=Slot("number", TextField()))
        .order_by()
    )
)
PAYMENTS = Prepared(
    lambda: (
        Allocation.objects.within_reach_of(SOMEBODY)
        .select_related("payment")
        .filter(invoice_id=Slot("number", TextField()))
        .order_by("payment__paid_on")
    )
)
CONCERNED = Prepared(
    lambda: Supply.objects.within_reach_of(SOMEBODY).filter(code__any=Slot("codes", TextField())).order_by("code")
)


class Counted(Paginator):  # type: ignore[type-arg]
    """Pages of a list whose length is known."""

    def __init__(self, count: int) -> None:
        super().__init__(range(count), PAGE)


@CUSTOMER
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """All nine columns, newest first, for one supply or all."""
    person, now = person_of(request), today()
    found = unchosen(request, person)
    extent, read = found[0][-2:] if found else ("[0]", None)
    accounts, supplies = sorted_out(rows_of(read) if found else ACCOUNTS_WITH_SUPPLIES(user=person.pk))
    count, *ends = json.loads(extent)
    years = years_between(*map(date.fromisoformat, ends)) if found else years_of(mine(person))
    wanted = InvoiceFilter(request.GET, customers=customers_of(request), supplies=list(supplies.values()), years=years)
    if found:
        page: Page[Any] = Counted(count).get_page(request.GET.get("page"))
        payments = paid_by((row[0], *row[len(FIELDS) : -2]) for row in found)
        invoices = list({row[0]: row for row in found}.values())
        rows = rows_with(invoices, payments, supplies=supplies, today=now)
    else:
        page = Paginator(wanted.apply(mine(person)).newest_first(), PAGE).get_page(request.GET.get("page"))
        rows = invoice_rows(cast(InvoiceQuerySet, page.object_list), user=person, supplies=supplies, today=now)
    owner = wanted.chosen("customer")
    accounts = [account for account in accounts if account.customer_id == (owner or account.customer_id)]
    context = frame(request, "invoices") | {
        "filter": wanted,
        "page": page,
        "rows": rows,
        "balance": balance_of(accounts, supplies.get(wanted.chosen("supply") or "")),
        "supplies": supplies,
        "names": {customer.code: customer.name for customer in customers_of(request)},
    }
    return render(request, "portal/invoices.html", context)


def mine(person: User) -> InvoiceQuerySet:
    return Invoice.objects.within_reach_of(person)


def sorted_out(rows: Iterable[tuple[Any, ...]]) -> tuple[list[BillingAccount], dict[str, Supply]]:
    """Accounts and supplies, each with what a list needs of it, of rows ``WITH_SUPPLIES``; supplies by code."""
    accounts: dict[str, BillingAccount] = {}
    supplies: dict[str, Supply] = {}
    for row in rows:
        account = object_of(BillingAccount, ACCOUNT_FIELDS, row[: len(ACCOUNT_FIELDS)])
        supply = object_of(Supply, SUPPLY_FIELDS, row[len(ACCOUNT_FIELDS) :])
        accounts.setdefault(account.code, account)
        if supply.code is not None:
            supplies[supply.code] = supply
    return list(accounts.values()), dict(sorted(supplies.items()))


def unchosen(request: HttpRequest, person: User) -> list[tuple[Any, ...]]:
    """The page of all invoices, empty where something was chosen, or where there is no such page."""
    if any(value for name, value in request.GET.items() if name != "page"):
        return []
    number = request.GET.get("page", "1")
    if not number.isascii() or not number.isdigit() or len(number) > 6 or int(number) < 1:
        return []
    return ALL(user=person.pk, limit=PAGE, offset=(int(number) - 1) * PAGE)


@CUSTOMER
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One invoice: its lines, VAT, payments and what can be done with it."""
    person = person_of(request)
    invoice = INVOICE.first(user=person.pk, number=number)
    if invoice is None:
        raise Http404
    context = frame(request, "invoices", [invoice.customer]) | {
        "invoice": invoice,
        "owed": invoice.owed,
        "overdue": invoice.is_overdue(today()),
        "asked": asked_about(person, invoice),
        "sent": log_of(Sending.objects.of_invoice(number).order_by("-asked_at", "pk")),
        "from_mail": from_mail.note(request, number),
        "payments": PAYMENTS(user=person.pk, number=number),
        "supplies": CONCERNED(user=person.pk, codes=invoice.supply_codes) if invoice.supply_codes else [],
        "sections": sections(invoice.lines),
        "vat": [decimals(rate) for rate in invoice.vat] if invoice.vat is not None else None,
        "outside_vat": outside_vat(invoice),
        "ways": ways(ABOUT_OPEN if invoice.remaining > 0 else ABOUT, customer=invoice.customer_id, invoice=number),
    }
    return render(request, "portal/invoice.html", context)


ABOUT = [(ActivityKind.INVOICE_CORRECTION, gettext_lazy("Contest this invoice"))]
ABOUT_OPEN = [
    *ABOUT,
    (ActivityKind.ALREADY_PAID, gettext_lazy("I have paid it already")),
    (ActivityKind.INSTALMENTS, gettext_lazy("Pay it by instalments")),
]


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
