"""The history of a supply says what was read, which readings count, and what was used between them."""

from datetime import date
from decimal import Decimal

import pytest

from sportello.domain.customers.history import (
    Comparison,
    Line,
    Month,
    by_month,
    by_period,
    compared,
    lines_of,
    used_by_month,
)
from sportello.domain.customers.models import Meter, MeterReading, Usage
from tests.factories import register


def meter(code: str = "M1", **fields) -> Meter:
    values = {"serial": f"serial {code}", "registers": [register(coefficient="1")], "installed_on": date(2020, 1, 1)}
    return Meter(code=code, **{**values, **fields})


def reading(code: str, day: date, value: int = 0, **fields) -> MeterReading:
    values = {"meter_code": "M1", "origin": "actual", "occasion": "periodic"}
    shown = [{"register": "R-total", "value": str(value)}]
    return MeterReading(code=code, read_on=day, values=shown, **{**values, **fields})


def told(readings: list[MeterReading], *meters: Meter) -> dict[str, Line]:
    return {line.code: line for line in lines_of(meters or [meter()], readings, unit="m³")}


def figures(lines: dict[str, Line]) -> dict[str, Decimal | None]:
    return {code: line.consumption for code, line in lines.items()}


def test_each_counts_from_the_one_before_it():
    lines = told([reading("b", date(2026, 3, 1), 130), reading("a", date(2026, 1, 1), 100)])
    assert list(lines) == ["a", "b"]
    assert figures(lines) == {"a": None, "b": 30}
    assert (lines["a"].since, lines["b"].since) == (None, date(2026, 1, 1))
    assert lines["b"].serial == "serial M1"


def test_billings_own_figure_is_believed():
    lines = told(
        [reading("a", date(2026, 1, 1), 100), reading("b", date(2026, 3, 1), 130, consumption=Decimal("28.5"))]
    )
    assert lines["b"].consumption == Decimal("28.5")
    assert lines["b"].count.total == 30


def test_a_swap_closes_one_series_and_begins_another():
    old, new = meter("M1", removed_on=date(2026, 2, 1)), meter("M2", installed_on=date(2026, 2, 1))
    lines = told(
        [
            reading("a", date(2026, 1, 1), 9000),
            reading("y", date(2026, 2, 1), 7, meter_code="M2", occasion="initial"),
            reading("z", date(2026, 2, 1), 9100, occasion="final"),
            reading("b", date(2026, 3, 1), 27, meter_code="M2"),
        ],
        new,
        old,
    )
    assert list(lines) == ["a", "z", "y", "b"]
    assert figures(lines) == {"a": None, "z": 100, "y": None, "b": 20}
    assert [line.serial for line in lines.values()] == ["serial M1", "serial M1", "serial M2", "serial M2"]


def test_nothing_is_counted_over_a_swap_without_first_and_last_readings():
    lines = told(
        [reading("a", date(2026, 1, 1), 9000), reading("b", date(2026, 3, 1), 27, meter_code="M2")],
        meter(),
        meter("M2"),
    )
    assert figures(lines) == {"a": None, "b": None}


@pytest.mark.parametrize(
    ("out", "successor"),
    [({"superseded_by": "c"}, "corrected"), ({"superseded_by": "gone"}, ""), ({"validation": "refused"}, "")],
)
def test_one_that_does_not_count_is_passed_over(out, successor):
    lines = told(
        [
            reading("a", date(2026, 1, 1), 100),
            reading("b", date(2026, 2, 1), 900, consumption=Decimal(800), **out),
            reading("c", date(2026, 2, 1), 120, origin="corrected"),
            reading("d", date(2026, 3, 1), 150),
        ]
    )
    assert figures(lines) == {"a": None, "b": None, "c": 20, "d": 30}
    assert [line.counts for line in lines.values()] == [True, False, True, True]
    assert lines["b"].successor_origin == successor


@pytest.mark.parametrize("validation", ["", "pending", "valid"])
def test_one_that_is_not_refused_counts(validation):
    lines = told(
        [reading("a", date(2026, 1, 1), 1), reading("b", date(2026, 2, 1), 3, origin="self", validation=validation)]
    )
    assert figures(lines) == {"a": None, "b": 2}


def test_an_estimate_that_was_too_high_is_taken_back():
    lines = told(
        [
            reading("a", date(2026, 1, 1), 100),
            reading("b", date(2026, 2, 1), 150, origin="estimated"),
            reading("c", date(2026, 3, 1), 140),
        ]
    )
    assert figures(lines) == {"a": None, "b": 50, "c": -10}
    assert [line.after_estimate for line in lines.values()] == [False, False, True]
    assert [line.estimated for line in lines.values()] == [False, True, False]


def test_a_meter_that_billing_has_forgotten_shows_what_was_read():
    lines = told([reading("a", date(2026, 1, 1), 100), reading("b", date(2026, 2, 1), 130)], meter("other"))
    assert figures(lines) == {"a": None, "b": None}
    assert lines["b"].serial == ""
    assert [(shown.register, shown.role, shown.value) for shown in lines["b"].shown] == [("R-total", "", 130)]


def test_dials_are_shown_in_the_order_of_the_meter():
    pair = meter(registers=[register("f2"), register("f1")])
    one = reading("a", date(2026, 1, 1))
    one.values = [{"register": code, "value": "1"} for code in ("R-f1", "unknown", "R-f2")]
    (line,) = lines_of([pair], [one], unit="kWh")
    assert [shown.register for shown in line.shown] == ["R-f2", "R-f1", "unknown"]


def test_without_readings_there_is_no_history():
    assert lines_of([meter()], [], unit="m³") == []
    assert by_month([]) == {}


# --- by month ----------------------------------------------------------------------------------------------------------


def test_what_was_used_is_spread_over_the_days():
    lines = told([reading("a", date(2026, 1, 21), 0), reading("b", date(2026, 3, 10), 48, origin="estimated")])
    assert by_month(lines.values()) == {
        date(2026, 1, 1): Month(Decimal(10), 10, True),
        date(2026, 2, 1): Month(Decimal(28), 28, True),
        date(2026, 3, 1): Month(Decimal(10), 10, True),
    }


def test_a_figure_without_a_reading_before_it_stands_on_its_day():
    lines = told([reading("a", date(2026, 1, 21), 5, consumption=Decimal(7))])
    assert by_month(lines.values()) == {date(2026, 1, 1): Month(Decimal(7), 0, False)}


def months(**values: tuple[int, int]) -> dict[date, Month]:
    """Names like m202601; value and days."""
    return {
        date(int(name[1:5]), int(name[5:]), 1): Month(Decimal(value), days) for name, (value, days) in values.items()
    }


def test_only_months_that_are_whole_in_both_years_are_compared():
    used = months(
        m202501=(100, 31), m202502=(50, 28), m202503=(10, 31), m202601=(150, 31), m202602=(9, 12), m202604=(5, 30)
    )
    both = compared(used, date(2026, 1, 15), date(2026, 12, 31))
    assert both == Comparison(now=Decimal(150), before=Decimal(100))
    assert both.percent == 50


def test_there_may_be_nothing_to_compare():
    assert compared({}, date(2026, 1, 1), date(2026, 12, 31)) is None
    assert Comparison(now=Decimal(5), before=Decimal(0)).percent is None


# --- without a meter ---------------------------------------------------------------------------------------------------


def used(measure: str, first: date, last: date, quantity: int) -> Usage:
    return Usage(measure=measure, period_from=first, period_to=last, quantity=Decimal(quantity), unit="x")


def test_traffic_is_by_period_and_measure():
    january, february = (date(2026, 1, 1), date(2026, 1, 31)), (date(2026, 2, 1), date(2026, 2, 28))
    traffic = [
        used("data", *february, 3),
        used("voice", *january, 20),
        used("data", *january, 5),
        used("data", *january, 6),
    ]
    assert [(one.period_from, one.quantities) for one in by_period(traffic)] == [
        (february[0], {"data": (Decimal(3), "x")}),
        (january[0], {"voice": (Decimal(20), "x"), "data": (Decimal(11), "x")}),
    ]
    assert used_by_month(traffic) == {
        "data": {february[0]: Month(Decimal(3), 28), january[0]: Month(Decimal(11), 31)},
        "voice": {january[0]: Month(Decimal(20), 31)},
    }


def test_of_a_delivery_nobody_knows_when_it_is_used():
    day = date(2026, 12, 20)
    assert used_by_month([used("delivery", day, day, 700)]) == {"delivery": {date(2026, 12, 1): Month(Decimal(700), 0)}}
