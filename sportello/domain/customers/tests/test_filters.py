from datetime import date
from decimal import Decimal

import pytest
from django.http import QueryDict

from sportello.domain.customers.filters import InvoiceFilter, PeriodChoice, Span, supply_label, years_of
from sportello.domain.customers.models import Customer, Invoice, Supply
from tests.factories import account, customer, invoice, supply


@pytest.fixture
def books(db):
    mine = account(customer())
    supply(mine, "S1")
    supply(mine, "S2")
    invoice(mine, "2025/1", issued_on=date(2025, 12, 31), supply_codes=["S1"], paid=Decimal("121.40"))
    invoice(mine, "2026/1", issued_on=date(2026, 1, 1), supply_codes=["S1", "S2"])
    invoice(mine, "2026/2", issued_on=date(2026, 12, 31), supply_codes=None)
    return mine


def wanted(question: str) -> InvoiceFilter:
    return InvoiceFilter(
        QueryDict(question), customers=list(Customer.objects.all()), supplies=list(Supply.objects.order_by("code")),
        years=years_of(Invoice.objects.all()),
    )  # fmt: skip


def chosen(question: str) -> list[str]:
    return sorted(wanted(question).apply(Invoice.objects.all()).values_list("number", flat=True))


EVERYTHING = ["2025/1", "2026/1", "2026/2"]


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("", EVERYTHING),
        ("year=2026", ["2026/1", "2026/2"]),
        ("year=2025", ["2025/1"]),
        ("supply=S1", ["2025/1", "2026/1"]),
        ("supply=S2", ["2026/1"]),
        ("status=paid", ["2025/1"]),
        ("status=open", ["2026/1", "2026/2"]),
        ("customer=C1", EVERYTHING),
        ("q=6/", ["2026/1", "2026/2"]),
        ("year=2026&supply=S1&status=unpaid&q=1", ["2026/1"]),
        ("year=2025&status=open", []),
        ("year=&supply=&status=&q=&customer=", EVERYTHING),
        ("unknown=1", EVERYTHING),
        ("year=2025&year=2026", ["2026/1", "2026/2"]),
    ],
)
def test_it_narrows(books, question, numbers):
    assert chosen(question) == numbers


@pytest.mark.parametrize(
    "question", ["year=1900", "year=x", "supply=S9", "status=lost", "customer=C9", "q=" + "x" * 61]
)
def test_what_is_not_on_offer_is_left_out_and_told(books, question):
    assert chosen(question) == EVERYTHING
    made = wanted(question)
    name = question.partition("=")[0]
    assert list(made.errors) == [name]
    assert made.chosen(name) is None
    assert not made.any_chosen()


def test_it_can_only_narrow(books):
    """Whatever is asked for, nothing comes that was not within reach before."""
    reach = Invoice.objects.filter(number="2026/1")
    for question in ("", "status=paid", "supply=S1", "q=2025", "customer=C1"):
        assert set(wanted(question).apply(reach).values_list("number", flat=True)) <= {"2026/1"}


def test_what_the_mirror_may_hold_can_be_asked_for(books):
    """A code with any characters, a name of one's own."""
    odd = supply(books, "a&b=c/'\"<>")
    assert wanted("supply=a%26b%3Dc/'%22%3C%3E").chosen("supply") == odd.code


def test_years_run_from_the_first_invoice_to_the_last(books):
    invoice(books, "2020/1", issued_on=date(2020, 6, 1))
    assert years_of(Invoice.objects.all()) == [2026, 2025, 2024, 2023, 2022, 2021, 2020]


def test_without_invoices_there_are_no_years(db):
    assert years_of(Invoice.objects.all()) == []


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({}, "Gas, Via Grandi 39, Concordia sulla Secchia"),
        ({"street": "", "street_number": "", "municipality": ""}, "Gas, S1"),
    ],
)
def test_a_supply_is_called_by_its_address_or_else_its_code(books, fields, label, settings):
    Supply.objects.filter(code="S1").update(**fields)
    assert supply_label(Supply.objects.get(code="S1")) == label


# --- periods -----------------------------------------------------------------------------------------------------------


def period(chosen: str, *, today: date = date(2026, 11, 24)) -> PeriodChoice:
    return PeriodChoice({"period": chosen}, days=[date(2024, 5, 1), date(2026, 1, 1), date(2024, 1, 1)], today=today)


def test_years_are_those_that_there_are() -> None:
    assert [value for value, _ in period("").fields["period"].choices] == ["", "2026", "2024", "all"]


@pytest.mark.parametrize(
    ("chosen", "span"),
    [
        ("", Span(date(2025, 12, 1), date(2026, 11, 24))),
        ("2024", Span(date(2024, 1, 1), date(2024, 12, 31))),
        ("all", Span()),
        ("2025", Span(date(2025, 12, 1), date(2026, 11, 24))),  # not on offer
        ("x" * 5000, Span(date(2025, 12, 1), date(2026, 11, 24))),
    ],
)
def test_a_period(chosen: str, span: Span) -> None:
    assert period(chosen).span == span


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (date(2026, 12, 31), date(2026, 1, 1)),
        (date(2026, 1, 1), date(2025, 2, 1)),
        (date(2024, 2, 29), date(2023, 3, 1)),
    ],
)
def test_twelve_months_end_with_this_one(today: date, first: date) -> None:
    assert period("", today=today).span == Span(first, today)


def test_both_ends_of_a_period_belong_to_it() -> None:
    span = Span(date(2026, 1, 1), date(2026, 1, 31))
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1)]
    assert [span.covers(day) for day in days] == [False, True, True, False]
    assert Span().covers(date.max)
