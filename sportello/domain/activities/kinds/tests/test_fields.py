"""Amounts and days as people type them."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from sportello.domain.activities.kinds.fields import (
    LARGEST_AMOUNT,
    AmountField,
    DayField,
    amount_in,
    euro,
)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("121,40", "121.40"), ("121.40", "121.40"), ("121,4", "121.40"), ("121", "121.00"), ("1.234", "1234.00"),
        ("1,234", "1234.00"), ("1.234,56", "1234.56"), ("1,234.56", "1234.56"), ("1'234,56", "1234.56"), ("€ 5", "5.00"),
        ("5 €", "5.00"), ("5 EURO", "5.00"), ("EUR 5", "5.00"), (" 1 234,50 ", "1234.50"), ("0,01", "0.01"),
        ("１２，５", "12.50"), ("9999999,99", "9999999.99"), ("1.234.567", "1234567.00"),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_either_language_writes_it(typed, amount):
    assert str(amount_in(typed)) == amount


@pytest.mark.parametrize(
    "typed",
    ["0", "0,00", "-5", "1.234.56", "1,234,56", "12.3456", "1..2", "abc", "1e5", "NaN", "Infinity", "١٢", "10000000", "1,2,3", "€",
     "12,345.6789", "0x10", "1 €€", "½"],
)  # fmt: skip
def test_what_is_no_amount_is_told(typed):
    with pytest.raises(ValidationError):
        amount_in(typed)


@given(st.decimals(min_value="0.01", max_value=LARGEST_AMOUNT - 1, places=2), st.sampled_from(["it", "en"]))
def test_what_is_shown_can_be_typed(amount, language):
    with translation.override(language):
        assert amount_in(euro(amount)) == amount


@given(st.text(max_size=50))
def test_no_text_breaks_a_field(typed):
    for field in (AmountField(required=False), DayField(required=False)):
        try:
            clean = field.clean(typed)
        except ValidationError as error:
            assert error.messages
        else:
            assert not isinstance(clean, Decimal) or 0 < clean < LARGEST_AMOUNT


@pytest.mark.parametrize("typed", ["2026-11-24", "24/11/2026", "24/11/26", "24.11.2026", "24-11-2026"])
def test_a_day_is_read_as_people_write_it(typed):
    assert DayField().clean(typed).isoformat() == "2026-11-24"
