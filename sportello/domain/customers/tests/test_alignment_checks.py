"""A record that fails a check is kept aside with its reason, and the rest goes on."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sportello.billing.records import Address, Allocation, InvoiceLine, Record, Removed, VatAmount
from sportello.domain.customers.alignment import align
from sportello.domain.customers.models import Customer, Invoice, SetAside
from sportello.domain.customers.tests.billing import (
    FakeBilling,
    account,
    company,
    customer,
    detailed_invoice,
    invoice,
    payment,
    supply,
)
from sportello.domain.customers.tests.state import contents, reasons

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CANARY = "Zaccaria"


def part(number: str = "I-1", amount: Any = Decimal("1.00")) -> tuple[Allocation, ...]:
    return (Allocation(invoice_number=number, amount=amount),)


def line(**fields: Any) -> tuple[InvoiceLine, ...]:
    return (InvoiceLine(**{"description": "x", "amount": Decimal(1), **fields}),)


BAD: dict[str, tuple[Record, str]] = {
    # What the port does not promise.
    "text for an amount": (invoice("X", amount="12.00"), "amount is not of the right type"),
    "whole number for an amount": (invoice("X", amount=12), "amount is not of the right type"),
    "amount missing": (invoice("X", amount=None), "amount is not of the right type"),
    "time for a date": (invoice("X", issued_on=datetime(2026, 1, 1, tzinfo=UTC)), "issued on is not of the right type"),
    "text for yes or no": (invoice("X", has_xml="no"), "has xml is not of the right type"),
    "number for a name": (customer("X", last_name=7), "last name is not of the right type"),
    "no name at all": (customer("X", last_name=None), "last name is not of the right type"),
    "text for an address": (customer("X", address=CANARY), "street is missing"),
    "number in an address": (supply("X", address=Address(street=1)), "street is not of the right type"),
    "text for supply codes": (invoice("X", supply_codes="S-1"), "supply codes is not of the right type"),
    "number among supply codes": (invoice("X", supply_codes=("S-1", 1)), "supply codes are not of the right type"),
    "list for lines": (invoice("X", lines=[]), "lines is not of the right type"),
    "text among lines": (invoice("X", lines=("x",)), "description is missing"),
    "text in a line": (invoice("X", lines=line(amount="1")), "amount is not of the right type"),
    "no number in a line": (
        invoice("X", lines=line(amount=Decimal("NaN"))),
        "a number in lines is out of range",
    ),
    "huge number in a line": (
        invoice("X", lines=line(amount=Decimal(10**40))),
        "a number in lines is out of range",
    ),
    "control character in a line": (invoice("X", lines=line(description="a\tb")), "lines hold control characters"),
    "NUL in a line": (invoice("X", lines=line(description="a\0b")), "lines hold control characters"),
    "text in VAT": (invoice("X", vat=(VatAmount(rate=22, taxable=1, tax=1),)), "rate is not of the right type"),
    "text among allocations": (payment("X", allocations=("I-1",)), "invoice number is missing"),
    "text for an allocation": (payment("X", allocations=part(amount="1")), "amount is not of the right type"),
    # What no table can hold.
    "NUL": (customer("X", last_name=f"{CANARY}\0"), "a text or a number cannot be stored"),
    "half a character": (customer("X", last_name=f"{CANARY}\ud800"), "a text or a number cannot be stored"),
    "half a character in a line": (
        invoice("X", lines=line(description="\ud800")),
        "a text or a number cannot be stored",
    ),
    "number beyond all": (invoice("X", amount=Decimal("1E+200000")), "a text or a number cannot be stored"),
    "NUL in an allocation": (payment("X", allocations=part("I\0")), "a text or a number cannot be stored"),
    # What this mirror does not take.
    "no code": (customer(""), "code is missing"),
    "code too long": (customer("X" * 61), "code is longer than 60 characters"),
    "text too long": (customer("X", first_name=CANARY * 20), "first name is longer than 100 characters"),
    "street too long": (customer("X", address=Address(street="x" * 201)), "street is longer than 200 characters"),
    "tax code too long": (customer("X", tax_code="X" * 17), "tax code is longer than 16 characters"),
    "channel's text too long": (
        payment("X", channel_text="x" * 101, allocations=()),
        "channel text is longer than 100 characters",
    ),
    "unknown kind of customer": (customer("X", kind="dog"), "kind is not a value that Sportello knows"),
    "unknown service": (supply("X", service="steam"), "service is not a value that Sportello knows"),
    "unknown status": (supply("X", status="lost"), "status is not a value that Sportello knows"),
    "unknown kind of invoice": (invoice("X", kind="joke"), "kind is not a value that Sportello knows"),
    "empty kind of invoice": (invoice("X", kind=""), "kind is not a value that Sportello knows"),
    "unknown collection": (invoice("X", collection="club"), "collection is not a value that Sportello knows"),
    "unknown channel": (payment("X", channel="barter", allocations=()), "channel is not a value that Sportello knows"),
    "unknown payment status": (
        payment("X", status="lost", allocations=()),
        "status is not a value that Sportello knows",
    ),
    "unknown payment method": (
        account("X", payment_method="barter"),
        "payment method is not a value that Sportello knows",
    ),
    "language": (customer("X", language="E1"), "language is not two small letters"),
    "date too early": (invoice("X", issued_on=date(1989, 12, 31)), "issued on is not between 1990 and 2100"),
    "date too late": (invoice("X", due_on=date(9999, 12, 31)), "due on is not between 1990 and 2100"),
    "payment too early": (payment("X", paid_on=date(1, 1, 1)), "paid on is not between 1990 and 2100"),
    "born too early": (customer("X", birth_date=date(1899, 1, 1)), "birth date is not between 1900 and 2100"),
    "amount too large": (invoice("X", amount=Decimal("10000000.01")), "amount is out of range"),
    "amount too small": (invoice("X", amount=Decimal("-10000000.01")), "amount is out of range"),
    "no number": (invoice("X", amount=Decimal("NaN")), "amount is out of range"),
    "infinite": (invoice("X", paid=Decimal("Infinity")), "paid is out of range"),
    "a fraction of a cent": (invoice("X", amount=Decimal("1.005")), "amount has more than 2 decimal places"),
    "balance": (account("X", balance=Decimal("1.001")), "balance has more than 2 decimal places"),
    "consumption too large": (invoice("X", consumption=Decimal(10**11)), "consumption is out of range"),
    "consumption too fine": (invoice("X", consumption=Decimal("1.0001")), "consumption has more than 3 decimal places"),
    "line feed": (customer("X", last_name="a\nb"), "a text holds control characters"),
    "other control character": (supply("X", offer="a\x9fb"), "a text holds control characters"),
    "control character in a code": (invoice("X\x7f"), "a text holds control characters"),
    # What does not fit with the rest.
    "customer missing": (account("X", of="C-404"), "refers to a customer that is not here"),
    "account missing": (supply("X", on="A-404"), "refers to a billing account that is not here"),
    "account of another": (invoice("X", on="A-2"), "refers to a billing account of another customer"),
    "supply's account of another": (supply("X", on="A-2"), "refers to a billing account of another customer"),
    "payment's account of another": (
        payment("X", on="A-2", allocations=()),
        "refers to a billing account of another customer",
    ),
    "supply missing": (invoice("X", supply_codes=("S-1", "S-404")), "refers to a supply that is not here"),
    "supply of another": (invoice("X", supply_codes=("S-1", "S-2")), "refers to a supply of another customer"),
    "invoice missing": (payment("X", allocations=part("I-404")), "is allocated to an invoice that is not here"),
    "invoice of another": (payment("X", allocations=part("I-2")), "is allocated to an invoice of another customer"),
    "allocated too much": (
        payment("X", amount=Decimal("0.99"), allocations=part()),
        "the allocations are more than the payment",
    ),
    "allocation of nothing": (
        payment("X", allocations=part(amount=Decimal(0))),
        "the amount of an allocation is not positive, or finer than a cent",
    ),
    "allocation of no number": (
        payment("X", allocations=part(amount=Decimal("NaN"))),
        "the amount of an allocation is not positive, or finer than a cent",
    ),
    "allocation too fine": (
        payment("X", allocations=part(amount=Decimal("0.001"))),
        "the amount of an allocation is not positive, or finer than a cent",
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", BAD)
def test_a_bad_record_is_set_aside_and_the_rest_goes_on(name: str) -> None:
    record, reason = BAD[name]
    good = company(1) + company(2)
    align(billing=FakeBilling(log=good, name="good"), now=NOW)
    expected = contents()
    rest = company(3)
    align(billing=FakeBilling(log=[*good, record, *rest]), now=NOW)
    (kept,) = SetAside.objects.all()
    assert kept.reason == reason
    assert CANARY not in kept.reason
    found = contents()
    align(billing=FakeBilling(log=rest, name="rest"), now=NOW)
    assert contents() == found
    assert {key: [row for row in rows if row in found[key]] for key, rows in expected.items()} == expected


@pytest.mark.django_db
def test_what_billing_says_is_believed_where_a_screen_can_show_it() -> None:
    odd = [
        customer("X", first_name="", last_name="", email="not an address", tax_code="?", birth_date=None, address=None),
        account("XA", of="X", balance=None, payment_method="direct_debit"),
        supply("XS", of="X", on="XA", started_on=date(1974, 5, 1), ended_on=date(1970, 1, 1), point_code=None),
        invoice("XI", of="X", on="XA", supply_codes=None, due_on=date(2000, 1, 1), kind=None, amount=Decimal("-3.1")),
        invoice("XJ", of="X", on="XA", supply_codes=(), paid=Decimal("10000000"), lines=(), vat=(), slip_code=None),
        payment("XP", of="X", on="XA", amount=Decimal(-5), channel=None, allocations=(), returned_on=None),
    ]
    align(billing=FakeBilling(log=odd), now=NOW)
    assert reasons() == {}
    assert Invoice.objects.count() == 2


@pytest.mark.django_db
def test_many_bad_records_among_many_good_ones() -> None:
    log: list[Record] = []
    for number in range(60):
        log += company(number)
        log.append(customer(f"X-{number}", last_name="\0" if number % 3 else "a\nb"))
    align(billing=FakeBilling(log=log), now=NOW)
    assert (Customer.objects.count(), SetAside.objects.count()) == (60, 60)


@pytest.mark.django_db
@pytest.mark.parametrize("thing", [None, "text", 7, object(), {"code": "C-1"}])
def test_something_that_is_no_record_is_set_aside(thing: Any) -> None:
    align(billing=FakeBilling(log=[thing, *company(1)]), now=NOW)
    assert list(reasons().values()) == ["billing sent something that is no record"]
    assert Invoice.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("code", [None, 7, ["x"], "x" * 300, "\0", "\ud800"])
def test_any_code_can_be_set_aside(code: Any) -> None:
    align(billing=FakeBilling(log=[customer(code), *company(1)]), now=NOW)
    assert SetAside.objects.count() == 1
    assert Invoice.objects.count() == 1


@pytest.mark.django_db
def test_two_long_codes_are_two() -> None:
    align(billing=FakeBilling(log=[customer("x" * 250 + "1"), customer("x" * 250 + "2")]), now=NOW)
    assert SetAside.objects.count() == 2


@dataclass(frozen=True)
class Lookalike:
    code: str = "C-1"


@pytest.mark.django_db
def test_a_lookalike_is_no_record() -> None:
    align(billing=FakeBilling(log=[Lookalike()]), now=NOW)  # type: ignore[list-item]
    assert Customer.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "moved",
    [
        account("A-1", of="C-2"),
        supply("S-1", of="C-2", on="A-2"),
        invoice("I-1", of="C-2", on="A-2", supply_codes=("S-2",)),
        payment("P-1", of="C-2", on="A-2", allocations=part("I-2")),
    ],
    ids=lambda record: type(record).__name__,
)
def test_no_record_passes_from_one_customer_to_another(moved: Record) -> None:
    billing = FakeBilling(log=company(1) + company(2))
    align(billing=billing, now=NOW)
    before = contents()
    billing.log.append(moved)
    align(billing=billing, now=NOW)
    assert list(reasons().values()) == ["belongs to another customer here"]
    assert contents() | {"set aside": []} == before


class TestAgain:
    """Records that wait for another one."""

    CASES: dict[str, Callable[[], list[Record]]] = {
        "backwards": lambda: list(reversed(company(1))),
        "payment first": lambda: [company(1)[-1], *company(1)[:-1]],
        "supply last": lambda: [record for index, record in enumerate(company(1)) if index != 2] + [company(1)[2]],
    }

    @pytest.mark.django_db
    @pytest.mark.parametrize("name", CASES)
    @pytest.mark.parametrize("limit", [1, 2, 100])
    def test_they_pass_when_it_has_come(self, name: str, limit: int) -> None:
        align(billing=FakeBilling(log=company(1), name="right"), now=NOW)
        right = contents()
        with_history = FakeBilling(log=[*self.CASES[name]()], name="wrong")
        for model in ("allocation", "payment", "invoice", "supply", "billingaccount", "customer"):
            _empty(model)
        align(billing=with_history, now=NOW, limit=limit)
        assert contents() == right

    @pytest.mark.django_db
    def test_they_come_back_whole(self) -> None:
        billing = FakeBilling(log=[detailed_invoice("I-1"), account(), supply()])
        align(billing=billing, now=NOW)
        assert len(reasons()) == 3
        billing.log.append(customer())
        align(billing=billing, now=NOW)
        whole = contents()
        assert whole["set aside"] == []
        again = FakeBilling(log=[customer(), account(), supply(), detailed_invoice("I-1")], name="again")
        assert not align(billing=again, now=NOW).written.anything

    @pytest.mark.django_db
    def test_those_of_other_customers_are_left(self) -> None:
        billing = FakeBilling(log=[account("A-1"), account("A-2", of="C-2")])
        align(billing=billing, now=NOW)
        billing.log.append(customer("C-2"))
        assert align(billing=billing, now=NOW).written.changed == {"customer": 1, "billing_account": 1}
        assert set(reasons()) == {("billing_account", "A-1")}

    @pytest.mark.django_db
    def test_only_billing_says_when_a_record_was_last_seen(self) -> None:
        billing = FakeBilling(log=[account("A-1", of="C-1"), invoice("I-1")])
        align(billing=billing, now=NOW)
        billing.log.append(customer())
        align(billing=billing, now=NOW + timedelta(days=1))
        (kept,) = SetAside.objects.all()
        assert (kept.code, kept.reason) == ("I-1", "refers to a supply that is not here")
        assert kept.last_seen_at < NOW + timedelta(hours=1)
        billing.log.append(invoice("I-1"))
        align(billing=billing, now=NOW + timedelta(days=2))
        (kept,) = SetAside.objects.all()
        assert kept.first_seen_at < NOW + timedelta(hours=1)
        assert kept.last_seen_at > NOW + timedelta(days=1)

    @pytest.mark.django_db
    def test_a_better_record_takes_the_place_of_the_bad_one(self) -> None:
        bad = customer("C-1", last_name="a\nb")
        billing = FakeBilling(log=[bad])
        align(billing=billing, now=NOW)
        billing.log.append(replace(bad, last_name="b"))
        align(billing=billing, now=NOW)
        assert reasons() == {}
        assert Customer.objects.get().last_name == "b"

    @pytest.mark.django_db
    def test_the_last_word_of_billing_counts(self) -> None:
        billing = FakeBilling(log=[*company(1), customer("C-2"), account("A-2", of="C-2")])
        align(billing=billing, now=NOW)
        # A newer supply waits for its account; then the supply is removed, but its invoice is still here.
        billing.log += [supply("S-1", on="A-9")]
        align(billing=billing, now=NOW)
        billing.log += [Removed(kind="supply", code="S-1")]
        align(billing=billing, now=NOW)
        assert set(reasons()) == {("removed", "supply S-1")}
        # Then billing has it again, though it cannot be taken: what is here is not removed any more.
        billing.log += [supply("S-1", offer="\n")]
        align(billing=billing, now=NOW)
        assert set(reasons()) == {("supply", "S-1")}

    @pytest.mark.django_db
    def test_a_record_of_another_form_is_left_until_billing_sends_it_again(self) -> None:
        billing = FakeBilling(log=[account()])
        align(billing=billing, now=NOW)
        SetAside.objects.update(record={"code": "A-1"})
        billing.log.append(customer())
        align(billing=billing, now=NOW, try_again=True)
        assert len(reasons()) == 1
        billing.log.append(account())
        align(billing=billing, now=NOW)
        assert reasons() == {}

    @pytest.mark.django_db
    def test_more_than_a_batch_may_wait(self) -> None:
        late = [record for number in range(1, 8) for record in company(number)]
        log = [*reversed(late)]
        align(billing=FakeBilling(log=late, name="right"), now=NOW)
        right = contents()
        for model in ("allocation", "payment", "invoice", "supply", "billingaccount", "customer"):
            _empty(model)
        align(billing=FakeBilling(log=log, name="wrong"), now=NOW, limit=3)
        assert contents() == right

    @pytest.mark.django_db
    def test_all_are_tried_again_when_asked(self) -> None:
        billing = FakeBilling(log=[account()])
        align(billing=billing, now=NOW)
        Customer.objects.create(code="C-1", kind="person")
        align(billing=billing, now=NOW)
        assert len(reasons()) == 1
        align(billing=billing, now=NOW, try_again=True)
        assert reasons() == {}


def _empty(model: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM customers_{model}")
