"""Mandates, mailing addresses and contested amounts reach the mirror, and no table ever holds a whole IBAN."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from sportello.billing.records import Address, Instalment, InvoiceRecord, Record, Removed
from sportello.domain.customers.alignment import align, refresh
from sportello.domain.customers.models import BillingAccount, Customer, DirectDebitMandate, Invoice, SetAside
from sportello.domain.customers.tests.billing import FakeBilling, account, company, invoice, mandate
from sportello.domain.customers.tests.state import contents, history, reasons, settled, versions

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
IBAN = "IT60X0542811101000000123456"
ELSEWHERE = Address(street="Via Roma", number="1", postcode="41037", municipality="Mirandola", province="MO")


def planned(*amounts: str, apart: int = 30) -> InvoiceRecord:
    """By instalments of these amounts, some days apart."""
    days = [date(2026, 12, 1) + timedelta(days=apart * place) for place in range(len(amounts))]
    parts = [Instalment(due_on=day, amount=Decimal(amount)) for day, amount in zip(days, amounts, strict=True)]
    return invoice("X", collection="instalments", instalments=tuple(parts))


@pytest.fixture
def billing() -> FakeBilling:
    return FakeBilling(log=[*company(1), mandate(), *company(2), mandate("D-2", of="C-2", on="A-2")])


@pytest.mark.django_db
def test_a_mandate_arrives_whole_but_for_its_iban(billing: FakeBilling) -> None:
    align(billing=billing, now=NOW)
    one = DirectDebitMandate.objects.get(code="D-1")
    assert (one.customer_id, one.billing_account_id, one.scheme, one.status) == ("C-1", "A-1", "core", "active")
    assert (one.iban, one.holder, one.holder_tax_code) == ("IT60 **** 3456", "Alice Fabbri", "FBBLCA80A41D711X")
    assert (one.signed_on, one.active_from, one.ended_on) == (date(2025, 12, 20), date(2026, 1, 3), None)
    assert (one.reason, one.from_invoice) == ("", "I-1")
    assert list(DirectDebitMandate.objects.holding()) == list(DirectDebitMandate.objects.all())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (None, None),
        ("", "****"),
        ("IT60", "****"),
        ("it60 x054 2811 1010 0000 0123 456", "IT60 **** 3456"),
        ("IT60****3456", "IT60 **** 3456"),
        ("IT60 **** 3456", "IT60 **** 3456"),
        ("NO9386011117947", "NO93 **** 7947"),
    ],
)
def test_of_an_iban_is_kept_what_may_be_shown(sent: str | None, kept: str | None) -> None:
    align(billing=FakeBilling(log=[*company(1), mandate(iban=sent)]), now=NOW)
    assert DirectDebitMandate.objects.get().iban == kept


@pytest.mark.django_db
def test_no_table_holds_a_whole_iban_not_even_of_a_record_set_aside(billing: FakeBilling) -> None:
    billing.log += [mandate("D-3", on="A-404"), mandate("D-4", status="lost")]
    align(billing=billing, now=NOW)
    billing.log.append(mandate(status="revoked"))
    align(billing=billing, now=NOW)
    assert len(reasons()) == 2
    assert history() == {"DirectDebitMandate": 1}
    whole = str(contents()) + str(list(SetAside.objects.values_list("record", flat=True)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM customers_directdebitmandateevent")
        whole += str(cursor.fetchall())
    assert "IT60 **** 3456" in whole
    assert IBAN not in whole


@pytest.mark.django_db
def test_one_set_aside_comes_in_with_its_account() -> None:
    align(billing=FakeBilling(log=[mandate(), *company(1)]), now=NOW, limit=1)
    assert (reasons(), DirectDebitMandate.objects.get().iban) == ({}, "IT60 **** 3456")


BAD: dict[str, tuple[Record, str]] = {
    "account missing": (mandate("X", on="A-404"), "refers to a billing account that is not here"),
    "account of another": (mandate("X", on="A-2"), "refers to a billing account of another customer"),
    "another's mandate": (mandate("D-2"), "belongs to another customer here"),
    "unknown status": (mandate("X", status="lost"), "status is not a value that Sportello knows"),
    "unknown scheme": (mandate("X", scheme="cash"), "scheme is not a value that Sportello knows"),
    "number for an IBAN": (mandate("X", iban=7), "iban is not of the right type"),
    "signed too early": (mandate("X", signed_on=date(1989, 1, 1)), "signed on is not between 1990 and 2100"),
    "reason too long": (mandate("X", reason="x" * 201), "reason is longer than 200 characters"),
    "no code": (mandate(""), "code is missing"),
    "addressee too long": (account("X", addressee="x" * 201), "addressee is longer than 200 characters"),
    "street too long": (
        account("X", mailing_address=Address(street="x" * 201)),
        "street is longer than 200 characters",
    ),
    "text for an address": (account("X", mailing_address="Via Roma"), "street is missing"),
    "an instalment of nothing": (planned("0.00"), "an instalment is not an amount of money"),
    "an instalment too fine": (planned("0.001"), "an instalment is not an amount of money"),
    "an instalment of no number": (planned("NaN"), "a number in instalments is out of range"),
    "instalments of one day": (planned("1.00", "1.00", apart=0), "instalments do not fall due one after the other"),
    "instalments out of order": (planned("1.00", "1.00", apart=-1), "instalments do not fall due one after the other"),
    "text for an instalment's day": (
        invoice("X", instalments=(Instalment(due_on="2026-12-01", amount=Decimal(1)),)),
        "due on is not of the right type",
    ),
    "contested too fine": (invoice("X", contested=Decimal("0.001")), "contested has more than 2 decimal places"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", BAD)
def test_a_bad_record_is_set_aside_and_the_rest_goes_on(billing: FakeBilling, name: str) -> None:
    align(billing=billing, now=NOW)
    before = contents()
    record, reason = BAD[name]
    billing.log.append(record)
    align(billing=billing, now=NOW)
    assert list(reasons().values()) == [reason]
    assert contents() | {"set aside": []} == before


@pytest.mark.django_db
def test_the_mailing_address_stands_on_the_account_and_goes_again(billing: FakeBilling) -> None:
    billing.log.append(account(mailing_address=ELSEWHERE, addressee="Studio Neri"))
    align(billing=billing, now=NOW)
    one = BillingAccount.objects.get(code="A-1")
    assert (one.address, one.addressee) == ("Via Roma 1, 41037 Mirandola (MO)", "Studio Neri")
    assert BillingAccount.objects.get(code="A-2").address == ""
    billing.log.append(account())
    align(billing=billing, now=NOW)
    one.refresh_from_db()
    assert (one.address, one.addressee) == ("", "")
    assert history() == {"BillingAccount": 1}


@pytest.mark.django_db
def test_the_plan_stands_on_the_invoice(billing: FakeBilling) -> None:
    billing.log.append(replace(planned("40.67", "40.66"), number="I-1"))
    align(billing=billing, now=NOW)
    assert dict(Invoice.objects.values_list("number", "instalments"))["I-1"] == [
        {"due_on": "2026-12-01", "amount": "40.67"}, {"due_on": "2026-12-31", "amount": "40.66"},
    ]  # fmt: skip
    billing.log.append(invoice("I-1"))
    align(billing=billing, now=NOW)
    assert Invoice.objects.get(number="I-1").instalments is None


@pytest.mark.django_db
def test_what_is_contested_stands_on_the_invoice(billing: FakeBilling) -> None:
    billing.log.append(invoice(collection="suspended", contested=Decimal("22.10")))
    align(billing=billing, now=NOW)
    assert dict(Invoice.objects.values_list("number", "contested")) == {"I-1": Decimal("22.10"), "I-2": None}


@pytest.mark.django_db
def test_reading_again_writes_nothing(billing: FakeBilling) -> None:
    billing.log.append(account(mailing_address=ELSEWHERE))
    align(billing=billing, now=NOW)
    rows = versions()
    assert not align(billing=billing, now=NOW, from_start=True, limit=100).written.anything
    assert versions() == rows


@pytest.mark.django_db
class TestRemoval:
    def test_a_mandate_goes_and_leaves_what_it_was(self, billing: FakeBilling) -> None:
        align(billing=billing, now=NOW)
        billing.log.append(Removed(kind="mandate", code="D-1"))
        assert align(billing=billing, now=NOW).written.removed == {"mandate": 1}
        assert (reasons(), history()) == ({}, {"DirectDebitMandate": 1})

    def test_account_and_customer_stay_until_it_is_gone(self, billing: FakeBilling) -> None:
        align(billing=billing, now=NOW)
        gone: list[tuple[Any, str]] = [
            ("payment", "P-1"),
            ("invoice", "I-1"),
            ("supply", "S-1"),
            ("billing_account", "A-1"),
            ("customer", "C-1"),
        ]
        billing.log += [Removed(kind=kind, code=code) for kind, code in gone]
        align(billing=billing, now=NOW)
        assert {code for _, code in reasons()} == {"billing_account A-1", "customer C-1"}
        billing.log.append(Removed(kind="mandate", code="D-1"))
        align(billing=billing, now=NOW)
        assert (reasons(), list(Customer.objects.values_list("pk", flat=True))) == ({}, ["C-2"])


@pytest.mark.django_db
def test_a_refreshed_customer_has_the_mandates_that_billing_has_now() -> None:
    billing = FakeBilling(feed=False, snapshots={"C-1": [*company(1), mandate(), mandate("D-9", status="refused")]})
    refresh(billing=billing, customer_code="C-1", now=NOW)
    billing.snapshots["C-1"] = [*company(1), replace(mandate(), status="revoked", ended_on=date(2026, 3, 1))]
    refresh(billing=billing, customer_code="C-1", now=NOW)
    assert list(DirectDebitMandate.objects.values_list("code", "status")) == [("D-1", "revoked")]
    assert not DirectDebitMandate.objects.holding()


@pytest.mark.django_db
def test_whose_mandate_the_bank_refuses_is_looked_at(billing: FakeBilling) -> None:
    align(billing=billing, now=NOW)
    assert settled() == set()
    billing.log.append(mandate(status="refused", reason="Il conto è estinto"))
    align(billing=billing, now=NOW)
    assert settled() == {"C-1"}
