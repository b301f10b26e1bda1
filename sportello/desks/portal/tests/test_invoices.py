from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from tests.factories import access, account, customer, household, invoice, payment, supply

NOT_AVAILABLE = "This choice is not available. Choose one from the list."
COLUMNS = ["Number", "Date", "Type", "Consumption", "Amount", "Due", "Amount paid", "Where paid", "Status"]


@pytest.fixture
def books(alice):
    mine = account(customer())
    access(alice, mine.customer)
    return mine


def numbers(page) -> list[str]:
    return [link.text for link in page.find("//div[contains(@class,'sheet')]//tbody//th/a")]


def test_it_has_the_nine_columns_and_a_way_to_the_pdf(alice, visit):
    of = household(who=alice)
    payment(of, Decimal("20.00"))
    type(of).objects.update(paid="20.00")
    page = visit("/invoices/")
    assert page.columns() == [*COLUMNS, "Copy"]
    assert page.rows() == [
        {
            "Number": "2026/G/C1",
            "Date": "10/11/2026",
            "Type": "Period, actual",
            "Consumption": "205 Smc",
            "Amount": "€121.40",
            "Due": "30/11/2026",
            "Amount paid": "€20.00",
            "Where paid": "Post office",
            "Status": "Partly paid",
            "Copy": "PDF",
        }
    ]
    assert page.links()["2026/G/C1"] == "/invoices/2026~1G~1C1/"
    assert page.links()["PDF"] == "/documents/invoices/2026~1G~1C1.pdf"


PAST, FUTURE = date(2026, 11, 1), date(2026, 12, 1)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"due_on": FUTURE}, "Unpaid"),
        ({"due_on": PAST}, "Unpaid, overdue"),
        ({"due_on": None}, "Unpaid"),
        ({"due_on": FUTURE, "paid": Decimal(1)}, "Partly paid"),
        ({"due_on": PAST, "paid": Decimal(1)}, "Partly paid, overdue"),
        ({"paid": Decimal("121.40")}, "Paid"),
        ({"paid": Decimal("130.00"), "due_on": PAST}, "Paid"),
        ({"amount": Decimal(0), "due_on": PAST}, "Paid"),
        ({"amount": Decimal("-5.00"), "due_on": None}, "In credit"),
        ({"collection": "direct_debit", "due_on": FUTURE}, "Unpaid, debit under way"),
        ({"collection": "returned", "due_on": PAST}, "Unpaid, overdue Debit returned"),
        ({"collection": "instalments", "due_on": FUTURE}, "Unpaid By instalments"),
        ({"collection": "suspended", "due_on": FUTURE}, "Unpaid Contested, not collected"),
        ({"collection": "returned", "paid": Decimal("121.40")}, "Paid"),
    ],
)
def test_it_says_how_an_invoice_stands(books, visit, fields, words):
    invoice(books, **fields)
    assert visit("/invoices/").column("Status") == [words]


def test_it_counts_further_payments_and_names_the_last(books, visit):
    of = invoice(books, paid=Decimal("121.40"))
    payment(of, Decimal(20), "P1", channel="post", paid_on=date(2026, 11, 12))
    payment(of, Decimal(50), "P2", channel="transfer", paid_on=date(2026, 11, 20))
    payment(of, Decimal("51.40"), "P3", channel="card", paid_on=date(2026, 11, 15))
    page = visit("/invoices/")
    assert page.column("Where paid") == ["Bank transfer +2"]
    assert page.find("//main//abbr/@title") == ["and 2 other payments"]


def test_a_payment_that_came_back_does_not_count(books, visit):
    of = invoice(books, collection="returned")
    payment(of, code="P1", channel="direct_debit", status="returned", returned_on=date(2026, 11, 22))
    assert visit("/invoices/").column("Where paid") == ["–"]


def test_after_a_payment_that_came_back_the_good_one_is_named_alone(books, visit):
    of = invoice(books, paid=Decimal("121.40"))
    payment(of, code="P1", channel="direct_debit", status="returned", paid_on=date(2026, 11, 23))
    payment(of, code="P2", channel="shop", paid_on=date(2026, 11, 20))
    assert visit("/invoices/").column("Where paid") == ["Payment shop"]


def test_a_strangers_payment_is_not_shown_even_on_ones_own_invoice(books, visit):
    paid = payment(invoice(books, "N1", paid=Decimal("121.40")), channel=None, channel_text="Conto segreto")
    assert visit("/invoices/").column("Where paid") == ["Conto segreto"]
    type(paid).objects.update(customer_id=customer("C7").code, billing_account=None)
    assert visit("/invoices/").column("Where paid") == ["n/a"]
    assert "Conto segreto" not in visit("/invoices/N1/").text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"channel": None, "channel_text": "Sportello di Mirandola"}, "Sportello di Mirandola"),
        ({"channel": "other", "channel_text": "Assegno"}, "Assegno"),
        ({"channel": "other", "channel_text": ""}, "Other"),
        ({"channel": None, "channel_text": ""}, "n/a"),
        ({"channel": "post", "channel_text": "Ufficio 12"}, "Post office"),
    ],
)
def test_it_says_where_money_was_paid_in_billings_words_where_there_are_no_others(books, visit, fields, words):
    payment(invoice(books, paid=Decimal("121.40")), **fields)
    assert visit("/invoices/").column("Where paid") == [words]


def test_what_billing_does_not_supply_is_marked_as_such(books, visit):
    invoice(books, kind=None, consumption=None, due_on=None, paid=Decimal("121.40"))
    page = visit("/invoices/")
    (row,) = page.rows()
    assert (row["Type"], row["Consumption"], row["Where paid"], row["Due"]) == ("n/a", "n/a", "n/a", "–")
    assert set(page.find("//abbr[text()='n/a']/@title")) == {"not supplied by billing"}


def test_a_document_without_consumption_has_a_dash(books, visit):
    invoice(books, kind="deposit", consumption=None)
    assert visit("/invoices/").column("Consumption") == ["–"]


def test_nothing_is_paid_for_a_credit_note(books, visit):
    invoice(books, kind="credit_note", amount=Decimal("-12.00"), due_on=None)
    (row,) = visit("/invoices/").rows()
    assert (row["Type"], row["Amount"], row["Amount paid"], row["Status"]) == (
        "Credit note", "−€12.00", "–", "In credit",
    )  # fmt: skip


def test_supplies_are_named_where_there_are_several(books, visit):
    codes = [supply(books, f"S{n}", street_number=str(n)).code for n in range(1, 4)]
    invoice(books, supply_codes=codes)
    (number,) = visit("/invoices/").column("Number")
    assert number == "2026/G/C1 Gas, Via Grandi 1 Gas, Via Grandi 2 +1"


def test_customers_are_named_where_there_are_several(alice, visit):
    household("C1", who=alice)
    household("C2", who=alice)
    said = sorted(visit("/invoices/").column("Number"))
    assert ["Anna Verdi C1" in said[0], "Anna Verdi C2" in said[1]] == [True, True]


def test_it_shows_the_newest_first(books, visit):
    for number, day in (("A", 3), ("B", 9), ("C", 5), ("D", 9)):
        invoice(books, number, issued_on=date(2026, 11, day))
    assert numbers(visit("/invoices/")) == ["D", "B", "C", "A"]


# --- choosing --------------------------------------------------------------------------------------------------------


@pytest.fixture
def many(alice):
    """Two customers; the first with two supplies and bills of three years in every state."""
    books = account(customer("C1"))
    access(alice, books.customer)
    supply(books, "S1")
    supply(books, "S2", service="electricity", street_number="40")
    invoice(books, "2024/1", issued_on=date(2024, 5, 1), supply_codes=["S1"], paid=Decimal("121.40"))
    invoice(books, "2025/1", issued_on=date(2025, 12, 31), supply_codes=["S2"], paid=Decimal("21.40"))
    invoice(books, "2026/1", issued_on=date(2026, 1, 1), supply_codes=["S1", "S2"])
    invoice(books, "2026/2", issued_on=date(2026, 2, 1), supply_codes=["S2"], amount=Decimal("-9.00"))
    other = account(customer("C2"))
    access(alice, other.customer)
    supply(other, "S3")
    invoice(other, "2026/3", issued_on=date(2026, 3, 1), supply_codes=["S3"], paid=Decimal("121.40"))
    return books


EVERYTHING = ["2026/3", "2026/2", "2026/1", "2025/1", "2024/1"]


@pytest.mark.parametrize(
    ("questions", "expected"),
    [
        ({}, EVERYTHING),
        ({"customer": "C1"}, EVERYTHING[1:]),
        ({"customer": "C2"}, ["2026/3"]),
        ({"supply": "S1"}, ["2026/1", "2024/1"]),
        ({"supply": "S2"}, ["2026/2", "2026/1", "2025/1"]),
        ({"year": "2026"}, ["2026/3", "2026/2", "2026/1"]),
        ({"year": "2025"}, ["2025/1"]),
        ({"status": "unpaid"}, ["2026/1"]),
        ({"status": "partially_paid"}, ["2025/1"]),
        ({"status": "paid"}, ["2026/3", "2024/1"]),
        ({"status": "credit"}, ["2026/2"]),
        ({"status": "open"}, ["2026/1", "2025/1"]),
        ({"q": "/1"}, ["2026/1", "2025/1", "2024/1"]),
        ({"q": " 2026/2 "}, ["2026/2"]),
        ({"supply": "S2", "year": "2026", "status": "unpaid"}, ["2026/1"]),
        ({"customer": "C2", "supply": "S1"}, []),
        ({"year": "2024", "status": "unpaid"}, []),
        ({"q": "%"}, []),
        ({"q": "_"}, []),
        ({"q": "' OR 1=1 --"}, []),
    ],
)
def test_it_narrows_the_list(many, visit, questions, expected):
    page = visit("/invoices/", **questions)
    assert numbers(page) == expected
    assert page.errors() == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("year", "1999"),
        ("year", "20266"),
        ("year", "-1"),
        ("year", "٢٠٢٦"),
        ("status", "nonsense"),
        ("status", "PAID"),
        ("supply", "S9"),
        ("customer", "C9"),
        ("customer", "C1' OR '1'='1"),
    ],
)
def test_a_choice_that_is_not_there_is_told_beside_its_field_and_left_out(many, visit, field, value):
    page = visit("/invoices/", **{field: value})
    assert page.errors() == {field: NOT_AVAILABLE}
    assert numbers(page) == EVERYTHING


def test_a_bad_choice_leaves_the_good_ones_standing(many, visit):
    page = visit("/invoices/", year="1999", supply="S1")
    assert page.errors() == {"year": NOT_AVAILABLE}
    assert numbers(page) == ["2026/1", "2024/1"]


def test_a_strangers_customer_or_supply_is_as_one_that_does_not_exist(many, visit):
    stranger = account(customer("C7"))
    supply(stranger, "S7")
    invoice(stranger, "2026/7", supply_codes=["S7"])
    for field, value in (("customer", "C7"), ("supply", "S7")):
        page = visit("/invoices/", **{field: value})
        assert page.errors() == {field: NOT_AVAILABLE}
        assert numbers(page) == EVERYTHING
    assert numbers(visit("/invoices/", q="2026/7")) == []


def test_who_has_one_customer_is_told_of_a_bad_one_too(books, visit):
    invoice(books)
    assert visit("/invoices/", customer="C9").errors() == {"customer": NOT_AVAILABLE}


@pytest.mark.parametrize("q", ["x" * 61, "2026\x00"])
def test_a_search_that_cannot_be_is_told_beside_its_field(many, visit, q):
    page = visit("/invoices/", q=q)
    assert list(page.errors()) == ["q"]
    assert numbers(page) == EVERYTHING


def test_what_was_chosen_stays_in_the_fields(many, visit):
    asked = {"customer": "C1", "supply": "S2", "year": "2026", "status": "credit", "q": '2026"<b>'}
    assert visit("/invoices/", **asked).chosen() == asked


def test_nothing_found_offers_the_whole_list(many, visit):
    page = visit("/invoices/", q="nothing like it")
    assert "No invoice matches what you chose." in page.text
    assert page.links()["Show all"] == "/invoices/"


def test_without_invoices_it_says_when_the_first_will_be_there(books, visit):
    assert "The first one will be here on the day it is issued." in visit("/invoices/").text


# --- balance ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("balance", "words"),
    [
        (Decimal("12.30"), "€12.30 to pay"),
        (Decimal("-12.30"), "€12.30 in your credit"),
        (Decimal(0), "€0.00 settled"),
        (None, "not supplied by billing"),
    ],
)
def test_it_says_the_balance_of_the_account_with_its_sign_in_words(alice, visit, balance, words):
    books = account(customer(), balance=balance)
    access(alice, books.customer)
    assert visit("/invoices/").says("Account balance").startswith(f"Account balance {words}")


def test_it_says_the_balance_of_the_chosen_supply_where_billing_knows_it(alice, visit):
    books = account(customer(), balance=Decimal(100))
    access(alice, books.customer)
    supply(books, "S1", balance=Decimal(40))
    supply(books, "S2")
    assert "€40.00 to pay" in visit("/invoices/", supply="S1").says("Balance of this supply")
    said = visit("/invoices/", supply="S2").says("Account balance")
    assert "€100.00 to pay" in said
    assert "Billing keeps one balance for all supplies of account A-C1." in said


def test_accounts_are_added_up(alice, visit):
    owner = customer()
    access(alice, owner)
    account(owner, "A1", balance=Decimal(10))
    account(owner, "A2", balance=Decimal(-4))
    said = visit("/invoices/").says("Account balance")
    assert "€6.00 to pay" in said
    assert "Of 2 accounts together" in said


def test_the_balance_is_that_of_the_chosen_customer(alice, visit):
    for code, balance in (("C1", 10), ("C2", 3)):
        owner = customer(code)
        access(alice, owner)
        account(owner, balance=Decimal(balance))
    assert "€3.00 to pay" in visit("/invoices/", customer="C2").says("Account balance")


# --- pages -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def sixty_five(books):
    for count in range(65):
        invoice(books, f"N{count:02}", paid=Decimal(count % 2))
    return books


def test_thirty_stand_on_a_page(sixty_five, visit):
    page = visit("/invoices/")
    assert len(page.rows()) == 30
    assert "65 invoices" in page.text
    assert "Page 1 of 3" in page.text
    assert page.links()["Next page"] == "?page=2"


@pytest.mark.parametrize(
    ("asked", "first", "count"),
    [("2", "N34", 30), ("3", "N04", 5), ("4", "N04", 5), ("0", "N04", 5), ("-1", "N04", 5), ("99999999999999999999", "N04", 5),
     ("x", "N64", 30), ("", "N64", 30), ("1.5", "N64", 30), ("\x00", "N64", 30)],
)  # fmt: skip
def test_a_page_out_of_range_is_the_nearest(sixty_five, visit, asked, first, count):
    page = visit("/invoices/", page=asked)
    assert (numbers(page)[0], len(page.rows())) == (first, count)


def test_turning_the_page_keeps_what_was_chosen(sixty_five, visit):
    links = visit("/invoices/", status="partially_paid", q="N", page=1).links()
    assert links["Next page"] == "?status=partially_paid&q=N&page=2"
    assert links["Download the PDFs"].endswith("?status=partially_paid&q=N")


def test_an_account_without_supplies_counts_in_the_balance(alice, visit):
    owner = customer()
    access(alice, owner)
    supply(account(owner, "A1", balance=Decimal("10.00")), "S1")
    account(owner, "A2", balance=Decimal("2.50"))
    assert "€12.50" in visit("/invoices/").text


def test_anothers_supply_cannot_be_on_ones_account(books):
    """Billing should not say so; the mirror cannot hold it."""
    other = supply(books, "S3")
    with pytest.raises(IntegrityError), transaction.atomic():
        type(other).objects.filter(code="S3").update(customer=customer("C2"))
        connection.check_constraints()
