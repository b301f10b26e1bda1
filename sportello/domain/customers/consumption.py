"""What was used, as the invoices say it: bill by bill, beside the same bill of the year before."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sportello.domain.customers.models.invoices import InvoiceKind, InvoiceQuerySet


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledConsumption:
    """One bill's consumption. ``before`` is that of the bill that ended in the same month a year earlier, if any."""

    month: date  # the first day of the month in which the bill's period ended
    value: Decimal
    before: Decimal | None
    estimated: bool


def billed_consumption(invoices: InvoiceQuerySet, *, today: date) -> dict[str, list[BilledConsumption]]:
    """The last twelve months' bills by unit ("Smc", "kWh"), oldest first. One query."""
    since = date(today.year - 2, today.month, 1)
    rows = invoices.filter(issued_on__gte=since, consumption__isnull=False, period_to__isnull=False).values_list(
        "consumption_unit", "period_to", "consumption", "kind"
    )
    return {unit: series for unit, bills in _by_unit(rows).items() if (series := _series(bills, today=today))}


Bill = tuple[date, Decimal, str | None]


def _by_unit(rows: Iterable[tuple[str, date | None, Decimal | None, str | None]]) -> dict[str, list[Bill]]:
    units: dict[str, list[Bill]] = defaultdict(list)
    for unit, period_to, value, kind in rows:
        if period_to is not None and value is not None:
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
