"""The page of invoices by e-mail: what holds, what is waited for, one press to end it, and nobody else's."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sportello.desks.limits import REQUESTS_OF_USER
from sportello.desks.portal.tests.reading import Page, plain
from sportello.domain.activities.kinds.tests.samples import TAKES_EVERYTHING
from sportello.domain.activities.models import Activity
from sportello.domain.customers.models import Customer, InvoiceRecipient, InvoiceSubscription, Supply
from sportello.domain.ledger.models import LedgerRow
from sportello.domain.messages.models import Message
from tests.factories import NOW, access, account, customer, invoice, invoice_subscription, supply, user

PATH = "/invoice-mail/"
FORM = "/requests/new/invoice_mail/"


@pytest.fixture(autouse=True)
def billing_takes_it(settings):
    settings.BILLING_CONNECTOR = TAKES_EVERYTHING


@pytest.fixture
def anna(alice) -> Customer:
    alice.email = "alice@example.it"
    alice.save()
    of = customer("C1")
    access(alice, of)
    invoice(supply(account(of), "S1").billing_account)
    return of


@pytest.fixture
def water(anna) -> Supply:
    return supply(anna.billing_accounts.get(), "S2", service="water", street="Via Pico", point_code=None)


def off(client: Client, **sent: str):
    return client.post(f"{PATH}off/", {"customer": "C1", "supply": "", "once": "o", **sent}, follow=True)


def sent_from(browser: Client, address: str, **typed: str):
    """Fills the form in as its page shows it, and confirms."""
    page = Page(browser.get(address))
    data = {
        each.get("name"): each.get("value") or ""
        for each in page.find("//main//input[@type='hidden' or @type='email' or @type='text']")
    }
    data |= {each.get("name"): each.get("value") for each in page.find("//main//input[@type='radio'][@checked]")}
    data |= {each.get("name"): "".join(each.xpath("option[@selected]/@value")) for each in page.find("//main//select")}
    data |= typed
    asked = browser.post(address, data)
    confirmed = re.search(r'name="confirmed" value="(\w+)"', asked.content.decode())
    return browser.post(address, {**data, "confirmed": confirmed[1]}, follow=True) if confirmed else asked


def test_who_has_none_is_shown_the_way(anna, visit):
    page = visit(PATH)
    assert "come on paper" in page.says("All invoices") and "Not by e-mail" in page.says("All invoices")
    assert page.links()["Get invoices by e-mail"] == f"{FORM}?customer=C1"
    for elsewhere in ("/invoices/", "/overview/", "/account/"):
        assert visit(elsewhere).links()["Invoice by e-mail"] == PATH


def test_asked_once_it_is_on_the_page_and_billing_is_told(anna, browser, visit):
    sent_from(browser, f"{FORM}?customer=C1", address_2="studio@example.it", due_date="on")
    said = visit(PATH).says("All invoices")
    assert "By e-mail, as a link" in said and "Reminders : some days before" in said.replace(
        "Reminders:", "Reminders :"
    )
    assert re.search(r"alice@example.it Confirmed .*studio@example.it To be confirmed", said)
    assert LedgerRow.objects.get().command == {"customer_code": "C1", "supply_code": "", "delivery": "email"}
    assert Activity.objects.get().number in visit(PATH).says("What was asked")


def test_what_waits_says_so_and_the_mail_can_be_sent_again(anna, browser, visit):
    sent_from(browser, f"{FORM}?customer=C1", address_1="new@example.it")
    page = visit(PATH)
    assert "Waits for a confirmed address" in page.says("All invoices")
    assert "until then your invoices come as before" in page.says("All invoices")
    number = Activity.objects.get().number
    assert "As soon as one of the addresses has been confirmed" in visit(f"/requests/{number}/").text
    (again,) = page.find("//form[contains(@action,'/again/')]/@action")
    assert plain(page.find("//form[contains(@action,'/again/')]//button")[0]) == "Send the mail again"
    for minutes, mails in ((0, 1), (5, 2)):
        with time_machine.travel(NOW + timedelta(minutes=minutes), tick=False):
            assert "We have written to new@example.it" in browser.post(again, follow=True).content.decode()
        assert Message.objects.filter(kind="prove_invoice_address").count() == mails
    assert browser.get(again).status_code == 302
    InvoiceRecipient.objects.update(expires_at=NOW)
    assert "Not confirmed in time" in visit(PATH).says("All invoices")


def test_one_press_ends_it_and_two_are_one(anna, browser, visit):
    sent_from(browser, f"{FORM}?customer=C1")
    for _ in range(2):
        assert "From now on nothing is sent by e-mail here" in off(browser).content.decode()
    assert not InvoiceSubscription.objects.exists()
    assert Activity.objects.count() == 2 and "Not by e-mail" in visit(PATH).says("All invoices")
    assert "do not come by e-mail at the moment" in off(browser, once="p").content.decode()
    assert browser.get(f"{PATH}off/").status_code == 302


def test_on_off_and_on_again_within_an_hour(anna, browser):
    for nth in range(2):
        sent_from(browser, f"{FORM}?customer=C1", once=f"n{nth}")
        assert InvoiceSubscription.objects.exists()
        off(browser, once=f"o{nth}")
        assert not InvoiceSubscription.objects.exists()
    assert Activity.objects.count() == 4


def test_one_supply_of_several_goes_its_own_way(anna, water, browser, visit):
    invoice_subscription(anna, "all@example.it")
    page = visit(PATH)
    address = page.links()["Water, Via Pico 39, Concordia sulla Secchia"]
    assert address == f"{FORM}?customer=C1&supply=S2"
    form = visit(FORM, customer="C1", supply="S2")
    assert form.chosen()["supply"] == "S2" and "As all my other invoices" in form.text
    assert "As all my other invoices" not in visit(FORM, customer="C1").text
    sent_from(browser, address, delivery="pdf", address_1="alice@example.it")
    page = visit(PATH)
    assert page.headings()[:2] == ["All other invoices", "Water, Via Pico 39, Concordia sulla Secchia"]
    off(browser, supply="S2")
    assert "whatever holds for the others" in visit(PATH).says("Water, Via Pico 39, Concordia sulla Secchia")


def test_nobody_ends_or_writes_for_another(anna, browser):
    other = customer("C2")
    recipient = invoice_subscription(other, "?bob@example.it").recipients.get()
    for foreign in ("C2", "C9", " "):
        assert off(browser, customer=foreign).status_code == 404
    assert off(browser, customer="").status_code == 200
    assert browser.post(f"{PATH}addresses/{recipient.pk}/again/").status_code == 404
    supply(account(other), "S9")
    assert "do not come by e-mail" in off(browser, supply="S9").content.decode()
    assert InvoiceSubscription.objects.get().is_on and not Message.objects.exists() and not Activity.objects.exists()


def test_many_customers_take_no_more_queries(anna, alice, browser):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(PATH).status_code == 200
        ours = ("customers_invoice", "customers_supply", "activities_")
        return sum(any(name in query["sql"] for name in ours) for query in captured)

    invoice_subscription(anna, "a@example.it", "?b@example.it")
    few = queries()
    for nth in range(3, 9):
        more = customer(f"C{nth}")
        access(alice, more)
        supply(account(more), f"S-{nth}")
        invoice_subscription(more, "a@example.it")
    assert queries() <= few


def test_an_address_that_is_hostile_is_shown_as_text(anna, browser, visit):
    hostile = '"<b>x</b>{{7*7}}"@example.it'
    invoice_subscription(anna, f"?{hostile}")
    assert hostile in visit(PATH).text and not visit(PATH).find("//main//p//b")
    assert InvoiceRecipient.objects.get().address == hostile


def test_who_sees_no_customer_sees_no_page(alice, browser):
    assert browser.get(PATH).status_code == 404
    assert user("bob").pk != alice.pk


def test_who_presses_too_often_has_to_wait(anna, alice, browser):
    REQUESTS_OF_USER.count(str(alice.pk), amount=REQUESTS_OF_USER.tries)
    invoice_subscription(anna, "a@example.it")
    assert off(browser).status_code == 429
    assert InvoiceSubscription.objects.get().is_on
