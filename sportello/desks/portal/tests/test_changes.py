"""The journal to the customer: what was changed, how it was before, when, by whom and on which channel; nothing secret."""

from datetime import timedelta

import pytest

from sportello.desks.portal.differences import MATTERS, OF_ACCOUNT, OF_CUSTOMER, OF_INVOICES
from sportello.desks.portal.tests.reading import Page, plain
from sportello.domain.activities import ending, handling
from sportello.domain.activities.kinds import direct_debit, information, mailing_address, personal_data
from sportello.domain.activities.kinds.base import scope_of
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.kinds.tests.filling import HOME, PERSON
from sportello.domain.activities.models import HOUSE_KINDS, Activity, Channel
from sportello.domain.activities.opening import open_request
from sportello.domain.customers.models import BillingAccount, Customer
from sportello.domain.people.models import Role
from tests.factories import NOW, access, account, customer, user

EARLIER = NOW - timedelta(days=3650)  # before whatever PostgreSQL's clock says
IBAN = "IT28I0200881671006259645133"
ELSEWHERE = {
    "country": "IT", "street": "Via Pico", "street_number": "14", "postcode": "41037", "municipality": "Mirandola",
    "province": "MO", "addressee": "Studio Rossi",
}  # fmt: skip
DEBIT = {
    "iban": IBAN, "holder_last_name": "Rossi", "holder_first_name": "Mario", "holder_tax_code": "RSSMRA80A01F257G",
    "signatory": "holder", "agreed": "on", "bank": "Banca della Bassa",
}  # fmt: skip


@pytest.fixture
def mario(alice, settings):
    """What billing takes is of no concern here: all is executed by hand."""
    settings.BILLING_CONNECTOR = "sportello.domain.activities.kinds.tests.bills.TakesAll"
    access(alice, customer("C1", email="casa@example.it", phone="+390535000123", **PERSON, **HOME))
    account(Customer.objects.get(), payment_method="postal_slip")
    return alice


@pytest.fixture
def paolo(alice):
    return user("paolo", first_name="Paolo", roles=[Role.BACK_OFFICE])


def asked(person, kind, **typed) -> Activity:
    scope = scope_of(person, Customer.objects.get(code="C1"), today=EARLIER.date())
    known = {name: "" if value is None else str(value) for name, value in kind.form(scope).initial.items()}
    data = {**known, "account": "A-C1", "once": kind.code, **typed}
    form = kind.form(scope, data, {})
    if form.is_valid() and form.needs_confirmation:
        form = kind.form(scope, {**data, "confirmed": form.digest}, {})
    assert form.is_valid(), form.errors
    return open_request(kind, form, user=person, channel=Channel.PORTAL, now=EARLIER)


def lines_of(page: Page) -> list[str]:
    return [plain(each) for each in page.find("//tbody//span[contains(@class, 'under')]")]


CHANGES = [
    (personal_data.KIND, {"phone": "+39 333 4821190", "email": ""}, Customer, {"phone": "+393334821190", "email": None},
     ["Telephone: +390535000123 → becomes +393334821190", "E-mail: casa@example.it → becomes not given"]),
    (personal_data.KIND, {"birth_date": "", "street_number": "41"}, Customer, {"birth_date": None, "street_number": "41"},
     ["Date of birth: 01/01/1980 → becomes not given",
      "Address: Via Grandi 39, 41033 Concordia sulla Secchia (MO) → becomes Via Grandi 41, 41033 Concordia sulla Secchia (MO)"]),
    (mailing_address.KIND, ELSEWHERE, BillingAccount, {"street": "Via Pico", "street_number": "14", "postcode": "41037"},
     ["Mailing address: Via Grandi 39, 41033 Concordia sulla Secchia (MO) → becomes Via Pico 14, 41037 Mirandola (MO)",
      "Name on the letters: the holder's → becomes Studio Rossi"]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "typed", "model", "fields", "lines"), CHANGES, ids=["contacts", "personal", "post"])
def test_it_shows_before_and_after_as_asked_and_as_done(mario, visit, kind, typed, model, fields, lines):
    activity = asked(mario, kind, **typed)
    assert lines_of(visit("/account/changes/")) == lines
    model.objects.update(**fields)  # as alignment does, which keeps the row as it was
    ending.execute(activity, answer=None, now=EARLIER + timedelta(minutes=10), by_id=None)
    page = visit("/account/changes/")
    assert lines_of(page) == lines * 2
    assert [(row["Who"], row["Where"]) for row in page.rows()] == [("by itself", "Billing"), ("you", "Online counter")]


def test_an_iban_is_masked_and_the_link_that_stopped_it_is_named(mario, visit):
    activity = asked(mario, direct_debit.KIND, **DEBIT)
    ending.cancel(activity, now=EARLIER, by_id=None)  # as the link in a mail does
    page = visit("/account/changes/")
    assert lines_of(page) == ["IBAN: IT28 **** 5133", "Bank: Banca della Bassa"]
    assert page.rows()[0]["Who"] == "who was told of it by e-mail" and page.rows()[0]["Where"] == "Link in an e-mail"
    assert IBAN not in page.text and "RSSMRA80A01F257G" not in page.text


def test_everybody_who_did_something_is_named_as_the_customer_knows_him(mario, paolo, visit):
    number = asked(mario, information.KIND, topic="other", text="Aiuto").number

    def act(verb, **fields):
        return verb(number, now=EARLIER, **fields)

    said = {"files": (), "text": "x"}
    act(handling.take, seen=0, by=paolo)
    act(handling.ask, seen=1, by=paolo, once="1", **said)
    act(handling.say, by=mario, once="2", **said)
    act(handling.note, seen=3, by=paolo, once="3", **said)
    act(handling.answer, seen=4, by=paolo, once="4", **said)
    other = user("bob")
    access(other, Customer.objects.get())
    act(handling.say, by=other, once="5", **said)
    act(handling.execute, seen=6, by=paolo, answer="Fatto")
    act(handling.reopen, by=mario, once="6", **said)
    rows = visit("/account/changes/").rows()
    assert [(row["What"].partition(" : ")[2], row["Who"], row["Where"]) for row in reversed(rows)] == [
        ("received About what: Something else", "you", "Online counter"),
        ("taken in charge", "Paolo, our office", "Our office"),
        ("we have asked you something", "Paolo, our office", "Our office"),
        ("answered", "you", "Online counter"),
        ("a message from us", "Paolo, our office", "Our office"),
        ("a message to us", "another person who sees this customer", "Online counter"),
        ("answered by us", "Paolo, our office", "Our office"),
        ("opened again", "you", "Online counter"),
    ]
    assert {row["When"] for row in rows} == {"26/11/2016 10:42"}  # of Italy


def test_what_an_operator_has_asked_for_him_came_by_telephone(mario, paolo, visit):
    activity = asked(mario, information.KIND, topic="other", text="Aiuto")
    Activity.objects.filter(pk=activity.pk).update(channel=Channel.TELEPHONE)
    assert visit("/account/changes/").rows()[0]["Where"] == "Telephone"


def test_it_is_of_ones_own_customers(mario, browser):
    number = asked(mario, information.KIND, topic="other", text="Aiuto").number
    bob = user("bob")
    access(bob, customer("C2"))
    browser.force_login(bob)
    assert number not in browser.get("/account/changes/").content.decode()


def test_whatever_is_shown_of_a_kind_is_in_its_form():
    """So that a renamed field is noticed here, and nothing of a new kind is left out unseen."""
    assert {*MATTERS, *OF_CUSTOMER, *OF_ACCOUNT, *OF_INVOICES} == set(KINDS) - set(HOUSE_KINDS)
    for code, names in MATTERS.items():
        assert set(names) <= set(KINDS[code].form.base_fields), code
