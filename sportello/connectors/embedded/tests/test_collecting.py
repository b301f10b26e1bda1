from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from sportello.billing.commands import ArrangeInstalments, ResumeCollection, SuspendCollection
from sportello.billing.errors import NotThere, Refused
from sportello.billing.instalments import months_later
from sportello.billing.records import InvoiceRecord
from sportello.connectors.embedded import models, paying
from sportello.connectors.embedded.connector import EmbeddedBilling
from sportello.connectors.embedded.loading import load
from sportello.connectors.embedded.tests.factories import account, company, household, invoice

pytestmark = pytest.mark.django_db(databases=["billing"], transaction=True)

NUMBER = "2026/G/0000007"
SUSPEND = SuspendCollection(customer_code="C1", invoice_number=NUMBER)
RESUME = ResumeCollection(customer_code="C1", invoice_number=NUMBER)
ARRANGE = ArrangeInstalments(customer_code="C1", invoice_number=NUMBER, instalments=3, first_due_on=date(2099, 1, 31))


@pytest.fixture
def billing() -> EmbeddedBilling:
    load([*household(), company("C2"), account("A2", "C2"), invoice("I2", customer_code="C2", account_code="A2")])
    return EmbeddedBilling()


def state(billing: EmbeddedBilling) -> tuple[Any, ...]:
    (found,) = (record for record in billing.snapshot("C1").records if isinstance(record, InvoiceRecord))
    return found.collection, found.contested, found.paid


def test_a_contested_invoice_is_not_collected_and_afterwards_as_it_was(billing):
    models.Invoice.objects.filter(code=NUMBER).update(collection="returned")
    billing.execute(SUSPEND, key="k1")
    assert state(billing) == ("suspended", Decimal("122.00"), 0)
    billing.execute(replace(SUSPEND, amount=Decimal("22.00")), key="k2")
    assert state(billing) == ("suspended", Decimal("22.00"), 0)
    billing.execute(RESUME, key="k3")
    assert state(billing) == ("returned", None, 0)
    billing.execute(RESUME, key="k4")
    assert state(billing) == ("returned", None, 0)


def test_a_contested_invoice_may_be_paid_after_all(billing):
    billing.execute(SUSPEND, key="k1")
    paying.pay(invoice_number=NUMBER, paid_on=date(2026, 3, 20), amount=Decimal("100.00"))
    assert state(billing) == ("suspended", Decimal("22.00"), Decimal("100.00"))
    paying.pay(invoice_number=NUMBER, paid_on=date(2026, 3, 20))
    assert state(billing) == ("", None, Decimal("122.00"))
    billing.execute(RESUME, key="k2")
    assert state(billing) == ("", None, Decimal("122.00"))


def test_a_payment_that_came_back_leaves_it_contested(billing):
    paying.pay(invoice_number=NUMBER, paid_on=date(2026, 3, 20), amount=Decimal("100.00"), channel="direct_debit")
    billing.execute(SUSPEND, key="k1")
    paying.take_back(code=NUMBER, returned_on=date(2026, 3, 25))
    assert state(billing)[0] == "suspended"
    billing.execute(RESUME, key="k2")
    assert state(billing)[0] == "returned"


@pytest.mark.parametrize("amount", ["0", "-1", "122.01", "0.001", "NaN", "Infinity"])
def test_no_more_than_is_open_can_be_contested(billing, amount):
    with pytest.raises(Refused) as caught:
        billing.execute(replace(SUSPEND, amount=Decimal(amount)), key="k1")
    assert caught.value.field == "amount"
    assert state(billing) == ("", None, 0)


def test_instalments_come_to_what_is_open_a_month_apart(billing):
    billing.execute(ARRANGE, key="k1")
    assert state(billing)[0] == "instalments"
    assert models.Invoice.objects.get(code=NUMBER).instalments == [
        {"due_on": "2099-01-31", "amount": "40.67"},
        {"due_on": "2099-02-28", "amount": "40.67"},
        {"due_on": "2099-03-31", "amount": "40.66"},
    ]
    assert plan(billing) == [("2099-01-31", "40.67"), ("2099-02-28", "40.67"), ("2099-03-31", "40.66")]


def plan(billing) -> list[tuple[str, str]] | None:
    """As the port gives it."""
    (record,) = (record for record in billing.snapshot("C1").records if isinstance(record, InvoiceRecord))
    return record.instalments and [(f"{part.due_on}", f"{part.amount}") for part in record.instalments]


def test_the_plan_stays_while_it_is_contested_and_when_a_payment_is_taken_back(billing):
    billing.execute(ARRANGE, key="k1")
    whole = plan(billing)
    billing.execute(SUSPEND, key="k2")
    assert plan(billing) == whole
    billing.execute(RESUME, key="k3")
    paying.pay(invoice_number=NUMBER, paid_on=date(2026, 3, 20), amount=Decimal("40.67"))
    assert (plan(billing), state(billing)[0]) == (whole, "instalments")
    paying.take_back(code=NUMBER, returned_on=date(2026, 3, 25))
    assert (plan(billing), state(billing)[0]) == (whole, "instalments")
    paying.pay(invoice_number=NUMBER, paid_on=date(2026, 3, 26))
    assert (plan(billing), state(billing)[0]) == (None, "")
    paying.take_back(code=NUMBER, returned_on=date(2026, 3, 27))
    assert plan(billing) == whole


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"instalments": 1}, "instalments"),
        ({"instalments": 0}, "instalments"),
        ({"instalments": 73}, "instalments"),
        ({"first_due_on": date(2020, 1, 1)}, "first_due_on"),
    ],
)
def test_instalments_that_cannot_be_are_refused(billing, values, field):
    with pytest.raises(Refused) as caught:
        billing.execute(replace(ARRANGE, **values), key="k1")
    assert caught.value.field == field


def test_a_small_amount_has_few_instalments(billing):
    load([invoice("SMALL", amount="2.99")])
    billing.execute(replace(ARRANGE, invoice_number="SMALL", instalments=2), key="k1")
    load([invoice("SMALLER", amount="1.99")])
    with pytest.raises(Refused) as caught:
        billing.execute(replace(ARRANGE, invoice_number="SMALLER", instalments=2), key="k2")
    assert caught.value.field == "instalments"


@pytest.mark.parametrize("collection", ["suspended", "instalments", "direct_debit"])
def test_one_that_is_collected_otherwise_has_no_instalments(billing, collection):
    models.Invoice.objects.filter(code=NUMBER).update(collection=collection)
    with pytest.raises(Refused) as caught:
        billing.execute(ARRANGE, key="k1")
    assert caught.value.field == "invoice_number"


@pytest.mark.parametrize("command", [SUSPEND, ARRANGE])
def test_what_is_not_to_be_paid_is_refused(billing, command):
    paying.pay(invoice_number=NUMBER, paid_on=date(2026, 3, 20))
    load([invoice("CREDIT", amount="-10.00", kind="credit_note")])
    for number in (NUMBER, "CREDIT"):
        with pytest.raises(Refused) as caught:
            billing.execute(replace(command, invoice_number=number), key="k1")
        assert caught.value.field == "invoice_number"


@pytest.mark.parametrize("command", [SUSPEND, RESUME, ARRANGE])
def test_what_is_not_the_customers_is_not_there(billing, command):
    for values in (
        {"customer_code": "C9"},
        {"customer_code": "C2"},
        {"invoice_number": "I2"},
        {"invoice_number": "\0"},
    ):
        with pytest.raises(NotThere):
            billing.execute(replace(command, **values), key="k1")


@pytest.mark.parametrize(
    ("day", "count", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 12, 30), 2, date(2028, 2, 29)),
        (date(2026, 5, 31), 1, date(2026, 6, 30)),
        (date(2026, 12, 1), 0, date(2026, 12, 1)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
    ],
)
def test_a_shorter_month_has_an_earlier_day(day, count, later):
    assert months_later(day, count) == later
