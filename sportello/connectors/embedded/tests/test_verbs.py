import threading
from datetime import date
from decimal import Decimal

import pytest
from django.db import connections
from django.db.models import Sum

from sportello.billing.records import SupplyRecord
from sportello.connectors.embedded import correcting, issuing, models, paying, removing
from sportello.connectors.embedded.loading import load
from sportello.connectors.embedded.mistakes import Mistake, Unknown
from sportello.connectors.embedded.tests.factories import (
    account,
    company,
    customer,
    household,
    invoice,
    payment,
    supply,
)

pytestmark = pytest.mark.django_db(databases=["billing"])

NUMBER = "2026/G/0000007"
TODAY = date(2026, 4, 1)


def balance(code: str = "A1") -> Decimal:
    return models.Account.objects.get(code=code).balance


def reckoned(code: str = "A1") -> Decimal:
    """The balance as it follows from all rows."""
    open_amounts = sum((each.open for each in models.Invoice.objects.filter(account=code)), Decimal(0))
    executed = models.Payment.objects.filter(account=code, returned_on=None)
    paid = executed.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    allocated = models.Allocation.objects.filter(payment__in=executed).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    return open_amounts - (paid - allocated)


def get(number: str = NUMBER) -> models.Invoice:
    return models.Invoice.objects.get(code=number)


@pytest.fixture(autouse=True)
def home():
    load(household())
    yield
    for each in models.Account.objects.all():
        assert each.balance == reckoned(each.code)


def test_issue_for_an_amount_comes_to_the_amount():
    made = issuing.issue(supply_codes=["S1"], issued_on=TODAY, amount=Decimal("87.65"))
    assert (made.code, made.amount, made.due_on) == ("2026/G/0000008", Decimal("87.65"), date(2026, 4, 21))
    lines = sum(Decimal(line["amount"]) for line in made.lines)
    assert lines + sum(Decimal(part["tax"]) for part in made.vat) == made.amount
    assert balance() == Decimal("209.65")


@pytest.mark.parametrize("cents", range(1, 400, 7))
def test_issue_reaches_any_amount_to_the_cent(cents):
    made = issuing.issue(supply_codes=["S1"], issued_on=TODAY, amount=Decimal(cents) / 100)
    lines = sum(Decimal(line["amount"]) for line in made.lines)
    assert lines + sum(Decimal(part["tax"]) for part in made.vat) == made.amount


def test_issue_for_a_consumption_multiplies():
    made = issuing.issue(supply_codes=["S1"], issued_on=TODAY, consumption=Decimal(50))
    assert made.consumption == 50
    assert made.lines[0]["quantity"] == "50"
    assert made.amount == Decimal("67.10")  # (50 * 0.86 + 18.00) and 10% VAT


def test_issue_for_several_supplies_is_one_invoice():
    load([supply("S2", service="electricity")])
    made = issuing.issue(supply_codes=["S1", "S2"], issued_on=TODAY, amount=Decimal("100.01"))
    assert made.code.startswith("2026/D/")
    assert made.supply_codes == ["S1", "S2"]
    assert made.consumption is None
    assert made.amount == Decimal("100.01")


def test_issue_goes_on_where_the_last_period_ended():
    issuing.issue(supply_codes=["S1"], issued_on=date(2026, 4, 1))
    made = issuing.issue(supply_codes=["S1"], issued_on=date(2026, 5, 10))
    assert (made.period_from, made.period_to) == (date(2026, 4, 1), date(2026, 5, 9))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"supply_codes": ["S9"]}, "no supply 'S9'"),
        ({"supply_codes": ["S1"], "amount": Decimal(0)}, "more than nothing"),
        ({"supply_codes": ["S1"], "amount": Decimal("1.001")}, "whole cents"),
        ({"supply_codes": ["S1"], "amount": Decimal("NaN")}, "more than nothing"),
        ({"supply_codes": ["S1"], "amount": Decimal("1e12")}, "at most"),
        ({"supply_codes": ["S1"], "consumption": Decimal(-1)}, "must not be negative"),
        ({"supply_codes": ["S1"], "due_on": date(2026, 3, 1)}, "cannot be due"),
    ],
)
def test_issue_refuses_and_leaves_all_as_it_was(values, words):
    with pytest.raises(Mistake, match=words):
        issuing.issue(issued_on=TODAY, **values)
    assert models.Invoice.objects.count() == 1
    assert balance() == Decimal("122.00")


def test_issue_refuses_supplies_of_two_accounts():
    load([customer("C2"), account("A2", "C2"), supply("S2", customer_code="C2", account_code="A2")])
    with pytest.raises(Mistake, match="not of one account"):
        issuing.issue(supply_codes=["S1", "S2"], issued_on=TODAY)


def test_issue_refuses_a_supply_that_is_not_active_yet():
    load([supply("S2", status="activating")])
    with pytest.raises(Mistake, match="not active yet"):
        issuing.issue(supply_codes=["S2"], issued_on=TODAY)


def test_pay_pays_all_that_is_open():
    paid = paying.pay(invoice_number=NUMBER, paid_on=TODAY)
    assert paid.amount == get().paid == Decimal("122.00")
    assert balance() == 0


def test_pay_a_part_and_then_the_rest():
    paying.pay(invoice_number=NUMBER, paid_on=TODAY, amount=Decimal("22.00"), channel="post")
    assert (get().paid, balance()) == (Decimal("22.00"), Decimal("100.00"))
    assert paying.pay(invoice_number=NUMBER, paid_on=TODAY).amount == Decimal("100.00")


def test_pay_more_than_is_open_leaves_a_credit():
    paid = paying.pay(invoice_number=NUMBER, paid_on=TODAY, amount=Decimal("150.00"))
    assert paid.allocation_set.get().amount == Decimal("122.00")
    assert balance() == Decimal("-28.00")


def test_pay_again_what_is_paid_is_all_credit_where_an_amount_is_said():
    paying.pay(invoice_number=NUMBER, paid_on=TODAY)
    with pytest.raises(Mistake, match="is paid already"):
        paying.pay(invoice_number=NUMBER, paid_on=TODAY)
    paying.pay(invoice_number=NUMBER, paid_on=TODAY, amount=Decimal("10.00"))
    assert balance() == Decimal("-10.00")


def test_pay_refuses_an_unknown_invoice_and_one_of_the_future():
    with pytest.raises(Unknown, match="no invoice 'X'"):
        paying.pay(invoice_number="X", paid_on=TODAY)
    with pytest.raises(Mistake, match="cannot have been paid"):
        paying.pay(invoice_number=NUMBER, paid_on=date(2026, 3, 1))


def test_paying_ends_the_collection():
    models.Invoice.objects.update(collection="returned")
    paying.pay(invoice_number=NUMBER, paid_on=TODAY, amount=Decimal("22.00"))
    assert get().collection == "returned"
    paying.pay(invoice_number=NUMBER, paid_on=TODAY)
    assert get().collection == ""


def test_a_direct_debit_that_comes_back_opens_its_invoice_again():
    paid = paying.pay(invoice_number=NUMBER, paid_on=TODAY, channel="direct_debit")
    paying.take_back(code=paid.code, returned_on=date(2026, 4, 6))
    assert (get().paid, get().collection, balance()) == (0, "returned", Decimal("122.00"))
    assert paid.allocation_set.count() == 1, "a returned payment keeps its allocations"


def test_of_an_invoice_the_last_payment_comes_back():
    paying.pay(invoice_number=NUMBER, paid_on=TODAY, amount=Decimal("22.00"))
    last = paying.pay(invoice_number=NUMBER, paid_on=date(2026, 4, 3))
    assert paying.take_back(code=NUMBER, returned_on=date(2026, 4, 8)).code == last.code
    assert get().paid == Decimal("22.00")


def test_a_payment_beyond_what_was_open_comes_back_whole():
    paying.pay(invoice_number=NUMBER, paid_on=TODAY, amount=Decimal("150.00"))
    paying.take_back(code=NUMBER, returned_on=TODAY)
    assert balance() == Decimal("122.00")


def test_a_payment_comes_back_once_and_not_before_it_was_made():
    paid = paying.pay(invoice_number=NUMBER, paid_on=TODAY)
    with pytest.raises(Mistake, match="after 2026-03-31"):
        paying.take_back(code=paid.code, returned_on=date(2026, 3, 31))
    paying.take_back(code=paid.code, returned_on=TODAY)
    with pytest.raises(Mistake, match="came back already"):
        paying.take_back(code=paid.code, returned_on=TODAY)
    with pytest.raises(Mistake, match="no payment that could come back"):
        paying.take_back(code=NUMBER, returned_on=TODAY)
    with pytest.raises(Unknown):
        paying.take_back(code="X", returned_on=TODAY)


def test_correcting_an_unpaid_invoice_settles_it_and_issues_another():
    done = correcting.correct(invoice_number=NUMBER, amount=Decimal("80.00"), issued_on=TODAY)
    assert (done.credit_note.code, done.credit_note.amount) == ("2026/N/0000001", Decimal("-122.00"))
    assert get().open == get(done.credit_note.code).open == 0
    assert (done.invoice.kind, done.invoice.open) == ("adjustment", Decimal("80.00"))
    assert balance() == Decimal("80.00")


def test_correcting_a_paid_invoice_lets_the_credit_pay_the_new_one():
    paying.pay(invoice_number=NUMBER, paid_on=TODAY)
    done = correcting.correct(invoice_number=NUMBER, amount=Decimal("80.00"), issued_on=TODAY)
    assert done.invoice.open == 0
    assert get(done.credit_note.code).open == Decimal("-42.00")
    assert balance() == Decimal("-42.00")


def test_correcting_a_partly_paid_invoice_to_more():
    paying.pay(invoice_number=NUMBER, paid_on=TODAY, amount=Decimal("100.00"))
    done = correcting.correct(invoice_number=NUMBER, amount=Decimal("130.00"), issued_on=TODAY)
    assert done.invoice.open == Decimal("30.00")
    assert done.offset.amount == Decimal("122.00")
    assert balance() == Decimal("30.00")


def test_correcting_to_nothing_issues_no_other():
    done = correcting.correct(invoice_number=NUMBER, amount=Decimal("0.00"), issued_on=TODAY)
    assert done.invoice is None
    assert balance() == 0


def test_what_cannot_be_corrected():
    done = correcting.correct(invoice_number=NUMBER, amount=Decimal("80.00"), issued_on=TODAY)
    for number, words in ((NUMBER, "corrected already"), (done.credit_note.code, "nothing to correct")):
        with pytest.raises(Mistake, match=words):
            correcting.correct(invoice_number=number, amount=Decimal(1), issued_on=TODAY)
    with pytest.raises(Mistake, match="cannot be paid"):
        paying.pay(invoice_number=done.credit_note.code, paid_on=TODAY)
    with pytest.raises(Mistake, match="no money"):
        paying.take_back(code=done.offset.code, returned_on=TODAY)


def test_a_corrected_invoice_may_be_corrected_again():
    first = correcting.correct(invoice_number=NUMBER, amount=Decimal("80.00"), issued_on=TODAY)
    correcting.correct(invoice_number=first.invoice.code, amount=Decimal("70.00"), issued_on=TODAY)
    assert balance() == Decimal("70.00")


def test_remove_refuses_what_others_refer_to():
    paying.pay(invoice_number=NUMBER, paid_on=TODAY)
    for kind, code, words in (
        ("customer", "C1", "still has accounts"),
        ("account", "A1", "still has"),
        ("supply", "S1", "has invoices"),
        ("invoice", NUMBER, "has payments"),
    ):
        with pytest.raises(Mistake, match=words):
            removing.remove(kind=kind, code=code)
    with pytest.raises(Unknown, match="no payment 'X'"):
        removing.remove(kind="payment", code="X")


def test_removing_a_payment_opens_its_invoice():
    paid = paying.pay(invoice_number=NUMBER, paid_on=TODAY)
    removing.remove(kind="payment", code=paid.code)
    assert balance() == get().open == Decimal("122.00")


def test_load_reckons_what_is_paid_and_owed():
    load(
        [
            company("C5"),
            account("A5", "C5", balance=Decimal("999.00")),
            SupplyRecord(code="S5", customer_code="C5", account_code="A5", service="gas", status="active"),
            invoice("2026/G/0000050", "100.00", customer_code="C5", account_code="A5", supply_codes=("S5",)),
            payment("P5", "60.00", of="2026/G/0000050", customer_code="C5", account_code="A5"),
            payment(
                "P6",
                "30.00",
                of="2026/G/0000050",
                customer_code="C5",
                account_code="A5",
                status="returned",
                returned_on=date(2026, 3, 25),
            ),
        ]
    )
    assert (get("2026/G/0000050").paid, balance("A5")) == (Decimal("60.00"), Decimal("40.00"))
    assert issuing.issue(supply_codes=["S5"], issued_on=TODAY).code == "2026/G/0000051"


@pytest.mark.django_db(databases=["billing"], transaction=True)
def test_two_who_pay_at_once_follow_one_another():
    payers = [threading.Thread(target=pay_ten) for _ in range(4)]
    for payer in payers:
        payer.start()
    for payer in payers:
        payer.join()
    assert get().paid == Decimal("40.00")
    assert balance() == Decimal("82.00")
    assert models.Payment.objects.count() == 4


def pay_ten() -> None:
    try:
        paying.pay(invoice_number=NUMBER, paid_on=TODAY, amount=Decimal("10.00"))
    finally:
        connections["billing"].close()
