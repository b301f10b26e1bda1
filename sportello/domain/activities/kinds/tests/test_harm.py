"""Who could do harm by changing data, and who is kept from changing his own."""

import pytest

from sportello.domain.activities import protecting
from sportello.domain.activities.kinds import direct_debit, mailing_address, personal_data
from sportello.domain.activities.kinds.base import scope_of
from sportello.domain.activities.kinds.tests.filling import form_of, opened
from sportello.domain.activities.models import Terms
from sportello.domain.customers.models import BillingAccount, Customer
from sportello.domain.messages.models import Message
from tests.factories import NOW

pytestmark = pytest.mark.django_db
DEBIT = {"iban": "IT60X0542811101000000123456", "agreed": "on", "signatory": "holder", "scheme": "core"}
COMPANY = {
    "kind": "company", "company_name": "ACME", "vat_number": "00743110157", "tax_code": "00743110157", "first_name": "",
    "last_name": "", "birth_date": None,
}  # fmt: skip
ELSEWHERE = {"street": "Via X", "country": "IT", "province": "MO"}


def test_an_unknown_place_goes_to_an_operator(mario):
    activity = opened(
        mario,
        mailing_address.KIND,
        municipality="Topolinia",
        province="MO",
        street="Via X",
        country="IT",
        postcode="41033",
    )
    assert activity.automatic is False


def test_a_postcode_of_elsewhere_goes_to_an_operator(mario):
    activity = opened(
        mario,
        mailing_address.KIND,
        municipality="Modena",
        province="MO",
        street="Via X",
        country="IT",
        postcode="00186",
    )
    assert activity.automatic is False


def test_a_phone_as_billing_spells_it_is_no_change(mario):
    Customer.objects.update(phone="0535 000123")
    activity = opened(mario, personal_data.KIND, email="nuova@example.it")
    assert set(activity.asked) == {"email"}


def test_a_malformed_phone_in_billing_does_not_stand_in_the_way(mario):
    Customer.objects.update(phone="n.d.")
    form = form_of(mario, personal_data.KIND, email="nuova@example.it")
    assert form.is_valid(), form.errors


def test_an_old_page_does_not_take_a_newer_value_back(mario):
    scope = scope_of(mario, Customer.objects.get(code="C1"), today=NOW.date())
    old = {name: str(value) for name, value in personal_data.KIND.form(scope).initial.items()}
    Customer.objects.update(phone="+393331234567")
    form = form_of(mario, personal_data.KIND, **{**old, "email": "nuova@example.it", "once": "a"})
    assert not form.is_valid() or "phone" not in form.asked()


def test_billings_former_address_is_told_of_an_iban_change(mario):
    Customer.objects.get(code="C1")
    c = Customer.objects.get(code="C1")
    c.email = "ladro@example.it"
    c.save()
    BillingAccount.objects.update(payment_method="direct_debit")
    activity = opened(mario, direct_debit.KIND, **DEBIT)
    assert "casa@example.it" in protecting.addresses(activity, now=NOW)


def test_a_stop_is_seen_by_an_operator_and_told_to_the_customer(mario):
    Terms.objects.create(term=protecting.IBAN_COOL_OFF, valid_from=NOW.date(), margin=3)
    BillingAccount.objects.update(payment_method="direct_debit")
    opened(mario, direct_debit.KIND, **DEBIT)
    token = str(Message.objects.filter(kind="request_protected").first().link_arguments["token"])
    activity = protecting.stop(token, now=NOW).activity
    told = Message.objects.filter(kind="request_stopped").values_list("address", flat=True)
    assert sorted(told) == ["casa@example.it", "mario@example.it"]
    assert activity.attention == "stopped"


def test_a_company_with_both_channels_corrects_something_else(mario):
    Customer.objects.update(
        kind="company",
        company_name="ACME",
        vat_number="00743110157",
        tax_code="00743110157",
        sdi_code="M5UXCR1",
        pec="acme@pec.it",
        first_name="",
        last_name="",
        birth_date=None,
    )
    form = form_of(mario, personal_data.KIND, street="Via Nuova")
    assert form.is_valid(), form.errors


def test_any_country_may_be_ones_own(mario):
    Customer.objects.update(country="JP", municipality="Tokyo", postcode="100-0001", province="")
    form = form_of(mario, personal_data.KIND, first_name="Maria")
    assert form.is_valid(), form.errors


def test_a_company_as_holder_needs_a_signatory(mario):
    Customer.objects.update(
        kind="company",
        company_name="ACME",
        vat_number="00743110157",
        tax_code="00743110157",
        first_name="",
        last_name="",
        birth_date=None,
    )
    form = form_of(mario, direct_debit.KIND, **DEBIT)
    assert not form.is_valid()


def test_a_letter_goes_to_the_old_mailing_address(mario):
    opened(
        mario,
        mailing_address.KIND,
        municipality="Modena",
        province="MO",
        street="Via X",
        country="IT",
        postcode="41121",
    )
    assert Message.objects.filter(channel="letter").exists()
