"""What a meter may be expected to show: from what was read on it before, a year's consumption and how it spreads.

Arithmetic alone. Consumption is in the service's unit, what dials show in theirs; only whole units of a dial count, for
nobody is asked to read the red digits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import Literal, Protocol

from sportello.domain.activities.kinds.self_reading.profiles import Shares, share_between
from sportello.domain.activities.kinds.self_reading.windows import cycle_of

LEAST_SHARE = Decimal("0.25")  # of a year: from less than this no year is inferred
BANDS = ("f1", "f2", "f3")


class Bounds(Protocol):
    """Of the rules in force, what bands are made of."""

    accept_from: Decimal
    accept_to: Decimal
    confirm_from: Decimal
    confirm_to: Decimal
    slack: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """A dial as the arithmetic needs it. ``coefficient`` is None where billing does not say; it is then near 1."""

    code: str
    role: str
    digits: int | None
    coefficient: Decimal | None

    @property
    def end(self) -> Decimal | None:
        """Where the dial begins anew; None where nobody knows how many digits it has."""
        return Decimal(10) ** self.digits if self.digits else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A real reading of the meter: not an estimate, and neither superseded nor refused.

    ``gives_way`` says to which new reading it gives its place: "day" to one of the same day, "cycle" to one of the same
    window or month, "" to none. ``pending`` ones have been sent and are not in billing's data yet.
    """

    read_on: date
    values: Mapping[str, Decimal]
    origin: str
    gives_way: Literal["", "day", "cycle"] = ""
    pending: bool = False

    def gives_way_to(self, read_on: date, *, opens_day: int | None) -> bool:
        if self.gives_way and self.read_on == read_on:
            return True
        first, last = cycle_of(read_on, opens_day=opens_day)
        return self.gives_way == "cycle" and first <= self.read_on <= last


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What consumption is accepted, and what is after one confirmation; in the service's unit, below zero never meant."""

    low: Decimal
    high: Decimal
    lowest: Decimal
    highest: Decimal


def whole(value: Decimal) -> Decimal:
    """The black digits: what is before the comma."""
    return value.to_integral_value(ROUND_FLOOR)


def counting(gauges: Sequence[Gauge]) -> list[Gauge]:
    """The dials whose sum is the consumption: the corrector's, else the total, else those of the time bands."""
    for role in ("corrected", "total"):
        found = [gauge for gauge in gauges if gauge.role == role]
        if found:
            return found[:1]
    return [gauge for gauge in gauges if gauge.role in BANDS]


def metering(gauges: Sequence[Gauge]) -> list[Gauge]:
    """The dials that count what flows through the meter itself."""
    totals = [gauge for gauge in gauges if gauge.role == "total"]
    return totals[:1] or [gauge for gauge in gauges if gauge.role in BANDS]


def consumption(gauges: Iterable[Gauge], deltas: Mapping[str, Decimal]) -> Decimal | None:
    """In the service's unit; None where a dial has no delta."""
    amount = Decimal(0)
    for gauge in gauges:
        if gauge.code not in deltas:
            return None
        amount += deltas[gauge.code] * (gauge.coefficient or 1)
    return amount


def deltas_between(gauges: Iterable[Gauge], older: Known, newer: Known) -> dict[str, Decimal]:
    """How far each dial went from one reading to the next, where both have it; over its end too."""
    deltas = {}
    for gauge in gauges:
        if gauge.code in older.values and gauge.code in newer.values:
            delta = newer.values[gauge.code] - older.values[gauge.code]
            if delta < 0 and gauge.end:
                delta += gauge.end
            deltas[gauge.code] = delta
    return deltas


def year_of(gauges: Sequence[Gauge], known: Sequence[Known], shares: Shares) -> Decimal | None:
    """A year's consumption as the readings themselves show it; None where they say too little. ``known`` newest first."""
    if len(known) < 2:
        return None
    newest, oldest = known[0], known[-1]
    share = share_between(shares, after=oldest.read_on, until=newest.read_on)
    if share < LEAST_SHARE:
        return None
    used = Decimal(0)
    for newer, older in pairwise(known):
        part = consumption(counting(gauges), deltas_between(gauges, older, newer))
        if part is None or part < 0:
            return None
        used += part
    return used / share or None


def band_of(expected: Decimal, *, rules: Bounds, gauges: Sequence[Gauge]) -> Band:
    """The band around what is expected; some units of the dial are never unusual, or each short interval would be."""
    factor = max((gauge.coefficient or Decimal(1) for gauge in counting(gauges)), default=Decimal(1))
    slack = rules.slack * factor
    return Band(
        low=max(expected * rules.accept_from - slack, Decimal(0)),
        high=expected * rules.accept_to + slack,
        lowest=max(expected * rules.confirm_from - slack, Decimal(0)),
        highest=expected * rules.confirm_to + slack,
    )


def parts_of(gauges: Sequence[Gauge], known: Sequence[Known]) -> dict[str, Decimal]:
    """How far each dial goes while one unit is consumed, as between the last two readings; only what is known."""
    counted = counting(gauges)
    parts = {gauge.code: 1 / (gauge.coefficient or Decimal(1)) for gauge in counted if len(counted) == 1}
    if len(known) > 1 and len(gauges) > 1:
        deltas = deltas_between(gauges, known[1], known[0])
        used = consumption(counted, deltas)
        if used and used > 0:
            parts |= {code: delta / used for code, delta in deltas.items() if delta >= 0 and code not in parts}
    return parts


def ratio_of(gauges: Sequence[Gauge], known: Sequence[Known]) -> Decimal | None:
    """How far the corrector went for each unit of the meter between the last two readings that show it."""
    by_role = {gauge.role: gauge.code for gauge in gauges}
    if not {"total", "corrected"} <= set(by_role):
        return None
    for newer, older in pairwise(known):
        deltas = deltas_between(gauges, older, newer)
        meter, corrector = deltas.get(by_role["total"]), deltas.get(by_role["corrected"])
        if meter and corrector and meter > 0 and corrector > 0:
            return corrector / meter
    return None
