"""A prepared query gives what the query it was made of would give, to whoever asks."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Count, F, OuterRef, TextField, Window
from django.test.utils import CaptureQueriesContext

from sportello.domain.customers.models import Allocation, Customer, CustomerAccess, Invoice
from sportello.domain.people.models import Session, User
from sportello.prepared import SOMEBODY, Prepared, Rows, Slot, rows_of
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    person = factories.user("alice")
    owner = factories.customer("C1")
    CustomerAccess.objects.create(user=person, customer=owner, granted_at=factories.NOW)
    account = factories.account(owner)
    for number in range(5):
        factories.invoice(account, f"2026/G/{number}", issued_on=date(2026, 1, 1 + number))
    return person


@pytest.fixture
def bob() -> User:
    person = factories.user("bob")
    owner = factories.customer("C2")
    CustomerAccess.objects.create(user=person, customer=owner, granted_at=factories.NOW)
    factories.invoice(factories.account(owner), "2026/G/9")
    return person


def test_objects_are_those_of_who_asks(alice: User, bob: User) -> None:
    query = Prepared(lambda: Customer.objects.within_reach_of(SOMEBODY))
    for person in (alice, bob, alice):
        assert query(user=person.pk) == list(Customer.objects.within_reach_of(person))
    assert query(user=bob.pk)[0].name == "Anna Verdi C2"
    assert query(user=-1) == []


def test_an_access_that_has_ended_shows_nothing(alice: User) -> None:
    query = Prepared(lambda: Customer.objects.within_reach_of(SOMEBODY))
    assert query(user=alice.pk)
    CustomerAccess.objects.update(ended_at=factories.NOW)
    assert query(user=alice.pk) == []


def test_rows_come_in_the_types_of_their_columns(alice: User) -> None:
    columns = ("number", "issued_on", "amount", "supply_codes", "lines")
    query = Prepared(lambda: Invoice.objects.within_reach_of(SOMEBODY).order_by("number").values_list(*columns))
    rows = query(user=alice.pk)
    assert rows == list(Invoice.objects.within_reach_of(alice).order_by("number").values_list(*columns))
    assert [type(value) for value in rows[0]][:3] == [str, date, Decimal]
    assert rows[0][4][0]["description"] == "Gas"


def test_a_page_of_a_query_knows_how_many_there_are(alice: User, bob: User) -> None:
    query = Prepared(
        lambda: (
            Invoice.objects.within_reach_of(SOMEBODY)
            .newest_first()
            .annotate(count=Window(Count("*")))
            .values_list("number", "count")
        ),
        paged=True,
    )
    assert query(user=alice.pk, limit=2, offset=2) == [("2026/G/2", 5), ("2026/G/1", 5)]
    assert query(user=alice.pk, limit=2, offset=6) == []


def test_what_stands_beside_a_page_comes_once_and_is_of_who_asks(alice: User, bob: User) -> None:
    query = Prepared(
        lambda: Invoice.objects.within_reach_of(SOMEBODY).newest_first().values_list("number", "amount"),
        paged=True,
        beside=lambda: (
            Rows(Invoice.objects.within_reach_of(SOMEBODY).order_by("number").values("number", "amount", "issued_on")),
            Rows(Customer.objects.within_reach_of(SOMEBODY).filter(code="nobody").values("code")),
        ),
    )
    first, second = query(user=alice.pk, limit=2, offset=1)
    plain = Invoice.objects.within_reach_of(alice).newest_first().values_list("number", "amount")
    assert [first[:2], second[:2]] == list(plain[1:3])
    every = Invoice.objects.within_reach_of(alice).order_by("number").values_list("number", "amount", "issued_on")
    assert rows_of(first[2]) == [(number, amount, day.isoformat()) for number, amount, day in every]
    assert [type(value) for value in rows_of(first[2])[0]] == [str, Decimal, str]
    assert rows_of(first[3]) == []
    assert second[2:] == (None, None)
    assert [rows_of(row[2])[0][0] for row in query(user=bob.pk, limit=2, offset=0)] == ["2026/G/9"]


def test_what_hangs_on_rows_comes_with_them_and_leaves_rows_and_their_order_as_they_are(alice: User, bob: User) -> None:
    second, fourth, strange = (Invoice.objects.get(number=f"2026/G/{number}") for number in (2, 4, 9))
    factories.payment(fourth, code="P1")
    factories.payment(fourth, code="P2")
    factories.payment(second, code="P3")
    other = factories.payment(strange, code="P4")
    Allocation.objects.create(payment=other, invoice=fourth, amount=1)
    query = Prepared(
        lambda: Invoice.objects.within_reach_of(SOMEBODY).newest_first().values_list("number", "issued_on"),
        paged=True,
        beside=lambda: (Rows(Customer.objects.within_reach_of(SOMEBODY).values("code")),),
        hanging=lambda: (
            Allocation.objects.within_reach_of(SOMEBODY)
            .filter(invoice=OuterRef("number"))
            .values("payment_id", "amount")
        ),
    )
    found = query(user=alice.pk, limit=3, offset=0)
    assert [row[0] for row in found] == ["2026/G/4", "2026/G/4", "2026/G/3", "2026/G/2"]
    assert {row[2:4] for row in found if row[0] == "2026/G/4"} == {("P1", fourth.amount), ("P2", fourth.amount)}
    assert [row[2:4] for row in found[2:]] == [(None, None), ("P3", second.amount)]
    assert [rows_of(row[4]) for row in found] == [[("C1",)], [], [], []]
    assert [row[0] for row in query(user=alice.pk, limit=3, offset=3)] == ["2026/G/1", "2026/G/0"]


def test_one_of_a_list(alice: User, bob: User) -> None:
    query = Prepared(
        lambda: (
            Invoice.objects.within_reach_of(SOMEBODY)
            .filter(number__any=Slot("numbers", TextField()))
            .order_by("number")
            .values_list("number")
        )
    )
    assert query(user=alice.pk, numbers=["2026/G/3", "2026/G/9", "'); DROP TABLE x; --"]) == [("2026/G/3",)]
    assert query(user=alice.pk, numbers=[]) == []


def test_a_value_that_is_not_given_is_an_error(alice: User) -> None:
    with pytest.raises(KeyError):
        Prepared(lambda: Customer.objects.within_reach_of(SOMEBODY))()


def test_objects_come_with_what_they_belong_to_and_with_what_was_added(alice: User, bob: User) -> None:
    """As Django's own iteration makes them: relations that are there, relations that are not, annotations."""
    query = Prepared(
        lambda: (
            Invoice.objects.within_reach_of(SOMEBODY)
            .select_related("customer")
            .annotate(doubled=F("amount") * 2)
            .order_by("number")
        )
    )
    (found,) = query(user=bob.pk)
    assert found == Invoice.objects.within_reach_of(bob).get()
    assert found.doubled == found.amount * 2
    with CaptureQueriesContext(connection) as asked:
        assert found.customer.code == "C2"
    assert not asked.captured_queries
    sessions = Prepared(lambda: Session.objects.select_related("person").order_by("session_key"))
    Session.objects.create(session_key="a", session_data="", expire_date=factories.NOW)
    Session.objects.create(session_key="b", session_data="", expire_date=factories.NOW, person=bob)
    assert [session.person for session in sessions()] == [None, bob]


def test_the_first_or_none(alice: User) -> None:
    query = Prepared(lambda: Invoice.objects.within_reach_of(SOMEBODY).order_by("number"))
    found = query.first(user=alice.pk)
    assert found is not None
    assert found.number == "2026/G/0"
    assert query.first(user=-1) is None
