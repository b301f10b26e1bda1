"""What somebody has asked for: the list, one request with its thread, and the page that looks for what is new."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from sportello.desks.portal import requests
from sportello.desks.portal.tests.reading import Page, plain
from sportello.domain.accounts.web_codes import Claim
from sportello.domain.activities.kinds.registration import let_in
from sportello.domain.activities.kinds.self_reading.tests.cast import TAKES_READINGS, gas, given, photo
from sportello.domain.activities.models import Activity, SelfReading
from sportello.domain.customers.models import Customer, Supply
from tests.factories import NOW, access, customer, invoice, user

LATER = NOW + timedelta(hours=3)


@pytest.fixture(autouse=True)
def takes_readings(settings):
    settings.BILLING_CONNECTOR = TAKES_READINGS


@pytest.fixture
def here(alice) -> Supply:
    return gas(who=alice)


@pytest.fixture
def sent(alice, here) -> Activity:
    return given(here, 1110, by=alice)


def becomes(
    activity: Activity, status: str = "executed", attention: str = "", answer: str = "", **reading: object
) -> None:
    """As billing, the distributor or an operator leave it."""
    times = {
        "executed": {"exported_at": LATER, "executed_at": LATER},
        "refused": {"ended_at": LATER},
        "cancelled": {"ended_at": LATER},
    }
    values = times.get(status, {})
    Activity.objects.filter(pk=activity.pk).update(status=status, attention=attention, answer=answer, **values)
    SelfReading.objects.filter(activity=activity).update(**reading)


def steps(page: Page) -> list[tuple[str, str]]:
    """The thread: how each step stands, and all it says."""
    return [(step.get("class"), plain(step)) for step in page.find("//ol[@id='thread']/li")]


def poll_of(page: Page) -> str:
    (poll,) = page.find("//*[@id='poll']")
    return poll.get("hx-get") or ""


# --- one request -----------------------------------------------------------------------------------------------------


def test_the_receipt_has_the_number_and_what_happens_next(sent, visit):
    page = visit(f"/requests/{sent.number}/")
    assert page.find("//h1/text()") == [f"Request {sent.number}"]
    assert "Received on 24/11/2026 at 10:42" in page.text
    assert "We are sending it to billing. This takes some minutes" in page.says("How it stands")
    assert [state for state, _ in steps(page)] == ["done", "done", "current", "waiting", "waiting"]
    assert steps(page)[0][1] == "Received 24/11/2026, 10:42"
    assert steps(page)[2][1].startswith("Sent to billing · under way now")


def test_it_shows_what_was_sent(sent, visit):
    facts = visit(f"/requests/{sent.number}/").facts()
    assert facts == {
        "Reading": "1110 m³",
        "Read on": "24/11/2026",
        "Meter number": "SMGR036118006809",
        "Consumption": "114 Smc since 31/10/2026",
    }


@pytest.mark.parametrize(
    ("change", "words", "states"),
    [
        ({"reading_code": "L1"}, "Billing has your reading", ["done", "done", "done", "done", "waiting"]),
        ({"validation": "pending"}, "as a rule within six days", ["done", "done", "done", "current", "waiting"]),
        ({"validation": "valid"}, "The distributor has accepted your reading", ["done"] * 4 + ["waiting"]),
        (
            {"validation": "refused", "validation_reason": "Meter was changed"},
            "Reason: Meter was changed",
            ["done", "done", "done", "failed"],
        ),
        ({"reading_code": "L1", "validation": "valid", "invoice_number": "2026/G/9"}, "used on invoice 2026/G/9", ["done"] * 5),
        ({"status": "refused", "answer": "The photo shows 1101."}, "The photo shows 1101.", ["done", "failed"]),
        ({"status": "cancelled"}, "another one has taken its place", ["done", "failed"]),
        ({"status": "new", "attention": "kept"}, "An operator looks at this reading", ["done", "current", "waiting", "waiting", "waiting"]),
        ({"status": "new", "attention": "dead"}, "an operator is dealing with it", ["done", "done", "current", "waiting", "waiting"]),
    ],
)  # fmt: skip
def test_it_says_in_plain_words_what_has_become_of_it(sent, visit, change, words, states):
    becomes(sent, **change)
    page = visit(f"/requests/{sent.number}/")
    assert words in page.says("How it stands")
    assert [state for state, _ in steps(page)] == states


def test_each_step_has_a_word_an_icon_and_no_colour_alone(sent, visit):
    becomes(sent, validation="refused")
    lines = visit(f"/requests/{sent.number}/").find("//ol[@id='thread']/li")
    assert all(line.xpath(".//strong/text()") and line.xpath(".//*[local-name()='svg']") for line in lines)


def test_it_leads_to_the_invoice_that_used_it(sent, here, visit):
    becomes(sent, invoice_number="2026/G/9")
    page = visit(f"/requests/{sent.number}/")
    assert "See invoice 2026/G/9" not in page.links()
    invoice(here.billing_account, "2026/G/9")
    assert visit(f"/requests/{sent.number}/").links()["See invoice 2026/G/9"] == "/invoices/2026~1G~19/"


def test_an_invoice_of_another_is_not_led_to(sent, visit):
    invoice(gas("C2").billing_account, "2026/G/9")
    becomes(sent, invoice_number="2026/G/9")
    assert "See invoice 2026/G/9" not in visit(f"/requests/{sent.number}/").links()


@pytest.mark.parametrize("change", [{"validation": "refused"}, {"status": "refused", "answer": "No."}])
def test_after_a_refusal_it_leads_to_a_new_reading(sent, visit, change):
    becomes(sent, **change)
    assert visit(f"/requests/{sent.number}/").links()["Send a new reading"] == "/readings/S-C1/"


def test_what_an_operator_has_corrected_is_shown_beside_what_was_sent(sent, visit):
    becomes(sent, corrected={"R-total": "1101"})
    facts = visit(f"/requests/{sent.number}/").facts()
    assert (facts["Reading"], facts["Corrected by an operator"]) == ("1110 m³", "1101 m³")


def test_a_corrector_pair_is_shown_in_the_order_of_the_meter(alice, visit):
    reading = gas(who=alice, previous=None)
    reading.meters.update(
        registers=[
            {"code": "Z", "role": "total", "unit": "m³", "digits": 8},
            {"code": "A", "role": "corrected", "unit": "Smc", "digits": 8},
        ]
    )
    number = given(reading, {"A": 5, "Z": 7}, by=alice).number
    assert visit(f"/requests/{number}/").facts()["Reading"] == "Meter 7 m³ Corrector 5 Smc"


def test_a_meter_that_billing_has_forgotten_is_no_error(sent, here, visit):
    here.meters.all().delete()
    assert visit(f"/requests/{sent.number}/").facts()["Reading"] == "1110"


def test_a_photo_is_led_to(alice, here, visit):
    number = given(here, 18452, by=alice, files={"photo": photo()}).number
    assert visit(f"/requests/{number}/").links()["See the photo"] == f"/documents/readings/{number}/photo"


@pytest.mark.parametrize(
    "note",
    [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{7*7}}", "<svg/onload=alert(1)>", "javascript:alert(1)",
        "</dd></dl><iframe src=//evil.example>", "&lt;b&gt;", "' autofocus onfocus='alert(1)",
    ],
)  # fmt: skip
def test_a_note_is_text_and_nothing_else(alice, here, browser, note):
    activity = given(here, 1110, by=alice, note=note)
    becomes(activity, "refused", answer=note)
    response = browser.get(f"/requests/{activity.number}/")
    page = Page(response)
    assert page.facts()["Note"] == plain(Page(response).find("//dd[@class='written']")[0]) == " ".join(note.split())
    assert not page.find("//main//script|//main//iframe|//main//img|//main//*[@onerror or @onload or @onfocus]")
    assert "unsafe" not in response.headers["Content-Security-Policy"]


def test_a_first_access_has_a_page_too(alice, visit):
    holder = customer()
    activity = let_in(alice, Claim(customer_code="C1", digest="0" * 64), customer=holder, now=NOW)
    page = visit(f"/requests/{activity.number}/")
    assert [state for state, _ in steps(page)] == ["done", "done"]
    assert poll_of(page) == ""
    assert page.headings() == ["How it stands"]


def test_a_foreign_request_is_as_one_that_is_not_there(sent, browser):
    bob = user("bob")
    access(bob, customer("C2"))
    client = Client()
    client.force_login(bob)
    for address in (f"/requests/{sent.number}/", f"/requests/{sent.number}/thread/", "/requests/A-00000000/"):
        assert client.get(address).status_code == 404


# --- what is new -----------------------------------------------------------------------------------------------------


def look(browser, address: str) -> Page:
    return Page(browser.get(address, headers={"hx-request": "true"}))


def test_an_open_page_is_told_only_what_has_changed(sent, browser, visit):
    address = poll_of(visit(f"/requests/{sent.number}/"))
    unchanged = look(browser, address)
    assert unchanged.find("//ol|//*[@id='now']") == []
    becomes(sent, validation="pending")
    changed = look(browser, poll_of(unchanged))
    assert "as a rule within six days" in changed.text
    assert [state for state, _ in steps(changed)] == ["done", "done", "done", "current", "waiting"]
    assert changed.find("//ol/@hx-swap-oob|//*[@id='now']/@hx-swap-oob") == ["innerHTML", "true"]
    assert look(browser, poll_of(changed)).find("//ol") == []


def test_what_changes_is_read_out_and_nothing_else(sent, visit):
    live = visit(f"/requests/{sent.number}/").find("//*[@aria-live]")
    assert [(part.get("id"), part.get("aria-live")) for part in live] == [("now", "polite")]


def waits(page: Page) -> str:
    return page.find("//*[@id='poll']")[0].get("hx-trigger")


def test_it_looks_quickly_at_first_then_slowly_then_not_at_all(sent, browser, visit):
    page = visit(f"/requests/{sent.number}/")
    seen = []
    while address := poll_of(page):
        seen.append(waits(page))
        page = look(browser, address)
    assert seen == ["load delay:5s"] * requests.QUICK_LOOKS + ["load delay:30s"] * (
        requests.LOOKS - requests.QUICK_LOOKS
    )


@pytest.mark.parametrize(
    "change", [{"status": "refused"}, {"reading_code": "L", "invoice_number": "N"}, {"validation": "refused"}]
)
def test_what_is_over_is_not_asked_about(sent, visit, change):
    becomes(sent, **change)
    page = visit(f"/requests/{sent.number}/")
    assert poll_of(page) == ""
    assert "Load this page again" not in page.text


@pytest.mark.parametrize("look_number", ["", "x", "-1", "9" * 400, "²", "1000"])
def test_a_count_that_is_none_ends_the_looking(sent, browser, look_number):
    assert poll_of(look(browser, f"/requests/{sent.number}/thread/?look={look_number}")) == ""


def test_the_next_look_says_what_was_seen(sent, visit):
    questions = parse_qs(urlsplit(poll_of(visit(f"/requests/{sent.number}/"))).query)
    assert (len(questions["seen"][0]), questions["look"]) == (16, ["1"])


# --- the list --------------------------------------------------------------------------------------------------------


def test_the_list_says_of_each_what_and_how_it_stands(sent, visit):
    becomes(sent, validation="pending")
    (row,) = visit("/requests/").rows()
    assert row == {
        "Request": f"Self-reading {sent.number}",
        "Supply": "Gas, Via Grandi 39, Concordia sulla Secchia",
        "Status": "Executed The distributor is checking it.",
        "Date": "24/11/2026",
        "Number": sent.number,
    }
    assert visit("/requests/").links()[f"Self-reading {sent.number}"] == f"/requests/{sent.number}/"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": "new", "attention": "kept"}, "With an operator"),
        ({"validation": "refused", "validation_reason": "Implausible"}, "Refused by the distributor Implausible"),
        ({"invoice_number": "N9"}, "Executed Used on invoice N9."),
        ({"status": "refused", "answer": "No."}, "Refused No."),
    ],
)
def test_the_list_says_how_each_stands(sent, visit, change, words):
    becomes(sent, **change)
    assert visit("/requests/").column("Status") == [words]


@pytest.fixture
def seven(alice, here) -> None:
    for number in range(7):
        status = ("new", "executed", "refused")[number % 3]
        Activity.objects.create(
            number=f"A-{number}", kind="registration", status=status, channel="portal", customer=here.customer, opened_at=NOW,
            executed_at=NOW if status == "executed" else None, ended_at=NOW if status == "refused" else None,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "found"),
    [("", 7), ("under way", 3), ("executed", 2), ("refused", 2), ("cancelled", 0), ("waiting", 0)],
)
def test_it_can_be_narrowed_to_a_state(seven, visit, status, found):
    page = visit("/requests/", status=status)
    assert len(page.rows()) == found
    assert page.chosen() == {"status": status}


def test_a_state_that_is_none_is_told_beside_its_field(seven, visit):
    page = visit("/requests/", status="nonsense")
    assert list(page.errors()) == ["status"]
    assert len(page.rows()) == 7


def test_where_no_request_is_in_a_state_it_leads_back(alice, here, visit):
    page = visit("/requests/", status="executed")
    assert page.links()["Show all"] == "/requests/"


def test_the_requests_of_another_are_not_listed(sent, visit):
    given(gas("C2"), 1110)
    assert len(visit("/requests/").rows()) == 1
    assert Customer.objects.count() == 2
