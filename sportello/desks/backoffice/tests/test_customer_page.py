"""A customer on one page: alarms first, what holds, and what has happened."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import html

from sportello.domain.activities.models import Activity
from sportello.domain.customers.models import Payment
from sportello.domain.journal.models import Event
from tests.factories import NOW, access, account, customer, invoice, meter, reading, supply, user

pytestmark = pytest.mark.django_db
PATH = "/staff/customers/C1/"
TODAY = NOW.date()
MOST_QUERIES = 16


@pytest.fixture
def giada(staff):
    return staff("giada", "call_center")


@pytest.fixture
def anna():
    of = customer("C1", first_name="Anna", last_name="Verdi", tax_code="VRDNNA80A41F257X", phone="0535 1234")
    access(user("anna"), of)
    at = supply(account(of), "S1", point_code="IT001E12345678")
    meter(at)
    reading(at, "R1")
    return of


def text_of(reply) -> str:
    assert reply.status_code == 200, reply
    return " ".join(html.fromstring(reply.content.decode()).find(".//main").text_content().split())


def alarms_of(reply) -> list[str]:
    found = html.fromstring(reply.content.decode()).xpath("//main//div[contains(@class, 'notice')]")
    return [" ".join(each.text_content().split()) for each in found]


def request(number: str, kind: str, **fields) -> Activity:
    values = {"status": "taken", "channel": "portal", "customer_id": "C1", "automatic": False, "opened_at": NOW}
    return Activity.objects.create(number=number, kind=kind, **(values | fields))


def test_it_says_who_it_is_what_he_has_and_who_comes_in(giada, anna):
    said = text_of(giada.get(PATH))
    for part in ("Anna Verdi", "VRDNNA80A41F257X", "0535 1234", "IT001E12345678", "anna", "Reading: "):
        assert part in said, part
    assert alarms_of(giada.get(PATH)) == []


def test_what_somebody_has_to_know_stands_first(giada, anna):
    books = anna.billing_accounts.get()
    invoice(books, "N1", due_on=TODAY - timedelta(days=9), amount=Decimal("121.40"), paid=Decimal("21.40"))
    invoice(books, "N2", amount=Decimal("50.00"), collection="suspended")
    Payment.objects.create(
        code="P1", customer=anna, billing_account=books, paid_on=TODAY, amount=Decimal("33.00"), status="returned",
        returned_on=TODAY - timedelta(days=3),
    )  # fmt: skip
    request("A-26000001", "complaint", due_on=TODAY + timedelta(days=20))
    request("A-26000002", "information", due_on=TODAY - timedelta(days=2))
    request("A-26000003", "instalments", status="new", attention="wrote")
    request("A-26000004", "information", status="executed", executed_at=NOW)
    assert alarms_of(giada.get(PATH)) == [
        f"1 invoice overdue: €100.00, since {TODAY - timedelta(days=9):%d/%m/%Y}",
        "€50.00 contested: it is not asked for until that is decided",
        f"A direct debit of €33.00 came back on {TODAY - timedelta(days=3):%d/%m/%Y}",
        "Payment by instalments A-26000003: The customer wrote",
        "Request for information A-26000002 is 2 days late",
        f"A complaint is under way: A-26000001, due on {TODAY + timedelta(days=20):%d/%m/%Y}",
    ]


def test_what_has_happened_stands_in_the_order_of_time_and_by_sort(giada, anna):
    invoice(anna.billing_accounts.get(), "N1", issued_on=TODAY - timedelta(days=2))
    request("A-26000001", "information", opened_at=NOW - timedelta(days=1))
    told = html.fromstring(giada.get(PATH).content.decode()).xpath("//*[@id='story']//li/div")
    said = [" ".join(each.text_content().split()) for each in told]
    assert said[0].startswith("Request for information") and said[1].startswith("Invoice N1")
    only = text_of(giada.get(PATH, {"sort": "readings"}))
    assert "Reading: " in only and "Invoice N1" not in only
    assert "Invoice N1" in text_of(giada.get(PATH, {"sort": "nothing like this"}))


def test_many_readings_do_not_hide_what_else_has_happened(giada, anna):
    books = anna.billing_accounts.get()
    invoice(books, "N1", issued_on=TODAY - timedelta(days=200))
    for number in range(31):
        meter(at := supply(books, f"S-{number}"))
        reading(at, f"R-{number}")
    said = text_of(giada.get(PATH))
    assert (said.count("Reading: "), said.count("Invoice N1")) == (10, 1)
    assert text_of(giada.get(PATH, {"sort": "readings"})).count("Reading: ") == 30


def test_that_somebody_has_looked_is_written_down_once_in_a_while(giada, anna):
    for _ in range(3):
        giada.get(PATH)
    looks = Event.objects.filter(name="backoffice.customer_seen", customer_code="C1")
    assert [each.actor.username for each in looks] == ["giada"]
    looks.update(at=NOW - timedelta(hours=1))
    giada.get(PATH)
    assert looks.count() == 2


def test_a_large_customer_costs_no_more_queries_than_a_small_one(giada, anna):
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            giada.get(PATH)
        return len(captured)

    books = anna.billing_accounts.get()
    invoice(books, "N")
    giada.get(PATH)
    small = cost()
    for number in range(15):
        meter(at := supply(books, f"S-{number}"))
        reading(at, f"R-{number}")
        invoice(books, f"N-{number}")
        request(f"A-2700{number:04}", "information")
    assert cost() == small <= MOST_QUERIES
    assert "There are others." in text_of(giada.get(PATH))


def test_it_is_there_for_who_looks_after_customers(staff, anna):
    assert staff("carlo", "credit_checker").get(PATH).status_code == 404
    assert staff("paolo", "back_office").get("/staff/customers/NOBODY/").status_code == 404
