from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from sportello.desks.portal.tests.reading import Page
from tests.factories import access, account, customer, household, invoice, meter, reading, register, supply


@pytest.fixture
def books(alice):
    mine = account(customer(), balance=Decimal("55.00"))
    access(alice, mine.customer)
    return mine


def test_it_lists_them_with_what_billing_knows(books, visit):
    supply(books, "S1", balance=Decimal("-7.50"))
    supply(books, "S2", service="electricity", point_code=None, status="suspended", street_number="40")
    supply(books, "S3", service="water", point_code=None, street="", street_number="", postcode="", municipality="",
           province="", balance=Decimal(0))  # fmt: skip
    assert visit("/supplies/").rows() == [
        {"Supply": "Gas S1", "Address": "Via Grandi 39, 41033 Concordia sulla Secchia (MO)", "POD or PDR": "99990000000123",
         "Status": "Active", "Balance": "€7.50 in your credit", "Consumption": "Consumption S1"},
        {"Supply": "Electricity S2", "Address": "Via Grandi 40, 41033 Concordia sulla Secchia (MO)", "POD or PDR": "n/a",
         "Status": "Suspended", "Balance": "on account A-C1", "Consumption": "Consumption S2"},
        {"Supply": "Water S3", "Address": "n/a", "POD or PDR": "–", "Status": "Active", "Balance": "€0.00 settled",
         "Consumption": "Consumption S3"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "words"),
    [("active", "Active"), ("activating", "Being activated"), ("suspended", "Suspended"), ("closed", "Closed")],
)
def test_it_says_how_a_supply_stands(books, visit, status, words):
    supply(books, status=status)
    assert visit("/supplies/").column("Status") == [words]


def test_closed_ones_come_last(books, visit):
    supply(books, "S1", status="closed", ended_on=date(2025, 1, 1), street="Aaa")
    supply(books, "S2", street="Zzz")
    assert visit("/supplies/").column("Supply") == ["Gas S2", "Gas S1"]


def test_customers_are_named_where_there_are_several(alice, visit):
    household("C1", who=alice)
    household("C2", who=alice)
    assert sorted(visit("/supplies/").column("Customer")) == ["Anna Verdi C1", "Anna Verdi C2"]


def test_without_supplies_it_says_what_will_be_there(books, visit):
    assert "No active supply." in visit("/supplies/").text


@pytest.fixture
def forty(books):
    for count in range(40):
        supply(books, f"S{count:02}", street_number=str(count), point_code=f"IT001E{count:08}")
    return books


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("via grandi 39", ["Gas S39"]),
        ("IT001E00000012", ["Gas S12"]),
        ("s07", ["Gas S07"]),
        ("concordia 3", ["Gas S03"]),
    ],
)
def test_it_finds_by_every_word(forty, visit, q, found):
    page = visit("/supplies/", q=q)
    assert [name for name in page.column("Supply") if name in found] == found
    assert page.chosen() == {"q": q}


@pytest.mark.parametrize("q", ["%", "_", "' OR 1=1 --", "Milano"])
def test_what_is_not_there_is_not_found(forty, visit, q):
    page = visit("/supplies/", q=q)
    assert "No supply matches what you wrote." in page.text
    assert page.links()["Show all"] == "/supplies/"


@pytest.mark.parametrize("q", ["x" * 61, "a\x00"])
def test_a_search_that_cannot_be_is_told_beside_its_field(forty, visit, q):
    page = visit("/supplies/", q=q)
    assert list(page.errors()) == ["q"]
    assert len(page.rows()) == 30


def test_the_second_page_has_the_others(forty, visit):
    page = visit("/supplies/", page=2)
    assert len(page.rows()) == 10
    assert "Page 2 of 2" in page.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"service": "water"}, "Consumption"),
        ({"service": "telephony"}, "Traffic"),
        ({"service": "lpg"}, "Consumption"),
        ({"service": "lpg", "tank_litres": 1000}, "Deliveries"),
    ],
)
def test_each_leads_to_what_was_used(books, visit, fields, words):
    supply(books, "S1", **fields)
    assert visit("/supplies/").links()[f"{words} S1"] == "/supplies/S1/consumption/"


# --- one supply ------------------------------------------------------------------------------------------------------


def test_it_shows_one_with_its_facts(books, visit):
    supply(books, "S1", offer="Casa Fissa 24", ended_on=date(2027, 1, 31))
    page = visit("/supplies/S1/")
    assert page.find("//h1/text()") == ["Gas, Via Grandi 39, Concordia sulla Secchia"]
    assert page.facts() == {
        "Status": "Active",
        "Address": "Via Grandi 39, 41033 Concordia sulla Secchia (MO)",
        "PDR": "99990000000123",
        "Supply code": "S1",
        "Account": "A-C1",
        "Offer": "Casa Fissa 24",
        "Since": "01/01/2020",
        "Until": "31/01/2027",
    }


def test_what_billing_does_not_supply_is_said(books, visit):
    supply(books, "S1", service="electricity", point_code=None, street="", street_number="", postcode="", municipality="",
           province="", started_on=None)  # fmt: skip
    facts = visit("/supplies/S1/").facts()
    assert (facts["POD"], facts["Address"]) == ("not supplied by billing", "not supplied by billing")
    assert "Since" not in facts


def test_a_service_without_points_has_no_line_for_one(books, visit):
    supply(books, "S1", service="telephony", point_code=None)
    assert not {"POD", "PDR", ""} & set(visit("/supplies/S1/").facts())


def test_the_balance_is_the_supplys_where_billing_knows_it(books, visit):
    supply(books, "S1", balance=Decimal("12.00"))
    assert visit("/supplies/S1/").says("Balance of this supply").startswith("Balance of this supply €12.00 to pay")


def test_otherwise_it_is_the_accounts_and_says_so_where_it_covers_several(books, visit):
    supply(books, "S1")
    assert visit("/supplies/S1/").says("Account balance").startswith("Account balance €55.00 to pay Invoices of")
    supply(books, "S2")
    assert (
        visit("/supplies/S1/")
        .says("Account balance")
        .startswith("Account balance €55.00 to pay Billing keeps one balance for all supplies of account A-C1.")
    )


def test_no_balance_is_no_number(alice, visit):
    books = account(customer(), balance=None)
    access(alice, books.customer)
    supply(books, "S1")
    said = visit("/supplies/S1/").says("Account balance")
    assert said.startswith("Account balance not supplied by billing")
    assert "€" not in said


def test_it_lists_the_latest_six_of_its_own_invoices(books, visit):
    supply(books, "S1")
    supply(books, "S2")
    for day in range(1, 9):
        invoice(books, f"N{day}", issued_on=date(2026, 10, day), supply_codes=["S1"])
    invoice(books, "M1", supply_codes=["S2"])
    assert visit("/supplies/S1/").column("Number") == ["N8", "N7", "N6", "N5", "N4", "N3"]


def test_a_customers_invoice_that_names_a_foreign_supply_stays_his(books, visit):
    supply(books, "S1")
    stranger = account(customer("C7"))
    invoice(stranger, "N7", supply_codes=["S1"])
    assert "N7" not in visit("/supplies/S1/").text


@pytest.mark.parametrize("code", ["a/b", "~", "100%&x=1", "ü", "a'b\"<i>"])
def test_any_code_of_billings_has_a_page_and_a_list(books, browser, code):
    supply(books, code)
    supply(books, "other")
    invoice(books, "N1", supply_codes=[code])
    page = Page(browser.get(reverse("supply", args=[code])))
    listing = Page(browser.get(page.links()["Invoices of this supply"]))
    assert listing.chosen()["supply"] == code
    assert listing.errors() == {}


# --- its meters --------------------------------------------------------------------------------------------------------


def test_it_shows_the_meter_with_its_latest_reading(books, visit):
    place = supply(books, "S1")
    meter(place, "M0", serial="OLD", removed_on=date(2025, 1, 1))
    meter(place, installed_on=date(2025, 1, 1))
    reading(place, read_on=date(2026, 9, 1), values=4612, origin="self")
    reading(place, read_on=date(2026, 10, 1), values=9999, validation="refused")
    page = visit("/supplies/S1/")
    assert "Meter SMGR036118006809" in page.headings()
    facts = page.facts()
    assert facts["It counts"] == "m³, 5 digits, coefficient C 1.034889"
    assert facts["Installed"] == "01/01/2025"
    assert facts["Latest reading"] == "4,612 on 01/09/2026, self-reading"
    assert "OLD" not in page.text
    assert page.links()["Report a reading"] == "/readings/S1/"
    assert page.links()["Consumption and readings"] == "/supplies/S1/consumption/"


def test_of_a_corrector_both_dials_are_named(books, visit):
    place = supply(books, "S1")
    meter(place, kind="with_corrector")
    reading(place, values={"R-total": 38061, "R-corrected": 108564})
    facts = visit("/supplies/S1/").facts()
    assert (facts["Meter"], facts["Corrector"]) == ("m³, 8 digits", "SC10000007936 , Smc, 8 digits")
    assert facts["Latest reading"] == "Meter 38,061, Corrector 108,564 on 31/10/2026, actual"


def test_what_billing_does_not_say_of_a_meter_is_left_out(books, visit):
    place = supply(books, "S1")
    meter(place, installed_on=None, registers=[register(digits=None)])
    facts = visit("/supplies/S1/").facts()
    assert facts["It counts"] == "m³"
    assert not {"Installed", "Latest reading"} & set(facts)


def test_where_nobody_need_read_it_says_why(books, visit):
    meter(supply(books, "S1"), remote_read=True)
    supply(books, "S2", service="telephony")
    supply(books, "S3", service="lpg", tank_litres=1000)
    meter(supply(books, "S4", status="closed"))
    for code, words in (
        ("S1", "reads this meter from afar"),
        ("S2", "A line has no meter"),
        ("S3", "A tank has no meter"),
    ):
        page = visit(f"/supplies/{code}/")
        assert words in page.text
        assert "Report a reading" not in page.text
        assert f"/supplies/{code}/consumption/" in page.links().values()
    assert "Report a reading" not in visit("/supplies/S4/").text


def test_a_meter_that_billing_does_not_tell_of_is_no_error(books, visit):
    supply(books, "S1")
    assert "Billing does not say which meter is here." in visit("/supplies/S1/").text
