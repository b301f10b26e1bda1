"""A customer's data, and the forms that change them, filled in as a browser would."""

from datetime import date

from sportello.domain.activities import opening
from sportello.domain.activities.kinds.base import scope_of
from sportello.domain.activities.models import Channel
from sportello.domain.customers.models import Customer
from tests.factories import NOW

HOME = {
    "country": "IT", "street": "Via Grandi", "street_number": "39", "postcode": "41033",
    "municipality": "Concordia sulla Secchia", "province": "MO",
}  # fmt: skip
PERSON = {"last_name": "Rossi", "first_name": "Mario", "tax_code": "RSSMRA80A01F257G", "birth_date": date(1980, 1, 1)}


def form_of(person, kind, **typed):
    scope = scope_of(person, Customer.objects.get(code="C1"), today=NOW.date())
    known = {name: "" if value is None else str(value) for name, value in kind.form(scope).initial.items()}
    return kind.form(scope, {**known, "account": "A-C1", "once": "a", **typed}, {})


def opened(person, kind, **typed):
    form = form_of(person, kind, **typed)
    assert form.is_valid(), form.errors
    if form.needs_confirmation:
        form = form_of(person, kind, **typed, confirmed=form.digest)
        assert form.is_valid()
    return opening.open_request(kind, form, user=person, channel=Channel.PORTAL, now=NOW)
