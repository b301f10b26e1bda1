"""What was used as bars: a month beside the same month of the year before, or the years one beside the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.utils.translation import gettext as _

from sportello.domain.customers.filters import Span
from sportello.domain.customers.history import (
    Comparison,
    Line,
    Month,
    by_month,
    by_year,
    compared,
    next_month,
    used_by_month,
)
from sportello.domain.customers.models import Usage
from sportello.domain.customers.models.meters import Measure
from sportello.ui import formats
from sportello.ui.charts import HALF, WHOLE, Bar, Chart, bar_chart

TENTH, WHOLE_UNIT = Decimal("0.1"), Decimal(1)
MANY: Final = 100  # units, from which on nobody wants to see tenths


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A chart, the same for a phone, and the bars that both were drawn from."""

    title: str
    unit: str
    place: str
    bars: Sequence[Bar]
    chart: Chart
    narrow: Chart
    comparison: Comparison | None
    read_up_to: date | None  # where a meter counted

    @property
    def read(self) -> bool:
        return self.read_up_to is not None

    @property
    def total(self) -> Decimal:
        return sum((bar.value for bar in self.bars if bar.value is not None), Decimal(0))


def charts(lines: Sequence[Line], usage: Sequence[Usage], span: Span, *, unit: str) -> list[Drawn]:
    """One of what meters counted, else one of each thing that was counted without; none where nothing was used."""
    if lines:
        last = max((line.read_on for line in lines if line.counts and span.covers(line.read_on)), default=None)
        return _drawn(by_month(lines), span, title=_("Consumption"), unit=unit, width=WHOLE, read_up_to=last)
    measures = used_by_month(usage)
    units = {used.measure: used.unit for used in usage}
    titles = dict(Measure.choices) | {Measure.DELIVERY: _("Deliveries")}
    width = HALF if len(measures) > 1 else WHOLE
    return [
        drawn
        for measure, title in titles.items()
        if measure in measures
        for drawn in _drawn(measures[measure], span, title=str(title), unit=units[measure], width=width)
    ]


def _drawn(
    months: Mapping[date, Month], span: Span, *, title: str, unit: str, width: int, read_up_to: date | None = None
) -> list[Drawn]:
    """The one chart, or none where nothing was used in this time."""
    ends = (span.first, span.last) if span.first and span.last else None
    bars = rounded(monthly(months, *ends) if ends else yearly(months))
    if all(bar.value is None for bar in bars):
        return []
    return [
        Drawn(
            title=f"{title}, {unit}" if unit else title,
            unit=unit,
            place=_("Month") if ends else _("Year"),
            bars=bars,
            chart=bar_chart(bars, width=width),
            narrow=bar_chart(bars, width=HALF),
            comparison=compared(months, *ends) if ends else None,
            read_up_to=read_up_to,
        )
    ]


def monthly(months: Mapping[date, Month], first: date, last: date) -> list[Bar]:
    """A bar for each month between these days, whether anything is known of it or not."""
    bars = []
    month = first.replace(day=1)
    while month <= last:
        bars.append(_bar(month, months.get(month), months.get(month.replace(year=month.year - 1))))
        month = next_month(month)
    return bars


def _bar(month: date, here: Month | None, before: Month | None) -> Bar:
    name = formats.month(month)
    return Bar(
        axis=name,
        label=f"{name} {month.year}",
        value=here.value if here else None,
        before=before.value if before else None,
        estimated=here is not None and here.estimated,
        note=_partly(month, here),
    )


def yearly(months: Mapping[date, Month]) -> list[Bar]:
    years = by_year(months)
    return [
        Bar(axis=str(year), label=str(year), value=years[year].value, estimated=years[year].estimated)
        for year in sorted(years)
    ]


def rounded(bars: Sequence[Bar]) -> list[Bar]:
    """All to tenths, or all to whole units where there are many of them."""
    largest = max((abs(value) for bar in bars for value in (bar.value, bar.before) if value is not None), default=0)
    places = WHOLE_UNIT if largest >= MANY else TENTH

    def to(value: Decimal | None) -> Decimal | None:
        return None if value is None else value.quantize(places, ROUND_HALF_UP)

    return [replace(bar, value=to(bar.value), before=to(bar.before)) for bar in bars]


def _partly(month: date, used: Month | None) -> str:
    """Said of a month of which not all days are known."""
    whole = (next_month(month) - month).days
    return (
        _("(%(days)s days of %(whole)s)") % {"days": used.days, "whole": whole}
        if used and 0 < used.days < whole
        else ""
    )
