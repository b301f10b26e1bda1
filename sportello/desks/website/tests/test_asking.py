"""People who are not registered ask for information: the form, what is wrong in it, its files, its receipt."""

from dataclasses import replace

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sportello.desks import limits
from sportello.desks.limits import Limit
from sportello.desks.website.tests.asking import FORM, PDF, RECEIPT, TYPED, beside, browser, page, typed, words
from sportello.domain.activities import visiting
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.kinds.information import InformationForm
from sportello.domain.activities.models import Activity, ActivityKind, Channel, KindSetting, Terms, Visitor
from sportello.domain.files.tests.papers import bare
from sportello.domain.messages.models import Message
from sportello.domain.people import printed_codes
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


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
    assert client.get(FORM).headers["Location"] == "/requests/new/information/"
    assert browser().get(FORM).status_code == 200


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


@pytest.mark.parametrize(
    ("place", "where"),
    [
        ({"municipality": "Mirandola"}, "Via Grandi, 41037 Mirandola (MO)"),
        ({"municipality": "Concordia", "postcode": "41033"}, "Via Grandi, 41033 Concordia"),
        ({"municipality": "Kassel", "postcode": "D-34117", "country": "DE"}, "Via Grandi, D-34117 Kassel, Germany"),
        ({"municipality": "Modena"}, ""),  # of several postcodes
        ({"municipality": "Mirandola", "province": "XX"}, ""),
        ({"municipality": "Mirandola", "country": "XX"}, ""),
    ],
)
def test_a_province_is_asked_only_where_it_is_needed(place, where):
    answer = browser().post(FORM, typed(answer_by="post", street="Via Grandi", **place))
    assert answer.status_code == (302 if where else 200)
    assert [each.address for each in Visitor.objects.all()] == ([where] if where else [])


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


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "Attach PDF files or photos"),
        (b"<html><script>alert(1)</script>", "Attach PDF files or photos"),
        (b"PK\x03\x04" + b"0" * 1_000, "Attach PDF files or photos"),
        (b"", "Attach PDF files or photos"),
        (bare(more=b"%PK\x03\x04" + b"x" * 40), "another file at the same time"),
        (bare(catalogue=b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>"), "runs programs"),
        (PDF + b"%" * 10_000_000, "10 MB at most"),
    ],
    ids=["svg", "html", "zip", "nothing", "pdf and zip", "program", "large"],
)
def test_what_a_visitor_may_not_attach_is_told_by_its_name(content, says):
    name = "<b>../ricevuta\u202egnp.svg"
    response = browser().post(FORM, typed(files=[SimpleUploadedFile("a.pdf", PDF), SimpleUploadedFile(name, content)]))
    told = beside(response, "files")
    assert says in told
    assert "ricevutagnp.svg – " in told
    assert "\u202e" not in told
    assert not Activity.objects.exists()


def test_files_are_counted_and_weighed(monkeypatch):
    six = [SimpleUploadedFile(f"{n}.pdf", PDF) for n in range(6)]
    assert "no more than five" in beside(browser().post(FORM, typed(files=six)), "files")
    monkeypatch.setattr(limits, "VISITOR_KB_OF_BLOCK", Limit("visitor_kb_block", 150, limits.HOUR))
    heavy = bare(more=b"%" + b"x" * 99_000)

    def send(once: str, address: str) -> str:
        sent = typed(files=[SimpleUploadedFile("a.pdf", heavy)], once=once * 32)
        return beside(browser().post(FORM, sent, REMOTE_ADDR=address, follow=True), "files")

    assert send("a", "192.0.2.1") == ""
    assert "Send your request without them" in send("b", "192.0.2.2")  # of the same block
    assert send("c", "198.51.100.1") == ""
    assert Activity.objects.count() == 2


def test_too_many_files_do_not_keep_a_request_away(monkeypatch):
    monkeypatch.setattr(limits, "VISITOR_FILES_ALTOGETHER", Limit("visitors_files", 1, limits.HOUR))
    client = browser()
    client.post(FORM, typed(files=[SimpleUploadedFile("a.pdf", PDF)], once="a" * 32))
    response = client.post(FORM, typed(files=[SimpleUploadedFile("a.pdf", PDF)], once="b" * 32))
    assert "Send your request without them" in beside(response, "files")
    assert client.post(FORM, typed(once="b" * 32)).status_code == 302
    assert Activity.objects.count() == 2


# --- what is unlikely ------------------------------------------------------------------------------------------------


class Wary(InformationForm):
    """A kind that asks back."""

    def clean(self) -> dict[str, object]:
        self.warn("short", "This is short.")
        return self.cleaned_data


def test_what_is_unlikely_is_sent_after_it_was_confirmed(monkeypatch):
    monkeypatch.setitem(KINDS, "information", replace(KINDS["information"], form=Wary))
    client = browser()
    response = client.post(FORM, typed())
    assert (response.status_code, Activity.objects.count()) == (200, 0)
    assert "This is short." in words(response)
    assert "Yes, send it" in words(response)
    confirmed = page(response).xpath("//input[@name='confirmed']/@value")[0]
    assert "This is short." in words(client.post(FORM, typed(text="Another", confirmed=confirmed)))
    assert client.post(FORM, typed(confirmed=confirmed)).headers["Location"] == RECEIPT
    assert Activity.objects.get().asked["text"] == TYPED["text"]


def test_a_complaint_goes_the_same_way(monkeypatch):
    """Any kind for visitors, whoever writes its form."""
    monkeypatch.setitem(
        KINDS, "complaint", replace(KINDS["information"], code=ActivityKind.COMPLAINT, term="complaint")
    )
    Terms.objects.create(term="complaint", valid_from=NOW.date(), limit=30, margin=5)
    client = browser()
    assert "/ask/complaint/" in client.get("/ask/").content.decode()
    assert client.post("/ask/complaint/", typed()).headers["Location"] == RECEIPT
    activity = Activity.objects.get()
    assert activity.kind == "complaint"
    assert f"Complaint · Received on {NOW:%d/%m/%Y} at 10:42" in words(client.get(RECEIPT))
    assert f"{activity.limit_on:%d/%m/%Y}" in words(client.get(RECEIPT))


@pytest.mark.parametrize(
    "name",
    [
        "channel",
        "status",
        "customer",
        "kind",
        "number",
        "suspect",
        "visitor-receipt",
        "visitor-language",
        "by_hand",
        "owner",
    ],
)
def test_what_no_field_is_for_changes_nothing(name):
    """Whatever else a form carries."""
    browser().post(FORM, {**typed(), name: "C1"})
    activity = Activity.objects.get()
    assert activity.asked == {"topic": "contract", "text": "Quanto dura il contratto?"}
    assert (activity.status, activity.customer, activity.owner, activity.channel) == ("new", None, None, "website")
    assert activity.visitor.language == "en"
    assert len(activity.visitor.receipt) == 64
