"""Judges a self-reading: what is wrong with it, what is unusual, and whether it may go to billing by itself.

Nothing is refused but what cannot be a reading: a day that cannot be, letters, more digits than the dial has, a dial left
out. A value that is smaller than the last one, or far from what was expected, may be true all the same: the meter has
begun anew, or is another one, or the last reading was wrong. It is kept for an operator.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from sportello.domain.activities.kinds.self_reading import expecting
from sportello.domain.activities.kinds.self_reading.expecting import Band, Known, whole
from sportello.domain.activities.kinds.self_reading.sheets import Dial, Sheet

FIRST_DAY = date(1970, 1, 1)  # no supply that is read today is older
MOST_DIGITS = 9  # where billing does not say how many a dial has
KEPT = ("roll_over", "smaller", "equal", "over_flow", "far_high", "far_low")
UNUSUAL = ("high", "low", "ratio")
REPLACES = "replaces"

Verdict = Literal["accepted", "confirm", "kept"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a field cannot be taken. ``params`` fill the message of this code."""

    code: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """``errors`` by field, "" for the whole; with any, nothing else counts. ``reasons`` are codes, the worst first.

    ``consumption``, ``low`` and ``high`` are in the service's unit, None where unknown. ``measured_against`` is the
    reading before, ``replaces`` says that one of the customer's own gives its place to this one.
    """

    errors: Mapping[str, Sequence[Problem]] = field(default_factory=dict)
    verdict: Verdict = "accepted"
    reasons: tuple[str, ...] = ()
    consumption: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    measured_against: Known | None = None
    replaces: bool = False


def judge(sheet: Sheet, *, read_on: date, values: Mapping[str, Decimal | None], today: date) -> Judgement:
    """``values`` by register code, None for a dial that was left out; ``today`` is the day in Italy."""
    if sheet.why_not:
        return Judgement(errors={"": [Problem(sheet.why_not)]})
    errors = _wrong_values(sheet, values)
    if problem := _wrong_day(sheet, read_on, today):
        errors["read_on"] = [problem]
    if errors:
        return Judgement(errors=errors)
    return _weighed(sheet, read_on, {code: value for code, value in values.items() if value is not None})


# --- what cannot be a reading ----------------------------------------------------------------------------------------


def _wrong_day(sheet: Sheet, read_on: date, today: date) -> Problem | None:
    meter, supply = sheet.meter, sheet.supply
    if read_on > today:
        return Problem("future")
    if read_on < (supply.started_on or FIRST_DAY):
        return Problem("before_supply", {"day": supply.started_on})
    if supply.ended_on and read_on > supply.ended_on:
        return Problem("after_supply", {"day": supply.ended_on})
    if meter and meter.installed_on and read_on < meter.installed_on:
        return Problem("before_meter", {"day": meter.installed_on, "serial": meter.serial})
    last = next(iter(sheet.before(max(read_on, FIRST_DAY))), None)
    if last and read_on <= last.read_on:
        return Problem("not_after_last", {"day": last.read_on})
    return None


def _wrong_values(sheet: Sheet, values: Mapping[str, Decimal | None]) -> dict[str, list[Problem]]:
    """By field. Which dials there must be is for billing to say, not for what was filled in."""
    errors = {dial.field: [problem] for dial in sheet.dials if (problem := _wrong_value(dial, values.get(dial.code)))}
    known = {dial.code for dial in sheet.dials}
    if any(value is not None for code, value in values.items() if code not in known):
        errors[""] = [Problem("no_such_dial")]
    return errors


def _wrong_value(dial: Dial, value: Decimal | None) -> Problem | None:
    if value is None:
        return Problem("missing_corrector" if dial.role == "corrected" else "missing")
    if not value.is_finite():
        return Problem("not_a_number")
    if value < 0:
        return Problem("negative")
    digits = dial.digits or MOST_DIGITS
    if value >= Decimal(10) ** digits:
        return Problem("too_many_digits", {"digits": digits})
    if value != whole(value):
        return Problem("decimals")
    return None


# --- what is unusual -------------------------------------------------------------------------------------------------


def _weighed(sheet: Sheet, read_on: date, values: Mapping[str, Decimal]) -> Judgement:
    known = sheet.before(read_on)
    last = known[0] if known else None
    reasons: set[str] = set()
    deltas: dict[str, Decimal] = {}
    for dial in sheet.dials:
        if last and dial.code in last.values:
            reason, delta = _step(sheet, dial, whole(last.values[dial.code]), values[dial.code])
            reasons |= {reason} - {""}
            if delta is not None:
                deltas[dial.code] = delta
    used = expecting.consumption(expecting.counting(sheet.gauges), deltas)
    band = sheet.band(known, read_on)
    if last and used is not None:
        reasons |= {_against_band(sheet, band, used)} - {""}
        if _is_over_flow(sheet, deltas, days=(read_on - last.read_on).days):
            reasons.add("over_flow")
        if _is_off_ratio(sheet, known, deltas):
            reasons.add("ratio")
    replaces = sheet.replaced_by(read_on) is not None or len(known) < len(sheet.known)
    if replaces:
        reasons.add(REPLACES)
    return Judgement(
        verdict=_verdict(reasons),
        reasons=tuple(code for code in (*KEPT, *UNUSUAL, REPLACES) if code in reasons),
        consumption=used if is_in_service_unit(sheet) else None,
        low=band.low if band else None,
        high=band.high if band else None,
        measured_against=last,
        replaces=replaces,
    )


def _verdict(reasons: set[str]) -> Verdict:
    if reasons & set(KEPT):
        return "kept"
    return "confirm" if reasons else "accepted"


def _step(sheet: Sheet, dial: Dial, previous: Decimal, value: Decimal) -> tuple[str, Decimal | None]:
    """What is unusual about the way from ``previous`` to ``value``, and how far that is; None where nobody can say."""
    if value > previous:
        return "", value - previous
    if value == previous:
        return "" if sheet.rules.allow_equal else "equal", Decimal(0)
    end = dial.gauge.end
    share = sheet.rules.roll_over_share
    if end and previous > end * (1 - share) and value < end * share:
        return "roll_over", end - previous + value
    return "smaller", None


def _against_band(sheet: Sheet, band: Band | None, used: Decimal) -> str:
    if band is None or band.low <= used <= band.high:
        return ""
    if used > band.high:
        return "high" if used <= band.highest else "far_high"
    # Where a reading may equal the one before, an empty house is nothing that an operator must see.
    if used == 0:
        return "low" if sheet.rules.allow_equal else ""  # and is told to be equal
    return "low" if used >= band.lowest else "far_low"


def _is_over_flow(sheet: Sheet, deltas: Mapping[str, Decimal], *, days: int) -> bool:
    """More than can have passed through the meter."""
    most = sheet.meter and sheet.meter.maximum_flow
    passed = sum(deltas.get(gauge.code, Decimal(0)) for gauge in expecting.metering(sheet.gauges))
    return bool(most) and passed > Decimal(most or 0) * 24 * days


def _is_off_ratio(sheet: Sheet, known: Sequence[Known], deltas: Mapping[str, Decimal]) -> bool:
    """Whether the corrector went another way than the meter, going by the last time; each may be off by its red digits."""
    ratio = expecting.ratio_of(sheet.gauges, known)
    by_role = {dial.role: dial.code for dial in sheet.dials}
    if ratio is None:
        return False
    meter, corrector = deltas.get(by_role["total"]), deltas.get(by_role["corrected"])
    if meter is None or corrector is None:
        return False
    return abs(corrector - ratio * meter) > sheet.rules.corrector_tolerance * ratio * meter + ratio + 1


def is_in_service_unit(sheet: Sheet) -> bool:
    """Whether what the dials count can be told in the service's unit."""
    counted = {gauge.code for gauge in expecting.counting(sheet.gauges)}
    return all(
        dial.coefficient is not None or dial.unit == sheet.unit or dial.role == "corrected"
        for dial in sheet.dials
        if dial.code in counted
    )
