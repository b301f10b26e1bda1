from dataclasses import replace
from datetime import date

import pytest

from sportello.billing.commands import ChangeMailingAddress, ChangePersonalData
from sportello.billing.errors import NotThere, Refused
from sportello.billing.records import Address, BillingAccountRecord, CustomerRecord
from sportello.connectors.embedded.connector import EmbeddedBilling
from sportello.connectors.embedded.loading import load
from sportello.connectors.embedded.tests.factories import account, company, customer

pytestmark = pytest.mark.django_db(databases=["billing"], transaction=True)

ELSEWHERE = Address(street="Via Roma", number="1", postcode="41037", municipality="Mirandola", province="MO")
CHANGE = ChangePersonalData(customer_code="C1")
MAILING = ChangeMailingAddress(customer_code="C1", account_code="A1", address=ELSEWHERE, addressee="Studio Neri")


@pytest.fixture
def billing() -> EmbeddedBilling:
    load(
        [
            customer(phone="+390535000000", email="alice@example.it", tax_code="RSSMRA80A01F257G"),
            account(),
            company("C2"),
            account("A2", "C2"),
        ]
    )
    return EmbeddedBilling()


def seen(billing: EmbeddedBilling, code: str = "C1") -> CustomerRecord:
    record = billing.snapshot(code).records[0]
    assert isinstance(record, CustomerRecord)
    return record


def accounts(billing: EmbeddedBilling) -> list[BillingAccountRecord]:
    return [record for record in billing.snapshot("C1").records if isinstance(record, BillingAccountRecord)]


def test_only_what_is_said_changes(billing):
    before = seen(billing)
    billing.execute(replace(CHANGE, phone="+393331234567", birth_date=date(1980, 1, 1), address=ELSEWHERE), key="k1")
    assert seen(billing) == replace(before, phone="+393331234567", birth_date=date(1980, 1, 1), address=ELSEWHERE)


def test_an_empty_text_empties_the_field(billing):
    billing.execute(replace(CHANGE, phone="", email=""), key="k1")
    assert (seen(billing).phone, seen(billing).email) == (None, None)


def test_codes_are_kept_compact(billing):
    changed = replace(
        CHANGE, customer_code="C2", vat_number="01523600128", tax_code="015 2360 0128", sdi_code="KRRH6B9"
    )
    billing.execute(changed, key="k1")
    assert (seen(billing, "C2").tax_code, seen(billing, "C2").vat_number) == ("01523600128", "01523600128")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"last_name": ""}, "last_name"),
        ({"tax_code": " "}, "tax_code"),
        ({"tax_code": "RSSMRA80A01F257A"}, "tax_code"),
        ({"vat_number": "12345678901"}, "vat_number"),
        ({"email": "nobody"}, "email"),
        ({"pec": "a@b"}, "pec"),
        ({"sdi_code": "abc"}, "sdi_code"),
        ({"phone": "1" * 31}, "phone"),
        ({"first_name": "A\0"}, "first_name"),
        ({"birth_date": date(2999, 1, 1)}, "birth_date"),
        ({"address": replace(ELSEWHERE, municipality="")}, "address"),
        ({"address": replace(ELSEWHERE, street="x" * 201)}, "address"),
        ({"address": replace(ELSEWHERE, country="ITA")}, "address"),
        ({"address": replace(ELSEWHERE, country="")}, "address"),
    ],
)
def test_what_cannot_stand_on_an_invoice_is_refused(billing, values, field):
    before = seen(billing)
    with pytest.raises(Refused) as caught:
        billing.execute(replace(CHANGE, **({"phone": "+393331234567"} | values)), key="k1")
    assert caught.value.field == field
    assert seen(billing) == before


def test_a_company_keeps_a_name(billing):
    with pytest.raises(Refused) as caught:
        billing.execute(replace(CHANGE, customer_code="C2", company_name=""), key="k1")
    assert caught.value.field == "company_name"


def test_post_goes_where_it_shall_for_this_account_alone(billing):
    load([account("A3")])
    billing.execute(MAILING, key="k1")
    first, other = accounts(billing)
    assert (first.mailing_address, first.addressee) == (ELSEWHERE, "Studio Neri")
    assert (other.mailing_address, other.addressee) == (None, "")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"address": replace(ELSEWHERE, street=" ")}, "address"),
        ({"addressee": "x" * 201}, "addressee"),
        ({"addressee": "a\nb"}, "addressee"),
    ],
)
def test_post_cannot_go_just_anywhere(billing, values, field):
    with pytest.raises(Refused) as caught:
        billing.execute(replace(MAILING, **values), key="k1")
    assert caught.value.field == field


@pytest.mark.parametrize(
    "command",
    [
        replace(CHANGE, customer_code="C9"),
        replace(CHANGE, customer_code="\0"),
        replace(MAILING, customer_code="C9"),
        replace(MAILING, account_code="A9"),
        replace(MAILING, account_code="A2"),
        replace(MAILING, account_code="\0"),
    ],
)
def test_what_is_not_the_customers_is_not_there(billing, command):
    with pytest.raises(NotThere):
        billing.execute(command, key="k1")
