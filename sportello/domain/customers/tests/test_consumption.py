from datetime import date
from decimal import Decimal

import pytest

from sportello.domain.customers.consumption import billed_consumption
from sportello.domain.customers.models import Invoice
from tests.factories import account, customer, invoice

TODAY = date(2026, 11, 24)


@pytest.fixture
def bill(db):
    books = account(customer())
    made = []

    def make(period_to: date | None, value: str | None, **fields):
        made.append(1)
        fields = {"issued_on": period_to or TODAY, **fields}
        consumption = None if value is None else Decimal(value)
        return invoice(books, f"N{len(made)}", period_to=period_to, consumption=consumption, **fields)

    return make


def billed(today: date = TODAY):
    return billed_consumption(Invoice.objects.all(), today=today)


def test_bills_stand_in_order_with_the_same_bill_of_the_year_before(bill):
    bill(date(2026, 10, 31), "205")
    bill(date(2026, 8, 31), "98.5")
    bill(date(2025, 10, 30), "190")
    assert [(one.month, one.value, one.before) for one in billed()["Smc"]] == [
        (date(2026, 8, 1), Decimal("98.5"), None),
        (date(2026, 10, 1), Decimal(205), Decimal(190)),
    ]


def test_twelve_months_are_shown_and_no_more(bill):
    bill(date(2025, 11, 30), "1")
    bill(date(2025, 12, 1), "2")
    bill(date(2026, 11, 24), "3")
    assert [one.value for one in billed()["Smc"]] == [Decimal(2), Decimal(3)]


def test_bills_that_end_in_one_month_are_added_up(bill):
    bill(date(2026, 10, 15), "20")
    bill(date(2026, 10, 31), "-5")
    assert [one.value for one in billed()["Smc"]] == [Decimal(15)]


def test_a_month_is_estimated_where_any_of_its_bills_is(bill):
    bill(date(2026, 9, 30), "20", kind="period_actual")
    bill(date(2026, 10, 15), "20", kind="period_estimated")
    bill(date(2026, 10, 31), "20", kind="period_actual")
    assert [one.estimated for one in billed()["Smc"]] == [False, True]


def test_units_are_kept_apart(bill):
    bill(date(2026, 10, 31), "20")
    bill(date(2026, 10, 31), "300", consumption_unit="kWh")
    assert {unit: [one.value for one in series] for unit, series in billed().items()} == {
        "Smc": [Decimal(20)],
        "kWh": [Decimal(300)],
    }


def test_what_billing_does_not_supply_is_left_out(bill):
    bill(None, "20")
    bill(date(2026, 10, 31), None)
    assert billed() == {}


def test_a_unit_with_nothing_in_the_last_year_is_left_out(bill):
    bill(date(2025, 6, 30), "20")
    assert billed() == {}


def test_zero_is_a_value(bill):
    bill(date(2026, 10, 31), "0")
    bill(date(2025, 10, 31), "0")
    (one,) = billed()["Smc"]
    assert (one.value, one.before) == (Decimal(0), Decimal(0))


def test_a_leap_day_is_a_day_like_any_other(bill):
    bill(date(2028, 2, 29), "20")
    bill(date(2027, 2, 28), "10")
    (one,) = billed(date(2028, 2, 29))["Smc"]
    assert (one.month, one.before) == (date(2028, 2, 1), Decimal(10))


def test_it_takes_one_query(bill, django_assert_num_queries):
    bill(date(2026, 10, 31), "20")
    with django_assert_num_queries(1):
        billed()
