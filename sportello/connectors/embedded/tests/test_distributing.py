from datetime import date
from decimal import Decimal

import pytest

from sportello.connectors.embedded import models
from sportello.connectors.embedded.distributing import read, swap_meter
from sportello.connectors.embedded.loading import load
from sportello.connectors.embedded.mistakes import Mistake, Unknown
from sportello.connectors.embedded.tests.factories import metered, reading, supply

pytestmark = pytest.mark.django_db(databases=["billing"])

TODAY = date(2026, 4, 1)


@pytest.fixture(autouse=True)
def home():
    load(metered())


def get(code: str) -> models.MeterReading:
    return models.MeterReading.objects.get(code=code)


def look(value: int = 1100, on: date = TODAY) -> models.MeterReading:
    return read(supply_code="S1", values=[Decimal(value)], on=on, today=TODAY)


def test_the_distributor_reads():
    made = look()
    assert (made.origin, made.validation, made.consumption) == ("actual", "", Decimal("103.489"))
    assert made.received_at is made.judged_at is None


def test_its_reading_does_away_with_estimates_that_went_too_far():
    load(
        [
            reading("E1", 1300, date(2026, 4, 1), origin="estimated"),
            reading("E0", 1050, date(2026, 3, 9), origin="estimated"),
        ]
    )
    made = look()
    assert get("E1").superseded_by_id == made.code
    assert get("E0").superseded_by_id is None
    assert made.consumption == Decimal("51.744"), "since the estimate that stands"


def test_its_reading_takes_the_place_of_those_that_it_contradicts():
    load(
        [
            reading("A", 1050, date(2026, 3, 10), origin="self", validation="valid"),
            reading("B", 1200, date(2026, 3, 20), origin="self", validation="valid"),
            reading("C", 1100, TODAY, origin="self", validation="valid"),
            reading("D", 1250, date(2026, 3, 21), origin="self", validation="pending"),
        ]
    )
    made = look()
    assert get("A").superseded_by_id is None
    assert get("B").superseded_by_id == get("C").superseded_by_id == made.code
    assert get("D").superseded_by_id is None, "it has yet to be judged"


def test_a_reading_that_arrives_late_takes_the_place_of_a_later_one_that_it_contradicts():
    load([reading("A", 1050, date(2026, 3, 10), origin="self", validation="valid")])
    made = look(1060, on=date(2026, 3, 5))
    assert get("A").superseded_by_id == made.code


@pytest.mark.parametrize(
    ("values", "on", "words"),
    [
        ([1100], date(2026, 4, 2), "nel futuro"),
        ([1100], date(2026, 3, 1), "già letto"),
        ([], TODAY, "has 1 registers: total"),
        ([1, 2], TODAY, "has 1 registers"),
        ([100_000], TODAY, "solo 5 cifre"),
        ([1100], date(2019, 1, 1), "no meter on"),
    ],
)
def test_what_it_cannot_have_read(values, on, words):
    with pytest.raises(Mistake, match=words):
        read(supply_code="S1", values=[Decimal(value) for value in values], on=on, today=TODAY)
    assert models.MeterReading.objects.count() == 1


def test_nothing_is_read_where_there_is_no_supply_or_meter():
    load([supply("S2")])
    with pytest.raises(Unknown, match="no supply 'S9'"):
        read(supply_code="S9", values=[], on=TODAY, today=TODAY)
    with pytest.raises(Mistake, match="had no meter"):
        read(supply_code="S2", values=[], on=TODAY, today=TODAY)


def test_a_meter_is_swapped():
    new = swap_meter(supply_code="S1", final=[Decimal(1100)], serial="NEW 1", on=date(2026, 3, 20), today=TODAY)
    old = models.Meter.objects.get(code="M1")
    assert (new.code, new.serial, new.installed_on, new.registers) == (
        "2026/M/0000001",
        "NEW 1",
        date(2026, 3, 20),
        old.registers,
    )
    assert old.removed_on == date(2026, 3, 20)
    last, first = models.MeterReading.objects.exclude(code="R1").order_by("code")
    assert (last.meter_id, last.occasion, last.values[0]["value"], last.consumption) == (
        "M1",
        "final",
        "1100",
        Decimal("103.489"),
    )
    assert (first.meter_id, first.occasion, first.values[0]["value"], first.consumption) == (
        new.code,
        "initial",
        "0",
        None,
    )
    assert look(30).meter_id == new.code


def test_a_meter_is_swapped_on_the_day_of_its_last_reading():
    assert swap_meter(supply_code="S1", final=[Decimal(1000)], serial="N", on=date(2026, 3, 1), today=TODAY)


def test_a_swap_that_cannot_have_been():
    for final, serial, on, words in (
        (1100, " ", TODAY, "needs a serial"),
        (1100, "N", date(2026, 2, 28), "già letto"),
        (1100, "N", date(2026, 4, 2), "nel futuro"),
    ):
        with pytest.raises(Mistake, match=words):
            swap_meter(supply_code="S1", final=[Decimal(final)], serial=serial, on=on, today=TODAY)
    assert models.Meter.objects.get().removed_on is None
