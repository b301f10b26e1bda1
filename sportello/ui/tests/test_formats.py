from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from sportello.ui import formats


@pytest.mark.parametrize(
    ("value", "italian", "english"),
    [
        ("0", "0,00\u00a0€", "€0.00"),
        ("0.05", "0,05\u00a0€", "€0.05"),
        ("12.3", "12,30\u00a0€", "€12.30"),
        ("1234.56", "1.234,56\u00a0€", "€1,234.56"),
        ("-1234567.89", "−1.234.567,89\u00a0€", "−€1,234,567.89"),
        ("9999999999.99", "9.999.999.999,99\u00a0€", "€9,999,999,999.99"),
    ],
)
def test_money_is_written_as_each_language_does(value, italian, english):
    with translation.override("it"):
        assert formats.money(Decimal(value)) == italian
    with translation.override("en"):
        assert formats.money(Decimal(value)) == english


@pytest.mark.parametrize(
    ("value", "places", "italian", "english"),
    [
        (Decimal("205.000"), None, "205", "205"),
        (Decimal("98.500"), None, "98,5", "98.5"),
        (Decimal("0.538341"), None, "0,538341", "0.538341"),
        (Decimal("-1234.5"), None, "−1.234,5", "−1,234.5"),
        (Decimal("1E+3"), None, "1.000", "1,000"),
        (Decimal("0.000"), None, "0", "0"),
        (500_000, None, "500.000", "500,000"),
        (Decimal("1.005"), 1, "1,0", "1.0"),
    ],
)
def test_numbers_have_as_many_places_as_they_need(value, places, italian, english):
    with translation.override("it"):
        assert formats.number(value, places) == italian
    with translation.override("en"):
        assert formats.number(value, places) == english


@pytest.mark.parametrize(
    ("value", "italian", "english"),
    [("0.538341", "0,538341\u00a0€", "€0.538341"), ("2", "2,00\u00a0€", "€2.00"), ("0.10", "0,10\u00a0€", "€0.10")],
)
def test_a_price_has_two_places_at_least(value, italian, english):
    with translation.override("it"):
        assert formats.price(Decimal(value)) == italian
    with translation.override("en"):
        assert formats.price(Decimal(value)) == english


@pytest.mark.parametrize("language", ["it", "en"])
def test_a_day_is_written_the_same_in_both(language):
    with translation.override(language):
        assert formats.day(date(2026, 1, 5)) == "05/01/2026"


@pytest.mark.parametrize(
    ("moment", "clock", "day"),
    [
        (datetime(2026, 11, 24, 9, 42, tzinfo=UTC), "10:42", date(2026, 11, 24)),
        (datetime(2026, 7, 1, 22, 5, tzinfo=UTC), "00:05", date(2026, 7, 2)),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "02:30", date(2026, 10, 25)),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "02:30", date(2026, 10, 25)),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), "00:00", date(2027, 1, 1)),
    ],
)
def test_the_clock_is_that_of_rome(moment, clock, day):
    assert (formats.clock(moment), formats.rome_day(moment)) == (clock, day)


@pytest.mark.parametrize(
    ("code", "size", "spaced"),
    [("IT60X0542811101000000123456", 4, "IT60 X054 2811 1010 0000 0123 456"), ("202601000001234556", 6, "202601 000001 234556"),
     ("", 4, ""), ("ab", 4, "ab")],
)  # fmt: skip
def test_long_codes_are_cut_into_groups(code, size, spaced):
    assert formats.spaced(code, size) == spaced
