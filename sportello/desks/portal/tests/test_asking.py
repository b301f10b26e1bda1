"""Asking for something: what is offered, one form for each kind up to its receipt, and one effect however often it is sent."""

import re
from dataclasses import replace
from datetime import date
from typing import ClassVar

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sportello.desks.portal.tests.reading import Page
from sportello.domain.activities.kinds import catalogue, information
from sportello.domain.activities.kinds.base import RequestForm
from sportello.domain.activities.models import Activity, Draft, KindSetting
from sportello.domain.files.tests.papers import bare
from tests.factories import access, account, customer, invoice, supply, user

TYPED = {"topic": "contract", "text": "Quanto dura il contratto?", "once": "a"}
NASTY = "\"'><script>alert(1)</script>{{7*7}}"
PDF = bare()
FORM = "/requests/new/information/"


class Odd(RequestForm):
    """One field of each sort; whoever has many is warned."""

    about = "invoice"
    sections: ClassVar = [("Where", ["street"])]

    street = forms.CharField(label="Street", required=False)
    ways = forms.MultipleChoiceField(
        label="Ways", choices=[("x", "By mail"), ("y", "By post")], widget=forms.CheckboxSelectMultiple
    )
    agreed = forms.BooleanField(label="I agree")
    since = forms.DateField(label="Since", input_formats=["%Y-%m-%d"])
    holder_iban = forms.CharField(label="IBAN", required=False)

    def clean(self):
        if self.cleaned_data.get("street") == "Nowhere":
            self.warn("nowhere", "Nobody knows Nowhere.")
        return self.cleaned_data


@pytest.fixture
def odd(monkeypatch):
    """Another form stands for information."""
    kind = replace(information.KIND, form=Odd)
    monkeypatch.setitem(catalogue.KINDS, "information", kind)
    return kind


@pytest.fixture
def here(alice):
    of = customer("C1")
    access(alice, of)
    return supply(account(of))


@pytest.fixture
def bill(here):
    return invoice(here.billing_account, "N1")


@pytest.fixture
def foreign():
    """A supply and an invoice of somebody else."""
    return invoice(supply(account(customer("C9"))).billing_account, "N9")


@pytest.fixture
def send(browser, here):
    def send(address=FORM, **typed):
        return browser.post(address, {**TYPED, **typed})

    return send


def once_of(page: Page) -> str:
    return page.find("//input[@name='once']/@value")[0]


# --- what is offered -------------------------------------------------------------------------------------------------


def test_the_list_says_what_can_be_asked_and_where(here, visit):
    links = visit("/requests/new/").links()
    assert links["Request for information"] == "/requests/new/information/?customer=C1"
    assert links["Self-reading"] == "/readings/"
    assert visit("/requests/").links()["New request"] == "/requests/new/"


def test_what_administration_does_not_offer_is_not_there(here, browser, visit):
    KindSetting.objects.create(kind="information", automatic=False, offered=False, changed_at="2026-11-24T09:00Z")
    assert "Request for information" not in visit("/requests/new/").links()
    assert "cannot be asked for here" in Page(browser.get(FORM, follow=True)).text


def test_what_this_customer_cannot_ask_is_not_offered(here, browser, visit, monkeypatch):
    monkeypatch.setitem(
        catalogue.KINDS, "information", replace(information.KIND, offered=lambda scope: scope.customer.code != "C1")
    )
    assert "Request for information" not in visit("/requests/new/").links()
    assert browser.post(FORM, TYPED).status_code == 302
    assert not Activity.objects.exists()


@pytest.mark.parametrize("kind", ["nonsense", "self_reading", "registration"])
def test_what_has_no_form_here_is_not_there(here, browser, kind):
    assert browser.get(f"/requests/new/{kind}/").status_code == 404


def test_who_has_several_customers_says_for_which(alice, here, browser, visit):
    access(alice, customer("C2"))
    for address in ("/requests/new/", FORM):
        assert visit(address).links()["Anna Verdi C2"] == "?customer=C2"
    assert browser.post(FORM, TYPED).status_code == 200
    assert not Activity.objects.exists()
    browser.post(f"{FORM}?customer=C2", TYPED)
    assert Activity.objects.get().customer_id == "C2"


@pytest.mark.parametrize("address", ["/requests/new/", FORM, f"{FORM}draft/"])
def test_a_foreign_customer_is_as_one_that_is_not_there(here, foreign, browser, address):
    for code in ("C9", "nobody", "\x00"):
        assert browser.get(address, {"customer": code}).status_code == 404


def test_a_supply_and_an_invoice_lead_here(here, bill, visit):
    assert visit("/supplies/S-C1/").links()["Ask about it"] == f"{FORM}?customer=C1&supply=S-C1"


# --- one form --------------------------------------------------------------------------------------------------------


def test_it_opens_a_request_and_leads_to_its_receipt(send, visit):
    response = send(supply="S-C1")
    activity = Activity.objects.get()
    assert response.url == f"/requests/{activity.number}/"
    assert (activity.supply_id, activity.channel) == ("S-C1", "portal")
    page = visit(response.url)
    assert "We have received your request" in page.text
    assert page.facts()["About what"] == "Contract and prices"


def test_what_is_missing_is_said_beside_it_and_the_rest_is_kept(send):
    page = Page(send(topic="", text=NASTY))
    assert page.errors() == {"topic": "Fill in this field."}
    assert page.find("//textarea")[0].text.strip() == NASTY
    assert page.find("//*[@id='error-summary']//a/@href") == ["#id_topic"]
    assert not page.find("//main//script")
    assert not Activity.objects.exists()


def test_the_same_form_opens_one_request(send):
    first, second = send(), send()
    assert first.url == second.url
    assert Activity.objects.count() == 1


def test_the_same_from_another_tab_opens_one_request(send):
    first, second = send(once="a"), send(once="b")
    assert first.url == second.url
    assert send(once="c", text="Another").url != first.url


def test_a_form_sent_again_with_something_else_says_that_the_first_holds(send, browser):
    send()
    send(text="Something else")
    assert "that one holds" in Page(browser.get("/requests/")).text
    assert Activity.objects.get().asked["text"] == TYPED["text"]


def test_nothing_beside_its_fields_is_heard(send, foreign, alice):
    """Nor a foreign supply."""
    send(supply="S-C9")
    assert not Activity.objects.exists()
    send(
        customer="C9",
        status="executed",
        owner="1",
        automatic="on",
        opened_by="9",
        number="A-1",
        invoice="N9",
        limit_on="2020-01-01",
    )
    activity = Activity.objects.get()
    assert (activity.customer_id, activity.status, activity.invoice_number) == ("C1", "new", "")
    assert (activity.opened_by, activity.automatic) == (alice, False)
    assert activity.limit_on == date(2026, 12, 24)


def test_a_foreign_invoice_cannot_be_chosen(odd, here, bill, foreign, browser):
    sent = {"invoice": "N9", "ways": "x", "agreed": "on", "since": "2026-01-01", "once": "o"}
    assert list(Page(browser.post(FORM, sent)).errors()) == ["invoice"]
    assert browser.post(FORM, {**sent, "invoice": "N1"}).status_code == 302
    assert Activity.objects.get().invoice_number == "N1"


def test_what_one_comes_from_is_chosen_if_it_is_ones_own(odd, here, bill, foreign, browser, visit):
    invoice(here.billing_account, "N2")
    assert visit(FORM, invoice="N1").chosen()["invoice"] == "N1"
    foreign_one, none = (TOKEN.sub("", browser.get(FORM, {"invoice": n}).content.decode()) for n in ("N9", "N0"))
    assert foreign_one.replace("N9", "N0") == none


TOKEN = re.compile(r'name="(csrfmiddlewaretoken|once)" value="\w+"')


def test_what_is_unlikely_is_asked_again_and_then_sent_once(odd, here, bill, browser):
    sent = {
        "invoice": "N1",
        "street": "Nowhere",
        "ways": ["x", "y"],
        "agreed": "on",
        "since": "2026-01-01",
        "once": "o",
    }
    files = SimpleUploadedFile("proof.pdf", PDF)
    page = Page(browser.post(FORM, {**sent, "files": files}))
    assert "Nobody knows Nowhere." in page.text
    assert page.facts()["Ways"] == "By mail, By post"
    assert "proof.pdf" in page.text
    assert not Activity.objects.exists()
    again = [(each.get("name"), each.get("value")) for each in page.find("//main//form//input[@type='hidden']")]
    typed = {name: [value for other, value in again if other == name] for name, _ in again}
    back = Page(browser.post(FORM, {**typed, "back_to_the_form": "1"}))
    assert back.find("//input[@name='street']/@value") == ["Nowhere"]
    assert back.find("//input[@name='ways'][@checked]/@value") == ["x", "y"]
    for _press in range(2):
        assert browser.post(FORM, typed).status_code == 302
    assert Activity.objects.get().asked["ways"] == ["x", "y"]


def test_files_come_along_and_a_wrong_one_is_told(send, visit):
    page = Page(send(files=SimpleUploadedFile("x.exe", b"MZ")))
    assert "files" in page.errors() or "Attach PDF files" in page.text
    assert "choose the files again" in page.text
    send(files=SimpleUploadedFile("<b>proof.pdf", PDF))
    activity = Activity.objects.get()
    assert activity.attachments.get().name == "bproof.pdf"
    assert "bproof.pdf" in visit(f"/requests/{activity.number}/").text


# --- drafts ----------------------------------------------------------------------------------------------------------


def test_what_was_typed_is_kept_and_offered_again_until_it_is_sent(here, browser, visit):
    assert browser.post(f"{FORM}draft/", TYPED | {"topic": "", "once": "d"}).status_code == 204
    page = visit(FORM)
    assert "We kept what you typed on 24/11/2026 at 10:42." in page.text
    assert page.find("//textarea")[0].text.strip() == TYPED["text"]
    browser.post(FORM, TYPED | {"once": "d"})
    assert not Draft.objects.exists()
    browser.post(f"{FORM}draft/", TYPED | {"once": "d"})  # a moment late
    assert "We kept" not in visit(FORM).text


def test_a_draft_is_forgotten_for_who_begins_anew(here, browser, visit):
    browser.post(f"{FORM}draft/", TYPED)
    assert browser.post(f"{FORM}draft/", {"discard": "1"}).status_code == 302
    assert not Draft.objects.exists()


def test_a_form_that_is_as_it_began_is_no_draft(here, browser, visit):
    address = "/requests/new/personal_data/"
    began = {
        each.get("name"): each.get("value") or ""
        for each in visit(address).find("//main//form[@hx-post]//input[@name]")
    } | {"country": "IT"}
    browser.post(f"{address}draft/", began)
    assert not Draft.objects.exists()
    browser.post(f"{address}draft/", began | {"phone": "0535 1"})
    assert Draft.objects.exists()
    browser.post(f"{address}draft/", began)
    assert not Draft.objects.exists()


def test_an_iban_is_no_part_of_a_draft(odd, here, bill, browser, visit):
    browser.post(f"{FORM}draft/", {"holder_iban": "IT60X0542811101000000123456", "ways": ["x", "y"]})
    assert "IT60" not in str(Draft.objects.get().data)
    assert visit(FORM).find("//input[@name='ways'][@checked]/@value") == ["x", "y"]


def test_a_draft_about_another_invoice_is_not_offered(odd, here, bill, browser, visit):
    invoice(here.billing_account, "N2")
    browser.post(f"{FORM}draft/", {"invoice": "N2", "street": "Via Roma"})
    assert "We kept" not in visit(FORM, invoice="N1").text
    assert "We kept" in visit(FORM, invoice="N2").text


def test_nobody_sees_the_draft_of_another(here, browser):
    browser.post(f"{FORM}draft/", TYPED)
    bob = user("bob")
    access(bob, here.customer)
    client = Client()
    client.force_login(bob)
    assert TYPED["text"] not in client.get(FORM).content.decode()
