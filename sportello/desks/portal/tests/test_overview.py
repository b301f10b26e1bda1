from datetime import date
from decimal import Decimal

import pytest
import time_machine

from sportello.desks.portal.tests.reading import plain
from sportello.domain.activities.kinds.self_reading.tests.cast import TAKES_READINGS, gas, given
from sportello.domain.activities.models import Activity, ReadingRules
from tests.factories import access, account, customer, household, invoice, meter, reading, supply


def test_it_says_that_nothing_is_to_be_paid(alice, visit):
    household(who=alice).__class__.objects.update(paid="121.40")
    page = visit("/overview/")
    assert page.says("To pay").startswith("To pay €0.00 Nothing to pay at the moment.")
    assert "How to pay" not in page.links()


def test_it_leads_straight_to_the_one_invoice(alice, visit):
    household(who=alice)
    page = visit("/overview/")
    assert "€121.40 1 invoice, due on 30/11/2026 (in 6 days)" in page.says("To pay")
    assert page.links()["How to pay"] == "/invoices/2026~1G~1C1/pay/"


def test_it_adds_several_up_and_leads_to_the_list(alice, visit):
    books = household(who=alice).billing_account
    invoice(books, "2026/G/2", amount=Decimal("78.60"), paid=Decimal("50.00"), due_on=date(2026, 12, 31))
    page = visit("/overview/")
    assert "€150.00 2 invoices, the first is due on 30/11/2026 (in 6 days)" in page.says("To pay")
    assert page.links()["How to pay"] == "/pay/"


@pytest.mark.parametrize(
    ("due_on", "words"),
    [(date(2026, 11, 24), "(today)"), (date(2026, 11, 25), "(tomorrow)"), (date(2026, 11, 26), "(in 2 days)")],
)
def test_it_counts_the_days(alice, visit, due_on, words):
    invoice(household(who=alice).billing_account, "2026/G/2", due_on=due_on)
    assert words in visit("/overview/").says("To pay")


def test_it_shows_what_is_overdue(alice, visit):
    books = household(who=alice).billing_account
    invoice(books, "2026/G/2", due_on=date(2026, 11, 23))
    page = visit("/overview/")
    assert "1 invoice is overdue." in page.text
    assert "2 invoices, 1 of them overdue" in page.says("To pay")


def test_what_falls_due_today_is_not_overdue(alice, visit):
    invoice(household(who=alice).billing_account, "2026/G/2", due_on=date(2026, 11, 24))
    assert "overdue" not in visit("/overview/").text


def test_what_the_bank_pays_is_not_asked_for(alice, visit):
    books = account(customer())
    access(alice, books.customer)
    invoice(books, collection="direct_debit")
    page = visit("/overview/")
    assert "Nothing to pay at the moment." in page.says("To pay")
    assert "your bank will pay €121.40 by direct debit" in page.says("To pay")


def test_what_is_contested_is_not_asked_for(alice, visit):
    books = account(customer())
    access(alice, books.customer)
    invoice(books, collection="suspended", due_on=date(2026, 1, 1))
    page = visit("/overview/")
    assert page.says("To pay").startswith("To pay €0.00 Nothing to pay")
    assert "is overdue." not in page.text


def test_it_says_what_is_in_the_customers_credit(alice, visit):
    owner = customer()
    access(alice, owner)
    account(owner, balance=Decimal("-34.10"))
    assert "€34.10 in your credit" in visit("/overview/").says("To pay")


@pytest.mark.parametrize("balance", [Decimal("0.00"), Decimal("5.00"), None])
def test_it_names_no_credit_where_there_is_none(alice, visit, balance):
    owner = customer()
    access(alice, owner)
    account(owner, balance=balance)
    assert "in your credit" not in visit("/overview/").text


def test_without_supplies_it_says_what_will_be_there(alice, visit):
    access(alice, customer())
    page = visit("/overview/")
    assert "No active supply." in page.says("My supplies")
    assert "No invoice yet." in page.says("Latest invoices")


def test_a_closed_supply_is_no_longer_current(alice, visit):
    books = account(customer())
    access(alice, books.customer)
    supply(books, status="closed", ended_on=date(2025, 1, 1))
    assert "No active supply." in visit("/overview/").says("My supplies")


def test_two_customers_are_told_apart(alice, visit):
    household("C1", who=alice)
    household("C2", who=alice)
    page = visit("/overview/")
    assert "€242.80" in page.says("To pay")
    assert "Anna Verdi C1 €121.40" in page.says("To pay")
    assert "Anna Verdi C2 €121.40" in page.says("To pay")
    assert "Anna Verdi C2" in page.says("My supplies")


def test_one_customer_is_not_named_again_and_again(alice, visit):
    household("C1", who=alice)
    page = visit("/overview/")
    assert "Anna Verdi C1" not in page.says("To pay") + page.says("My supplies")


def test_a_credit_note_that_came_last_is_shown_as_one(alice, visit):
    books = household(who=alice).billing_account
    invoice(books, "2026/N/1", kind="credit_note", issued_on=date(2026, 11, 20), due_on=None, amount=Decimal("-30.00"))
    page = visit("/overview/")
    assert page.says("Latest invoices").startswith("Latest invoices 2026/N/1 −€30.00 20/11/2026 In credit")
    assert "€121.40 1 invoice," in page.says("To pay")


def test_the_latest_invoices_are_shown_newest_first(alice, visit):
    books = household(who=alice).billing_account
    for day in range(11, 16):
        invoice(books, f"2026/G/{day}", issued_on=date(2026, 11, day))
    links = visit("/overview/").find("//section[@aria-labelledby='latest']//li//a/text()")
    assert links == ["2026/G/15", "2026/G/14", "2026/G/13"]


def test_of_two_hundred_supplies_it_shows_five_and_the_way_to_the_others(alice, visit):
    books = account(customer())
    access(alice, books.customer)
    for count in range(200):
        supply(books, f"S{count:03}")
    invoice(books, "2026/G/1")
    invoice(books, "2026/G/2", period_to=date(2026, 8, 31))
    page = visit("/overview/")
    assert len(page.find("//section[@aria-labelledby='supplies']//li")) == 5
    assert page.links()["All 200 supplies"] == "/supplies/"
    assert page.find("//figure") == []


def test_consumption_is_drawn_with_its_table(alice, visit):
    books = household(who=alice).billing_account
    invoice(books, "2026/G/2", period_to=date(2026, 8, 31), kind="period_estimated", consumption=Decimal("98.5"))
    invoice(books, "2025/G/1", issued_on=date(2025, 11, 10), period_to=date(2025, 10, 31), consumption=Decimal("190"))
    page = visit("/overview/")
    assert "Gas billed, Smc" in page.headings()
    lines = [plain(line) for line in page.find("//figure//tbody/tr")]
    assert lines == ["Aug 2026 98.5 – estimated", "Oct 2026 205 190 actual"]
    assert len(page.find("//figure//*[name()='svg'][@role='img']//*[name()='rect'][@class='estimated']")) == 1


def test_one_bill_alone_is_not_drawn(alice, visit):
    household(who=alice)
    assert visit("/overview/").find("//figure") == []


def test_the_greeting_follows_the_clock_in_italy(alice, browser, visit):
    household(who=alice)
    assert visit("/overview/").find("//h1/text()") == ["Good morning, Alice"]
    with time_machine.travel("2026-11-24T17:01:00+00:00", tick=False):
        assert visit("/overview/").find("//h1/text()") == ["Good evening, Alice"]


def test_what_a_name_holds_is_text_and_nothing_else(alice, visit):
    alice.first_name = "<script>alert(1)</script>{{ 7*7 }}"
    alice.save()
    household(who=alice)
    page = visit("/overview/")
    assert page.find("//h1/text()") == ["Good morning, <script>alert(1)</script>{{ 7*7 }}"]
    assert page.find("//main//script") == []


# --- is a reading wanted, and what became of what was asked ----------------------------------------------------------


@pytest.fixture
def wanted(db, settings):
    settings.BILLING_CONNECTOR = TAKES_READINGS
    ReadingRules.objects.create(service="gas", valid_from=date(2020, 1, 1), opens_day=20, closes_day=30)


def asked(page) -> str:
    (notice,) = page.find("//section[@aria-label='Reading wanted']") or [None]
    return "" if notice is None else plain(notice)


def test_a_reading_that_is_wanted_is_asked_for(wanted, alice, visit):
    gas(who=alice)
    page = visit("/overview/")
    assert asked(page) == (
        "It is time to read your gas meter. With the reading by 30/11/2026, your next invoice counts what you really used. Send the reading"
    )
    assert page.links()["Send the reading"] == "/readings/S-C1/"


def test_of_several_it_leads_to_all_of_them(wanted, alice, visit):
    books = gas(who=alice).billing_account
    meter(supply(books, "S2"))
    page = visit("/overview/")
    assert asked(page).startswith("It is time to read 2 meters.")
    assert page.links()["Send the readings"] == "/readings/"


NOT_WANTED = {
    "it is read from afar": lambda here: here.meters.update(remote_read=True),
    "it has no meter": lambda here: here.meters.all().delete(),
    "it is closed": lambda here: type(here).objects.update(status="closed"),
    "it is not active yet": lambda here: type(here).objects.update(status="activating"),
    "the window is closed": lambda here: ReadingRules.objects.update(opens_day=1, closes_day=10),
    "the window never closes": lambda here: ReadingRules.objects.update(opens_day=None, closes_day=None),
    "the window is of water": lambda here: ReadingRules.objects.update(service="water"),
    "the window is of next year": lambda here: ReadingRules.objects.update(valid_from=date(2027, 1, 1)),
    "it was given": lambda here: given(here, 1110),
    "an operator has it": lambda here: given(here, 18452),
    "the distributor has read it": lambda here: reading(here, read_on=date(2026, 11, 20)),
}
STILL_WANTED = {
    "it was estimated": lambda here: reading(here, read_on=date(2026, 11, 20), origin="estimated"),
    "the distributor refused it": lambda here: reading(
        here, read_on=date(2026, 11, 20), origin="self", validation="refused"
    ),
    "an operator refused it": lambda here: refused(given(here, 1110)),
    "another gave his": lambda here: given(gas("C2"), 1110),
}


@pytest.mark.parametrize("why", NOT_WANTED)
def test_otherwise_it_is_not(wanted, alice, visit, why):
    NOT_WANTED[why](gas(who=alice))
    assert asked(visit("/overview/")) == ""


@pytest.mark.parametrize("why", STILL_WANTED)
def test_what_counts_for_nothing_leaves_it_wanted(wanted, alice, visit, why):
    STILL_WANTED[why](gas(who=alice))
    assert asked(visit("/overview/"))


def refused(activity: Activity) -> None:
    Activity.objects.filter(pk=activity.pk).update(status="refused", ended_at=activity.opened_at)


def test_what_became_of_the_latest_requests_is_said(wanted, alice, visit):
    activity = given(gas(who=alice), 1110, by=alice)
    page = visit("/overview/")
    assert (
        page.says("My requests")
        == f"My requests Self-reading {activity.number} New 24/11/2026 · Gas All requests New request"
    )
    assert page.links()[f"Self-reading {activity.number}"] == f"/requests/{activity.number}/"
    Activity.objects.update(status="executed", exported_at=activity.opened_at, executed_at=activity.opened_at)
    assert "Executed 24/11/2026 · Gas It is in billing." in visit("/overview/").says("My requests")


def test_without_requests_it_says_what_will_be_there(alice, visit):
    access(alice, customer())
    assert "whatever you ask of us will be listed here" in visit("/overview/").says("My requests")


def test_of_many_requests_it_shows_the_latest_three(wanted, alice, visit):
    here = gas(who=alice)
    for number in range(5):
        given(here, 1110 + number, by=alice)
    assert len(visit("/overview/").find("//section[@aria-labelledby='asked']//li")) == 3
