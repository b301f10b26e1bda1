"""What a page costs: a bounded number of queries whatever the number of rows, and few bytes on the line."""

import gzip
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sportello.desks.portal import paying
from sportello.domain.accounts.web_codes import Claim
from sportello.domain.activities.kinds.registration import let_in
from sportello.domain.customers.models import Customer, Invoice
from tests.factories import NOW, access, account, customer, invoice, payment, supply

MOST_QUERIES = 12
MOST_BYTES = 60_000
PAGES = [
    "/overview/",
    "/freshness/",
    "/invoices/",
    "/invoices/?status=open&year=2026&q=N",
    "/invoices/N-0/",
    "/invoices/N-0/pay/",
    "/pay/",
    "/supplies/",
    "/supplies/S-0/",
    "/requests/",
    "/account/",
    "/account/log/",
    "/account/customers/add/",
]
LINE = {"description": "Quota fissa di vendita", "amount": "1.00", "section": "Materia gas", "quantity": "1", "unit": "mese",
        "unit_price": "1.00", "vat_rate": "10"}  # fmt: skip


def fill(alice, rows: int) -> None:
    """Fills up to as many customers, supplies, open invoices and lines as ``rows``, with two payments each."""
    for count in range(Customer.objects.count(), rows):
        books = account(customer(f"C{count}"))
        access(alice, books.customer)
        supply(books, f"S-{count}", street_number=str(count))
        bill = invoice(
            books,
            f"N-{count}",
            issued_on=date(2026, 11, 10) - timedelta(days=count),
            supply_codes=[f"S-{number}" for number in range(rows)],
            paid=Decimal(20),
            lines=[LINE] * rows,
        )
        payment(bill, Decimal(10), f"P-{count}")
        payment(bill, Decimal(10), f"Q-{count}", channel="card")
        let_in(alice, Claim(customer_code=f"C{count}", digest=f"{count:064}"), customer=books.customer, now=NOW)


@pytest.fixture
def browser(browser):
    """Seen a moment ago: that is noted every few minutes only."""
    browser.get("/")
    return browser


def queries(browser, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize("address", PAGES)
def test_thirty_rows_cost_no_more_queries_than_one(alice, browser, address):
    fill(alice, 1)
    one = queries(browser, address)
    fill(alice, 30)
    Invoice.objects.update(supply_codes=[f"S-{number}" for number in range(30)], lines=[LINE] * 30)
    thirty = queries(browser, address)
    assert 2 <= thirty <= one <= MOST_QUERIES


@pytest.mark.parametrize("address", PAGES)
def test_thirty_rows_are_quickly_sent(alice, browser, address):
    fill(alice, 30)
    content = browser.get(address).content
    assert len(gzip.compress(content, 6)) <= MOST_BYTES


def test_the_count_sees_each_query(alice, browser, monkeypatch):
    fill(alice, 1)
    before = queries(browser, "/pay/")
    original = paying.to_pay
    monkeypatch.setattr(paying, "to_pay", lambda invoices: (invoices.count(), original(invoices))[1])
    assert queries(browser, "/pay/") == before + 1
