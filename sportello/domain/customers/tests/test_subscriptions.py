"""To whom an invoice goes by e-mail, and what the database itself never holds."""

import pytest
from django.db import IntegrityError, transaction

from sportello.domain.customers.models import InvoiceRecipient, InvoiceSubscription
from tests.factories import NOW, access, account, customer, invoice, invoice_subscription, supply, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna():
    return customer("C1")


@pytest.fixture
def gas(anna):
    return supply(account(anna), "S1")


@pytest.fixture
def water(gas):
    return supply(gas.billing_account, "S2", service="water", point_code=None)


def deliveries(*numbers):
    found = InvoiceSubscription.objects.deliveries(numbers)
    return [(each.invoice_number, each.mode.value, each.address) for each in found]


def of(supplies, number="F1"):
    owner = supplies[0].billing_account
    return invoice(owner, number, supply_codes=[each.code for each in supplies]).number


def test_an_invoice_goes_to_proven_addresses_alone(anna, gas):
    invoice_subscription(anna, "a@example.it", "?b@example.it", "c@example.it", mode="pdf")
    assert deliveries(of([gas])) == [("F1", "pdf", "a@example.it"), ("F1", "pdf", "c@example.it")]


def test_what_a_supply_says_goes_before_what_its_customer_says(anna, gas, water):
    invoice_subscription(anna, "all@example.it")
    invoice_subscription(anna, "gas@example.it", supply=gas, mode="pdf")
    assert deliveries(of([gas]), of([water], "F2")) == [
        ("F1", "pdf", "gas@example.it"),
        ("F2", "link", "all@example.it"),
    ]


def test_a_supply_may_say_that_nothing_is_sent(anna, gas, water):
    invoice_subscription(anna, "all@example.it")
    invoice_subscription(anna, "gas@example.it", supply=gas, ended_at=NOW)
    assert deliveries(of([gas]), of([water], "F2")) == [("F2", "link", "all@example.it")]


def test_an_invoice_of_several_supplies_goes_wherever_one_of_them_goes_once(anna, gas, water):
    invoice_subscription(anna, "both@example.it", "all@example.it")
    invoice_subscription(anna, "gas@example.it", "Both@example.it", supply=gas, mode="pdf")
    found = deliveries(of([gas, water]))
    assert sorted(found) == [
        ("F1", "link", "all@example.it"),
        ("F1", "pdf", "Both@example.it"),
        ("F1", "pdf", "gas@example.it"),
    ]


@pytest.mark.parametrize("codes", [None, []])
def test_where_only_the_account_is_known_its_supplies_are_meant(anna, gas, codes):
    invoice_subscription(anna, "gas@example.it", supply=gas)
    invoice(gas.billing_account, "F1", supply_codes=codes)
    assert deliveries("F1") == [("F1", "link", "gas@example.it")]


@pytest.mark.parametrize("codes", [None, []])
def test_an_account_without_supplies_goes_as_all_of_the_customer(anna, codes):
    invoice_subscription(anna, "all@example.it")
    invoice(account(anna, "A9"), "F1", supply_codes=codes)
    assert deliveries("F1") == [("F1", "link", "all@example.it")]


def test_nothing_goes_to_whoever_had_the_supply_before(anna, gas):
    """The supply is another customer's by now; what the former one has chosen is of his own invoices alone."""
    invoice_subscription(anna, "anna@example.it", supply=gas)
    other = customer("C2")
    gas.customer, gas.billing_account = other, account(other)
    gas.save()
    assert deliveries(of([gas])) == []


def test_who_is_switched_off_gets_nothing(anna, gas):
    invoice_subscription(anna, "a@example.it", ended_at=NOW)
    assert deliveries(of([gas])) == []
    assert not InvoiceSubscription.objects.on().exists()


def test_one_row_a_customer_and_one_a_supply(anna, gas):
    for of_supply in (None, gas):
        invoice_subscription(anna, supply=of_supply)
        with pytest.raises(IntegrityError, match="one_invoice_subscription_a_scope"), transaction.atomic():
            invoice_subscription(anna, supply=of_supply)


@pytest.mark.parametrize(
    ("position", "address", "guard"),
    [
        (5, "e@example.it", "at_most_four_invoice_recipients"),
        (0, "e@example.it", "at_most_four_invoice_recipients"),
        (4, "d@example.it", "one_invoice_recipient_a_place"),
        (1, "A@example.it", "invoice_address_once"),
        (1, "e@example.it\nBcc: x@example.it", "invoice_address_on_one_line"),
        (1, "e@example.it\x7f", "invoice_address_on_one_line"),
        (1, "nothing", "invoice_address_on_one_line"),
    ],
)
def test_the_database_refuses(anna, position, address, guard):
    subscription = invoice_subscription(anna, "?a@example.it", "b@example.it", "c@example.it", "d@example.it")
    if position == 1:
        subscription.recipients.get(position=2).delete()
        position = 2
    with pytest.raises(IntegrityError, match=guard), transaction.atomic():
        subscription.recipients.create(position=position, address=address, added_at=NOW)


def test_they_are_read_within_reach_alone(anna):
    subscription = invoice_subscription(anna, "a@example.it")
    alice, bob = user("alice"), user("bob")
    access(alice, anna)
    for person, seen in ((alice, 1), (bob, 0)):
        assert InvoiceSubscription.objects.within_reach_of(person).count() == seen
        assert InvoiceRecipient.objects.within_reach_of(person).count() == seen
    anna.delete()
    assert not InvoiceRecipient.objects.filter(subscription=subscription.pk).exists()
