from datetime import date
from decimal import Decimal

import pytest

from sportello.domain.customers.balances import balance_of, to_pay
from sportello.domain.customers.models import BillingAccount, Invoice, Supply
from tests.factories import account, customer, invoice

TODAY = date(2026, 11, 24)


def books(code: str, balance: str | None) -> BillingAccount:
    return BillingAccount(code=code, balance=None if balance is None else Decimal(balance))


def supply(on: str, balance: str | None = None) -> Supply:
    return Supply(code="S1", billing_account_id=on, balance=None if balance is None else Decimal(balance))


def test_accounts_are_added_up():
    balance = balance_of([books("A1", "10.10"), books("A2", "-3.05")])
    assert (balance.amount, balance.of_supply) == (Decimal("7.05"), False)
    assert [one.code for one in balance.accounts] == ["A1", "A2"]


def test_a_sum_with_a_part_unknown_is_unknown():
    assert balance_of([books("A1", "10.00"), books("A2", None)]).amount is None


def test_without_accounts_nothing_is_known():
    assert balance_of([]).amount is None


def test_a_supplys_own_balance_comes_first():
    balance = balance_of([books("A1", "10.00")], supply("A1", "0.00"))
    assert (balance.amount, balance.of_supply) == (Decimal("0.00"), True)


def test_otherwise_it_is_that_of_its_account_alone():
    balance = balance_of([books("A1", "10.00"), books("A2", "5.00")], supply("A2"))
    assert (balance.amount, balance.of_supply) == (Decimal("5.00"), False)
    assert [one.code for one in balance.accounts] == ["A2"]


def test_another_account_being_unknown_does_not_matter_to_it():
    assert balance_of([books("A1", None), books("A2", "5.00")], supply("A2")).amount == Decimal("5.00")


def test_a_supply_on_an_account_that_is_not_there_has_no_balance():
    assert balance_of([books("A1", "10.00")], supply("A9")).amount is None


# --- to pay ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def mine(db):
    return account(customer())


def numbers(rows) -> list[str]:
    return [row.number for row in rows]


def test_what_is_open_is_sorted_into_three_the_first_to_fall_due_first(mine):
    invoice(mine, "N3", due_on=date(2026, 12, 3))
    invoice(mine, "N1", due_on=date(2026, 12, 1))
    invoice(mine, "N0", due_on=None)
    invoice(mine, "D1", collection="direct_debit")
    invoice(mine, "C1", collection="suspended")
    invoice(mine, "R1", collection="returned", due_on=date(2026, 12, 2))
    invoice(mine, "I1", collection="instalments", due_on=date(2026, 12, 4))
    due = to_pay(Invoice.objects.all())
    assert numbers(due.by_hand) == ["N1", "R1", "N3", "I1", "N0"]
    assert (numbers(due.debited), numbers(due.contested)) == (["D1"], ["C1"])


@pytest.mark.parametrize(
    ("amount", "paid", "remaining"),
    [("10.00", "0.00", "10.00"), ("10.00", "9.99", "0.01"), ("10.00", "-2.00", "12.00")],
)
def test_what_remains_is_the_amount_less_what_was_paid(mine, amount, paid, remaining):
    invoice(mine, amount=Decimal(amount), paid=Decimal(paid))
    assert to_pay(Invoice.objects.all()).amount == Decimal(remaining)


@pytest.mark.parametrize(
    ("amount", "paid"), [("10.00", "10.00"), ("10.00", "11.00"), ("0.00", "0.00"), ("-5.00", "0.00")]
)
def test_what_is_paid_or_in_credit_is_not_open(mine, amount, paid):
    invoice(mine, amount=Decimal(amount), paid=Decimal(paid))
    due = to_pay(Invoice.objects.all())
    assert (due.by_hand, due.amount, due.next_due_on) == ([], Decimal(0), None)


def test_overdue_begins_the_day_after(mine):
    invoice(mine, "yesterday", due_on=date(2026, 11, 23))
    invoice(mine, "today", due_on=TODAY)
    invoice(mine, "never", due_on=None)
    due = to_pay(Invoice.objects.all())
    assert numbers(due.overdue(TODAY)) == ["yesterday"]
    assert due.next_due_on == date(2026, 11, 23)


def test_what_the_bank_pays_or_is_contested_is_never_overdue(mine):
    invoice(mine, "D1", collection="direct_debit", due_on=date(2026, 1, 1))
    invoice(mine, "C1", collection="suspended", due_on=date(2026, 1, 1))
    due = to_pay(Invoice.objects.all())
    assert due.overdue(TODAY) == []
    assert (due.amount, due.debited_amount) == (Decimal(0), Decimal("121.40"))


def test_it_takes_one_query(mine, django_assert_num_queries):
    invoice(mine)
    with django_assert_num_queries(1):
        due = to_pay(Invoice.objects.all())
        assert due.amount + due.debited_amount == Decimal("121.40")
