from datetime import date
from decimal import Decimal

import pytest

from tests.factories import access, account, customer, household, invoice

IBAN = "IT60X0542811101000000123456"


@pytest.fixture
def books(alice):
    mine = account(customer())
    access(alice, mine.customer)
    return mine


# --- the list --------------------------------------------------------------------------------------------------------


def test_it_says_when_nothing_is_to_be_paid(books, visit):
    invoice(books, paid=Decimal("121.40"))
    page = visit("/pay/")
    assert page.says("To be paid by you") == "To be paid by you €0.00 Nothing to pay at the moment."
    assert page.headings() == ["To be paid by you"]


def test_it_sorts_what_is_open_into_three(books, visit):
    invoice(books, "N1", due_on=date(2026, 12, 1))
    invoice(books, "N2", due_on=date(2026, 11, 1), paid=Decimal("21.40"))
    invoice(books, "N3", collection="direct_debit")
    invoice(books, "N4", collection="suspended", due_on=date(2026, 11, 1))
    invoice(books, "N5", amount=Decimal("-10.00"))
    page = visit("/pay/")
    assert page.says("To be paid by you") == (
        "To be paid by you €221.40 N2 Overdue was due on 01/11/2026 €100.00 of €121.40 How to pay "
        "N1 due on 01/12/2026 (in 7 days) €121.40 How to pay"
    )
    assert page.says("Paid by your bank").startswith("Paid by your bank €121.40")
    assert page.says("Contested").endswith("N4 Not collected now €121.40")
    assert "N5" not in page.text


def test_what_the_bank_pays_or_is_contested_has_no_way_to_pay(books, visit):
    invoice(books, "N3", collection="direct_debit")
    invoice(books, "N4", collection="suspended")
    page = visit("/pay/")
    assert "How to pay" not in page.says("Paid by your bank") + page.says("Contested")


def test_a_debit_that_came_back_is_to_be_paid_by_hand(books, visit):
    invoice(books, "N1", collection="returned")
    assert "Debit returned" in visit("/pay/").says("To be paid by you")


def test_an_invoice_without_due_date_is_no_trouble(books, visit):
    invoice(books, "N1", due_on=None)
    assert "N1 No due date €121.40" in visit("/pay/").says("To be paid by you")


def test_customers_are_named_where_there_are_several(alice, visit):
    household("C1", who=alice)
    household("C2", who=alice)
    said = visit("/pay/").says("To be paid by you")
    assert "Anna Verdi C1" in said
    assert "Anna Verdi C2" in said


# --- one invoice -----------------------------------------------------------------------------------------------------


def test_it_shows_the_transfer_and_its_code_where_the_company_has_an_account(books, visit, settings):
    settings.COMPANY_IBAN = IBAN
    invoice(books, "2026/1", paid=Decimal("21.40"))
    page = visit("/invoices/2026~11/pay/")
    facts = page.facts()
    assert facts["IBAN"] == "IT60 X054 2811 1010 0000 0123 456"
    assert facts["Payee"] == settings.COMPANY_NAME
    assert facts["Amount"] == "€100.00"
    assert facts["Reason"] == "2026/1 C1"
    assert len(page.find("//div[@class='qr'][@role='img']/*[name()='svg']")) == 1


def test_without_an_account_there_is_no_transfer(books, visit, settings):
    settings.COMPANY_IBAN = ""
    invoice(books, "N1")
    page = visit("/invoices/N1/pay/")
    assert "By bank transfer" not in page.headings()
    assert page.find("//div[@class='qr']") == []


def test_the_transfers_code_holds_what_a_bank_needs(books, monkeypatch):
    from segno import helpers

    from sportello.desks.portal.paying import transfer_qr

    asked = {}
    make = helpers.make_epc_qr
    monkeypatch.setattr(helpers, "make_epc_qr", lambda **fields: asked.update(fields) or make(**fields))
    transfer_qr("Concordia Energia" * 10, IBAN, Decimal("99999.90"), "x" * 200)
    assert asked["iban"] == IBAN
    assert asked["amount"] == Decimal("99999.90")
    assert (len(asked["name"]), len(asked["text"])) == (70, 140)


def test_it_leads_to_the_companys_payment_page_with_number_and_amount_filled_in(books, visit, settings):
    settings.COMPANY_PAYMENT_PAGE = "https://paga.example/?fattura={number}&euro={amount}"
    invoice(books, "2026/G/1 & 2", amount=Decimal("1234.50"))
    link = visit("/invoices/2026~1G~11%20&%202/pay/").links()["Pay by card"]
    assert link == "https://paga.example/?fattura=2026%2FG%2F1%20%26%202&euro=1234.50"


def test_a_payment_page_without_places_is_left_as_it_is(books, visit, settings):
    settings.COMPANY_PAYMENT_PAGE = "https://paga.example/"
    invoice(books, "N1")
    assert visit("/invoices/N1/pay/").links()["Pay by card"] == "https://paga.example/"


def test_it_shows_the_slips_code_and_the_postal_account(books, visit, settings):
    settings.COMPANY_POSTAL_ACCOUNT = "1234567"
    invoice(books, "N1", slip_code="202601000001234556")
    facts = visit("/invoices/N1/pay/").facts()
    assert facts["Customer code on the slip"] == "202601 000001 234556"
    assert facts["Postal account"] == "1234567"


def test_without_any_way_it_points_to_the_slip_on_paper(books, visit, settings):
    settings.COMPANY_IBAN = settings.COMPANY_PAYMENT_PAGE = ""
    invoice(books, "N1", slip_code=None)
    assert "Pay with the slip that comes with the invoice" in visit("/invoices/N1/pay/").text


@pytest.mark.parametrize(
    ("collection", "words"),
    [
        ("direct_debit", "If you pay in another way too, you pay twice."),
        ("suspended", "You have contested this invoice"),
        ("returned", "Your bank has sent the direct debit back."),
    ],
)
def test_it_says_what_stands_in_the_way(books, visit, collection, words):
    invoice(books, "N1", collection=collection)
    (notice,) = visit("/invoices/N1/pay/").find("//div[contains(@class,'notice')]")
    assert words in notice.text_content()


@pytest.mark.parametrize("collection", ["", "instalments"])
def test_otherwise_there_is_no_notice(books, visit, collection):
    invoice(books, "N1", collection=collection)
    assert visit("/invoices/N1/pay/").find("//div[contains(@class,'notice')]") == []


@pytest.mark.parametrize(
    "fields",
    [{"paid": Decimal("121.40")}, {"paid": Decimal("200.00")}, {"amount": Decimal("-3.00")}, {"amount": Decimal(0)}],
)
def test_for_what_is_paid_or_in_credit_nothing_is_asked(books, visit, settings, fields):
    settings.COMPANY_IBAN = IBAN
    invoice(books, "N1", **fields)
    page = visit("/invoices/N1/pay/")
    assert "Nothing is to be paid for this document." in page.text
    assert page.headings() == []
