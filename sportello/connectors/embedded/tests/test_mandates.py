from dataclasses import replace
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from sportello.billing.commands import RequestDirectDebit, RevokeDirectDebit
from sportello.billing.errors import NotThere, Refused
from sportello.billing.records import BillingAccountRecord, MandateRecord
from sportello.connectors.embedded import issuing, mandates, models, working
from sportello.connectors.embedded.connector import EmbeddedBilling
from sportello.connectors.embedded.loading import load
from sportello.connectors.embedded.mistakes import Mistake
from sportello.connectors.embedded.removing import remove
from sportello.connectors.embedded.tests.factories import account, company, household, mandate

pytestmark = pytest.mark.django_db(databases=["billing"], transaction=True)

IBAN = "IT60X0542811101000000123456"
ENDS_IN_SEVEN = "IT11K0200866710000104455667"
REQUEST = RequestDirectDebit(
    customer_code="C1",
    account_code="A1",
    mandate_reference="MND-2026-1",
    scheme="core",
    iban=IBAN,
    holder="Mario Rossi",
    holder_tax_code="RSSMRA80A01F257G",
    signed_on=date(2026, 3, 1),
)
REVOKE = RevokeDirectDebit(customer_code="C1", account_code="A1")
AFTER = timedelta(days=3)


@pytest.fixture
def billing() -> EmbeddedBilling:
    load([*household(), company("C2"), account("A2", "C2")])
    return EmbeddedBilling()


def seen(billing: EmbeddedBilling) -> dict[str, MandateRecord]:
    return {record.code: record for record in billing.snapshot("C1").records if isinstance(record, MandateRecord)}


def statuses(billing: EmbeddedBilling) -> dict[str, str]:
    return {code: record.status for code, record in seen(billing).items()}


def method(billing: EmbeddedBilling) -> str | None:
    (found,) = (record for record in billing.snapshot("C1").records if isinstance(record, BillingAccountRecord))
    return found.payment_method


def align() -> list[str]:
    return [each.status for each in mandates.align(now=timezone.now())]


def test_a_mandate_becomes_active_step_by_step_and_is_debited_from_the_next_invoice(billing):
    assert billing.execute(REQUEST, key="k1").reference == "MND-2026-1"
    found = seen(billing)["MND-2026-1"]
    assert (found.status, found.iban, found.holder_tax_code) == ("requested", IBAN, "RSSMRA80A01F257G")
    assert (align(), method(billing)) == (["aligning"], None)
    assert (align(), method(billing)) == (["active"], "direct_debit")
    today = timezone.localdate()
    assert (seen(billing)["MND-2026-1"].active_from, align()) == (today, [])
    first = issuing.issue(supply_codes=["S1"], issued_on=today)
    issuing.issue(supply_codes=["S1"], issued_on=today)
    assert seen(billing)["MND-2026-1"].from_invoice == first.code


def test_the_bank_refuses_some_and_says_why(billing):
    billing.execute(replace(REQUEST, iban=ENDS_IN_SEVEN), key="k1")
    assert (align(), align()) == (["aligning"], ["refused"])
    found = seen(billing)["MND-2026-1"]
    assert found.reason in mandates.OBJECTIONS
    assert (found.active_from, method(billing), align()) == (None, None, [])


def test_a_revoked_one_ends_and_the_account_is_paid_by_slip(billing):
    load([mandate()])
    models.Account.objects.filter(code="A1").update(payment_method="direct_debit")
    assert billing.execute(REVOKE, key="k1").reference == "MND-1"
    assert (statuses(billing), method(billing)) == ({"MND-1": "revoking"}, "direct_debit")
    assert (align(), method(billing)) == (["revoked"], "postal_slip")
    assert seen(billing)["MND-1"].ended_on == timezone.localdate()
    with pytest.raises(Refused):
        billing.execute(REVOKE, key="k2")


def test_one_that_the_bank_does_not_know_is_revoked_at_once(billing):
    billing.execute(REQUEST, key="k1")
    billing.execute(replace(REVOKE, mandate_reference="MND-2026-1"), key="k2")
    assert statuses(billing) == {"MND-2026-1": "revoked"}


def test_one_on_its_way_to_the_bank_is_revoked_and_never_active(billing):
    billing.execute(REQUEST, key="k1")
    align()
    billing.execute(REVOKE, key="k2")
    assert (align(), align(), method(billing)) == (["revoked"], [], None)


def test_another_takes_the_place_of_an_active_one_when_it_is_active_itself(billing):
    load([mandate()])
    billing.execute(REQUEST, key="k1")
    billing.execute(replace(REQUEST, mandate_reference="MND-2026-2"), key="k2")
    assert statuses(billing) == {"MND-1": "active", "MND-2026-1": "revoked", "MND-2026-2": "requested"}
    align()
    align()
    assert statuses(billing) == {"MND-1": "revoked", "MND-2026-1": "revoked", "MND-2026-2": "active"}
    assert method(billing) == "direct_debit"


def test_an_active_one_stays_where_the_bank_refuses_the_next(billing):
    load([mandate()])
    billing.execute(replace(REQUEST, iban=ENDS_IN_SEVEN), key="k1")
    align()
    align()
    assert statuses(billing) == {"MND-1": "active", "MND-2026-1": "refused"}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"iban": "IT60X0542811101000000123457"}, "iban"),
        ({"iban": "IT38A0538712900000001234567"}, "iban"),
        ({"iban": ""}, "iban"),
        ({"mandate_reference": ""}, "mandate_reference"),
        ({"mandate_reference": "/ABC"}, "mandate_reference"),
        ({"mandate_reference": "A//B"}, "mandate_reference"),
        ({"mandate_reference": "M" * 36}, "mandate_reference"),
        ({"mandate_reference": "MND_1"}, "mandate_reference"),
        ({"mandate_reference": "mnd-1"}, "mandate_reference"),
        ({"holder": " "}, "holder"),
        ({"holder": "x" * 201}, "holder"),
        ({"holder_tax_code": "RSSMRA80A01F257A"}, "holder_tax_code"),
        ({"signatory": "Anna Neri"}, "signatory_tax_code"),
        ({"bank": "a\nb"}, "bank"),
        ({"signed_on": date(2999, 1, 1)}, "signed_on"),
        ({"scheme": "b2b"}, "scheme"),
    ],
)
def test_a_mandate_that_cannot_be_is_refused(billing, values, field):
    load([mandate()])
    with pytest.raises(Refused) as caught:
        billing.execute(replace(REQUEST, **values), key="k1")
    assert caught.value.field == field
    assert statuses(billing) == {"MND-1": "active"}


def test_a_company_may_sign_a_b2b_mandate(billing):
    command = replace(REQUEST, customer_code="C2", account_code="A2", scheme="b2b", holder_tax_code="00743110157")
    assert billing.execute(command, key="k1").reference == "MND-2026-1"


@pytest.mark.parametrize("reference", ["", "MND-OLD"])
def test_without_a_mandate_there_is_nothing_to_revoke(billing, reference):
    load([mandate("MND-OLD", status="revoked")])
    with pytest.raises(Refused) as caught:
        billing.execute(replace(REVOKE, mandate_reference=reference), key="k1")
    assert caught.value.field == ("mandate_reference" if reference else "account_code")


def test_what_is_not_the_customers_is_not_there(billing):
    load([mandate("MND-2", customer_code="C2", account_code="A2")])
    for command in (REQUEST, REVOKE):
        for values in ({"customer_code": "C9"}, {"account_code": "A2"}, {"account_code": "A9"}, {"account_code": "\0"}):
            with pytest.raises(NotThere):
                billing.execute(replace(command, **values), key="k1")
    for reference in ("MND-2", "MND-9", "\0"):
        with pytest.raises(NotThere):
            billing.execute(replace(REVOKE, mandate_reference=reference), key="k1")


def test_work_answers_those_that_came_by_a_command_after_a_while(billing):
    load([account("A3"), mandate("MND-LOADED", status="requested", account_code="A3")])
    billing.execute(REQUEST, key="k1")

    def work(*, later: timedelta) -> list[str]:
        return list(working.work(now=timezone.now() + later, after=AFTER))

    assert work(later=timedelta()) == []
    assert work(later=AFTER) == ["Mandate MND-2026-1 of account A1 is aligning."]
    assert work(later=2 * AFTER) == ["Mandate MND-2026-1 of account A1 is active."]
    assert work(later=9 * AFTER) == []
    assert statuses(billing)["MND-LOADED"] == "requested"


def test_the_bank_answers_on_command_and_the_list_masks_the_iban(billing):
    billing.execute(replace(REQUEST, iban=ENDS_IN_SEVEN), key="k1")
    said = StringIO()
    call_command("billing", "align-mandates", "--days", "1", stdout=said)
    assert said.getvalue() == "No mandate waits for the bank.\n"
    call_command("billing", "align-mandates", stdout=said)
    call_command("billing", "align-mandates", "--after", "0", stdout=said)
    call_command("billing", "list", "C1", stdout=said)
    assert "Mandate MND-2026-1 of account A1 is aligning.\n" in said.getvalue()
    assert "IT11 **** 5667" in said.getvalue()
    assert ENDS_IN_SEVEN not in said.getvalue()


def test_one_that_holds_cannot_be_removed(billing):
    load([mandate(), mandate("MND-2", status="revoked")])
    with pytest.raises(Mistake):
        remove(kind="mandate", code="MND-1")
    remove(kind="mandate", code="MND-2")
    assert statuses(billing) == {"MND-1": "active"}
