"""What is asked about an invoice: to correct it, that it has been paid, to pay it by instalments."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from sportello.domain.activities import following, handling, opening
from sportello.domain.activities.contesting import suspension_of
from sportello.domain.activities.kinds import already_paid, instalments, invoice_correction
from sportello.domain.activities.kinds.base import scope_of
from sportello.domain.activities.kinds.tests.bills import (
    BILL,
    TAKES_ALL,
    TAKES_NOTHING,
    TODAY,
    codes,
    day,
    form_of,
    household,
    opened,
)
from sportello.domain.activities.models import Activity, Bound, Channel
from sportello.domain.customers.models import Customer, Invoice
from sportello.domain.files.tests.papers import paper
from sportello.domain.ledger.models import LedgerRow
from sportello.domain.people.models import Role, User
from tests.at_once import at_once
from tests.factories import NOW, invoice, user

pytestmark = pytest.mark.django_db
CORRECTION, PAID, PARTS = invoice_correction.KIND, already_paid.KIND, instalments.KIND
WRONG = {"invoice": BILL, "reason": "reading", "text": "Il contatore segna 1.200"}
RECEIPT = {"invoice": BILL, "paid_on": "2026-11-20", "amount": "121,40", "where": "post"}
THREE = {"invoice": BILL, "parts": "3", "first_due_on": "2026-12-15"}
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def english(settings):
    settings.BILLING_CONNECTOR = TAKES_ALL
    with translation.override("en"):
        yield


def told() -> list[str]:
    return list(LedgerRow.objects.order_by("pk").values_list("name", flat=True))


def payloads() -> list[dict]:
    return list(LedgerRow.objects.order_by("pk").values_list("command", flat=True))


def end(activity: Activity, how=handling.refuse) -> None:
    olga = user(f"olga{activity.pk}", roles=[Role.BACK_OFFICE])
    seen = Activity.objects.get(pk=activity.pk).version
    how(activity.number, seen=seen, answer="Ecco.", by=olga, now=LATER)


# --- correction ------------------------------------------------------------------------------------------------------


def test_what_is_contested_is_not_collected_until_it_is_decided():
    activity = opened(household(), CORRECTION, **WRONG, contested="50")
    assert (activity.invoice_number, activity.account_code, activity.supply_id) == (BILL, "A-C1", "S-C1")
    assert told() == ["SuspendCollection"] and payloads()[0]["amount"] == "50.00"
    end(activity)
    assert told() == ["SuspendCollection", "ResumeCollection"]


@pytest.mark.parametrize("how", [handling.refuse, handling.execute])
def test_however_it_ends_collection_goes_on(how):
    end(opened(household(), CORRECTION, **WRONG), how)
    assert told() == ["SuspendCollection", "ResumeCollection"] and payloads()[0]["amount"] is None


def test_taken_back_it_is_collected_too_and_reopened_it_is_not():
    anna = household()
    activity = opened(anna, CORRECTION, **WRONG)
    end(activity, handling.execute)
    for _ in range(2):
        handling.reopen(activity.number, text="No", files=(), by=anna, now=LATER, once="r")
    assert told() == ["SuspendCollection", "ResumeCollection", "SuspendCollection"]
    handling.cancel(activity.number, by=anna, now=LATER)
    assert told()[3:] == ["ResumeCollection"]


def test_what_is_paid_is_not_suspended():
    activity = opened(household(paid=Decimal("121.40")), CORRECTION, **WRONG)
    end(activity)
    assert told() == []


def test_while_another_contests_the_same_it_is_not_collected():
    anna = household()
    first = opened(anna, CORRECTION, **WRONG)
    second = opened(anna, CORRECTION, **WRONG, once="b")
    assert codes(form_of(anna, CORRECTION, **WRONG)) == ["another"]
    end(first)
    assert told() == ["SuspendCollection"] * 2
    end(second)
    assert told()[2:] == ["ResumeCollection"]


@pytest.mark.django_db(transaction=True)
def test_two_that_end_at_once_let_it_be_collected_once():
    anna = household()
    both = [opened(anna, CORRECTION, **WRONG, once=once) for once in "ab"]
    results = at_once(2, lambda number: end(both[number]))
    assert results == [None, None] and told()[2:] == ["ResumeCollection"]


def test_two_corrections_contest_together_and_what_is_left_stays_suspended():
    anna = household()
    first = opened(anna, CORRECTION, **WRONG, contested="50")
    second = opened(anna, CORRECTION, **WRONG, once="b", contested="30")
    assert [each["amount"] for each in payloads()] == ["50.00", "80.00"]
    end(first)
    assert told() == ["SuspendCollection"] * 3 and payloads()[2]["amount"] == "30.00"
    third = opened(anna, CORRECTION, **WRONG, once="c")
    assert payloads()[3]["amount"] is None
    end(third)
    assert payloads()[4]["amount"] == "30.00"
    end(second)
    assert told()[5:] == ["ResumeCollection"]


def test_what_was_suspended_by_the_first_is_resumed_by_the_last_whatever_it_had_suspended():
    anna = household()
    first = opened(anna, CORRECTION, **WRONG)
    Invoice.objects.update(paid=Decimal("121.40"))
    second = opened(anna, CORRECTION, **WRONG, once="b")
    Invoice.objects.update(paid=0)
    end(first)
    assert told() == ["SuspendCollection"]
    end(second)
    assert told() == ["SuspendCollection", "ResumeCollection"]


@pytest.mark.django_db(transaction=True)
def test_one_opened_while_another_ends_stays_suspended():
    anna = household()
    first = opened(anna, CORRECTION, **WRONG)
    at_once(2, lambda number: end(first) if number else opened(anna, CORRECTION, **WRONG, once="b") and None)
    names = told()
    assert names in (["SuspendCollection"] * 2, ["SuspendCollection", "ResumeCollection", "SuspendCollection"])


def followed(activity: Activity, *, times: int = 1) -> Activity:
    for _ in range(times):
        following.follow(["C1"], now=LATER)
    return Activity.objects.get(pk=activity.pk)


@pytest.mark.parametrize("kind", [CORRECTION, PAID, PARTS])
@pytest.mark.parametrize("how", ["paid", "gone"])
def test_what_is_settled_meanwhile_is_shown_to_an_operator_once(kind, how):
    typed = {CORRECTION.code: WRONG, PAID.code: RECEIPT, PARTS.code: THREE}[kind.code]
    activity = opened(household(), kind, **typed)
    assert followed(activity).attention == ""
    if how == "paid":
        Invoice.objects.update(paid=Decimal("121.40"))
    else:
        Invoice.objects.all().delete()
    activity = followed(activity, times=2)
    assert (activity.status, activity.attention, activity.version) == ("new", "settled", 1)
    assert not activity.is_held_up
    olga = user("olga", roles=[Role.BACK_OFFICE])
    assert handling.take(activity.number, seen=1, by=olga, now=LATER).attention == ""
    assert followed(activity).attention == ""


def test_contesting_what_had_been_paid_is_nothing_new():
    assert followed(opened(household(paid=Decimal("121.40")), CORRECTION, **WRONG)).attention == ""


@pytest.mark.parametrize(("state", "asked"), [("refused", "collection"), ("dead", "collection"), ("acknowledged", "")])
def test_what_billing_did_not_suspend_or_resume_is_shown_to_an_operator(state, asked):
    activity = opened(household(), CORRECTION, **WRONG)
    settled = {"state": state, "settled_at": None if state == "dead" else LATER}
    LedgerRow.objects.update(**settled)
    assert followed(activity, times=2).attention == asked
    assert suspension_of(activity).state == ("suspended" if not asked else "by hand")
    end(activity)
    assert followed(activity).attention == ""
    LedgerRow.objects.filter(name="ResumeCollection").update(**settled)
    assert followed(activity, times=2).attention == asked
    assert Activity.objects.open().exists() is bool(asked)


def test_how_the_collection_stands():
    anna = household()
    first = opened(anna, CORRECTION, **WRONG, contested="50")
    assert (suspension_of(first).state, suspension_of(first).amount) == ("under way", Decimal(50))
    second = opened(anna, CORRECTION, **WRONG, once="b")
    assert suspension_of(second).amount == Decimal("121.40")
    LedgerRow.objects.update(state="acknowledged", settled_at=LATER)
    assert (suspension_of(first).state, suspension_of(first).since) == ("suspended", LATER.date())
    end(first)
    assert suspension_of(Activity.objects.get(pk=first.pk)).state == "another"
    end(second)
    assert suspension_of(Activity.objects.get(pk=second.pk)).state == "goes on"
    Invoice.objects.update(paid=Decimal("121.40"))
    third = opened(anna, CORRECTION, **WRONG, once="c")
    assert suspension_of(third).state == "nothing"
    end(third)
    assert suspension_of(Activity.objects.get(pk=third.pk)).state == "over"


def test_where_billing_cannot_suspend_an_operator_does(settings):
    settings.BILLING_CONNECTOR = TAKES_NOTHING
    activity = opened(household(), CORRECTION, **WRONG)
    assert suspension_of(activity).state == "by hand" and told() == []


@pytest.mark.parametrize(
    ("contested", "paid", "problem"),
    [
        ("121.41", "0", "Only €121.40"),
        ("21,41", "100", "Only €21.40"),
        ("1", "121.40", "Nothing of this invoice"),
        ("-5", "0", "Enter an amount"),
        ("0", "0", "more than nothing"),
    ],
)
def test_no_more_is_contested_than_is_to_be_paid(contested, paid, problem):
    form = form_of(household(paid=Decimal(paid)), CORRECTION, **WRONG, contested=contested)
    assert problem in form.errors["contested"][0]


@pytest.mark.parametrize("contested", ["121.40", "121,40", "€ 121,40", ""])
def test_all_of_it_may_be_contested(contested):
    assert form_of(household(), CORRECTION, **WRONG, contested=contested).is_valid()


@pytest.mark.parametrize(
    ("reason", "fields", "term"),
    [
        ("reading", {}, "invoice_correction"),
        ("double", {}, "double_billing"),
        ("double", {"period_from": date(2026, 7, 1)}, "double_billing"),
        ("reading", {"period_from": date(2026, 7, 1)}, "invoice_correction_4m"),  # to 31 October
        ("reading", {"period_from": date(2026, 7, 1), "kind": "recalculation"}, "invoice_correction"),
        ("reading", {"period_from": None}, "invoice_correction"),
    ],
)
def test_its_term_is_that_of_what_is_asked(reason, fields, term):
    activity = opened(household(**fields), CORRECTION, **{**WRONG, "reason": reason})
    days = {"invoice_correction": 60, "invoice_correction_4m": 90, "double_billing": 15}[term]
    assert CORRECTION.term_of(activity.asked) == term
    assert activity.limit_on == TODAY + timedelta(days=days)


def test_anothers_invoice_is_not_on_offer():
    anna = household()
    from tests.factories import household as strangers

    other = strangers("C9")
    form = form_of(anna, CORRECTION, **{**WRONG, "invoice": other.number})
    assert "invoice" in form.errors
    assert not Activity.objects.exists()


# --- already paid ----------------------------------------------------------------------------------------------------


def receipt() -> SimpleUploadedFile:
    return SimpleUploadedFile("ricevuta.pdf", paper(), "application/pdf")


def test_with_its_receipt_it_is_asked_at_once():
    anna = household()
    assert codes(form_of(anna, PAID, [receipt()], **RECEIPT)) == []
    activity = opened(anna, PAID, [receipt()], **RECEIPT)
    assert activity.asked["amount"] == "121.40" and activity.attachments.get().name == "ricevuta.pdf"
    shown = {str(line.label): line.value for line in PAID.form.lines(activity.asked)}
    assert shown == {"Paid on": "20/11/2026", "Amount paid": "€121.40", "Where did you pay?": "Post office"}
    assert told() == []


@pytest.mark.parametrize(
    ("typed", "warned"),
    [
        ({}, ["no_proof"]),
        ({"amount": "100"}, ["other_amount", "no_proof"]),
        ({"paid_on": "09/11/2026"}, ["before_invoice", "no_proof"]),
        ({"paid_on": "10/11/2026"}, ["no_proof"]),
    ],
)
def test_what_is_unlikely_wants_a_confirmation(typed, warned):
    anna = household()
    assert codes(form_of(anna, PAID, **{**RECEIPT, **typed})) == warned
    assert opened(anna, PAID, **{**RECEIPT, **typed})


def test_a_payment_is_not_of_tomorrow():
    anna = household()
    assert "paid_on" in form_of(anna, PAID, **{**RECEIPT, "paid_on": day(1)}).errors
    assert "paid_on" not in form_of(anna, PAID, **{**RECEIPT, "paid_on": day(0)}).errors


@pytest.mark.parametrize("kind", [PAID, PARTS])
def test_only_of_what_is_open(kind):
    anna = household(paid=Decimal("121.40"))
    scope = scope_of(anna, Customer.objects.get(code="C1"), today=TODAY)
    assert not kind.offered(scope)
    assert "invoice" in form_of(anna, kind, invoice=BILL).errors


def test_pressed_twice_it_is_one_request_though_the_first_is_there_already():
    anna = household()
    first = opened(anna, PAID, [receipt()], **RECEIPT)
    again = form_of(anna, PAID, [receipt()], **RECEIPT)
    assert codes(again) == ["another"]  # which nobody has confirmed
    assert opening.open_request(PAID, again, user=anna, channel=Channel.PORTAL, now=LATER) == first
    assert Activity.objects.count() == 1


# --- instalments -----------------------------------------------------------------------------------------------------


def test_each_instalment_is_told_before_it_is_sent():
    form = form_of(household(), PARTS, **{**THREE, "first_due_on": "2026-12-31"})
    assert form.is_valid() and form.needs_confirmation
    told_then = {str(line.label): line.value for line in PARTS.form.lines(form.asked())}
    assert told_then["Instalments"] == "€40.47 by 31/12/2026\n€40.47 by 31/01/2027\n€40.46 by 28/02/2027"
    Invoice.objects.update(paid=Decimal(21))
    again = form_of(User.objects.get(username="anna"), PARTS, **THREE, confirmed=form.digest)
    assert again.is_valid() and again.needs_confirmation  # it would be another plan


def test_billing_arranges_them_when_an_operator_says_so():
    activity = opened(household(), PARTS, **THREE)
    assert told() == []
    end(activity, handling.execute)
    (payload,) = payloads()
    assert told() == ["ArrangeInstalments"]
    assert (payload["invoice_number"], payload["instalments"], payload["first_due_on"]) == (BILL, 3, "2026-12-15")
    assert Activity.objects.get().status == "taken"


def valid(anna, **typed) -> bool:
    return form_of(anna, PARTS, **{**THREE, **typed}).is_valid()


def test_how_many_and_by_when_is_bounded():
    anna = household()
    for days, good in ((-1, False), (0, True), (60, True), (61, False)):
        assert valid(anna, first_due_on=day(days)) is good, days
    for parts, good in (("1", False), ("2", True), ("4", True), ("5", False), ("11", False), ("x", False)):
        assert valid(anna, parts=parts) is good, parts  # of 121.40 €, 25 € at least


def test_the_bounds_are_rows():
    anna = household()
    Bound.objects.create(name="instalment_least", valid_from=TODAY, value=40)
    Bound.objects.create(name="first_instalment", valid_from=TODAY + timedelta(days=1), value=5)
    Bound.objects.create(name="instalments_most", valid_from=date(2020, 1, 1), value=2)
    assert not valid(anna, parts="3") and valid(anna, parts="2")
    Bound.objects.filter(name="instalments_most").update(value=24)
    assert valid(anna, parts="3") and not valid(anna, parts="4")
    assert valid(anna, first_due_on=day(60))  # the shorter one begins tomorrow


@pytest.mark.parametrize("collection", ["instalments", "direct_debit"])
def test_what_is_under_way_already_is_not_divided(collection):
    anna = household(collection=collection)
    assert "invoice" in form_of(anna, PARTS, **THREE).errors


def test_of_several_the_one_that_was_chosen():
    anna = household()
    invoice(Invoice.objects.get().billing_account, "2026/G/2", amount=Decimal("40.00"), supply_codes=["S-C1"])
    form = form_of(anna, PARTS, **{**THREE, "invoice": "2026/G/2"})
    assert "parts" in form.errors
    assert valid(anna)
