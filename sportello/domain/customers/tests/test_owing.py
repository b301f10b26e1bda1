"""What of an invoice is asked for now, and by when."""

from datetime import date
from decimal import Decimal

import pytest

from sportello.domain.customers.balances import to_pay
from sportello.domain.customers.models import Invoice
from sportello.domain.customers.owing import Owed
from tests.factories import account, customer, invoice

TODAY = date(2026, 11, 24)
PLAN = [
    {"due_on": "2026-10-31", "amount": "40.67"},
    {"due_on": "2026-11-30", "amount": "40.67"},
    {"due_on": "2026-12-31", "amount": "40.66"},
]


def owed(paid="0", **fields) -> Owed:
    """Of 122 €, due long ago, by three instalments."""
    values = {"due_on": date(2026, 9, 1), "collection": "instalments", "contested": None, "instalments": PLAN, **fields}
    return Owed(amount=Decimal(122), paid=Decimal(paid), **values)


@pytest.mark.parametrize(
    ("paid", "next_due_on", "amount", "overdue", "left"),
    [
        ("0", date(2026, 10, 31), "40.67", True, ["40.67", "40.67", "40.66"]),
        ("40.66", date(2026, 10, 31), "0.01", True, ["0.01", "40.67", "40.66"]),
        ("40.67", date(2026, 11, 30), "40.67", False, ["0", "40.67", "40.66"]),
        ("60", date(2026, 11, 30), "21.34", False, ["0", "21.34", "40.66"]),
        ("121.99", date(2026, 12, 31), "0.01", False, ["0", "0", "0.01"]),
        ("122", None, "0", False, ["0", "0", "0"]),
        ("130", None, "0", False, ["0", "0", "0"]),
    ],
)
def test_by_instalments_only_its_own_days_count(paid, next_due_on, amount, overdue, left):
    it = owed(paid)
    assert (it.next_due_on, it.is_overdue(TODAY)) == (next_due_on, overdue)
    assert it.next_amount(TODAY) == Decimal(amount)
    assert [part.open for part in it.plan] == [Decimal(each) for each in left]


def test_what_was_paid_before_the_plan_is_no_part_of_it():
    half = [{"due_on": "2026-11-30", "amount": "30.00"}, {"due_on": "2026-12-31", "amount": "32.00"}]
    it = owed("60", instalments=half)
    assert [part.open for part in it.plan] == [Decimal(30), Decimal(32)]
    assert [part.open for part in owed("90", instalments=half).plan] == [Decimal(0), Decimal(32)]
    assert owed("0", instalments=half).next_amount(TODAY) == Decimal(30)  # a payment came back: the plan says no more


def test_several_that_have_fallen_due_are_to_be_paid_together():
    assert owed("0").next_amount(date(2026, 12, 1)) == Decimal("81.34")
    assert owed("0").is_overdue(date(2026, 10, 31)) is False


@pytest.mark.parametrize(("collection", "overdue"), [("", True), ("returned", True), ("instalments", False)])
def test_where_billing_says_no_plan_nobody_says_that_it_is_late(collection, overdue):
    it = owed(collection=collection, instalments=None)
    assert it.is_overdue(TODAY) is overdue
    assert it.next_due_on == (None if collection == "instalments" else date(2026, 9, 1))


@pytest.mark.parametrize(
    ("contested", "paid", "not_asked", "asked", "overdue"),
    [
        (None, "0", "122", "0", False),
        ("22", "0", "22", "100", True),
        ("122", "0", "122", "0", False),
        ("22", "110", "12", "0", False),
    ],
)
def test_what_is_contested_is_not_asked_for_but_the_rest_is(contested, paid, not_asked, asked, overdue):
    contested = contested and Decimal(contested)
    it = owed(paid, collection="suspended", contested=contested, instalments=None)
    assert (it.contested_now, it.asked, it.is_overdue(TODAY)) == (Decimal(not_asked), Decimal(asked), overdue)
    assert owed(paid, collection="", contested=contested, instalments=None).contested_now == 0


def test_a_plan_holds_for_the_rest_of_what_is_contested():
    it = owed(collection="suspended", contested=Decimal(100))
    assert (it.next_due_on, it.next_amount(TODAY)) == (date(2026, 10, 31), Decimal(22))


@pytest.mark.django_db
def test_what_is_to_be_paid_first_may_be_an_instalment():
    mine = account(customer())
    invoice(mine, "P1", amount=Decimal(122), collection="instalments", instalments=PLAN[1:], paid=Decimal("40.67"),
            due_on=date(2026, 9, 1))  # fmt: skip
    invoice(mine, "N1", due_on=date(2026, 12, 3))
    invoice(mine, "C1", collection="suspended", contested=Decimal("21.40"), due_on=date(2026, 12, 4))
    due = to_pay(Invoice.objects.all())
    assert (due.next_due_on, due.next_is_instalment, due.next_amount(TODAY)) == (
        date(2026, 11, 30),
        True,
        Decimal("40.67"),
    )
    assert due.amount == Decimal("302.73") and due.contested_amount == Decimal("21.40")
    assert due.in_all == Decimal("324.13") and due.overdue(TODAY) == []
    assert [each.number for each in due.contested] == ["C1"]
