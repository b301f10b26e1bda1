"""A supply's history: what was read on its meters, which readings count, and what was used between them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Final

from sportello.domain.customers.counting import Count, Dial, count, dials_of
from sportello.domain.customers.models import Meter, MeterReading, Usage
from sportello.domain.customers.models.meters import Measure, Occasion, ReadingOrigin, Validation

# Of two readings on one day, the first of a meter comes first and its last one last.
RANK: Final[dict[str, int]] = {Occasion.INITIAL: 0, Occasion.PERIODIC: 1, Occasion.FINAL: 2}
NO_COUNT: Final = Count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What one dial showed. ``role`` and ``unit`` are "" where billing has forgotten the meter."""

    register: str
    role: str
    unit: str
    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One reading of the history.

    ``consumption`` is what was used since ``since``, the day of the reading before it that counts, in the service's unit:
    billing's own figure, or ``count.total`` where it gives none; None where nobody can say. A reading that does not count
    has none. ``after_estimate`` says that the reading before was an estimate.
    """

    code: str
    read_on: date
    serial: str
    meter_code: str
    shown: tuple[Shown, ...]
    origin: str
    occasion: str
    validation: str
    validation_reason: str
    superseded_by: str | None
    successor_origin: str  # of the reading that took its place, "" where it is not here
    invoice_number: str | None
    since: date | None = None
    after_estimate: bool = False
    consumption: Decimal | None = None
    count: Count = NO_COUNT

    @property
    def counts(self) -> bool:
        return self.superseded_by is None and self.validation != Validation.REFUSED

    @property
    def estimated(self) -> bool:
        return self.origin == ReadingOrigin.ESTIMATED


def lines_of(meters: Iterable[Meter], readings: Iterable[MeterReading], *, unit: str) -> list[Line]:
    """All readings of one supply, oldest first; ``unit`` is its service's.

    Each meter is a series of its own: between the last reading of one and the first of the next nothing was used.
    """
    by_code = {meter.code: meter for meter in meters}
    dials = {code: dials_of(meter.registers) for code, meter in by_code.items()}
    found = sorted(readings, key=lambda reading: (reading.read_on, RANK.get(reading.occasion, 1), reading.code))
    origins = {reading.code: reading.origin for reading in found}
    series: dict[str, list[MeterReading]] = defaultdict(list)
    for reading in found:
        series[reading.meter_code].append(reading)
    lines: list[Line] = []
    for code in sorted(series, key=lambda code: (_installed(by_code.get(code), series[code]), code)):
        serial = by_code[code].serial if code in by_code else ""
        lines += _series(series[code], dials.get(code, ()), serial, origins, unit=unit)
    return sorted(lines, key=attrgetter("read_on"))  # stable: on the day of a swap the old meter's stay first


def _installed(meter: Meter | None, readings: Sequence[MeterReading]) -> date:
    return meter.installed_on if meter and meter.installed_on else readings[0].read_on


def _series(
    readings: Sequence[MeterReading], dials: Sequence[Dial], serial: str, origins: Mapping[str, str], *, unit: str
) -> list[Line]:
    lines = []
    before: tuple[Line, dict[str, Decimal]] | None = None
    for reading in readings:
        values = reading.numbers
        line = _line(reading, values, dials, serial, origins, before, unit=unit)
        lines.append(line)
        if line.counts:
            before = line, values
    return lines


def _line(
    reading: MeterReading,
    values: Mapping[str, Decimal],
    dials: Sequence[Dial],
    serial: str,
    origins: Mapping[str, str],
    before: tuple[Line, dict[str, Decimal]] | None,
    *,
    unit: str,
) -> Line:
    counts = reading.superseded_by is None and reading.validation != Validation.REFUSED
    if reading.occasion == Occasion.INITIAL or not counts:
        before = None
    counted = count(dials, before[1], values, unit=unit) if before else NO_COUNT
    figure = reading.consumption if reading.consumption is not None else counted.total
    return Line(
        code=reading.code,
        read_on=reading.read_on,
        serial=serial,
        meter_code=reading.meter_code,
        shown=_shown(values, dials),
        origin=reading.origin,
        occasion=reading.occasion,
        validation=reading.validation,
        validation_reason=reading.validation_reason,
        superseded_by=reading.superseded_by,
        successor_origin=origins.get(reading.superseded_by or "", ""),
        invoice_number=reading.invoice_number,
        since=before[0].read_on if before else None,
        after_estimate=before is not None and before[0].estimated,
        consumption=figure if counts else None,
        count=counted,
    )


def _shown(values: Mapping[str, Decimal], dials: Sequence[Dial]) -> tuple[Shown, ...]:
    known = [
        Shown(register=dial.code, role=dial.role, unit=dial.unit, value=values[dial.code])
        for dial in dials
        if dial.code in values
    ]
    codes = {dial.code for dial in dials}
    others = [
        Shown(register=code, role="", unit="", value=value) for code, value in values.items() if code not in codes
    ]
    return (*known, *others)


# --- by month ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Month:
    """What was used in a month. ``days`` is on how many of its days one knows, ``estimated`` whether any of it is."""

    value: Decimal = Decimal(0)
    days: int = 0
    estimated: bool = False


def by_month(lines: Iterable[Line]) -> dict[date, Month]:
    """What was used, by the first day of the month: between two readings the same on each day, that of the second too."""
    months: dict[date, Month] = defaultdict(Month)
    for line in lines:
        if line.consumption is None:
            continue
        days = (line.read_on - line.since).days if line.since else 0
        if days <= 0:
            _add(months[line.read_on.replace(day=1)], line.consumption, 0, line)
            continue
        for first, length in _parts(line.read_on - timedelta(days=days - 1), line.read_on):
            _add(months[first], line.consumption * length / days, length, line)
    return dict(months)


def _add(month: Month, value: Decimal, days: int, line: Line) -> None:
    month.value += value
    month.days += days
    month.estimated = month.estimated or line.estimated


def _parts(first: date, last: date) -> Iterable[tuple[date, int]]:
    """The months from ``first`` to ``last``, each with how many of its days lie between."""
    while first <= last:
        month_after = next_month(first)
        end = min(last, month_after - timedelta(days=1))
        yield first.replace(day=1), (end - first).days + 1
        first = month_after


def next_month(day: date) -> date:
    """The first day of the month after that of ``day``."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def used_by_month(usage: Iterable[Usage]) -> dict[str, dict[date, Month]]:
    """What was used where no meter counts, by measure and by the month in which its period ended.

    Traffic is known for whole months. Of a delivery it is not known when it is used, so its months have no days.
    """
    measures: dict[str, dict[date, Month]] = defaultdict(lambda: defaultdict(Month))
    for used in usage:
        month = measures[used.measure][used.period_to.replace(day=1)]
        month.value += used.quantity
        if used.measure != Measure.DELIVERY:
            month.days = (next_month(used.period_to) - used.period_to.replace(day=1)).days
    return {measure: dict(months) for measure, months in measures.items()}


def by_year(months: Mapping[date, Month]) -> dict[int, Month]:
    years: dict[int, Month] = defaultdict(Month)
    for first, month in months.items():
        year = years[first.year]
        year.value += month.value
        year.days += month.days
        year.estimated = year.estimated or month.estimated
    return dict(years)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What was used in some months and in the same months a year before."""

    now: Decimal
    before: Decimal

    @property
    def percent(self) -> int | None:
        """By how much it is more, less if negative; None where a year before was nothing."""
        return round((self.now - self.before) / self.before * 100) if self.before > 0 else None


def compared(months: Mapping[date, Month], first: date, last: date) -> Comparison | None:
    """Of the months between these days that are known from their first day to their last, both times; None for none."""
    now, before = [], []
    month = first.replace(day=1)
    while month <= last:
        year_ago = month.replace(year=month.year - 1)
        if _whole(months, month) and _whole(months, year_ago):
            now.append(months[month].value)
            before.append(months[year_ago].value)
        month = next_month(month)
    return Comparison(now=sum(now, Decimal(0)), before=sum(before, Decimal(0))) if now else None


def _whole(months: Mapping[date, Month], month: date) -> bool:
    return month in months and months[month].days >= (next_month(month) - month).days


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What was used or delivered in one period: quantity and unit by measure."""

    period_from: date
    period_to: date
    quantities: dict[str, tuple[Decimal, str]]


def by_period(usage: Iterable[Usage]) -> list[Used]:
    """One for each period, in the order in which they come first."""
    periods: dict[tuple[date, date], Used] = {}
    for one in usage:
        ends = one.period_from, one.period_to
        used = periods.setdefault(ends, Used(period_from=ends[0], period_to=ends[1], quantities={}))
        already, _unit = used.quantities.get(one.measure, (Decimal(0), ""))
        used.quantities[one.measure] = already + one.quantity, one.unit
    return list(periods.values())
