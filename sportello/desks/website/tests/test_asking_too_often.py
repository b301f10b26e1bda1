"""The same form twice, many at once, machines and floods: nothing is lost, and the desk stays usable."""

import time
from datetime import timedelta

import pytest
import time_machine
from django.test import Client, override_settings
from lxml import html

from sportello.desks import limits
from sportello.desks.limits import Limit
from sportello.desks.website.tests.asking import FORM, RECEIPT, browser, page, typed, words
from sportello.domain.activities import suspects, visiting
from sportello.domain.activities.kinds.visitor import clock
from sportello.domain.activities.models import Activity, Visitor
from sportello.domain.messages.models import Message
from sportello.domain.people import printed_codes
from sportello.domain.people.models import Role
from tests.at_once import at_once
from tests.factories import NOW, user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


# --- twice -----------------------------------------------------------------------------------------------------------


def test_a_form_sent_twice_opens_one_request():
    client = browser()
    for _ in range(3):
        assert client.post(FORM, typed()).headers["Location"] == RECEIPT
    number = Activity.objects.get().number
    assert number in words(client.get(RECEIPT))
    assert "already" not in client.get(RECEIPT).content.decode()


@pytest.mark.parametrize("changes", [{"text": "Altro"}, {"email": "other@example.it"}, {"name": ""}])
def test_a_form_sent_again_with_something_else_in_it_says_which_one_holds(changes):
    client = browser()
    client.post(FORM, typed())
    response = client.post(FORM, typed(**changes), follow=True)
    assert f"request {Activity.objects.get().number} already" in response.content.decode()
    assert Activity.objects.get().asked["text"] == "Quanto dura il contratto?"


def test_nobody_gets_anothers_receipt_by_what_his_form_carried():
    first, second = browser(), browser()
    first.post(FORM, typed())
    second.post(FORM, typed(name="Ladro"))
    assert Activity.objects.count() == 2
    assert "Gino" not in second.get(RECEIPT).content.decode()


def test_the_receipt_is_there_for_the_browser_that_asked_and_no_other():
    client = browser()
    client.post(FORM, typed())
    assert client.get(RECEIPT).status_code == 200
    assert browser().get(RECEIPT).headers["Location"] == "/ask/status/"
    client.cookies.pop("sportello")
    assert client.get(RECEIPT).headers["Location"] == "/ask/status/"


# --- machines --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "signs"),
    [
        ({}, None),
        ({"homepage": "http://spam.example"}, ["trap"]),
        ({"shown": clock(NOW - timedelta(seconds=1))}, ["quick"]),
        ({"shown": clock(NOW - timedelta(days=30))}, None),
        ({"shown": ""}, ["clock"]),
        ({"shown": "forged"}, ["clock"]),
        ({"shown": "\x00", "homepage": "x"}, ["trap", "clock"]),
    ],
)
def test_what_looks_like_a_machine_is_marked_and_never_lost(changes, signs):
    response = browser().post(FORM, typed(**changes))
    assert response.headers["Location"] == RECEIPT
    assert Activity.objects.get().asked.get("suspect") == signs


def few(monkeypatch, of_address: int, altogether: int = 1_000) -> None:
    monkeypatch.setattr(limits, "VISITORS_OF_ADDRESS", Limit("visitor", of_address, limits.HOUR))
    monkeypatch.setattr(limits, "VISITORS_ALTOGETHER", Limit("visitors", altogether, limits.HOUR))


def test_beyond_so_many_an_address_waits_and_what_was_typed_is_kept(monkeypatch):
    few(monkeypatch, 3)
    client = browser(REMOTE_ADDR="2001:db8::1")
    answers = [client.post(FORM, typed(once=f"{n:032}"), REMOTE_ADDR=f"2001:db8::{n}") for n in range(1, 10)]
    assert [each.status_code for each in answers] == [302] * 3 + [429] * 6
    assert Activity.objects.count() == 3
    last = answers[-1]
    assert last.headers["Retry-After"] == "3600"
    assert "has not been sent yet" in words(last)
    assert "again in 60 minutes" in words(last)
    root = page(last)
    assert root.xpath("//textarea[@name='text']")[0].text.strip() == "Quanto dura il contratto?"
    assert root.xpath("//input[@name='visitor-name']/@value") == ["Gino Bianchi"]
    assert root.xpath("//input[@name='visitor-answer_by'][@checked]/@value") == ["email"]
    assert root.xpath("//select[@name='topic']/option[@selected]/@value") == ["contract"]
    assert root.xpath("//input[@name='once']/@value") == [f"{9:032}"]
    assert not root.xpath("//*[@aria-invalid]")
    # Others, and those who have sent theirs already, do not notice.
    assert client.post(FORM, typed(once=f"{1:032}"), REMOTE_ADDR="2001:db8::1").status_code == 302
    assert browser().post(FORM, typed(), REMOTE_ADDR="2001:db8:0:1::1").status_code == 302
    with time_machine.travel(NOW + timedelta(minutes=61), tick=False):
        assert client.post(FORM, typed(once=f"{9:032}"), REMOTE_ADDR="2001:db8::1").status_code == 302


def test_beyond_so_many_from_everywhere_everybody_waits(monkeypatch):
    few(monkeypatch, 100, altogether=2)
    codes = [browser().post(FORM, typed(), REMOTE_ADDR=f"192.0.2.{n}").status_code for n in range(4)]
    assert codes == [302, 302, 429, 429]


def test_forms_with_mistakes_are_counted_too_and_not_looked_at_any_more(monkeypatch):
    monkeypatch.setattr(limits, "VISITOR_FORMS_OF_ADDRESS", Limit("visitor_forms", 2, limits.HOUR))
    client = browser()
    codes = [client.post(FORM, typed(text="")).status_code for _ in range(3)]
    assert codes == [200, 200, 429]


def test_how_many_are_taken_is_a_setting(settings):
    assert limits.VISITORS_OF_ADDRESS.tries == settings.VISITOR_REQUESTS_OF_ADDRESS
    assert limits.VISITORS_ALTOGETHER.tries == settings.VISITOR_REQUESTS_ALTOGETHER


BLOCKS = {
    "an address": (lambda n: "192.0.2.1", 20),
    "a /64": (lambda n: f"2001:db8:0:1::{n:x}", 20),
    "a /24": (lambda n: f"192.0.2.{n % 250 + 1}", 60),
    "a /48": (lambda n: f"2001:db8:0:{n:x}::1", 60),
}


@pytest.mark.torture
@pytest.mark.parametrize("block", BLOCKS)
def test_a_thousand_from_one_block_leave_the_desk_usable(block, settings):
    """As it is delivered: so many an hour get in, and of those all but the first stand apart; all others are told to wait and
    lose nothing, the honest one from there too, and whoever comes from elsewhere notices nothing."""
    address, most = BLOCKS[block]
    client = browser()
    answers = [client.post(FORM, typed(once=f"{n:032}"), REMOTE_ADDR=address(n)) for n in range(1_000)]
    codes = [each.status_code for each in answers]
    assert (codes.count(302), codes.count(429)) == (most, 1_000 - most)
    assert Activity.objects.for_the_desk().count() == most
    assert Activity.objects.exclude(asked__has_key="suspect").count() == suspects.OFTEN - 1
    honest = browser().post(FORM, typed(text="Quando chiude lo sportello?"), REMOTE_ADDR=address(1_001))
    assert honest.status_code == 429
    assert "again in 60 minutes" in words(honest)
    assert browser().post(FORM, typed(), REMOTE_ADDR="198.51.100.7").status_code == 302
    settings.DEMO = True
    olga = Client(headers={"accept-language": "en"})
    olga.force_login(user("olga", roles=[Role.BACK_OFFICE]))
    with time_machine.travel(NOW, tick=True):
        before = time.perf_counter()
        assert olga.get("/staff/requests/").status_code == 200
        assert time.perf_counter() - before < 1
    while suspects.waiting().exists():
        page_of_them = page(olga.get("/staff/requests/suspects/"))
        ticked = page_of_them.xpath("//input[@name='seen']/@value")
        olga.post("/staff/requests/suspects/", {"act": "refuse", "seen": ticked})
    assert Activity.objects.open().count() == suspects.OFTEN - 1
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("192.0.2.1", "192.0.2.254", True),
        ("192.0.2.1", "192.0.3.1", False),
        ("2001:db8:0:1::1", "2001:db8:0:ffff::1", True),
        ("2001:db8:0:1::1", "2001:db8:1:1::1", False),
    ],
)
def test_a_block_counts_together(monkeypatch, one, other, together):
    monkeypatch.setattr(limits, "VISITORS_OF_BLOCK", Limit("visitor_block", 1, limits.HOUR))
    assert browser().post(FORM, typed(), REMOTE_ADDR=one).status_code == 302
    assert browser().post(FORM, typed(), REMOTE_ADDR=other).status_code == (429 if together else 302)


def test_the_same_text_again_and_again_is_marked_until_its_sender_shows_himself():
    for _ in range(2):
        browser().post(FORM, typed())
    client = browser()
    client.post(FORM, typed())
    assert [each.asked.get("suspect") for each in Activity.objects.order_by("pk")] == [None, None, ["again"]]
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        browser().post(FORM, typed())
    assert suspects.waiting().count() == 1
    client.post("/ask/request/", {"text": "Rispondete?", "once": "o" * 32})
    assert not suspects.waiting().exists()


def test_a_form_from_elsewhere_is_refused():
    client = Client(enforce_csrf_checks=True)
    assert client.post(FORM, typed()).status_code == 403
    assert not Activity.objects.exists()


@override_settings(SECRET_KEY="another key of the site's, of fifty characters or so")
def test_no_page_of_it_needs_a_session_before_something_is_sent():
    client = browser()
    client.get("/ask/")
    client.get("/ask/status/")
    assert "sportello" not in client.cookies


# --- at once ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_open_one_request_with_one_receipt():
    """Of one browser: the same cookie goes along with both."""
    first = browser()
    sent = typed()

    def send(_: int) -> str:
        client = Client(headers={"accept-language": "en"})
        client.cookies["csrf"] = first.cookies["csrf"].value
        client.post(FORM, sent)
        number, code = html.fromstring(client.get(RECEIPT).content.decode()).xpath(
            "//p[contains(@class, 'kept-code')]/text()"
        )
        return f"{number} {code}"

    seen = at_once(4, send)
    activity = Activity.objects.get()
    assert seen == [f"{activity.number} {printed_codes.shown(visiting.code_of(activity))}"] * 4
    assert Visitor.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_however_many_come_at_once_only_so_many_get_in(monkeypatch):
    few(monkeypatch, 2)
    codes = at_once(6, lambda n: browser().post(FORM, typed(once=f"{n:032}")).status_code)
    assert sorted(str(code) for code in codes) == ["302"] * 2 + ["429"] * 4
    assert Activity.objects.count() == 2
