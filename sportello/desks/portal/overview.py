"""The first page: what is owed and by when, what was used, whether a reading is wanted, what became of what was asked."""

from collections import defaultdict
from decimal import Decimal

from django.db.models import DateField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from sportello.desks.policies import CUSTOMER, customers_of
from sportello.desks.portal import requests
from sportello.desks.portal.invoices import ACCOUNTS
from sportello.desks.portal.page import frame, person_of, today
from sportello.desks.portal.rows import FIELDS, rows_of
from sportello.desks.portal.wanted import wanted_now, with_readings
from sportello.domain.customers.balances import ToPay, balance_of, to_pay_by
from sportello.domain.customers.consumption import BilledConsumption, consumption_billed_to
from sportello.domain.customers.models import Invoice, Supply
from sportello.prepared import SOMEBODY, Prepared, Slot
from sportello.ui.charts import HALF, WHOLE, Bar, Chart, bar_chart
from sportello.ui.formats import month

SHOWN = 5  # supplies; more have a page of their own
LATEST = 3  # invoices, and requests
EVENING = 18  # o'clock

SUPPLIES = Prepared(
    lambda: with_readings(Supply.objects.within_reach_of(SOMEBODY).order_by("code"), today=Slot("today", DateField()))
)
INVOICES = Prepared(lambda: Invoice.objects.within_reach_of(SOMEBODY).newest_first().values_list(*FIELDS), paged=True)


@CUSTOMER
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    day = today()
    person = person_of(request).pk
    supplies = {supply.code: supply for supply in SUPPLIES(user=person, today=day)}
    accounts = ACCOUNTS(user=person)
    current = [supply for supply in supplies.values() if supply.status != "closed"]
    due = to_pay_by(person)
    latest = INVOICES(user=person, limit=LATEST, offset=0)
    context = frame(request, "overview") | {
        "evening": timezone.localtime().hour >= EVENING,
        "due": due,
        "overdue": due.overdue(day),
        "by_customer": by_customer(request, due),
        "balance": balance_of(accounts),
        "supplies": current[:SHOWN],
        "supplies_count": len(current),
        "latest": rows_of(latest, user=None, supplies=supplies, today=day),
        "requests": requests.with_standing(requests.latest(person, LATEST)),
        "wanted": wanted_now(current, today=day),
        "names": {customer.code: customer.name for customer in customers_of(request)},
        "charts": charts(consumption_billed_to(person, today=day)) if 0 < len(current) <= SHOWN else [],
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
    drawn = {
        unit: [
            Bar(
                axis=month(bill.month),
                label=f"{month(bill.month)} {bill.month.year}",
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
