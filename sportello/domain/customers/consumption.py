"""What was used, as the invoices say it: bill by bill, beside the same bill of the year before."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import DateField, QuerySet

from sportello.domain.customers.models import Invoice
from sportello.domain.customers.models.invoices import InvoiceKind, InvoiceQuerySet
from sportello.prepared import SOMEBODY, Prepared, Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledConsumption:
    """One bill's consumption. ``before`` is that of the bill that ended in the same month a year earlier, if any."""

    month: date  # the first day of the month in which the bill's period ended
    value: Decimal
    before: Decimal | None
    estimated: bool


def _billed(invoices: InvoiceQuerySet, *, since: date | Slot) -> QuerySet[Invoice, tuple[Any, ...]]:
    counted = invoices.filter(issued_on__gte=since, consumption__isnull=False, period_to__isnull=False)
    return counted.values_list("consumption_unit", "period_to", "consumption", "kind")


BILLED = Prepared(lambda: _billed(Invoice.objects.within_reach_of(SOMEBODY), since=Slot("since", DateField())))


def consumption_billed_to(user: int, *, today: date) -> dict[str, list[BilledConsumption]]:
    """As ``billed_consumption``, of all invoices within reach of the person with this number."""
    return _by_series(BILLED(user=user, since=_since(today)), today=today)


def billed_consumption(invoices: InvoiceQuerySet, *, today: date) -> dict[str, list[BilledConsumption]]:
    """The last twelve months' bills by unit ("Smc", "kWh"), oldest first. One query."""
    return _by_series(_billed(invoices, since=_since(today)), today=today)


def _since(today: date) -> date:
    return date(today.year - 2, today.month, 1)


def _by_series(rows: Iterable[tuple[Any, ...]], *, today: date) -> dict[str, list[BilledConsumption]]:
    return {unit: series for unit, bills in _by_unit(rows).items() if (series := _series(bills, today=today))}


Bill = tuple[date, Decimal, str | None]


def _by_unit(rows: Iterable[tuple[str, date, Decimal, str | None]]) -> dict[str, list[Bill]]:
    units: dict[str, list[Bill]] = defaultdict(list)
    for unit, period_to, value, kind in rows:
        units[unit].append((period_to, value, kind))
    return units


def _series(bills: list[Bill], *, today: date) -> list[BilledConsumption]:
    values: dict[date, Decimal] = defaultdict(Decimal)
    estimated: set[date] = set()
    for period_to, value, kind in bills:
        month = period_to.replace(day=1)
        values[month] += value
        if kind == InvoiceKind.PERIOD_ESTIMATED:
            estimated.add(month)
    first = date(today.year - 1, today.month, 1)
    return [
        BilledConsumption(
            month=month,
            value=values[month],
            before=values.get(month.replace(year=month.year - 1)),
            estimated=month in estimated,
        )
        for month in sorted(values)
        if month > first
    ]
