"""Readings of several supplies: a page with all their forms, or a file."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sportello.desks.portal import several, uploads
from sportello.desks.portal.tests.reading import Page, plain
from sportello.domain.activities.kinds.self_reading.submitting import ChangedMeanwhile
from sportello.domain.activities.kinds.self_reading.tests.cast import TAKES_READINGS, gas
from sportello.domain.activities.models import Activity, Draft, SelfReading
from sportello.domain.customers.models import Supply
from tests.factories import NOW, meter, reading, supply

TOGETHER, UPLOAD = "/readings/several/", "/readings/upload/"


@pytest.fixture(autouse=True)
def takes_readings(settings):
    settings.BILLING_CONNECTOR = TAKES_READINGS


@pytest.fixture
def here(alice) -> Supply:
    """Gas that showed 1000, electricity that showed 10, 20 and 30, and telephony."""
    first = gas(who=alice)
    light = supply(first.billing_account, "S-E", service="electricity", point_code="IT001E90000001", street="Via Roma")
    meter(light, serial="E1")
    reading(light, values={"R-f1": 10, "R-f2": 20, "R-f3": 30})
    supply(first.billing_account, "S-T", service="telephony", point_code=None)
    return first


def fields(page: Page) -> dict[str, str]:
    """All that the form would send."""
    found = page.find("//main//form[not(contains(@class,'languages'))]//input[@name and @type!='file']")
    return {
        field.get("name"): field.get("value") or "" for field in found if field.get("name") != "csrfmiddlewaretoken"
    }


def form(visit, **typed: str) -> dict[str, str]:
    """As the page gives it, filled in: gas, f1, f2, f3, day."""
    names = {"gas": "S-C1-value_R-total", "day": "S-C1-read_on", **{f"f{n}": f"S-E-value_R-f{n}" for n in (1, 2, 3)}}
    return fields(visit(TOGETHER)) | {names[name]: value for name, value in typed.items()}


def errors(page: Page) -> dict[str, str]:
    said = {}
    for field in page.find("//main//input[@aria-invalid='true']"):
        assert page.find(f"//*[@id='error-summary']//a[@href='#{field.get('id')}']")
        said[field.get("name")] = plain(page.find(f"//*[@id='{field.get('id')}-error']")[0])
    return said


# --- a page with all forms -------------------------------------------------------------------------------------------


def test_it_has_a_form_for_each_meter_that_can_be_read(here, visit):
    names = [plain(legend) for legend in visit(TOGETHER).find("//legend")]
    assert names == [
        "Gas, Via Grandi 39, Concordia sulla Secchia meter number SMGR036118006809",
        "Electricity, Via Roma 39, Concordia sulla Secchia meter number E1",
    ]


def test_the_list_leads_there(here, visit):
    links = visit("/readings/").links()
    assert (links["Several in one go"], links["Upload a file"]) == (TOGETHER, UPLOAD)


def test_they_are_sent_together(here, browser, visit):
    response = browser.post(TOGETHER, form(visit, gas="1110", f1="12", f2="22", f3="33"))
    assert response.headers["Location"] == "/requests/"
    assert {reading.supply_id: reading.values for reading in SelfReading.objects.all()} == {
        "S-C1": {"R-total": "1110"},
        "S-E": {"R-f1": "12", "R-f2": "22", "R-f3": "33"},
    }
    numbers = Activity.objects.order_by("number").values_list("number", flat=True)
    assert all(number in Page(browser.get("/requests/")).text for number in numbers)


def test_what_was_typed_is_kept_until_it_is_sent_or_begun_anew(here, browser, visit):
    keeps = f"{TOGETHER}draft/"
    assert browser.post(keeps, form(visit, gas="1100")).status_code == 204
    page = visit(TOGETHER)
    assert "We kept what you typed on 24/11/2026 at 10:42." in page.text
    assert fields(page)["S-C1-value_R-total"] == "1100" and fields(page)["S-E-value_R-f1"] == ""
    assert fields(visit("/readings/S-C1/"))["value_R-total"] == "1100"
    assert browser.post(keeps, {"discard": "1"}).status_code == 302
    assert fields(visit(TOGETHER))["S-C1-value_R-total"] == ""
    browser.post(TOGETHER, form(visit, gas="1100", f1="5", f2="25", f3="35"))  # one of them is wrong
    assert fields(visit(TOGETHER))["S-C1-value_R-total"] == "1100"
    browser.post(TOGETHER, form(visit, gas="1100", f1="15", f2="25", f3="35"))
    assert Activity.objects.count() == 2 and "We kept" not in visit(TOGETHER).text


def test_what_is_left_empty_is_left_out(here, browser, visit):
    response = browser.post(TOGETHER, form(visit, gas="1110"))
    assert response.headers["Location"] == f"/requests/{Activity.objects.get().number}/"


def test_one_that_is_wrong_stops_them_all_and_everything_is_kept(here, browser, visit):
    page = Page(browser.post(TOGETHER, form(visit, gas="1110", f1="12", f3="abc")))
    assert errors(page) == {
        "S-E-value_R-f2": "Enter what the meter shows.",
        "S-E-value_R-f3": "Only digits, as the meter shows them.",
    }
    assert "Nothing has been sent yet." in page.text
    kept = fields(page)
    assert (kept["S-C1-value_R-total"], kept["S-E-value_R-f1"], kept["S-E-value_R-f3"]) == ("1110", "12", "abc")
    assert not Activity.objects.exists()


def test_a_day_that_cannot_be_is_told_beside_its_supply(here, browser, visit):
    page = Page(browser.post(TOGETHER, form(visit, gas="1110", day="2026-12-24")))
    assert list(errors(page)) == ["S-C1-read_on"]


def test_nothing_at_all_is_told(here, browser, visit):
    assert "Enter at least one reading." in Page(browser.post(TOGETHER, form(visit))).text


def test_what_is_unusual_is_marked_and_confirmed_with_the_others(here, browser, visit):
    page = Page(browser.post(TOGETHER, form(visit, gas="18452", f1="12", f2="22", f3="33")))
    assert "1 reading is unusual." in page.text
    assert "This is far more than expected." in page.text
    assert not Activity.objects.exists()
    browser.post(TOGETHER, fields(page))
    attention = {each.supply_id: each.attention for each in Activity.objects.all()}
    assert attention == {"S-C1": "kept", "S-E": ""}


def test_the_same_page_twice_gives_the_same_requests(here, browser, visit):
    data = form(visit, gas="1110", f1="12", f2="22", f3="33")
    for _ in range(2):
        assert browser.post(TOGETHER, data).headers["Location"] == "/requests/"
    assert Activity.objects.count() == 2


def test_the_same_page_with_other_numbers_says_which_ones_hold(here, browser, visit):
    data = form(visit, gas="1110")
    browser.post(TOGETHER, data)
    browser.post(TOGETHER, data | {"S-C1-value_R-total": "1120"})
    assert "that one holds" in visit("/requests/").text
    assert SelfReading.objects.get().values == {"R-total": "1110"}


def test_a_supply_of_another_in_the_form_is_passed_over(here, browser, visit):
    gas("C2")
    browser.post(TOGETHER, form(visit, gas="1110") | {"S-C2-value_R-total": "5", "S-C2-read_on": "2026-11-24"})
    assert SelfReading.objects.get().supply_id == "S-C1"


def test_where_there_is_no_meter_it_says_so(alice, visit):
    gas(who=alice, service="telephony", point_code=None)
    assert visit(TOGETHER).links()["See why"] == "/readings/"


def test_of_forty_meters_it_asks_thirty_at_a_time(here, visit, browser):
    for number in range(40):
        meter(supply(here.billing_account, f"T{number:02}"))
    assert len(visit(TOGETHER).find("//legend")) == 30
    second = visit(TOGETHER, page=2)
    assert len(second.find("//legend")) == 12
    browser.post(f"{TOGETHER}?page=2", fields(second) | {"T39-value_R-total": "7"})
    assert SelfReading.objects.get().supply_id == "T39"


def test_what_changes_between_the_check_and_the_writing_is_shown_again(here, browser, visit, monkeypatch):
    def change(*_args, **_options):
        raise ChangedMeanwhile

    monkeypatch.setattr(several, "submit_all", change)
    page = Page(browser.post(TOGETHER, form(visit, gas="1110")))
    assert "Something about this meter has changed just now." in page.text
    assert fields(page)["S-C1-value_R-total"] == "1110"


# --- a file ----------------------------------------------------------------------------------------------------------


def upload(browser, content: str | bytes, **more: str):
    data = content.encode() if isinstance(content, str) else content
    return browser.post(UPLOAD, {"file": SimpleUploadedFile("letture.csv", data, "text/csv"), **more})


def lines(*rows: str, titles: str = "Fornitura;Data;Lettura") -> str:
    return "\r\n".join([titles, *rows])


def test_the_file_to_fill_in_has_ones_own_meters(here, browser, visit):
    gas("C2")
    response = browser.get(visit(UPLOAD).links()["Download the file to fill in"])
    assert response.headers["Content-Disposition"] == 'attachment; filename="readings.csv"'
    assert response.content.decode("utf-8-sig").splitlines() == [
        "Fornitura;POD/PDR;Matricola;Data;Lettura;F1;F2;F3",
        "S-C1;99990000000123;SMGR036118006809;;;;;",
        "S-E;IT001E90000001;E1;;;;;",
    ]


def test_the_file_filled_in_is_sent(here, browser):
    template = browser.get("/readings/upload/template.csv").content.decode("utf-8-sig").splitlines()
    filled = [template[0], "S-C1;99990000000123;;24/11/2026;1110;;;", "S-E;;E1;24/11/2026;;12;22;33"]
    assert upload(browser, "\n".join(filled)).headers["Location"] == "/requests/"
    assert {each.channel for each in Activity.objects.all()} == {"upload"}
    assert SelfReading.objects.count() == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (lines("S-C1;24/11/2026;abc"), ["2", "Lettura", "Only digits, as the meter shows them."]),
        (lines("S-C1;24.11;1110"), ["2", "Data", "This is not a day, like 24/11/2026."]),
        (lines("S-C2;24/11/2026;1110"), ["2", "Fornitura", "None of your supplies has this number."]),
        (lines("S-C1;24/11/2026"), ["2", "–", "This line has 2 cells instead of 3."]),
        (lines("S-T;24/11/2026;5"), ["2", "–", "telephone traffic is counted by the network"]),
        (lines("x;y", titles="Nome;Cognome"), ["1", "–", "We do not know these columns"]),
        ("", ["1", "–", "The file is empty."]),
        (b"\x89PNG\r\n\x1a\n\x00\x00", ["1", "–", "This is not a CSV file."]),
    ],
)
def test_an_error_is_told_with_its_line_and_column_and_nothing_is_sent(here, browser, content, told):
    gas("C2")
    page = Page(upload(browser, content))
    (row,) = [[plain(cell) for cell in row.xpath("td")] for row in page.find("//table/tbody/tr")]
    assert row[:2] == told[:2]
    assert told[2] in row[2]
    assert page.find("//title")[0].text.startswith("Error: ")
    assert not Activity.objects.exists()


def test_lines_of_the_file_to_fill_in_that_nobody_filled_in_are_passed_over(here, browser):
    upload(browser, lines("S-C1;24/11/2026;1110", "S-E;;"))
    assert SelfReading.objects.get().supply_id == "S-C1"


def test_one_wrong_line_stops_the_right_ones(here, browser):
    page = Page(upload(browser, lines("S-C1;24/11/2026;1110", "S-E;24/11/2026;5")))
    assert "Nothing of it has been sent." in page.text
    assert not Activity.objects.exists()


def test_what_is_unusual_in_it_is_shown_and_confirmed_without_the_file(here, browser):
    page = Page(upload(browser, lines("S-C1;24/11/2026;18452")))
    assert "1 reading is unusual." in page.text
    assert not Activity.objects.exists()
    response = browser.post(UPLOAD, fields(page))
    assert response.headers["Location"] == f"/requests/{Activity.objects.get().number}/"
    assert not Draft.objects.exists()


def test_a_confirmation_is_of_this_file_alone(here, browser):
    first = fields(Page(upload(browser, lines("S-C1;24/11/2026;18452"))))
    upload(browser, lines("S-C1;24/11/2026;19000"))
    page = Page(browser.post(UPLOAD, first))
    assert "1 reading is unusual." in page.text
    assert not Activity.objects.exists()


def test_a_confirmation_without_a_file_asks_for_it_again(here, browser):
    page = Page(browser.post(UPLOAD, {"confirmed": "x"}))
    assert "The file is not here any more." in page.text


def test_the_same_file_twice_gives_the_same_requests(here, browser):
    content = lines("S-C1;24/11/2026;1110")
    places = {upload(browser, content).headers.get("Location") for _ in range(2)}
    assert places == {f"/requests/{Activity.objects.get().number}/"}


def test_the_same_file_after_a_refusal_opens_another_request(here, browser):
    content = lines("S-C1;24/11/2026;1110")
    upload(browser, content)
    Activity.objects.update(status="refused", ended_at=NOW)
    places = {upload(browser, content).headers.get("Location") for _ in range(2)}
    assert Activity.objects.count() == 2
    assert places == {f"/requests/{Activity.objects.get(status='new').number}/"}


@pytest.mark.parametrize("data", [{}, {"file": ""}, {"file": "text"}])
def test_without_a_file_it_asks_for_one(here, browser, data):
    page = Page(browser.post(UPLOAD, data))
    assert "Choose a file." in page.text


def test_a_file_that_is_too_large_is_told(here, browser):
    page = Page(upload(browser, b"x" * (uploads.LARGEST + 1)))
    assert "The file is too large: 2 MB at most." in page.text


def test_cells_are_text_and_nothing_else(here, browser):
    page = Page(upload(browser, lines("S-C1;24/11/2026;1", titles="<img src=x onerror=alert(1)>;Data;Lettura")))
    assert not page.find("//main//img")
    page = Page(upload(browser, lines("S-C1;24/11/2026;<script>alert(1)</script>")))
    assert not page.find("//main//script")
