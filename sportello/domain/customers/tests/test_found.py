"""By whatever a caller says of himself he is found."""

import pytest

from sportello.domain.customers.finding import By, found_by
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def anna() -> None:
    of = factories.customer(
        "C-1001", first_name="Anna", last_name="Malavasi", tax_code="MLVNNA80A41D969Z", vat_number="01234567890",
        phone="+39 0535 66.12-34",
    )  # fmt: skip
    books = factories.account(of)
    factories.supply(books, point_code="IT001E12345678", street="Via Giuseppe Verdi", street_number="12/B")
    factories.invoice(books, "2026/G/77")
    other = factories.customer("C-2", first_name="Ugo", last_name="Neri", company_name="Neri Carni Srl")
    factories.supply(factories.account(other), street="Via Verdi", street_number="1")


@pytest.mark.parametrize(
    ("typed", "code", "by"),
    [
        ("c-1001", "C-1001", By.CODE),
        ("2026/g/77", "C-1001", By.INVOICE),
        ("mlvnna80a41d969z", "C-1001", By.TAX),
        ("IT 01234567890", "C-1001", By.TAX),
        ("IT001E12345678", "C-1001", By.POINT),
        ("it 001 e 12345678 9", "C-1001", By.POINT),
        ("0535661234", "C-1001", By.PHONE),
        ("0535/66 12 34", "C-1001", By.PHONE),
        ("+390535661234", "C-1001", By.PHONE),
        ("malav anna", "C-1001", By.NAME),
        ("neri carni", "C-2", By.NAME),
        ("giuseppe verdi 12/b", "C-1001", By.ADDRESS),
        ("via giuseppe", "C-1001", By.ADDRESS),
        ("malavsi", "C-1001", By.LIKENESS),
        ("mallavasi anna", "C-1001", By.LIKENESS),
        ("Neri Carny", "C-2", By.LIKENESS),
    ],
)
def test_one_who_says_this_is_found(typed, code, by):
    assert [(each.customer.code, each.by) for each in found_by(typed)] == [(code, by)]


@pytest.mark.parametrize(
    "typed", ["", "  ", "\0", "123456", "zzzz qqqq", "%", "via", "' OR 1=1 --", "via verdi 99", "+" * 200]
)
def test_what_fits_nobody_finds_nobody(typed):
    assert found_by(typed) == []


def test_a_street_finds_all_who_live_there():
    third = factories.customer("C-3", last_name="Bianchi")
    factories.supply(factories.account(third), street="Via Verdi", street_number="7")
    assert {each.customer.code for each in found_by("via verdi")} == {"C-2", "C-3"}
