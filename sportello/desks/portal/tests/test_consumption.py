"""A person sees what he used: a chart beside the year before, its table, and every reading with what became of it."""

from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from sportello.desks.portal.tests.reading import Page, plain
from tests.factories import access, account, customer, household, invoice, meter, reading, register, supply, usage


@pytest.fixture
def books(alice):
    mine = account(customer())
    access(alice, mine.customer)
    return mine


@pytest.fixture
def gas(books):
    """Two years of gas, read at each month's end; the latest reading was estimated."""
    place = supply(books, "S1", started_on=date(2024, 9, 30))
    meter(place)
    value = 1000
    for number in range(26):
        year, month = 2024 + (number + 8) // 12, (number + 8) % 12 + 1
        end = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        reading(place, read_on=end, values=value, origin="estimated" if number == 25 else "actual")
        value += 100 if number < 12 else 110
    return place


def bars(page: Page) -> list[dict[str, str]]:
    """The rows of the chart's own table."""
    (table,) = page.find("//details[@class='table']/table")
    head = [plain(cell) for cell in table.xpath("thead/tr/th")]
    return [dict(zip(head, map(plain, row.xpath("th|td")), strict=True)) for row in table.xpath("tbody/tr")]


def drawn(page: Page, size: str = "on-wide") -> list[tuple[str, float]]:
    """The bars as drawn: style and height, from left to right."""
    boxes = page.find(f"//svg[contains(@class,'{size}')]/rect")
    return [(box.get("class"), float(box.get("height"))) for box in sorted(boxes, key=lambda box: float(box.get("x")))]


# --- the table ---------------------------------------------------------------------------------------------------------


def test_it_has_the_columns_of_a_history(gas, visit):
    page = visit("/supplies/S1/consumption/")
    assert page.columns() == ["Reading date", "Reading", "Type of reading", "Consumption", "Serial number"]
    assert page.rows()[0] == {
        "Reading date": "31/10/2026",
        "Reading": "3,630 m³",
        "Type of reading": "Estimated",
        "Consumption": "113.84 Smc",
        "Serial number": "SMGR036118006809",
    }
    assert len(page.rows()) == 11  # December to October


def test_a_swap_is_shown_as_it_was(books, visit):
    place = supply(books, "S1", service="water")
    old = meter(place, "M1", serial="OLD1", removed_on=date(2026, 5, 10))
    new = meter(place, "M2", serial="NEW2", installed_on=date(2026, 5, 10))
    reading(place, "1", read_on=date(2026, 4, 1), values=9000, meter=old)
    reading(place, "3", read_on=date(2026, 5, 10), values=2, meter=new, occasion="initial")
    reading(place, "2", read_on=date(2026, 5, 10), values=9040, meter=old, occasion="final")
    reading(place, "4", read_on=date(2026, 6, 1), values=12, meter=new)
    assert [(row["Reading date"], row["Reading"], row["Consumption"], row["Serial number"]) for row in visit("/supplies/S1/consumption/").rows()] == [
        ("01/06/2026", "12 m³", "10 m³", "NEW2"),
        ("10/05/2026", "2 m³", "–", "NEW2"),
        ("10/05/2026", "9,040 m³", "40 m³", "OLD1"),
        ("01/04/2026", "9,000 m³", "–", "OLD1"),
    ]  # fmt: skip
    kinds = visit("/supplies/S1/consumption/").column("Type of reading")
    assert kinds[1:3] == ["Actual first reading of this meter", "Actual last reading of this meter"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"superseded_by": "R3"}, "Self-reading replaced by a corrected reading"),
        ({"superseded_by": "elsewhere"}, "Self-reading replaced by another reading"),
        ({"validation": "refused"}, "Self-reading refused by the distributor"),
        (
            {"validation": "refused", "validation_reason": "Too high"},
            "Self-reading refused by the distributor: Too high",
        ),
    ],
)
def test_what_does_not_count_is_struck_through_and_says_why(books, visit, fields, words):
    place = supply(books, "S1", service="water")
    meter(place)
    reading(place, "R1", read_on=date(2026, 8, 1), values=100)
    reading(place, "R2", read_on=date(2026, 9, 1), values=900, origin="self", consumption=Decimal(800), **fields)
    reading(place, "R3", read_on=date(2026, 9, 2), values=110, origin="corrected")
    page = visit("/supplies/S1/consumption/")
    assert page.column("Consumption") == ["10 m³", "not counted", "–"]
    assert page.rows()[1]["Type of reading"] == words
    assert [plain(struck) for struck in page.find("//s")] == ["900 m³"]
    assert "In all 10 m³, read up to 02/09/2026." in page.text


def test_one_that_the_distributor_has_not_judged_yet_says_so(books, visit):
    place = supply(books, "S1", service="water")
    reading(place, read_on=date(2026, 9, 1), origin="self", validation="pending")
    assert visit("/supplies/S1/consumption/").column("Type of reading") == [
        "Self-reading the distributor is still checking it"
    ]


def test_a_roll_over_and_an_estimate_that_was_too_high_are_explained(books, visit):
    place = supply(books, "S1", service="water")
    meter(place)
    reading(place, read_on=date(2026, 7, 1), values=99980)
    reading(place, read_on=date(2026, 8, 1), values=35)
    reading(place, read_on=date(2026, 9, 1), values=60, origin="estimated")
    reading(place, read_on=date(2026, 10, 1), values=50)
    assert visit("/supplies/S1/consumption/").column("Consumption") == [
        "−10 m³ the estimate before was too high",
        "25 m³",
        "55 m³ the meter began anew at zero",
        "–",
    ]


def test_electricity_is_shown_by_bands(books, visit):
    place = supply(books, "S1", service="electricity")
    meter(place)
    reading(place, read_on=date(2026, 9, 1), values={"R-f1": 10, "R-f2": 20, "R-f3": 30})
    reading(place, read_on=date(2026, 10, 1), values={"R-f1": 110, "R-f2": 25, "R-f3": 37})
    page = visit("/supplies/S1/consumption/")
    assert page.rows()[0]["Reading"] == "F1 110 kWh F2 25 kWh F3 37 kWh"
    assert page.column("Consumption") == ["112 kWh F1 100 F2 5 F3 7", "–"]
    assert "F1 is Monday to Friday from 8 to 19." in page.says("How it is counted")


def test_the_invoice_that_used_a_reading_is_linked_where_it_is_his(books, visit):
    place = supply(books, "S1")
    invoice(books, "2026/G/1")
    invoice(account(customer("C7")), "2026/G/7")
    for day, number in ((1, "2026/G/1"), (2, "2026/G/7"), (3, "2026/G/404")):
        reading(place, read_on=date(2026, 10, day), invoice_number=number)
    page = visit("/supplies/S1/consumption/")
    assert page.column("Type of reading") == [f"Actual on invoice 2026/G/{number}" for number in ("404", "7", "1")]
    assert [words for words in page.links() if words.startswith("on invoice")] == ["on invoice 2026/G/1"]


# --- gas, and how it is converted ----------------------------------------------------------------------------------------


def test_the_coefficient_is_explained_with_his_own_numbers(gas, visit):
    said = visit("/supplies/S1/consumption/").says("How it is counted")
    assert "Your meter counts m³, your bills Smc" in said
    assert "For example, on 31/10/2026: 110 m³ × 1.034889 = 113.84 Smc." in said


def test_billings_own_figure_is_shown_and_no_sum_that_does_not_agree_with_it(books, visit):
    place = supply(books, "S1")
    meter(place)
    reading(place, read_on=date(2026, 9, 1), values=100)
    reading(place, read_on=date(2026, 10, 1), values=200, consumption=Decimal("90"))
    page = visit("/supplies/S1/consumption/")
    assert page.column("Consumption") == ["90 Smc", "–"]
    assert "For example" not in page.text


def test_a_corrector_needs_no_coefficient(books, visit):
    place = supply(books, "S1")
    meter(place, kind="with_corrector")
    reading(place, read_on=date(2026, 9, 1), values={"R-total": 100, "R-corrected": 300})
    reading(place, read_on=date(2026, 10, 1), values={"R-total": 200, "R-corrected": 580})
    page = visit("/supplies/S1/consumption/")
    assert page.rows()[0]["Reading"] == "Meter 200 m³ Corrector 580 Smc"
    assert page.column("Consumption") == ["280 Smc", "–"]
    assert "the coefficient C is 1" in page.says("How it is counted")


def test_a_coefficient_that_billing_does_not_say_is_not_guessed(books, visit):
    place = supply(books, "S1")
    meter(place, registers=[register()])
    reading(place, read_on=date(2026, 9, 1), values=100)
    reading(place, read_on=date(2026, 10, 1), values=200)
    page = visit("/supplies/S1/consumption/")
    assert page.column("Consumption") == ["n/a", "–"]
    assert "Billing does not say by which coefficient C" in page.says("How it is counted")
    assert page.find("//figure") == []


@pytest.mark.parametrize(
    ("coefficient", "words"), [(None, "By how much the meter's reading grows"), ("40", "Your coefficient C is 40.")]
)
def test_other_services_say_how_they_count(books, visit, coefficient, words):
    place = supply(books, "S1", service="electricity")
    meter(place, registers=[register(unit="kWh", coefficient=coefficient)])
    reading(place)
    assert words in visit("/supplies/S1/consumption/").says("How it is counted")


# --- the chart ---------------------------------------------------------------------------------------------------------


def test_the_chart_says_what_its_table_says(gas, visit):
    """Each bar is as tall as the table's figure, to half a unit of the drawing."""
    page = visit("/supplies/S1/consumption/")
    rows = bars(page)
    assert [row["Month"] for row in rows][::11] == ["Dec 2025", "Nov 2026"]
    assert rows[10] == {"Month": "Oct 2026", "Smc": "114", "Smc, a year before": "114", "Reading": "estimated"}
    assert rows[9] == {"Month": "Sep 2026", "Smc": "114", "Smc, a year before": "103", "Reading": "actual"}
    assert rows[11] == {"Month": "Nov 2026", "Smc": "–", "Smc, a year before": "114", "Reading": "–"}
    told = [(style, float(row[name])) for row in rows for style, name in (("before", "Smc, a year before"), ("now", "Smc")) if row[name] != "–"]  # fmt: skip
    told[-2] = ("estimated", told[-2][1])
    for size in ("on-wide", "on-narrow"):
        boxes = drawn(page, size)
        assert [style for style, _height in boxes] == [style for style, _value in told]
        scale = boxes[0][1] / told[0][1]
        assert [height for _style, height in boxes] == pytest.approx([value * scale for _style, value in told], abs=0.5)


def test_the_whole_is_the_sum_of_the_table(gas, visit):
    page = visit("/supplies/S1/consumption/")
    total = sum(int(row["Smc"]) for row in bars(page) if row["Smc"] != "–")
    assert f"In all {total:,} Smc, read up to 31/10/2026." in page.text
    assert "9% more than in the same months a year before." in page.text


def test_small_figures_have_tenths(books, visit):
    place = supply(books, "S1", service="water")
    meter(place)
    reading(place, read_on=date(2026, 8, 31), values=10)
    reading(place, read_on=date(2026, 10, 31), values=21)
    rows = [row for row in bars(visit("/supplies/S1/consumption/")) if row["m³"] != "–"]
    assert [(row["Month"], row["m³"]) for row in rows] == [("Sep 2026", "5.4"), ("Oct 2026", "5.6")]


def test_a_month_that_is_not_known_whole_says_so(books, visit):
    place = supply(books, "S1", service="water")
    meter(place)
    reading(place, read_on=date(2026, 10, 31), values=10)
    reading(place, read_on=date(2026, 11, 12), values=34)
    assert bars(visit("/supplies/S1/consumption/"))[-1]["Month"] == "Nov 2026 (12 days of 30)"


def test_without_a_year_before_nothing_is_said_of_it(books, visit):
    place = supply(books, "S1", service="water")
    meter(place)
    reading(place, read_on=date(2026, 9, 30), values=10)
    reading(place, read_on=date(2026, 10, 31), values=20)
    page = visit("/supplies/S1/consumption/")
    assert "a year before" not in page.text
    assert list(bars(page)[0]) == ["Month", "m³", "Reading"]


# --- which time --------------------------------------------------------------------------------------------------------


def test_a_year_is_shown_from_january_to_december(gas, visit):
    page = visit("/supplies/S1/consumption/", period="2025")
    assert page.chosen() == {"period": "2025"}
    assert [row["Month"] for row in bars(page)][::11] == ["Jan 2025", "Dec 2025"]
    assert page.column("Reading date")[::11] == ["31/12/2025", "31/01/2025"]


def test_all_years_stand_side_by_side(gas, visit):
    page = visit("/supplies/S1/consumption/", period="all")
    assert [(row["Year"], row["Smc"]) for row in bars(page)] == [("2024", "310"), ("2025", "1,273"), ("2026", "1,138")]
    assert len(page.rows()) == 26


@pytest.mark.parametrize("period", ["1999", "everything", "2025 OR 1=1", "x" * 3000, "\x00"])
def test_a_period_that_is_not_on_offer_is_told_beside_its_field(gas, visit, period):
    page = visit("/supplies/S1/consumption/", period=period)
    assert list(page.errors()) == ["period"]
    assert len(page.rows()) == 11


def test_a_time_without_readings_leads_to_all(gas, visit):
    reading(gas, read_on=date(2019, 3, 1))
    page = visit("/supplies/S1/consumption/", period="2019")
    assert len(page.rows()) == 1
    gas.readings.filter(read_on__gt=date(2025, 1, 1)).delete()
    page = visit("/supplies/S1/consumption/")
    assert "Nothing in this period." in page.text
    assert page.links()["Show all years"] == "/supplies/S1/consumption/?period=all"


# --- services without a meter --------------------------------------------------------------------------------------------


def test_a_line_shows_its_traffic(books, visit):
    line = supply(books, "S1", service="telephony")
    for month, data in ((9, "41.25"), (10, "60")):
        ends = {"period_from": date(2026, month, 1), "period_to": date(2026, month, 30)}
        usage(line, quantity=Decimal(data), **ends)
        usage(line, measure="voice", quantity=Decimal(month), unit="min", **ends)
    page = visit("/supplies/S1/consumption/")
    assert page.find("//h1/text()") == ["Traffic"]
    assert page.rows() == [
        {"Period": "01/10/2026 – 30/10/2026", "Data": "60 GB", "Calls": "10 min"},
        {"Period": "01/09/2026 – 30/09/2026", "Data": "41.25 GB", "Calls": "9 min"},
    ]
    assert page.headings()[:2] == ["Data, GB", "Calls, min"]


def test_a_tank_shows_its_deliveries(books, visit):
    tank = supply(books, "S1", service="lpg", tank_litres=1000)
    for day, litres in ((date(2026, 1, 10), 700), (date(2026, 9, 3), 505)):
        usage(tank, measure="delivery", quantity=Decimal(litres), unit="l", period_from=day, period_to=day)
    page = visit("/supplies/S1/consumption/")
    assert page.find("//h1/text()") == ["Deliveries"]
    assert page.rows() == [{"Period": "03/09/2026", "Delivery": "505 l"}, {"Period": "10/01/2026", "Delivery": "700 l"}]
    assert "In all 1,205 l." in page.text
    assert "year before" not in page.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"service": "gas"}, "No reading yet."),
        ({"service": "telephony"}, "No traffic yet."),
        ({"service": "lpg", "tank_litres": 1000}, "No delivery yet."),
    ],
)
def test_where_there_is_nothing_yet_it_says_what_will_be(books, visit, fields, words):
    supply(books, "S1", **fields)
    page = visit("/supplies/S1/consumption/")
    assert words in page.text
    assert page.find("//select") == []
    assert "Download as CSV" not in page.text


# --- whose it is, and what may be in it ------------------------------------------------------------------------------------


def test_anothers_supply_is_as_one_that_is_not_there(books, browser):
    household("C7")
    foreign, missing = (browser.get(f"/supplies/{code}/consumption/") for code in ("S-C7", "S-404"))
    assert foreign.status_code == missing.status_code == 404


XSS = "<img src=x onerror=alert(1)>\"'"


def test_what_billing_writes_is_shown_as_text(books, browser):
    place = supply(books, "S1", service="water")
    meter(place, serial=XSS, registers=[register(code=XSS, unit="m³")])
    reading(place, read_on=date(2026, 9, 1), values={XSS: 1, "<b>": 2})
    reading(
        place, read_on=date(2026, 9, 2), origin="self", validation="refused", validation_reason=XSS, invoice_number=XSS
    )
    page = Page(browser.get("/supplies/S1/consumption/"))
    assert page.find("//img | //b[.='1']") == []
    assert page.rows()[0]["Type of reading"] == f"Self-reading refused by the distributor: {XSS} on invoice {XSS}"
    assert page.rows()[0]["Serial number"] == XSS
    assert page.rows()[1]["Reading"] == "Meter 1 m³ <b> 2"
    supply_page = Page(browser.get("/supplies/S1/"))
    assert supply_page.find("//img") == []
    assert XSS in supply_page.text


@pytest.mark.parametrize("code", ["a/b", "~", "100%&x=1", "ü", "a'b\"<i>"])
def test_any_code_of_billings_has_a_page_and_a_file(books, browser, code):
    place = supply(books, code)
    reading(place, "R1")
    written = quote(code.replace("~", "~0").replace("/", "~1"), safe="")
    page = Page(browser.get(f"/supplies/{written}/consumption/", {"period": "2026"}))
    download = browser.get(page.links()["Download as CSV"])
    assert (download.status_code, download.content.count(b"\r\n")) == (200, 2)


def test_ten_years_take_as_many_queries_as_one_month_and_have_pages(books, browser):
    place = supply(books, "S1")
    one = meter(place)
    browser.get("/supplies/S1/consumption/")  # the first visit of a session asks for more
    counts = []
    for readings in (1, 250):
        for number in range(readings):
            day = date(2016, 1, 1) + timedelta(days=14 * number)
            reading(place, f"R{readings}-{number}", read_on=day, values=number, meter=one, invoice_number=f"N{number}")
        with CaptureQueriesContext(connection) as queries:
            page = Page(browser.get("/supplies/S1/consumption/", {"period": "all"}))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
    assert len(page.rows()) == 50
    assert "Page 1 of 6" in page.text
    last = Page(browser.get("/supplies/S1/consumption/", {"period": "all", "page": 6}))
    assert (len(last.rows()), last.column("Reading date")[-1]) == (1, "01/01/2016")
    assert bars(last) == bars(page)


def test_it_is_written_in_italian(gas, alice):
    client = Client(headers={"accept-language": "it"})
    client.force_login(alice)
    page = Page(client.get("/supplies/S1/consumption/"))
    with translation.override("it"):
        assert page.rows()[0][page.columns()[1]] == "3.630 m³"
    assert "113,84 Smc" in page.text
    assert [row["Smc"] for row in bars(page)][:2] == ["114", "114"]
    assert plain(page.find("//details[@class='table']//tbody//th")[0]) == "dic 2025"
