import contextlib
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportello.billing.errors import Unavailable
from sportello.connectors.sap.mock.data import edm_date
from sportello.connectors.sap.values import code, day, decimal, flag, money, must_have_day, text


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("/Date(1577836800000)/", date(2020, 1, 1)),
        ("/Date(1577836800000+0060)/", date(2020, 1, 1)),
        ("/Date(-86400000)/", date(1969, 12, 31)),
        ("/Date(1577923199999)/", date(2020, 1, 1)),
        ("/Date(253402214400000)/", None),
        (None, None),
        ("", None),
    ],
)
def test_a_date(written, meant):
    assert day({"X": written}, "X") == meant


@pytest.mark.parametrize("written", ["2020-01-01", "/Date(x)/", "/Date(999999999999999)/", 5, True, {}])
def test_what_is_no_date(written):
    with pytest.raises(Unavailable):
        day({"X": written}, "X")


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(9998, 12, 31)))
def test_a_date_comes_back_as_it_went(written):
    assert day({"X": edm_date(written)}, "X") == written


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("12.3450", "12.35"),
        ("12.3550", "12.36"),
        ("-0.0100", "-0.01"),
        (5, "5.00"),
        (Decimal("1.5"), "1.50"),
        ("1E+1", "10.00"),
    ],
)
def test_money(written, meant):
    assert str(money({"X": written}, "X")) == meant


@pytest.mark.parametrize("written", ["", "12,50", "NaN", "Infinity", "1e999999", None, True, 1.5, [], "x"])
def test_what_is_no_money(written):
    with pytest.raises(Unavailable):
        money({"X": written}, "X")


def test_money_is_euro():
    assert money({"X": "1", "Currency": "EUR"}, "X") == money({"X": "1", "Currency": ""}, "X") == 1
    with pytest.raises(Unavailable, match="euro"):
        money({"X": "1", "Currency": "CHF"}, "X")


@given(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.text()), st.dictionaries(st.text(), st.text())
    )
)
def test_anything_is_read_or_refused(anything):
    for read in (text, code, day, must_have_day, decimal, money, flag):
        with contextlib.suppress(Unavailable):
            read({"X": anything}, "X")
