"""People who are not registered ask for information: the form, its receipt, and what keeps a flood away from the desk."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from lxml import html

from sportello.desks import limits
from sportello.desks.limits import Limit
from sportello.domain.activities import visiting
from sportello.domain.activities.kinds.visitor import clock
from sportello.domain.activities.models import Activity, Channel, KindSetting, Terms, Visitor
from sportello.domain.messages.models import Message
from sportello.domain.people import printed_codes
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
FORM = "/ask/information/"
RECEIPT = "/ask/receipt/"
TYPED = {
    "visitor-name": "Gino Bianchi",
    "visitor-answer_by": "email",
    "visitor-email": "gino@example.it",
    "topic": "contract",
    "text": "Quanto dura il contratto?",
    "once": "0123456789abcdef0123456789abcdef",
}
PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


def typed(**changes: object) -> dict[str, object]:
    """As a person fills it in who takes a minute."""
    renamed = {
        name if name in TYPED or name in ("files", "confirmed") else f"visitor-{name}": value
        for name, value in changes.items()
    }
    return {**TYPED, "visitor-shown": clock(NOW - timedelta(minutes=1)), **renamed}


def browser(**options: object) -> Client:
    """One that has seen the form, and with it got its secret."""
    client = Client(headers={"accept-language": "en"}, **options)
    client.get(FORM)
    return client


def page(response) -> html.HtmlElement:
    return html.fromstring(response.content.decode())


def words(response) -> str:
    return " ".join(page(response).find(".//main").text_content().split())


def beside(response, name: str) -> str:
    """The message of this field."""
    found = page(response).xpath(f"//p[@id='id_{name}-error']")
    return " ".join(found[0].text_content().split()) if found else ""


# --- asking ----------------------------------------------------------------------------------------------------------


def test_everybody_finds_the_form_from_the_door():
    client = browser()
    assert "/ask/" in [link.get("href") for link in page(client.get("/sign-in/")).findall(".//a")]
    links = [link.get("href") for link in page(client.get("/ask/")).findall(".//main//a")]
    assert FORM in links
    assert "/ask/status/" in links


def test_a_visitor_asks_and_has_a_receipt():
    Terms.objects.create(term="information", valid_from=NOW.date(), limit=30, margin=5)
    client = browser()
    response = client.post(FORM, typed(customer_code="700001"))
    assert (response.status_code, response.headers["Location"]) == (302, RECEIPT)
    activity = Activity.objects.get()
    assert (activity.kind, activity.channel, activity.customer, activity.opened_by) == (
        "information",
        Channel.WEBSITE,
        None,
        None,
    )
    assert activity.asked == {"topic": "contract", "text": "Quanto dura il contratto?"}
    visitor = activity.visitor
    assert (visitor.name, visitor.answer_by, visitor.email) == ("Gino Bianchi", "email", "gino@example.it")
    assert (visitor.customer_code, visitor.language) == ("700001", "en")
    response = client.get(RECEIPT)
    said = words(response)
    for each in (
        activity.number,
        "Gino Bianchi",
        "Quanto dura il contratto?",
        "Contract and prices",
        "gino@example.it",
        "700001",
    ):
        assert each in said
    assert f"Received on {NOW:%d/%m/%Y} at " in said
    assert f"answers you by {activity.limit_on:%d/%m/%Y}" in said
    assert response.headers["Cache-Control"] == "no-store"
    assert page(response).xpath("//meta[@name='robots']/@content") == ["noindex"]


def test_nothing_is_sent_to_an_address_that_nobody_has_proven():
    browser().post(FORM, typed())
    assert Activity.objects.exists()
    assert not Message.objects.exists()


def test_the_language_is_that_of_the_page():
    client = Client(headers={"accept-language": "it"})
    client.get(FORM)
    client.post(FORM, typed())
    assert Visitor.objects.get().language == "it"


def test_a_kind_that_is_not_for_visitors_or_not_offered_is_not_there():
    client = browser()
    for kind in ("nothing", "personal_data", "self_reading", "registration"):
        assert client.get(f"/ask/{kind}/").status_code == 404
        assert client.post(f"/ask/{kind}/", typed()).status_code == 404
    KindSetting.objects.create(kind="information", automatic=False, offered=False, changed_at=NOW)
    assert client.get(FORM).status_code == 404
    assert FORM not in client.get("/ask/").content.decode()


def test_a_customer_who_has_signed_in_is_led_to_his_counter(settings):
    anna = factories.user("anna")
    factories.access(anna, factories.customer("C1"))
    client = browser()
    client.force_login(anna)
    settings.ROOT_URLCONF = with_counter()
    assert client.get(FORM).headers["Location"] == "/requests/new/information/"
    assert client.post(FORM, typed()).headers["Location"] == "/requests/new/information/"
    assert not Activity.objects.exists()
    assert browser().get(FORM).status_code == 200


def with_counter():
    from django.http import HttpResponse
    from django.urls import include, path

    class Site:
        urlpatterns = [
            path("requests/new/<slug:kind>/", lambda request, kind: HttpResponse(), name="new_request"),
            path("", include("sportello.urls")),
        ]
        handler404 = "sportello.desks.errors.not_found"
        handler500 = "sportello.desks.errors.server_error"

    return Site


# --- what is wrong ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"name": ""}, "visitor-name", "Write your name."),
        ({"name": " \u202e. "}, "visitor-name", "Write your name."),
        ({"answer_by": ""}, "visitor-answer_by", "Choose how you want to be answered."),
        ({"answer_by": "pigeon"}, "visitor-answer_by", "Choose how you want to be answered."),
        ({"email": ""}, "visitor-email", "Fill in this field."),
        ({"email": "gino"}, "visitor-email", "This is not an e-mail address"),
        ({"email": "a@example.it, b@example.it"}, "visitor-email", "This is not an e-mail address"),
        ({"email": "a@example.it\r\nBcc: b@example.it"}, "visitor-email", "This is not an e-mail address"),
        ({"answer_by": "phone"}, "visitor-phone", "Fill in this field."),
        ({"answer_by": "phone", "phone": "12"}, "visitor-phone", "This is not a telephone number"),
        ({"answer_by": "phone", "phone": "800 123456"}, "visitor-phone", "a number of a service"),
        ({"answer_by": "post"}, "visitor-street", "Fill in this field."),
        ({"answer_by": "post", "postcode": "4103"}, "visitor-postcode", "five digits"),
        ({"answer_by": "post", "province": "Modena"}, "visitor-province", "two letters"),
        ({"topic": ""}, "topic", "Fill in this field."),
        ({"topic": "weather"}, "topic", "Choose one from the list"),
        ({"text": ""}, "text", "Fill in this field."),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_all_that_was_typed_is_kept(changes, field, says):
    response = browser().post(FORM, typed(**changes))
    assert response.status_code == 200
    assert says in beside(response, field)
    assert page(response).xpath("//div[@id='error-summary']//a[@href=$link]", link=f"#id_{field}")
    root = page(response)
    assert "text" in changes or "Quanto dura il contratto?" in root.xpath("//textarea[@name='text']")[0].text
    assert root.xpath("//input[@name='once']/@value") == [TYPED["once"]]
    assert "email" in changes or root.xpath("//input[@name='visitor-email']/@value") == ["gino@example.it"]
    assert not Activity.objects.exists()


def test_only_the_way_that_was_chosen_is_asked_for_and_kept():
    response = browser().post(
        FORM, typed(answer_by="phone", phone="0535 66.12.34", email="nonsense", postcode="x" * 300, province="??")
    )
    assert response.status_code == 302
    visitor = Visitor.objects.get()
    assert (visitor.phone, visitor.email, visitor.postcode, visitor.province, visitor.country) == (
        "+390535661234",
        "",
        "",
        "",
        "",
    )


def test_a_letter_goes_to_a_whole_address():
    place = {
        "street": "Via Grandi",
        "street_number": "39",
        "postcode": "41033",
        "municipality": "Concordia",
        "province": "mo",
    }
    assert browser().post(FORM, typed(answer_by="post", **place)).status_code == 302
    visitor = Visitor.objects.get()
    assert visitor.address == "Via Grandi 39, 41033 Concordia (MO)"
    assert (visitor.country, visitor.email) == ("IT", "")


def test_a_customer_number_is_never_looked_up():
    """A real one, an invented one and none give the same receipt, but for what everybody knows who has typed it."""
    factories.customer("700001", last_name="Segreto")
    seen = set()
    for code in ("700001", "NOTHING", ""):
        client = browser()
        client.post(FORM, typed(customer_code=code, once=f"{code:0<32}"))
        activity = Activity.objects.latest("pk")
        text = words(client.get(RECEIPT))
        assert "Segreto" not in text
        own = [activity.number, printed_codes.shown(visiting.code_of(activity))]
        for each in [*own, f"Customer number{code}"] if code else own:
            assert each in text
            text = text.replace(each, "")
        seen.add(" ".join(text.split()))
    assert len(seen) == 1


# --- files -----------------------------------------------------------------------------------------------------------


def test_files_come_along_and_can_be_saved_by_their_sender_alone():
    client = browser()
    client.post(
        FORM, typed(files=[SimpleUploadedFile('../<b>"bolletta".pdf', PDF), SimpleUploadedFile("due.pdf", PDF)])
    )
    activity = Activity.objects.get()
    assert [each.name for each in activity.attachments.order_by("position")] == ["bbolletta.pdf", "due.pdf"]
    assert "due.pdf" in words(client.get(RECEIPT))
    saved = client.get("/ask/request/files/2/")
    assert saved.content == PDF
    assert saved.headers["Content-Disposition"] == 'attachment; filename="due.pdf"'
    assert client.get("/ask/request/files/3/").status_code == 404
    assert browser().get("/ask/request/files/2/").status_code == 404


def test_a_wrong_file_is_told_and_files_are_asked_for_again():
    response = browser().post(FORM, typed(files=[SimpleUploadedFile("x.pdf", b"MZ not a pdf")]))
    assert "PDF files or photos" in beside(response, "files")
    assert "choose the files again" in words(response)
    assert not Activity.objects.exists()


def test_too_many_files_do_not_keep_a_request_away(monkeypatch):
    monkeypatch.setattr(limits, "VISITOR_FILES_ALTOGETHER", Limit("visitors_files", 1, limits.HOUR))
    client = browser()
    client.post(FORM, typed(files=[SimpleUploadedFile("a.pdf", PDF)], once="a" * 32))
    response = client.post(FORM, typed(files=[SimpleUploadedFile("a.pdf", PDF)], once="b" * 32))
    assert "Send your request without them" in beside(response, "files")
    assert client.post(FORM, typed(once="b" * 32)).status_code == 302
    assert Activity.objects.count() == 2


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


@pytest.mark.torture
def test_a_thousand_from_one_address_leave_the_desk_usable():
    """As it is delivered: twenty an hour get in, all others are told to wait and lose nothing; the pages of others go on."""
    client = browser()
    codes = [client.post(FORM, typed(once=f"{n:032}")).status_code for n in range(1_000)]
    taken = codes.count(302)
    assert taken == limits.VISITORS_OF_ADDRESS.tries == Activity.objects.count()
    assert codes.count(429) == 1_000 - taken
    assert Activity.objects.for_the_desk().count() == taken
    assert browser().post(FORM, typed(), REMOTE_ADDR="192.0.2.7").status_code == 302


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
