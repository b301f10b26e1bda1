"""Invoices by e-mail: what is checked, what holds at once, who is asked whether he wants them, what billing is told."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from email.policy import SMTPUTF8

import pytest
import time_machine
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import EXAMPLES
from sportello.billing.commands import SetInvoiceDelivery
from sportello.domain.accounts.models.throttle import TooManyTries
from sportello.domain.activities import (
    ending,
    following,
    handling,
    opening,
    protecting,
    proving,
    subscribing,
    tasks,
    texts,
)
from sportello.domain.activities.kinds import invoice_mail
from sportello.domain.activities.kinds.base import scope_of
from sportello.domain.activities.kinds.tests.bills import TODAY, household
from sportello.domain.activities.kinds.tests.samples import TAKES_EVERYTHING, TakesEverything
from sportello.domain.activities.models import Activity, ActivityKind, Channel, KindSetting
from sportello.domain.customers.models import Customer, InvoiceRecipient, InvoiceSubscription, Supply
from sportello.domain.journal.models import Event
from sportello.domain.ledger.encoding import decode
from sportello.domain.ledger.models import LedgerRow, State
from sportello.domain.messages.models import Message
from tests.factories import NOW, supply, user

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)
LOGIN = "anna@example.it"  # of who sees this customer


@pytest.fixture(autouse=True)
def billing_takes_it(settings):
    settings.BILLING_CONNECTOR = TAKES_EVERYTHING
    with translation.override("en"):
        yield


@pytest.fixture
def anna():
    return household()


def form_of(person, *, was=None, **typed):
    """``typed`` may give the addresses in one list."""
    scope = scope_of(person, Customer.objects.get(), today=TODAY)
    addresses = typed.pop("addresses", [LOGIN])
    fields = dict(zip(invoice_mail.ADDRESSES, addresses, strict=False))
    data = {"delivery": "link", "once": "a", "was": was or "", **fields, **typed}
    return invoice_mail.KIND.form(scope, data, {})


def ask(person, *, now=NOW, **typed):
    form = form_of(person, **typed)
    assert form.is_valid(), form.errors
    form.confirm()
    return opening.open_request(invoice_mail.KIND, form, user=person, channel=Channel.PORTAL, now=now)


def commands():
    return [decode(row.name, row.command) for row in LedgerRow.objects.order_by("pk")]


def told(delivery, supply_code=""):
    return SetInvoiceDelivery(customer_code="C1", supply_code=supply_code, delivery=delivery)


def acknowledge(now=LATER):
    LedgerRow.objects.update(state=State.ACKNOWLEDGED, settled_at=now)
    following.follow(["C1"], now=now)


def recipients():
    return [
        (each.position, each.address, each.is_proven)
        for each in InvoiceRecipient.objects.order_by("subscription", "position")
    ]


def tokens():
    """Those in the mails that ask, the oldest first."""
    mails = Message.objects.filter(kind="prove_invoice_address").order_by("pk")
    return [mail.link_arguments["token"] for mail in mails]


def now_of(activity):
    return Activity.objects.get(pk=activity.pk)


# --- what is typed ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"addresses": []}, "address_1", "Fill in"),
        ({"addresses": ["", "", " "]}, "address_1", "Fill in"),
        ({"addresses": ["nothing"]}, "address_1", "not an e-mail"),
        ({"addresses": [LOGIN, "b@example.it\nBcc: c@example.it"]}, "address_2", "not an e-mail"),
        ({"addresses": [LOGIN, "b@example.it, c@example.it"]}, "address_2", "not an e-mail"),
        ({"addresses": [LOGIN, "Anna@EXAMPLE.it"]}, "address_2", "already"),
        ({"addresses": ["a@example.it", "b@città.it", "b@xn--citt-3na.it"]}, "address_3", "already"),
        ({"addresses": [f"{'a' * 65}@example.it"]}, "address_1", "not an e-mail"),
        ({"addresses": [f"a@{'d' * 330}.it"]}, "address_1", "320"),
        ({"delivery": ""}, "delivery", "Fill in"),
        ({"delivery": "fax"}, "delivery", "not available"),
        ({"delivery": "same"}, "delivery", "not available"),  # with one supply there is nothing to choose
    ],
)
def test_what_cannot_be_is_told_beside_its_field(anna, typed, field, words):
    form = form_of(anna, **typed)
    assert list(form.errors) == [field]
    assert words in form.errors[field][0]


def test_a_fifth_address_has_no_field(anna):
    five = form_of(anna, addresses=["a@e.it", "b@e.it", "c@e.it", "d@e.it"], address_5="e@e.it")
    assert five.is_valid()
    assert len(five.asked()["addresses"]) == 4


MAILBOXES = st.one_of(
    st.emails(),
    st.from_regex(r"[\w.!#$'*+/=?^`{|}~\"(),:;<>@\[\]\\ -]{1,20}@[\w.-]{1,20}", fullmatch=True),
    st.text(max_size=40),
    st.tuples(st.emails(), st.text(max_size=5), st.emails()).map("".join),
    st.tuples(st.sampled_from(["anna", "an.na", '"an na"', "ａnna", "аnna", "anna ", "a\u202enna", "é", "é"]), st.sampled_from(["@"]),
              st.sampled_from(["example.it", "città.it", "EXAMPLE.it", "exаmple.it", "example.it.", "example..it", "127.0.0.1"]),
              st.sampled_from(["", "\r\nBcc: eva@example.it", "\x00", " ", ",eva@example.it"])).map("".join),
)  # fmt: skip


LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
DOMAIN = re.compile(rf"(?=.{{1,253}}\Z){LABEL}(?:\.{LABEL})+")


def judged(address):
    """What others read in it: Python's own parser of headers one address without a fault, DNS a name."""
    (read,) = SMTPUTF8.header_factory("To", address).addresses
    faults = [type(fault).__name__ for fault in SMTPUTF8.header_factory("To", address).defects]
    return (
        set(faults) <= {"NonASCIILocalPartDefect"}
        and not read.display_name
        and read.addr_spec == address
        and bool(DOMAIN.fullmatch(read.domain))
    )


def test_of_any_four_texts_none_is_taken_that_another_judge_refuses(anna):
    scope = scope_of(anna, Customer.objects.get(), today=TODAY)

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(MAILBOXES, min_size=1, max_size=4))
    def typed(four):
        sent = {"delivery": "link", **dict(zip(invoice_mail.ADDRESSES, four, strict=False))}
        form = invoice_mail.KIND.form(scope, sent, {})
        form.is_valid()
        for address in filter(None, (form.cleaned_data.get(name) for name in invoice_mail.ADDRESSES)):
            assert judged(address) and len(address) <= 320, address
        if form.is_valid():
            folded = [each.casefold() for each in form.asked()["addresses"]]
            assert 0 < len(folded) == len(set(folded)) <= 4

    typed()


@pytest.mark.parametrize(
    "wrong", ["a@b.it, c@d.it", "A <a@b.it>", "a b@c.it", "a@b..it", "a@-b.it", "a@b_c.it", "a@b.it\r\nBcc: c@d.it"]
)
def test_the_other_judge_refuses_something(wrong):
    """Control: it is no judge that lets everything pass."""
    try:
        assert not judged(wrong)
    except ValueError:
        return


# --- what holds ------------------------------------------------------------------------------------------------------


def test_with_a_proven_address_it_holds_at_once_and_is_executed_once_billing_has_it(anna):
    activity = ask(anna, delivery="pdf", due_date="on")
    subscription = InvoiceSubscription.objects.get()
    assert (subscription.mode, subscription.supply, subscription.is_on) == ("pdf", None, True)
    assert (subscription.reminds_of_due_date, subscription.reminds_of_returned_debit) == (True, False)
    assert recipients() == [(1, LOGIN, True)]
    assert commands() == [told("email")] and activity.automatic and activity.status == "new"
    assert not tokens()
    acknowledge()
    assert now_of(activity).status == "executed"


def test_a_new_address_is_asked_and_waited_for(anna):
    activity = ask(anna, addresses=["new@example.it", "other@example.it"])
    assert recipients() == [(1, "new@example.it", False), (2, "other@example.it", False)]
    assert not LedgerRow.objects.exists() and now_of(activity).is_unconfirmed and activity.due_on is None
    mails = Message.objects.filter(kind="prove_invoice_address")
    assert {mail.address for mail in mails} == {"new@example.it", "other@example.it"}
    assert not any("Verdi" in f"{mail.subject}{mail.values}{mail.name}" for mail in mails)
    first, second = tokens()
    assert not proving.found(first, now=LATER).is_proven and not LedgerRow.objects.exists()  # a look changes nothing
    assert proving.prove(first, now=LATER).is_proven
    assert commands() == [told("email")]
    assert recipients() == [(1, "new@example.it", True), (2, "other@example.it", False)]
    proving.prove(first, now=LATER)
    proving.prove(second, now=LATER)
    assert commands() == [told("email")]
    assert Event.objects.filter(name="customers.invoice_address_proven").count() == 2
    acknowledge()
    assert now_of(activity).status == "executed"


def test_what_has_been_proven_for_this_customer_need_not_be_again(anna):
    supply(Supply.objects.get().billing_account, "S2", service="water", point_code=None)
    ask(anna, addresses=["new@example.it"])
    proving.prove(tokens()[0], now=NOW)
    ask(anna, supply="S2", addresses=["new@example.it", "New@example.it".replace("N", "n") + ".eu"], once="b")
    assert recipients() == [(1, "new@example.it", True), (1, "new@example.it", True), (2, "new@example.it.eu", False)]
    assert len(tokens()) == 2
    assert commands()[-1] == told("email", "S2")


def test_one_proof_holds_wherever_the_customer_names_the_address(anna):
    supply(Supply.objects.get().billing_account, "S2", service="water", point_code=None)
    ask(anna, addresses=["new@example.it"])
    ask(anna, supply="S2", addresses=["new@example.it"], once="b")
    proving.prove(tokens()[1], now=NOW)
    assert {proven for _, _, proven in recipients()} == {True}
    assert commands() == [told("email"), told("email", "S2")]


def test_the_login_of_who_no_longer_sees_the_customer_proves_nothing(anna):
    stranger = user("eva", email="eva@example.it")
    ask(anna, addresses=["eva@example.it"])
    assert recipients() == [(1, stranger.email, False)]


def test_who_is_taken_away_gets_nothing_from_then_on(anna):
    ask(anna, addresses=[LOGIN, "new@example.it"])
    token = tokens()[0]
    ask(anna, addresses=[LOGIN], once="b")
    assert recipients() == [(1, LOGIN, True)]
    with pytest.raises(proving.DeadProof):
        proving.prove(token, now=LATER)


def test_those_who_stay_keep_their_place_and_proof(anna):
    ask(anna, addresses=["a@example.it", LOGIN, "c@example.it"])
    proving.prove(tokens()[0], now=NOW)
    kept = InvoiceRecipient.objects.get(address="a@example.it").pk
    ask(anna, addresses=["d@example.it", "a@example.it", "c@example.it"], once="b")
    assert recipients() == [(1, "a@example.it", True), (2, "d@example.it", False), (3, "c@example.it", False)]
    assert InvoiceRecipient.objects.get(address="a@example.it").pk == kept
    assert [mail.address for mail in Message.objects.filter(kind="prove_invoice_address").order_by("pk")] == [
        "a@example.it", "c@example.it", "d@example.it",
    ]  # fmt: skip


def test_switched_off_nothing_is_left(anna):
    ask(anna)
    activity = ask(anna, delivery="off", addresses=["left@example.it"], due_date="on", once="b")
    assert not InvoiceSubscription.objects.exists() and not InvoiceRecipient.objects.exists()
    assert activity.asked == {"delivery": "off", "addresses": [], "due_date": False, "returned_debit": False}
    assert activity.before["addresses"] == [LOGIN]
    assert commands() == [told("email"), told("paper")]


def test_one_supply_may_go_its_own_way_and_back(anna):
    supply(Supply.objects.get().billing_account, "S2", service="water", point_code=None)
    ask(anna)
    ask(anna, supply="S2", delivery="off", once="b")
    assert InvoiceSubscription.objects.get(supply="S2").is_on is False
    assert "not available" in form_of(anna, delivery="same").errors["delivery"][0]  # of all of them it means nothing
    ask(anna, supply="S2", delivery="same", once="c")
    assert InvoiceSubscription.objects.get().supply is None
    assert commands() == [told("email"), told("paper", "S2"), told("", "S2")]


def test_what_holds_already_is_not_asked_again(anna):
    ask(anna)
    assert "nothing_new" in [error.code for error in form_of(anna, once="b").errors.as_data()["__all__"]]
    was = json.dumps({"of": "", "delivery": "off", "addresses": [], "due_date": False, "returned_debit": False})
    assert form_of(anna, was=was).is_valid()  # the page from which it was asked, pressed again
    for nonsense in ("[]", "{", '{"of": ""}', "x" * 9_000, "[" * 4_000):
        assert form_of(anna, was=nonsense).is_valid() is (nonsense == '{"of": ""}')


def test_in_between_billing_prints_again(anna):
    """Where nobody has confirmed any of the new addresses yet nothing can be sent: no invoice gets lost."""
    ask(anna)
    acknowledge()
    activity = ask(anna, addresses=["new@example.it"], once="b")
    assert commands() == [told("email"), told("paper")]
    proving.prove(tokens()[0], now=LATER)
    assert commands()[2:] == [told("email")]
    acknowledge()
    assert now_of(activity).status == "executed"


# --- what comes to nothing -------------------------------------------------------------------------------------------


def test_cancelled_what_held_before_holds_again(anna):
    ask(anna, delivery="pdf", due_date="on")
    acknowledge()
    activity = ask(anna, addresses=["new@example.it"], once="b", now=LATER)
    handling.cancel(activity.number, by=anna, now=LATER)
    assert subscribing.present("C1", None) == {
        "delivery": "pdf", "addresses": [LOGIN], "due_date": True, "returned_debit": False, "proven": [LOGIN],
    }  # fmt: skip
    assert commands() == [told("email"), told("paper"), told("email")]
    assert now_of(activity).took_effect_at is None


def test_cancelled_late_it_takes_nothing_back_that_was_asked_since(anna):
    first = ask(anna)
    ask(anna, delivery="pdf", once="b")
    handling.cancel(first.number, by=anna, now=LATER)
    assert InvoiceSubscription.objects.get().mode == "pdf"


def test_a_newer_one_takes_the_place_of_what_waits(anna):
    waits = ask(anna, addresses=["wrong@example.it"])
    then = ask(anna, addresses=["right@example.it"], once="b", now=LATER)
    assert now_of(waits).status == "cancelled"
    assert then.before["delivery"] == "off"
    handling.cancel(then.number, by=anna, now=LATER)
    assert not InvoiceSubscription.objects.exists()
    with pytest.raises(proving.DeadProof):
        proving.prove(tokens()[1], now=LATER)
    assert not LedgerRow.objects.exists()


def test_off_takes_the_place_of_what_waits_too(anna):
    waits = ask(anna, addresses=["wrong@example.it"])
    ask(anna, delivery="off", once="b", now=LATER)
    assert now_of(waits).status == "cancelled" and commands() == [told("paper")]


def test_what_nobody_confirms_ends_by_itself(anna):
    activity = ask(anna, addresses=["new@example.it"])
    proving.expire(now=NOW + timedelta(days=30))
    assert now_of(activity).status == "new"
    with time_machine.travel(NOW + timedelta(days=30, seconds=1)):
        tasks.expire_proofs(timestamp=0)
    assert now_of(activity).status == "refused" and "trenta giorni" in now_of(activity).answer
    assert not InvoiceSubscription.objects.exists() and not LedgerRow.objects.exists()
    assert Message.objects.filter(kind="request_refused").count() == 1


def test_confirmed_in_time_it_does_not_end(anna):
    activity = ask(anna, addresses=["new@example.it"])
    proving.prove(tokens()[0], now=NOW)
    proving.expire(now=NOW + timedelta(days=31))
    assert now_of(activity).status == "new" and InvoiceSubscription.objects.exists()


def test_who_was_told_of_it_stops_it(anna):
    activity = ask(anna, addresses=["new@example.it"])
    mails = Message.objects.filter(kind=texts.CHANGED.name).order_by("pk")
    assert {mail.address for mail in mails} == {LOGIN, "casa@example.it"}  # all that we know, and none that is new
    protecting.stop(mails[0].link_arguments["token"], now=LATER)
    assert now_of(activity).status == "cancelled" and not InvoiceSubscription.objects.exists()


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_where_administration_wants_to_look_first_nothing_holds_before(anna):
    KindSetting.objects.create(kind=ActivityKind.INVOICE_MAIL, field="", automatic=False, changed_at=NOW)
    activity = ask(anna, addresses=["new@example.it"])
    assert not InvoiceSubscription.objects.exists() and not tokens() and not activity.automatic
    ending.refuse(activity, answer="No.", now=LATER, by_id=anna.pk)
    assert not InvoiceSubscription.objects.exists()
    other = ask(anna, once="b")
    ending.execute(other, answer=None, now=LATER, by_id=anna.pk)
    assert recipients() == [(1, LOGIN, True)]


def test_what_billing_does_not_take_holds_and_is_an_operators_work(anna, monkeypatch):
    reads_only = replace(TakesEverything.capabilities, commands=frozenset())
    monkeypatch.setattr(TakesEverything, "capabilities", reads_only)
    activity = ask(anna)
    assert InvoiceSubscription.objects.exists() and not activity.automatic and not LedgerRow.objects.exists()


# --- links -----------------------------------------------------------------------------------------------------------


def test_a_link_works_for_seven_days_and_a_newer_one_takes_its_place(anna):
    ask(anna, addresses=["new@example.it"])
    recipient, first = InvoiceRecipient.objects.get(), tokens()[0]
    proving.ask_again(recipient, now=NOW + timedelta(seconds=30), by_id=anna.pk)  # the same press twice
    assert tokens() == [first]
    proving.ask_again(recipient, now=LATER, by_id=anna.pk)
    second = tokens()[1]
    for dead, when in ((first, LATER), (second, LATER + timedelta(days=7)), ("nothing", LATER), ("", LATER)):
        with pytest.raises(proving.DeadProof):
            proving.prove(dead, now=when)
    assert proving.prove(second, now=LATER + timedelta(days=6)).is_proven
    assert proving.found(second, now=LATER + timedelta(days=60)).is_proven
    proving.ask_again(recipient, now=LATER + timedelta(days=8), by_id=anna.pk)
    assert len(tokens()) == 2


def test_nobody_makes_us_write_to_strangers_without_end(anna):
    with pytest.raises(TooManyTries):
        for nth in range(10):
            ask(anna, addresses=["victim@example.it"], once=f"v{nth}", now=NOW + timedelta(minutes=nth))
            ask(anna, delivery="off", once=f"o{nth}", now=NOW + timedelta(minutes=nth))
    assert len(tokens()) == 5
    with pytest.raises(TooManyTries):
        for nth in range(10):
            several = [f"{letter}{nth}@example.it" for letter in "abcd"]
            ask(anna, addresses=several, once=f"s{nth}", now=LATER + timedelta(minutes=nth))
    assert len(tokens()) <= 20
