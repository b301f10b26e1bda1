"""Which meters can be read, and the form for one of them, from the first look to the receipt."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from sportello.desks.limits import Limit
from sportello.desks.portal import readings
from sportello.desks.portal.tests.reading import Page, plain
from sportello.domain.activities.kinds.self_reading.submitting import ChangedMeanwhile
from sportello.domain.activities.kinds.self_reading.tests.cast import TAKES_READINGS, gas, given, photo
from sportello.domain.activities.models import Activity, Draft, ReadingRules, SelfReading
from sportello.domain.customers.models import Supply
from sportello.domain.files.models import KeptFile
from sportello.domain.ledger.models import LedgerRow
from tests.at_once import at_once
from tests.factories import access, account, customer, meter, reading, supply, user

ADDRESS = "/readings/S-C1/"


@pytest.fixture(autouse=True)
def takes_readings(settings):
    settings.BILLING_CONNECTOR = TAKES_READINGS


@pytest.fixture
def here(alice) -> Supply:
    """Alice's gas meter: 1000 on 31 October, about 110 Smc expected since."""
    return gas(who=alice)


def window(opens: int = 20, closes: int = 30, service: str = "gas", **fields) -> ReadingRules:
    return ReadingRules.objects.create(
        service=service, valid_from=date(2020, 1, 1), opens_day=opens, closes_day=closes, **fields
    )


def filled(value: object = 1110, **fields: object) -> dict[str, object]:
    values = value if isinstance(value, dict) else {"R-total": value}
    typed = {f"value_{code}": str(number) for code, number in values.items()}
    return {"read_on": "2026-11-24", "once": uuid4().hex, "note": "", **typed, **fields}


def hidden(page: Page) -> dict[str, str]:
    fields = page.find("//main//form[@enctype]//input[@type='hidden']")
    return {field.get("name"): field.get("value") for field in fields}


def shown(page: Page) -> dict[str, str]:
    """What stands in the form's own fields."""
    fields = page.find(
        "//main//form[@enctype]//input[@type!='hidden' and @type!='file']|//main//form[@enctype]//textarea"
    )
    return {field.get("name"): field.get("value") if field.tag == "input" else field.text or "" for field in fields}


def send(browser, data: dict[str, object], address: str = ADDRESS) -> Page | str:
    """The page that came back, or where it led to."""
    response = browser.post(address, data)
    return response.headers["Location"] if response.status_code == 302 else Page(response)


# --- the list --------------------------------------------------------------------------------------------------------


def state(page: Page, words: str) -> str:
    """What the list says of the supply whose line has these words."""
    (line,) = [plain(line) for line in page.find("//main//ul[contains(@class,'rows')]/li") if words in plain(line)]
    return line


def test_it_says_what_each_meter_showed_and_that_it_is_wanted(here, visit):
    window()
    line = state(visit("/readings/"), "Via Grandi 39")
    assert "The last one was 01000 , read by the distributor on 31/10/2026." in line
    assert "Wanted by 30/11/2026" in line
    assert visit("/readings/").links()["Send a reading Gas, Via Grandi 39, Concordia sulla Secchia"] == ADDRESS


@pytest.mark.parametrize(
    ("opens", "closes", "words"),
    [(None, None, "Any day"), (1, 10, "Wanted from 01/12/2026"), (24, 24, "Wanted by 24/11/2026")],
)
def test_it_says_when_a_reading_is_wanted(here, visit, opens, closes, words):
    window(opens, closes)
    assert words in state(visit("/readings/"), "Via Grandi 39")


def test_what_was_given_is_not_wanted_again(here, alice, visit):
    window()
    given(here, 1110, by=alice)
    assert "Given, 24/11/2026" in state(visit("/readings/"), "Via Grandi 39")


@pytest.mark.parametrize(
    ("fields", "metered", "why"),
    [
        ({"service": "telephony"}, {}, "telephone traffic is counted by the network"),
        ({}, {"remote_read": True}, "the distributor reads it from afar"),
        ({"service": "lpg", "tank_litres": 1000}, None, "counted at each delivery"),
        ({}, None, "We know of no meter at this supply."),
        ({"status": "closed"}, {}, "This supply is closed."),
        ({"status": "activating"}, {}, "Readings can be given once it is active."),
    ],
)
def test_it_says_plainly_why_there_is_nothing_to_read(alice, browser, visit, fields, metered, why):
    books = account(customer())
    access(alice, books.customer)
    point = supply(books, **fields)
    if metered is not None:
        meter(point, registers=[{"code": "R", "role": "total", "unit": "m³", "digits": 5}], **metered)
    page = visit("/readings/")
    assert why in state(page, "Via Grandi 39")
    assert not [words for words in page.links() if words.startswith("Send a reading")]
    assert why in visit(ADDRESS).text
    assert isinstance(answered := send(browser, filled({"R": 5})), Page)
    assert why in answered.text
    assert not Activity.objects.exists()


def test_outside_a_window_that_refuses_it_says_when_the_next_one_is(here, browser, visit):
    window(1, 10, outside="refuse")
    assert "From 01/12/2026 to 10/12/2026." in visit("/readings/").text
    assert "From 01/12/2026 to 10/12/2026." in visit(ADDRESS).text
    assert not visit(ADDRESS).find("//main//input[@class='counts']")


def test_without_supplies_it_says_what_will_be_there(alice, visit):
    access(alice, customer())
    assert "No active supply." in visit("/readings/").text


def test_what_is_wanted_comes_first(here, alice, visit):
    window(service="water")
    books = here.billing_account
    meter(supply(books, "Z", service="water", street="Via Roma"))
    lines = [plain(line) for line in visit("/readings/").find("//section[@aria-labelledby='to-read']//li")]
    assert ["Via Roma" in line for line in lines] == [True, False]


# --- before anything is typed ----------------------------------------------------------------------------------------


def test_it_shows_what_to_read_and_what_is_expected(here, visit):
    window()
    page = visit(ADDRESS)
    assert page.find("//h1/text()") == ["What does your meter show?"]
    assert "PDR 99990000000123 · meter number SMGR036118006809" in page.text
    assert "A reading sent by 30/11/2026 counts for the next invoice." in page.text
    assert "The last one was 01000 , read by the distributor on 31/10/2026." in page.text
    assert "Today we expect between 01027 and 01202 ." in page.text
    assert "Today, 24/11/2026" in page.text


def test_it_draws_as_many_black_digits_as_the_meter_has(here, visit):
    drawn = visit(ADDRESS).find("//div[contains(@class,'dial')]/span")
    assert "".join(digit.text for digit in drawn if not digit.get("class")) == "01000"
    assert {digit.text for digit in drawn if digit.get("class") == "red"} == {"0"}
    assert "Leave out the red ones after the comma." in visit(ADDRESS).text


def test_the_fields_are_made_for_numbers_and_work_without_script(here, visit):
    (form,) = visit(ADDRESS).find("//main//form[@enctype]")
    (field,) = form.xpath(".//input[@class='counts']")
    assert (field.get("inputmode"), field.get("autocomplete"), field.get("type")) == ("numeric", "off", "text")
    assert (form.get("method"), form.get("action")) == ("post", ADDRESS)
    assert form.xpath(f".//label[@for='{field.get('id')}']/text()") == ["What the meter shows (m³)"]


def test_a_meter_with_a_corrector_asks_for_both(alice, browser, visit):
    here = supply(account(customer()), annual_consumption=Decimal(9000))
    access(alice, here.customer)
    meter(here, kind="with_corrector")
    reading(here, values={"R-total": 52000, "R-corrected": 61904})
    page = visit(ADDRESS)
    labels = [plain(label) for label in page.find("//main//label") if "shows" in plain(label)]
    assert labels == ["What the meter shows (m³)", "What the corrector shows (Smc)"]
    assert "both numbers are needed" in page.text
    errors = said(send(browser, filled({"R-total": 53000})))
    assert errors == {"value_R-corrected": "Enter what the corrector shows too: here both are needed."}


def test_electricity_asks_for_three_bands(alice, visit):
    here = supply(account(customer()), service="electricity")
    access(alice, here.customer)
    meter(here)
    page = visit(ADDRESS)
    assert [plain(label) for label in page.find("//main//label") if "kWh" in plain(label)] == [
        "F1 (kWh)", "F2 (kWh)", "F3 (kWh)",
    ]  # fmt: skip
    assert "Press the button of the meter" in page.text
    assert "red ones" not in page.text


# --- what is wrong ---------------------------------------------------------------------------------------------------


def said(page: Page | str) -> dict[str, str]:
    """The message beside each field; the field must name it, and the summary must lead to the field."""
    assert isinstance(page, Page), page
    messages = {}
    for field in page.find("//main//*[@aria-invalid='true']"):
        (message,) = page.find(f"//*[@id='{field.get('id')}-error']")
        assert f"{field.get('id')}-error" in field.get("aria-describedby").split()
        assert page.find(f"//*[@id='error-summary']//a[@href='#{field.get('id')}']")
        messages[field.get("name")] = plain(message)
    assert page.find("//title")[0].text.startswith("Error: ")
    return messages


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Enter what the meter shows."),
        ("abc", "Only digits, as the meter shows them."),
        ("10" * 6, "This dial has only 5 digits before the comma."),
        ("-5", "A reading cannot be less than zero."),
        ("1110,5", "Only whole numbers: the digits before the comma, without dots."),
        ("<script>alert(1)</script>", "Only digits, as the meter shows them."),
    ],
)
def test_a_wrong_value_is_told_beside_its_field_and_kept(here, browser, typed, message):
    page = send(browser, filled(typed, note="kept"))
    assert said(page) == {"value_R-total": message}
    assert shown(page)["value_R-total"] == typed
    assert not Activity.objects.exists()


@pytest.mark.parametrize(
    ("day", "message", "kind"),
    [
        ("2026-11-25", "This day is still to come.", "date"),
        ("31/10/2026", "The day must be later than that of the last reading, 31/10/2026.", "date"),
        ("2019-12-31", "On this day the supply was not yours yet.", "date"),
        ("yesterday", "This is not a day, like 24/11/2026.", "text"),
    ],
)
def test_a_wrong_day_is_told_beside_its_field_and_kept(here, browser, day, message, kind):
    page = send(browser, filled(read_on=day))
    assert message in said(page)["read_on"]
    (field,) = page.find("//input[@name='read_on']")
    kept = "2026-10-31" if day == "31/10/2026" else day
    assert (field.get("type"), field.get("value")) == (kind, kept)
    assert shown(page)["value_R-total"] == "1110"


def test_a_dial_that_the_meter_has_not_is_refused(here, browser):
    page = send(browser, filled({"R-total": 1110, "R-corrected": 1110}))
    assert "This meter has no such dial." in page.text
    assert not Activity.objects.exists()


# --- what is unusual -------------------------------------------------------------------------------------------------


def test_what_is_as_expected_is_sent_at_once(here, browser):
    answered = send(browser, filled())
    activity = Activity.objects.get()
    assert answered == f"/requests/{activity.number}/"
    assert (activity.self_reading.verdict, LedgerRow.objects.count()) == ("accepted", 1)


def test_what_is_unusual_is_shown_once_more_and_confirmed(here, browser):
    page = send(browser, filled(1350))
    assert page.find("//h1/text()") == ["Is this right?"]
    assert "This is more than expected. It is 4 times what we expected." in page.text
    assert "Since 31/10/2026 this makes 362 Smc; we expected between 29 and 208." in page.text
    assert not Activity.objects.exists()
    send(browser, hidden(page))
    assert (Activity.objects.get().attention, SelfReading.objects.get().verdict) == ("", "confirmed")


def test_what_is_far_off_is_kept_with_its_photo_and_note(here, browser):
    page = send(browser, filled(18452))
    assert "before it goes to billing an operator looks at it" in page.text
    send(browser, hidden(page) | {"note": "A new boiler", "photo": photo()})
    reading = SelfReading.objects.get()
    assert (reading.activity.attention, reading.note, reading.values) == ("kept", "A new boiler", {"R-total": "18452"})
    assert KeptFile.objects.get(pk=reading.photo_id).media_type == "image/jpeg"
    assert not LedgerRow.objects.exists()


def test_a_confirmation_is_of_these_numbers_alone(here, browser):
    page = send(browser, filled(1350))
    again = send(browser, hidden(page) | {"value_R-total": "18452"})
    assert again.find("//h1/text()") == ["Is this right?"]
    assert not Activity.objects.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "JPEG"), (b"", "JPEG"), (b"\xff\xd8\xff garbage", "photo")],
)
def test_a_photo_that_is_none_is_told_and_everything_else_kept(here, browser, content, message):
    page = send(browser, filled(18452))
    wrong = SimpleUploadedFile("meter.jpg", content, "image/jpeg")
    page = send(browser, hidden(page) | {"note": "A new boiler", "photo": wrong})
    assert message in said(page)["photo"]
    assert page.find("//h1/text()") == ["Is this right?"]
    assert "This is far more than expected." in page.text
    assert shown(page)["note"] == "A new boiler"
    assert not Activity.objects.exists()
    send(browser, hidden(page) | {"note": "A new boiler"})
    assert Activity.objects.get().attention == "kept"


def test_it_says_that_a_photo_must_be_chosen_again(here, browser):
    page = send(browser, filled(18452, photo=photo()))
    assert "Please choose the photo again: browsers do not keep it." in page.text
    assert "choose the photo again" not in send(browser, filled(18452)).text


def test_a_second_reading_of_the_period_replaces_the_first_after_one_confirmation(here, alice, browser, visit):
    first = given(here, 1110, by=alice)
    assert f"request {first.number} . A new one takes its place." in visit(ADDRESS).text
    page = send(browser, filled(1120))
    assert "This one will take its place." in page.text
    assert send(browser, hidden(page)) != f"/requests/{first.number}/"
    assert SelfReading.objects.get(replaces=first.self_reading).values == {"R-total": "1120"}


def test_who_has_read_today_and_been_billed_is_not_asked_again(here, browser, visit):
    window()
    reading(here, "T", read_on=date(2026, 11, 24), values=1100, origin="self", invoice_number="N1")
    page = visit("/readings/")
    assert "Read today" in state(page, "Via Grandi") and "Wanted" not in page.text
    assert "Read today" in visit(ADDRESS).text
    assert "must be later" in send(browser, filled(1110)).text


# --- once and no more ------------------------------------------------------------------------------------------------


def test_the_same_form_twice_is_one_request_and_one_receipt(here, browser):
    data = filled()
    assert send(browser, data) == send(browser, data)
    assert (Activity.objects.count(), LedgerRow.objects.count()) == (1, 1)


def test_the_same_confirmation_twice_is_one_request_and_one_receipt(here, browser):
    data = hidden(send(browser, filled(18452)))
    assert send(browser, data) == send(browser, data)
    assert Activity.objects.count() == 1


def test_other_numbers_in_a_form_that_was_sent_are_not_passed_over_in_silence(here, browser):
    data = filled()
    where = send(browser, data)
    assert send(browser, data | {"value_R-total": "1120"}) == where
    assert "that one holds" in Page(browser.get(where)).text
    assert SelfReading.objects.get().values == {"R-total": "1110"}


@pytest.mark.parametrize("day", ["", "garbage"])
def test_a_form_that_was_sent_comes_again_without_its_day(here, browser, day):
    data = filled()
    where = send(browser, data)
    assert send(browser, data | {"read_on": day}) == where
    assert Activity.objects.count() == 1


@pytest.mark.parametrize("typed", [{"note": "a\0b"}, {"value": "27\x0030"}])
def test_what_no_database_holds_is_told_or_left_out(here, browser, typed):
    data = filled(**typed)
    assert browser.post(f"{ADDRESS}draft/", data).status_code == 204
    assert isinstance(send(browser, data), Page)
    assert "\0" not in str(Draft.objects.get().data)


def test_who_sends_photos_without_end_has_to_wait(here, browser, monkeypatch):
    monkeypatch.setattr(readings, "PHOTOS_OF_USER", Limit("photos", 2, timedelta(hours=1)))
    codes = [browser.post(ADDRESS, filled("x", photo=photo())).status_code for _ in range(3)]
    assert codes == [200, 200, 429]


@pytest.mark.django_db(transaction=True)
def test_a_button_pressed_again_and_again_is_one_request():
    alice = user("alice")
    gas(who=alice)
    data = filled()

    def press(_number: int) -> str:
        client = Client()
        client.force_login(alice)
        response = client.post(ADDRESS, data)
        return response.headers.get("Location", str(response.status_code))

    assert set(at_once(4, press)) == {f"/requests/{Activity.objects.get().number}/"}


# --- what was begun --------------------------------------------------------------------------------------------------


def test_what_was_typed_and_not_sent_is_there_again(here, browser, visit):
    assert browser.post(f"{ADDRESS}draft/", {"value_R-total": "11", "read_on": "2026-11-23"}).status_code == 204
    page = visit(ADDRESS)
    assert "We kept what you typed on 24/11/2026 at 10:42." in page.text
    assert shown(page) == {"value_R-total": "11", "read_on": "2026-11-23"}


def test_a_form_with_errors_is_kept_too(here, browser, visit):
    send(browser, filled("abc"))
    assert shown(visit(ADDRESS))["value_R-total"] == "abc"


def test_what_is_to_be_confirmed_is_kept_too(here, browser, visit):
    send(browser, filled(18452))
    assert shown(visit(ADDRESS))["value_R-total"] == "18452"


def test_it_can_be_thrown_away(here, browser, visit):
    browser.post(f"{ADDRESS}draft/", {"value_R-total": "11"})
    assert browser.post(f"{ADDRESS}draft/", {"discard": "1"}).headers["Location"] == ADDRESS
    assert "We kept" not in visit(ADDRESS).text
    assert not Draft.objects.exists()


def test_a_form_that_was_sent_leaves_nothing(here, browser, visit):
    send(browser, filled("abc"))
    send(browser, filled())
    assert "We kept" not in visit(ADDRESS).text


def test_a_draft_that_arrives_after_its_form_was_sent_is_not_shown(here, browser, visit):
    send(browser, filled())
    browser.post(f"{ADDRESS}draft/", {"value_R-total": "01110", "read_on": "2026-11-24"})
    assert "We kept" not in visit(ADDRESS).text


def test_an_untouched_form_is_not_kept(here, browser):
    browser.post(f"{ADDRESS}draft/", {"value_R-total": "", "read_on": "2026-11-24"})
    assert not Draft.objects.exists()


def test_a_draft_holds_only_what_the_form_asks(here, browser):
    browser.post(f"{ADDRESS}draft/", {"value_R-total": "1" * 9999, "once": "x", "kind": "x", "user": "1"})
    (draft,) = Draft.objects.all()
    assert {name: len(value) for name, value in draft.data.items()} == {"value_R-total": 2000, "read_on": 0, "note": 0}


def test_its_address_leads_to_the_form(here, browser):
    assert browser.get(f"{ADDRESS}draft/").headers["Location"] == ADDRESS


def test_a_draft_is_his_who_began_it(here, browser):
    browser.post(f"{ADDRESS}draft/", {"value_R-total": "11"})
    bob = user("bob")
    access(bob, here.customer)
    client = Client()
    client.force_login(bob)
    assert "11" not in shown(Page(client.get(ADDRESS))).values()


# --- whose -----------------------------------------------------------------------------------------------------------


def test_a_foreign_supply_is_as_one_that_is_not_there(here, browser):
    gas("C2")
    for address in ("/readings/S-C2/", "/readings/S-C9/", "/readings/S-C2/draft/", "/readings/S-C9/draft/"):
        assert browser.post(address, filled()).status_code == 404
    assert not Activity.objects.exists()
    assert not Draft.objects.exists()


def test_hidden_fields_do_nothing(here, browser):
    extra = {
        "attention": "",
        "verdict": "accepted",
        "status": "executed",
        "customer": "C2",
        "channel": "upload",
        "supply": "S-C2",
    }
    send(browser, hidden(send(browser, filled(18452))) | extra)
    activity = Activity.objects.get()
    assert (activity.attention, activity.status, activity.customer_id, activity.channel) == (
        "kept",
        "new",
        "C1",
        "portal",
    )


@pytest.mark.parametrize("code", ["a/b", "~", "100%&x=1", "ü", "a'b\"<i>"])
def test_any_code_of_billings_has_a_form(alice, browser, code):
    books = account(customer())
    access(alice, books.customer)
    here = supply(books, code)
    meter(here)
    address = reverse("reading", args=[code])
    (form,) = Page(browser.get(address)).find("//main//form[@enctype]")
    assert (form.get("action"), form.get("hx-post")) == (address, reverse("reading_draft", args=[code]))
    assert isinstance(send(browser, filled(12), address), str)


def test_a_window_that_closes_while_somebody_types_is_told(here, alice, browser):
    window(20, 24, outside="refuse")
    data = filled()
    with time_machine.travel(datetime(2026, 11, 25, 8, tzinfo=UTC), tick=False):
        browser.force_login(alice)
        page = send(browser, data | {"read_on": "2026-11-24"})
    assert "From 20/12/2026 to 24/12/2026." in page.text
    assert not Activity.objects.exists()


def test_what_changes_between_the_check_and_the_writing_is_shown_again(here, browser, monkeypatch):
    def change(*_args, **_options):
        raise ChangedMeanwhile

    monkeypatch.setattr(readings, "submit", change)
    page = send(browser, filled())
    assert "Something about this meter has changed just now." in page.text
    assert shown(page)["value_R-total"] == "1110"
