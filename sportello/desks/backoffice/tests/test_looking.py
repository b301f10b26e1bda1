"""Seeing what a customer sees: for a quarter of an hour, without changing anything, and told to the customer."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from sportello.domain.customers.models import Customer
from sportello.domain.journal.models import Event
from sportello.domain.people.models import User
from tests import factories
from tests.asking import plain

PATH = "/staff/customers/C1/look/"
BANNER = "You are looking as customer C1, read-only, until 10:57."


@pytest.fixture(autouse=True)
def bill(db):
    factories.feed()
    factories.household("C2")
    return factories.household("C1")


def names() -> list[str]:
    return list(
        Event.objects.filter(name__startswith="backoffice.customer_view").order_by("pk").values_list("name", flat=True)
    )


def test_the_button_leads_to_the_customers_pages_and_back(paolo, bill):
    assert "See what the customer sees" in plain(paolo.get("/staff/customers/C1/"))
    assert [paolo.post(PATH)["Location"] for _ in range(2)] == ["/overview/"] * 2
    page = paolo.get("/invoices/").content.decode()
    assert BANNER in page and bill.number in page and "2026/G/C2" not in page
    assert BANNER in paolo.get("/invoices/NONE/").content.decode()
    assert [paolo.post("/staff/look/end/")["Location"] for _ in range(2)] == [
        "/staff/customers/C1/",
        "/staff/customers/",
    ]
    assert paolo.get("/invoices/").status_code == 404 and paolo.get("/staff/").status_code == 200
    assert names() == ["backoffice.customer_viewed", "backoffice.customer_view_ended"]


def test_nothing_can_be_sent_and_the_desk_waits(paolo):
    paolo.post(PATH)
    for path in (
        "/requests/new/information/",
        "/account/password/",
        "/staff/requests/A-1/decide/",
        "/ask/information/",
    ):
        page = paolo.post(path, {"text": "x"})
        assert page.status_code == 403 and "change nothing" in plain(page)
    assert [paolo.get(path).status_code for path in ("/staff/", "/account/", "/account/log/")] == [403, 403, 403]


def test_it_ends_by_itself_and_a_second_press_does_not_make_it_longer(paolo):
    paolo.post(PATH)
    with time_machine.travel(factories.NOW + timedelta(minutes=14, seconds=59)):
        paolo.post(PATH)
        assert paolo.get("/overview/").status_code == 200
    with time_machine.travel(factories.NOW + timedelta(minutes=15)):
        assert paolo.get("/overview/")["Location"] == "/staff/customers/C1/"
        assert "is over" in plain(paolo.get("/staff/customers/C1/"))
    assert names() == ["backoffice.customer_viewed"]


def test_who_is_no_operator_any_more_looks_no_longer(paolo):
    paolo.post(PATH)
    User.objects.filter(username="paolo").update(roles=["agent"])
    assert [paolo.get(path).status_code for path in ("/overview/", "/staff/")] == [404, 200]


def test_the_customer_sees_who_has_looked_and_nobody_elses_customer_does(paolo):
    paolo.post(PATH)
    number = User.objects.get(username="paolo").pk
    for name, code, told in (("maria", "C1", True), ("luigi", "C2", False)):
        user = factories.user(name)
        factories.access(user, Customer.objects.get(code=code))
        browser = Client(headers={"accept-language": "en"})
        browser.force_login(user)
        page = plain(browser.get("/account/log/"))
        assert (f"Operator number {number} Customer number C1 24/11/2026 10:42" in page) is told
        assert "Paolo" not in page


def test_an_operators_own_customers_are_not_mixed_in(paolo):
    factories.access(User.objects.get(username="paolo"), Customer.objects.get(code="C2"))
    paolo.post(PATH)
    assert "2026/G/C2" not in paolo.get("/invoices/").content.decode()
