"""The first page: what is owed and by when, what was used, whether a reading is wanted, what became of what was asked."""

from collections import defaultdict
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import formats, timezone
from django.views.decorators.http import require_safe

from sportello.desks.policies import CUSTOMER, customers_of
from sportello.desks.portal.page import frame, today
from sportello.desks.portal.requests import with_standing, within_reach
from sportello.desks.portal.rows import invoice_rows
from sportello.desks.portal.wanted import wanted_now, with_readings
from sportello.domain.customers.balances import ToPay, balance_of, to_pay
from sportello.domain.customers.consumption import BilledConsumption, billed_consumption
from sportello.domain.customers.models import BillingAccount, Invoice, Supply
from sportello.ui.charts import HALF, WHOLE, Bar, Chart, bar_chart
from sportello.ui.formats import is_italian

SHOWN = 5  # supplies; more have a page of their own
LATEST = 3  # invoices, and requests
EVENING = 18  # o'clock


@CUSTOMER
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    day = today()
    invoices = Invoice.objects.within_reach_of(request.user)
    reach = with_readings(Supply.objects.within_reach_of(request.user), today=day)
    supplies = {supply.code: supply for supply in reach.order_by("code")}
    accounts = list(BillingAccount.objects.within_reach_of(request.user))
    current = [supply for supply in supplies.values() if supply.status != "closed"]
    due = to_pay(invoices)
    latest = invoices.newest_first()[:LATEST]
    requests = within_reach(request).order_by("-opened_at", "-id")[:LATEST]
    context = frame(request, "overview") | {
        "evening": timezone.localtime().hour >= EVENING,
        "due": due,
        "overdue": due.overdue(day),
        "by_customer": by_customer(request, due),
        "balance": balance_of(accounts),
        "supplies": current[:SHOWN],
        "supplies_count": len(current),
        "latest": invoice_rows(latest, user=None, supplies=supplies, today=day),
        "requests": with_standing(requests),
        "wanted": wanted_now(current, today=day),
        "names": {customer.code: customer.name for customer in customers_of(request)},
        "charts": charts(billed_consumption(invoices, today=day)) if 0 < len(current) <= SHOWN else [],
    }
    return render(request, "portal/overview.html", context)


def by_customer(request: HttpRequest, due: ToPay) -> list[tuple[str, Decimal]]:
    """What each customer has to pay, for who holds more than one."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for invoice in due.by_hand:
        sums[invoice.customer_id] += invoice.remaining
    return [(customer.name, sums[customer.code]) for customer in customers_of(request)]


def charts(series: dict[str, list[BilledConsumption]]) -> list[tuple[str, list[Bar], Chart]]:
    """A chart for each unit that was billed at least twice."""
    month = "b" if is_italian() else "M"
    drawn = {
        unit: [
            Bar(
                axis=formats.date_format(bill.month, month),
                label=formats.date_format(bill.month, f"{month} Y"),
                value=bill.value,
                before=bill.before,
                estimated=bill.estimated,
            )
            for bill in bills
        ]
        for unit, bills in sorted(series.items(), reverse=True)
        if len(bills) > 1
    }
    width = HALF if len(drawn) > 1 else WHOLE
    return [(unit, bars, bar_chart(bars, width=width)) for unit, bars in drawn.items()]
