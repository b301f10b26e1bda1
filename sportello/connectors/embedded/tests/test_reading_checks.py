"""Each check of a reading at its edges: the day that is just right, the dial that is not in both, the code named twice."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sportello.billing.errors import Refused
from sportello.billing.records import Register, RegisterValue
from sportello.connectors.embedded import reading_checks as checks
from sportello.connectors.embedded.models import Meter, MeterReading, Supply

DAY = date(2026, 11, 10)
BEFORE, AFTER = DAY - timedelta(days=1), DAY + timedelta(days=1)


def register(code: str = "A", digits: int | None = 5) -> Register:
    return Register(code=code, role="total", unit="m³", digits=digits)


def values(*named: tuple[str, Any]) -> list[RegisterValue]:
    return [RegisterValue(register=code, value=Decimal(value)) for code, value in named]


def reading(read_on: date = DAY, origin: str = "actual", **shown: int) -> MeterReading:
    kept = [{"register": code, "value": str(value)} for code, value in shown.items()]
    return MeterReading(read_on=read_on, origin=origin, values=kept)


def refuses(check: Any, *arguments: Any) -> str:
    """The field that is wrong, "" where nothing is."""
    try:
        check(*arguments)
    except Refused as error:
        return error.field
    return ""


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, {}),
        ({"started_on": DAY}, {BEFORE: "read_on"}),
        ({"ended_on": DAY}, {AFTER: "read_on"}),
        ({"status": "suspended"}, {}),
        ({"status": "closed"}, dict.fromkeys((BEFORE, DAY, AFTER), "supply_code")),
        ({"status": "activating"}, dict.fromkeys((BEFORE, DAY, AFTER), "supply_code")),
    ],
)
def test_a_supply_is_read_from_its_first_day_to_its_last(fields, wrong):
    here = Supply(**{"status": "active", **fields})
    found = {day: refuses(checks.check_supply, here, day) for day in (BEFORE, DAY, AFTER)}
    assert {day: field for day, field in found.items() if field} == wrong


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, {}),
        ({"installed_on": DAY}, {BEFORE: "read_on"}),
        ({"removed_on": DAY}, {DAY: "meter_code", AFTER: "meter_code"}),
    ],
)
def test_a_meter_is_read_from_the_day_it_came_to_the_one_before_it_went(fields, wrong):
    found = {day: refuses(checks.check_meter, Meter(**fields), day) for day in (BEFORE, DAY, AFTER)}
    assert {day: field for day, field in found.items() if field} == wrong


def test_today_can_be_read_and_tomorrow_cannot():
    assert refuses(checks.check_day, DAY, DAY) == ""
    assert refuses(checks.check_day, AFTER, DAY) == "read_on"


@pytest.mark.parametrize(
    ("named", "wrong"),
    [
        ([("A", 1), ("B", 2)], ""),
        ([("A", 1)], "values"),
        ([("A", 1), ("A", 2)], "values"),
        ([("A", 1), ("B", 2), ("B", 2)], "values"),
        ([("A", 1), ("C", 2)], "values"),
    ],
)
def test_each_register_has_one_value(named, wrong):
    assert refuses(checks.check_values, [register("A"), register("B")], values(*named)) == wrong


@pytest.mark.parametrize(
    ("digits", "value", "wrong"),
    [
        (5, 0, ""), (5, 99_999, ""), (5, 100_000, "values"), (5, -1, "values"), (5, "0.5", "values"), (5, "NaN", "values"),
        (None, 10**12 - 1, ""), (None, 10**12, "values"),
    ],
)  # fmt: skip
def test_a_value_is_what_the_dial_can_show(digits, value, wrong):
    assert refuses(checks.checked_value, register(digits=digits), Decimal(value)) == wrong


@pytest.mark.parametrize(
    ("origin", "wrong"),
    [("actual", [BEFORE, DAY]), ("corrected", [BEFORE, DAY]), ("self", []), ("estimated", [])],
)
def test_what_the_distributor_has_read_is_not_read_again(origin, wrong):
    known = [reading(DAY, origin, A=1000)]
    assert [day for day in (BEFORE, DAY, AFTER) if refuses(checks.check_after_actual, known, day)] == wrong


@pytest.mark.parametrize(
    ("known", "value", "wrong"),
    [
        ([], 5, ""),
        ([reading(BEFORE, A=1000)], 1000, ""), ([reading(BEFORE, A=1000)], 999, "values"),
        ([reading(AFTER, A=1000)], 1000, ""), ([reading(AFTER, A=1000)], 1001, "values"),
        ([reading(DAY, A=1000)], 999, ""), ([reading(DAY, A=1000)], 1001, ""),  # its place is taken
        ([reading(BEFORE, A=900), reading(DAY, A=1500), reading(AFTER, A=1000)], 950, ""),
        ([reading(BEFORE, B=1000)], 5, ""), ([reading(AFTER, B=0)], 5, ""),  # another dial says nothing
    ],
)  # fmt: skip
def test_no_value_falls_below_the_one_before_or_beyond_the_one_after(known, value, wrong):
    assert refuses(checks.check_order, known, [register("A"), register("B")], {"A": Decimal(value)}, DAY) == wrong


@pytest.mark.parametrize(
    ("earlier", "later", "contradict"),
    [
        ({"A": 1000}, {"A": 1000}, False),
        ({"A": 1000}, {"A": 999}, True),
        ({"A": 99_980}, {"A": 35}, False),  # gone round
        ({"A": 1000, "B": 5}, {"A": 1001, "B": 4}, True),
        ({"A": 1000}, {"B": 5}, False),
        ({"B": 5}, {"A": 1000}, False),
        ({"A": 1000, "B": 5}, {"B": 4}, True),
    ],
)
def test_two_readings_contradict_each_other_where_a_dial_of_both_has_gone_back(earlier, later, contradict):
    both = [register("A"), register("B")]
    assert checks.contradicts(both, reading(BEFORE, **earlier), reading(DAY, **later)) is contradict
