"""What dials show becomes what was used, against meters that are turned day by day."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportello.domain.customers.counting import Count, Dial, count, counting, difference
from sportello.domain.customers.history import Line, by_month, by_year, lines_of
from sportello.domain.customers.models import Meter, MeterReading

START = date(2023, 1, 1)


def dial(role: str = "total", **fields) -> Dial:
    return Dial(**{"code": role, "role": role, "unit": "m³", "digits": 5, **fields})


def numbers(**shown: object) -> dict[str, Decimal]:
    return {role: Decimal(str(value)) for role, value in shown.items()}


# --- one difference ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "now", "digits", "expected"),
    [
        ("100", "150", 5, ("50", False)),
        ("100", "100", 5, ("0", False)),
        ("99980", "35", 5, ("55", True)),
        ("99980", "35", None, ("-99945", False)),  # nobody knows how many digits there are
        ("99980", "35", 6, ("-99945", False)),  # not near the end of six digits
        ("90000", "35", 5, ("-89965", False)),  # not more than nine tenths
        ("90001", "9999", 5, ("19998", True)),
        ("90001", "10000", 5, ("-80001", False)),
        ("500", "480", 5, ("-20", False)),  # an estimate was too high
        ("100000", "1", 5, ("-99999", False)),  # more than the dial can show
        ("99980", "-5", 5, ("-99985", False)),
        ("9.5", "0.5", 1, ("1.0", True)),
    ],
)
def test_a_difference(before, now, digits, expected):
    gone, rolled = difference(Decimal(before), Decimal(now), digits)
    assert (gone, rolled) == (Decimal(expected[0]), expected[1])


# --- which dials count -------------------------------------------------------------------------------------------------


def test_gas_is_converted_by_its_coefficient():
    counted = count([dial(coefficient=Decimal("1.034889"))], numbers(total=1234), numbers(total=1432), unit="Smc")
    assert counted == Count(total=Decimal("204.91"), difference=Decimal(198), coefficient=Decimal("1.034889"))


def test_without_coefficient_nobody_can_say_where_the_units_differ():
    assert count([dial()], numbers(total=1), numbers(total=2), unit="Smc") == Count()
    assert count([dial()], numbers(total=1), numbers(total=2), unit="m³").total == 1


def test_a_corrector_counts_and_its_meter_does_not():
    pair = [dial(digits=8), dial("corrected", unit="Smc", digits=8)]
    counted = count(pair, numbers(total=100, corrected=300), numbers(total=200, corrected=580), unit="Smc")
    assert (counted.total, counted.difference, counted.coefficient) == (280, 280, 1)


def test_a_corrector_that_was_not_read_is_not_replaced_by_its_meter():
    pair = [dial(coefficient=Decimal(1)), dial("corrected", unit="Smc")]
    assert count(pair, numbers(total=100, corrected=300), numbers(total=200), unit="Smc") == Count()


def test_bands_count_together():
    dials = [dial(role, unit="kWh") for role in ("f1", "f2", "f3")]
    counted = count(dials, numbers(f1=1, f2=2, f3=99995), numbers(f1=11, f2=4, f3=2), unit="kWh")
    assert counted == Count(
        total=Decimal(19),
        bands=(("f1", Decimal(10)), ("f2", Decimal(2)), ("f3", Decimal(7))),
        rolled_over=True,
    )


def test_a_band_that_was_not_read_leaves_the_others_but_no_total():
    dials = [dial(role, unit="kWh") for role in ("f1", "f2", "f3")]
    counted = count(dials, numbers(f1=1, f2=2, f3=3), numbers(f1=11, f2=4), unit="kWh")
    assert (counted.total, counted.bands) == (None, (("f1", 10), ("f2", 2)))


@pytest.mark.parametrize(("total", "expected"), [({"total": 16}, 10), ({}, 9)])
def test_a_total_is_believed_before_its_bands(total, expected):
    dials = [dial(role, unit="kWh") for role in ("f1", "f2", "f3", "total")]
    counted = count(dials, numbers(f1=1, f2=2, f3=3, total=6), numbers(f1=4, f2=5, f3=6, **total), unit="kWh")
    assert counted.total == expected


def test_what_is_no_dial_counts_nothing():
    assert counting([]) == []
    assert count([], numbers(total=1), numbers(total=2), unit="m³") == Count()


@given(
    st.lists(st.sampled_from(["total", "corrected", "f1", "f2", "f3"]), unique=True),
    st.decimals(min_value=-(10**18), max_value=10**18, allow_nan=False),
    st.decimals(min_value=-(10**18), max_value=10**18, allow_nan=False),
    st.none() | st.decimals(min_value=Decimal("1E-18"), max_value=10**6),
    st.none() | st.integers(1, 15),
)
def test_whatever_the_mirror_takes_can_be_reckoned_with(roles, before, now, coefficient, digits):
    dials = [dial(role, digits=digits, coefficient=coefficient) for role in roles]
    count(dials, dict.fromkeys(roles, before), dict.fromkeys(roles, now), unit="Smc")


# --- whole histories, against meters that are turned ---------------------------------------------------------------------


@dataclass
class Turned:
    """A dial as clockwork: it counts one by one and knows nothing of differences."""

    digits: int
    shows: int

    def turn(self, by: int) -> None:
        for _ in range(by):
            self.shows = 0 if self.shows == 10**self.digits - 1 else self.shows + 1


@dataclass
class World:
    """What a meter reader would have seen, and what was really used between his visits, dial by dial."""

    meters: list[Meter] = field(default_factory=list)
    readings: list[MeterReading] = field(default_factory=list)
    used: dict[str, dict[str, int]] = field(default_factory=dict)  # by reading: units by role


step = st.tuples(
    st.integers(1, 70),  # days
    st.lists(st.integers(0, 99), min_size=3, max_size=3),  # turns of each dial
    st.sampled_from(["read", "read", "read", "estimate", "refused", "superseded", "swap"]),
)


@st.composite
def worlds(draw, roles: tuple[str, ...], coefficient: str | None, unit: str) -> World:
    world = World()
    day, since = START, dict.fromkeys(roles, 0)

    def install() -> dict[str, Turned]:
        code = f"M{len(world.meters)}"
        registers = [
            {
                "code": f"{code}-{role}",
                "role": role,
                "unit": unit,
                "digits": 3,
                "serial": "",
                "coefficient": coefficient,
            }
            for role in roles
        ]
        world.meters.append(Meter(code=code, serial=f"serial {code}", registers=registers, installed_on=day))
        return {role: Turned(3, draw(st.integers(0, 999))) for role in roles}

    def read(kind: str, occasion: str = "periodic") -> None:
        shown = {role: one.shows for role, one in dials.items()}
        extra: dict[str, object] = {"origin": "estimated" if kind == "estimate" else "actual"}
        if kind in ("refused", "superseded"):
            shown = dict.fromkeys(roles, draw(st.integers(0, 999)))
            extra |= {"validation": "refused"} if kind == "refused" else {"superseded_by": "another"}
        meter = world.meters[-1]
        reading = MeterReading(
            code=f"L{len(world.readings):03}", meter_code=meter.code, read_on=day, occasion=occasion,
            values=[{"register": f"{meter.code}-{role}", "value": str(value)} for role, value in shown.items()], **extra,
        )  # fmt: skip
        world.readings.append(reading)
        if kind in ("read", "estimate") and occasion != "initial":
            world.used[reading.code] = dict(since)
            since.update(dict.fromkeys(roles, 0))

    dials = install()
    read("read", "initial")
    for days, turns, kind in draw(st.lists(step, max_size=12)):
        day += timedelta(days=days)
        for role, by in zip(roles, turns, strict=False):
            # Less than a tenth of the dial between two readings that count, or nobody could tell that it began anew.
            by = min(by, 99 - since[role])
            dials[role].turn(by)
            since[role] += by
        if kind == "swap":
            read("read", "final")
            dials = install()
            read("read", "initial")
        else:
            read(kind)
    return world


def told(world: World, unit: str) -> dict[str, Line]:
    mixed = sorted(world.readings, key=lambda reading: reading.code[::-1])  # not in the order of time
    return {line.code: line for line in lines_of(world.meters, mixed, unit=unit)}


@given(worlds(("total",), "1.034889", "m³"))
def test_gas_is_what_was_burnt(world):
    lines = told(world, "Smc")
    for code, line in lines.items():
        used = world.used.get(code)
        expected = None if used is None else Fraction(used["total"]) * Fraction(1034889, 1000000)
        assert (line.consumption is None) == (expected is None)
        assert expected is None or abs(Fraction(line.consumption) - expected) <= Fraction(1, 200)


@given(worlds(("f1", "f2", "f3"), None, "kWh"))
def test_bands_are_what_was_used_in_each(world):
    for code, line in told(world, "kWh").items():
        used = world.used.get(code)
        assert line.consumption == (None if used is None else sum(used.values()))
        assert dict(line.count.bands) == (used or {})


@given(worlds(("total", "corrected"), "1", "Smc"))
def test_of_a_pair_the_corrector_tells(world):
    for code, line in told(world, "Smc").items():
        used = world.used.get(code)
        assert line.consumption == (None if used is None else used["corrected"])


@given(worlds(("total",), None, "m³"))
def test_nothing_is_lost_or_counted_twice(world):
    lines = told(world, "m³").values()
    whole = sum(used["total"] for used in world.used.values())
    months = by_month(lines)
    assert sum(line.consumption or 0 for line in lines) == whole
    assert abs(sum(month.value for month in months.values()) - whole) < Decimal("1E-15")
    assert abs(sum(year.value for year in by_year(months).values()) - whole) < Decimal("1E-15")


@given(worlds(("total",), None, "m³"))
def test_days_are_shared_out_one_by_one(world):
    """Each day between two readings that count has its part; here it is given to it day by day."""
    days: dict[date, int] = {}
    value: dict[date, Fraction] = {}
    lines = [line for line in told(world, "m³").values() if line.consumption is not None]
    for line in lines:
        between = [line.since + timedelta(days=n + 1) for n in range((line.read_on - line.since).days)]
        for each in between or [line.read_on]:
            month = each.replace(day=1)
            value[month] = value.get(month, Fraction(0)) + Fraction(line.consumption) / max(len(between), 1)
            days[month] = days.get(month, 0) + bool(between)
    months = by_month(lines)
    assert {first: month.days for first, month in months.items()} == days
    assert all(abs(Fraction(month.value) - value[first]) < Fraction(1, 10**15) for first, month in months.items())
