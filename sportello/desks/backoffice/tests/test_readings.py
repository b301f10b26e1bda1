"""One self-reading as an operator sees it, and his decision on it."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sportello.desks.backoffice import readings
from sportello.desks.backoffice.decision_forms import READY_ANSWERS
from sportello.desks.backoffice.tests import waiting
from sportello.domain.activities.models import Activity, SelfReading
from sportello.domain.customers.models import Customer
from sportello.domain.journal.models import Event
from sportello.domain.ledger.models import LedgerRow
from sportello.domain.messages.models import Message
from tests import factories

PATH = "/staff/readings/A-26000001/"
DECIDE = PATH + "decide/"
XSS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "javascript:alert(1)//</title>",
    "{{ 7*7 }}{% raw %}",
    "\u202e<b>\x01</b>",
]


def seen(client) -> str:
    found = re.search(r'name="seen" value="(\w+)"', client.get(PATH).content.decode())
    assert found
    return found[1]


def post(client, decision: str, **fields):
    if "seen" not in fields:
        fields["seen"] = seen(client)
    return client.post(DECIDE, {"decision": decision, **fields})


def plain(response) -> str:
    page = response.content.decode()
    page = page[page.index("<main") :]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def activity() -> Activity:
    return Activity.objects.get(number="A-26000001")


def one_reading() -> SelfReading:
    return SelfReading.objects.get(activity__number="A-26000001")


# --- what is seen ----------------------------------------------------------------------------------------------------


def test_the_page_shows_what_helps_to_decide(paolo):
    supply = waiting.supply_of("C1", phone="0535 000123", email="anna@example.it")
    factories.reading(supply, read_on=date(2026, 8, 31), values=4500, origin="estimated", consumption=Decimal(31))
    reading = waiting.reading(supply, note="It is a new meter, I think.", consumption=None)
    waiting.photo(reading)
    page = plain(paolo.get(PATH))
    for words in (
        "Anna Verdi C1", "0535 000123", "anna@example.it", "99990000000123", "Via Grandi 39, 41033", "1,400 Smc",
        "SMGR036118006809", "04612", "04466", "−146 m³", "25 to 170 Smc", "It is a new meter, I think.",
        "Less than the last reading", "31/08/2026", "Estimated", "31 Smc", "Kept to be looked at", "23/11/2026",
    ):  # fmt: skip
        assert words in page, words
    assert '<img class="photo" src="/documents/readings/A-26000001/photo"' in paolo.get(PATH).content.decode()


def test_what_billing_said_is_shown(paolo):
    waiting.at_billing(waiting.waiting(attention="refused"), "refused", reason="Lettura già presente", attempts=3)
    page = plain(paolo.get(PATH))
    assert "Refused by billing" in page and "Lettura già presente" in page
    assert "Send it to billing again" in page and "Accept and send" not in page


def test_a_dial_that_began_anew_has_gone_forward(paolo):
    waiting.waiting(reasons=("roll_over",), values={"R-total": "35"}, previous={"R-total": "99980"})
    page = plain(paolo.get(PATH))
    assert "99980 00035 55 m³" in page and "Meter began anew" in page


def test_looking_is_written_down_without_personal_data(paolo):
    waiting.waiting()
    paolo.get(PATH)
    event = Event.objects.get(name="backoffice.reading_seen")
    assert (event.about_key, event.customer_code, event.detail) == ("A-26000001", "C1", {})
    assert event.actor is not None and event.actor.username == "paolo"


def test_a_call_center_looks_and_does_not_decide(staff):
    waiting.waiting()
    client = staff("carla", "call_center")
    page = client.get(PATH)
    assert "Back office decides on it." in plain(page)
    assert "<form" not in page.content.decode().split("<main")[1]
    assert client.post(DECIDE, {"decision": "accept"}).status_code == 404
    assert activity().attention == "kept"


@pytest.mark.parametrize("role", ["agent", "credit_checker", "administrator"])
def test_others_do_not_even_see_that_it_is_there(staff, role):
    waiting.waiting()
    client = staff("other", role)
    for path in (PATH, DECIDE, "/staff/readings/", "/staff/readings/A-26999999/"):
        assert client.get(path).status_code == 404
    assert not Event.objects.exists()


def test_the_page_takes_few_queries(paolo):
    supply = waiting.supply_of("C1")
    for month in range(1, 10):
        factories.reading(supply, read_on=date(2026, month, 15))
    reading = waiting.reading(supply, attention="refused")
    waiting.photo(reading, bytes(1_000_000))
    waiting.at_billing(reading, "refused")
    paolo.get(PATH)
    with CaptureQueriesContext(connection) as captured:
        assert paolo.get(PATH).status_code == 200
    assert len(captured) <= 12
    assert not any('"content"' in query["sql"] for query in captured), "the photo's bytes are not the page's"


@pytest.mark.parametrize("text", XSS)
def test_what_people_write_is_shown_as_text(paolo, text):
    reading = waiting.waiting(note=text)
    waiting.at_billing(reading, "refused", reason=text)
    Activity.objects.update(attention="refused", answer=text)
    Customer.objects.update(last_name=text[:100])
    pages = [paolo.get(PATH), paolo.get("/staff/readings/"), post(paolo, "refuse", ready="nonsense", words=text)]
    pages.append(post(paolo, "correct", **{"value_R-total": text, "note": text}))
    for page in pages:
        assert page.status_code == 200
        body = page.content.decode()
        for wrong in ("<script>alert", "<img src=x", "<svg/onload", "<b>\x01", ">49<"):
            assert wrong not in body


# --- the decision ----------------------------------------------------------------------------------------------------


def test_accepted_it_goes_to_billing(paolo):
    waiting.waiting()
    answer = post(paolo, "accept")
    assert (answer.status_code, answer["Location"]) == (302, "/staff/readings/")
    assert "A-26000001 is on its way to billing." in plain(paolo.get("/staff/readings/"))
    assert activity().attention == ""
    assert LedgerRow.objects.get().command["approved"] is True


def test_the_reason_that_was_chosen_stays_chosen(paolo):
    waiting.waiting()
    answer = paolo.post(DECIDE + "?reason=smaller", {"decision": "accept", "seen": seen(paolo)})
    assert answer["Location"] == "/staff/readings/?reason=smaller"
    assert paolo.get(DECIDE + "?reason=//evil.example")["Location"] == PATH


def test_a_corrected_value_goes_to_billing_with_its_note(paolo):
    waiting.waiting()
    assert post(paolo, "correct", **{"value_R-total": "04664", "note": "The photo shows 4664."}).status_code == 302
    assert one_reading().corrected == {"R-total": "4664"}
    assert LedgerRow.objects.get().command["values"] == [{"register": "R-total", "value": "4664"}]
    assert "04664" in plain(paolo.get(PATH)) and "04466" in plain(paolo.get(PATH))


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("", "This field is required"),
        ("46,64", "Only whole numbers"),
        ("-5", "cannot be less than zero"),
        ("abc", "Only digits"),
        ("123456", "only 5 digits"),
        ("1" * 40, "only 5 digits"),
        ("1" * 41, "at most 40"),
        ("4466", "This is what the customer sent"),
        ("04466", "This is what the customer sent"),
    ],
)
def test_a_wrong_correction_is_told_beside_the_field(paolo, value, says):
    waiting.waiting()
    page = post(paolo, "correct", **{"value_R-total": value, "note": "Looked at the photo."})
    assert page.status_code == 200
    body = page.content.decode()
    error = re.search(r'id="correct-value_R-total-error">(.*?)</p>', body, re.DOTALL)
    assert error and says in error[1]
    assert 'aria-describedby="correct-value_R-total-error"' in body
    assert "Looked at the photo." in body and (not value or value in body)
    assert not LedgerRow.objects.exists() and activity().attention == "kept"


def test_a_correction_needs_its_note(paolo):
    waiting.waiting()
    body = post(paolo, "correct", **{"value_R-total": "4664", "note": " "}).content.decode()
    assert 'id="correct-note-error"' in body and 'value="4664"' in body
    assert 'id="refuse-words-error"' not in body


def test_the_ready_answer_is_in_the_customers_language(paolo):
    supply = waiting.supply_of("C1", language="it", email="anna@example.it")
    waiting.reading(supply)
    assert "The customer reads Italian." in plain(paolo.get(PATH))
    assert post(paolo, "refuse", ready="photo", words="Grazie, Paolo").status_code == 302
    answer = activity().answer
    assert answer.endswith("\n\nGrazie, Paolo")
    assert activity().status == "refused"
    assert Message.objects.count() == 1


def test_the_ready_answer_in_english(paolo):
    waiting.reading(waiting.supply_of("C1", language="en"))
    post(paolo, "refuse", ready="photo")
    assert activity().answer == str(READY_ANSWERS["photo"])


def test_a_refusal_needs_an_answer(paolo):
    waiting.waiting()
    body = post(paolo, "refuse").content.decode()
    assert 'id="refuse-words-error"' in body and "Tell the customer why" in body
    assert activity().status == "new"


def test_what_billing_did_not_take_is_sent_again(paolo):
    waiting.at_billing(waiting.waiting(attention="refused"), "refused", reason="no")
    assert post(paolo, "accept").status_code == 302
    assert LedgerRow.objects.count() == 2
    assert activity().attention == ""


@pytest.mark.parametrize("decision", ["", "nonsense", "delete"])
def test_no_decision_at_all_shows_the_page_again(paolo, decision):
    waiting.waiting()
    assert post(paolo, decision).status_code == 200
    assert activity().attention == "kept"


def test_to_look_at_the_decision_leads_to_the_page(paolo):
    waiting.waiting()
    assert paolo.get(DECIDE)["Location"] == PATH


# --- two at once -----------------------------------------------------------------------------------------------------


def test_the_second_sees_who_was_quicker_and_keeps_his_words(paolo, manager):
    waiting.waiting()
    what_elena_saw = seen(manager)
    assert post(paolo, "accept").status_code == 302
    late = post(manager, "refuse", seen=what_elena_saw, ready="lower", words="Kind regards")
    assert late.status_code == 409
    page = plain(late)
    assert "Nothing has been done" in page
    assert "Paolo Conti accepted this reading on 24/11/2026 at 10:42." in page
    assert "Kind regards" in page
    assert activity().status == "new" and activity().answer == ""


def test_what_the_first_did_is_told_as_it_was(paolo, manager):
    waiting.waiting()
    what_elena_saw = seen(manager)
    post(paolo, "correct", **{"value_R-total": "4664", "note": "The photo."})
    assert "Paolo Conti sent it to billing with corrected values" in plain(post(manager, "accept", seen=what_elena_saw))


def test_what_came_back_meanwhile_is_looked_at_again(paolo, manager):
    """Accepted, then refused by billing: who still sees the first page does not decide on the second."""
    reading = waiting.waiting()
    what_elena_saw = seen(manager)
    waiting.at_billing(reading, "refused", reason="Too low")
    Activity.objects.update(attention="refused")
    late = post(manager, "refuse", seen=what_elena_saw, words="Wrong")
    assert late.status_code == 409
    page = plain(late)
    assert "It still waits" in page and "Too low" in page
    assert 'value="accept"' in late.content.decode()
    assert activity().status == "new"
    assert post(manager, "refuse", words="Wrong").status_code == 302


def test_sent_twice_is_one_decision_and_the_same_reply(paolo):
    waiting.waiting()
    first_page = seen(paolo)
    answers = [post(paolo, "accept", seen=first_page) for _ in range(3)]
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, "/staff/readings/")}
    assert LedgerRow.objects.count() == 1
    assert Event.objects.filter(name="activities.self_reading_goes_on").count() == 1


def test_the_same_person_with_another_decision_is_told(paolo):
    waiting.waiting()
    first_page = seen(paolo)
    post(paolo, "accept", seen=first_page)
    assert post(paolo, "refuse", seen=first_page, words="No").status_code == 409


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            ("correct", {"value_R-total": "4664", "note": "One."}),
            ("correct", {"value_R-total": "4665", "note": "One."}),
        ),
        (("refuse", {"words": "One."}), ("refuse", {"words": "Two."})),
    ],
)
def test_the_same_person_with_the_same_decision_in_other_words_is_told(paolo, first, second):
    waiting.waiting()
    first_page = seen(paolo)
    assert [post(paolo, first[0], seen=first_page, **first[1]).status_code for _ in range(2)] == [302, 302]
    assert post(paolo, second[0], seen=first_page, **second[1]).status_code == 409


def test_values_below_the_last_reading_want_to_be_confirmed(paolo):
    waiting.waiting()
    values = {"value_R-total": "1", "note": "A new meter."}
    asked = post(paolo, "correct", **values)
    assert asked.status_code == 200 and "This is not more than the last reading" in plain(asked)
    assert activity().status == "new" and not LedgerRow.objects.exists()
    assert post(paolo, "correct", **values, sure="on").status_code == 302


def test_what_was_seen_is_looked_at(paolo, monkeypatch):
    """Without that, the test of what came back meanwhile would prove nothing."""
    waiting.waiting()
    monkeypatch.setattr(readings, "seen", lambda reading: "same")
    Activity.objects.update(attention="refused")
    assert paolo.post(DECIDE, {"decision": "refuse", "seen": "same", "words": "No"}).status_code == 302
