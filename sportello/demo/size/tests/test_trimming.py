from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from sportello.connectors.embedded import loading, rows
from sportello.demo import crowd
from sportello.demo.company import SEED, Company, assembled, reckon
from sportello.demo.size.trimming import trimmed

TODAY = date(2026, 11, 24)
MOST_INVOICES, MOST_READINGS = 8, 12


@pytest.fixture(scope="module")
def whole() -> Company:
    found = crowd.households(seed=SEED, today=TODAY, persons=30, old_hands=30)
    return assembled(found[:30], seed=SEED, today=TODAY)


@pytest.fixture(scope="module")
def short(whole) -> Company:
    return trimmed(whole, spared={"700101"}, invoices=MOST_INVOICES, readings=MOST_READINGS)


def test_balances_are_those_of_before(whole, short):
    assert reckon(short.invoices, short.payments) == {
        code: balance for code, balance in reckon(whole.invoices, whole.payments).items() if balance
    } | {
        one.account_code: Decimal(0)
        for one in short.invoices
        if not reckon(whole.invoices, whole.payments)[one.account_code]
    }


def test_billing_reckons_the_same_from_what_is_left(short):
    invoices = [rows.invoice_row(record) for record in short.invoices]
    accounts = [rows.account_row(record) for record in short.accounts]
    loading.reckon(accounts, invoices, short.payments)
    assert {one.code: one.paid for one in invoices} == {one.number: one.paid for one in short.invoices}
    assert {one.code: one.balance for one in accounts} == {one.code: one.balance for one in short.accounts}


def test_only_the_newest_stay_and_what_is_owed(whole, short):
    assert len(short.invoices) < len(whole.invoices) / 2
    bills, left = (
        Counter(one.customer_code for one in whole.invoices),
        Counter(one.customer_code for one in short.invoices),
    )
    assert min(left[code] for code in bills) >= min(MOST_INVOICES, *bills.values())
    gone = {one.number for one in whole.invoices} - {one.number for one in short.invoices}
    assert all(one.amount == one.paid for one in whole.invoices if one.number in gone)
    readings = Counter(one.customer_code for one in short.readings if one.customer_code != "700101")
    assert max(readings.values()) <= MOST_READINGS + 2  # those that took the place of one of them
    assert sorted(readings.values())[0] > 0


def test_nothing_refers_to_what_is_gone(short):
    numbers, codes = {one.number for one in short.invoices}, {one.code for one in short.readings}
    assert {part.invoice_number for one in short.payments for part in one.allocations} <= numbers
    assert {one.invoice_number for one in short.readings} - {None} <= numbers
    assert {one.superseded_by for one in short.readings} - {None} <= codes


def test_who_is_spared_keeps_everything(whole, short):
    for name in ("invoices", "payments", "readings"):
        before = [one for one in getattr(whole, name) if one.customer_code == "700101"]
        assert [one for one in getattr(short, name) if one.customer_code == "700101"] == before
        assert before
