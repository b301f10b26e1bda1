"""Of every kind of request one that can be sent, and somebody who may ask for all of them."""

from datetime import date
from typing import Any

from sportello.domain.activities.kinds.base import RequestKind, scope_of
from sportello.domain.activities.kinds.tests.bills import BILL, TODAY, household
from sportello.domain.activities.kinds.tests.filling import HOME, PERSON
from sportello.domain.customers.models import BillingAccount, Customer
from sportello.domain.ledger.tests.cast import FakeBilling
from sportello.domain.people.models import User

IBAN = "IT60X0542811101000000123456"
ELSEWHERE = {**HOME, "street": "Via Pico", "street_number": "14"}
LATER, SOON = "2026-12-20", "2026-12-15"
# A page on which invoices do not come by e-mail yet, however often it is sent.
NOT_YET = '{"of": "", "delivery": "off", "addresses": [], "due_date": false, "returned_debit": false}'
# Beside what stands in its form already.
TYPED: dict[str, dict[str, str]] = {
    "invoice_mail": {"was": NOT_YET},
    "invoice_correction": {"invoice": BILL, "reason": "price", "text": "Troppo."},
    "already_paid": {"invoice": BILL, "paid_on": "2026-11-20", "amount": "121,40", "where": "post"},
    "instalments": {"invoice": BILL, "parts": "3", "first_due_on": SOON},
    "direct_debit": {"iban": IBAN, "signatory": "holder", "agreed": "on"},
    "direct_debit_revocation": {"account": "A-C1", "agreed": "on"},
    "personal_data": ELSEWHERE,
    "mailing_address": ELSEWHERE,
    "supply_closure": {**HOME, "supply": "S-C1", "ends_on": LATER, "phone": "+39 333 4821190"},
    "change_of_holder": {
        "supply": "S-C1", "name": "Gino", "tax_code": "VRDGNI80A01F257Q", "email": "gino@example.it", "starts_on": LATER,
        "title": "family",
    },
    "information": {"topic": "other", "text": "Come?"},
    "complaint": {"subject": "billing", "reason": "late", "text": "Aspetto."},
    "something_else": {"text": "Altro."},
}  # fmt: skip


class TakesEverything:
    """A billing system that executes whatever there is."""

    capabilities = FakeBilling().capabilities


TAKES_EVERYTHING = f"{__name__}.TakesEverything"


def furnished() -> User:
    """Anna, with a supply, a bill to be paid, and an account that is debited."""
    anna = household()
    Customer.objects.update(phone="+390535000123", **PERSON, **HOME)
    BillingAccount.objects.update(payment_method="direct_debit")
    return anna


def data_for(person: User, kind: RequestKind, *, once: str = "a", today: date = TODAY) -> dict[str, Any]:
    """What her browser sends, confirmed where something is unlikely."""
    scope = scope_of(person, Customer.objects.get(code="C1"), today=today)
    known = {name: "" if value is None else str(value) for name, value in kind.form(scope).initial.items()}
    data = {**known, **TYPED[kind.code], "once": once}
    form = kind.form(scope, data, {})
    assert form.is_valid(), (kind.code, form.errors)
    return {**data, "confirmed": form.digest} if form.needs_confirmation else data
