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
from sportello.domain.activities.models import Activity, ReadingRules, SelfReading
from sportello.domain.customers.models import Customer, Invoice, Supply
from sportello.domain.people.models import User
from tests.factories import NOW, access, account, customer, invoice, meter, payment, reading, supply

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
    "/readings/",
    "/readings/several/",
    "/readings/upload/",
    "/readings/S-0/",
    "/requests/",
    "/requests/R-0/",
    "/requests/R-0/thread/",
    "/requests/Q-0/",
    "/requests/Q-0/thread/",
    "/requests/Q-0/cancel/",
    "/requests/new/?customer=C0",
    "/requests/new/information/",
    "/requests/new/information/?customer=C0&supply=S-0",
    "/account/changes/",
    "/account/",
    "/account/log/",
    "/account/reminders/",
    "/account/customers/add/",
]
LINE = {"description": "Quota fissa di vendita", "amount": "1.00", "section": "Materia gas", "quantity": "1", "unit": "mese",
        "unit_price": "1.00", "vat_rate": "10"}  # fmt: skip


def fill(alice, rows: int) -> None:
    """Fills up to as many customers, supplies, readings, open invoices and lines as ``rows``, with two payments each."""
    ReadingRules.objects.get_or_create(service="gas", valid_from=date(2020, 1, 1), opens_day=20, closes_day=30)
    for count in range(Customer.objects.count(), rows):
        books = account(customer(f"C{count}"))
        access(alice, books.customer)
        read_lately(supply(books, f"S-{count}", street_number=str(count)), f"R-{count}")
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
        asked(books.customer, f"Q-{count}", alice)
        let_in(alice, Claim(customer_code=f"C{count}", digest=f"{count:064}"), customer=books.customer, now=NOW)


def asked(of: Customer, number: str, alice: User) -> None:
    """A question, on its way, with thirty messages."""
    activity = Activity.objects.create(
        number=number, kind="information", status="taken", automatic=False, channel="portal", customer=of, opened_by=alice,
        asked={"topic": "other", "text": "?"}, limit_on=date(2026, 10, 1), opened_at=NOW, invoice_number="N-0",
    )  # fmt: skip
    activity.opened()
    for count in range(30):
        activity.remarks.create(side="customer", sort="message", text=f"{count}", by=alice, at=NOW)


def read_lately(here: Supply, number: str) -> None:
    """Its meter, what was read on it, and a reading that the customer gave and an invoice has used."""
    read = {"meter_code": meter(here).code, "read_on": date(2026, 11, 1), "values": {"R-total": "1240"}}
    reading(here)
    activity = Activity.objects.create(
        number=number, kind="self_reading", status="executed", channel="portal", customer_id=here.customer_id, supply=here,
        opened_at=NOW, exported_at=NOW, executed_at=NOW,
    )  # fmt: skip
    SelfReading.objects.create(activity=activity, supply=here, verdict="accepted", invoice_number="N-0", **read)


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
    assert 1 <= thirty <= one <= MOST_QUERIES


@pytest.mark.parametrize("address", PAGES)
def test_thirty_rows_are_quickly_sent(alice, browser, address):
    fill(alice, 30)
    content = browser.get(address).content
    assert len(gzip.compress(content, 6)) <= MOST_BYTES


def test_the_count_sees_each_query(alice, browser, monkeypatch):
    fill(alice, 1)
    before = queries(browser, "/pay/")
    original = paying.to_pay_by
    monkeypatch.setattr(paying, "to_pay_by", lambda user: (Invoice.objects.count(), original(user))[1])
    assert queries(browser, "/pay/") == before + 1
