"""Whether somebody wants to be reminded."""

import pytest
from django.test import Client

from sportello.desks.portal.tests.reading import Page
from sportello.domain.activities.models import ReminderChoice
from tests.factories import access, customer, user

ADDRESS = "/account/reminders/"


@pytest.fixture(autouse=True)
def linked(alice):
    access(alice, customer())


def checked(page: Page) -> list[str]:
    return page.find("//input[@name='reading' and @checked]/@value")


def test_who_has_chosen_nothing_is_reminded(visit):
    assert checked(visit(ADDRESS)) == ["yes"]


def test_they_are_switched_off_and_on_again(alice, browser, visit):
    for choice in ("no", "no", "yes"):
        assert browser.post(ADDRESS, {"reading": choice}).headers["Location"] == ADDRESS
        page = visit(ADDRESS)
        assert checked(page) == [choice]
        assert "Your choice is kept." in page.text
        assert ReminderChoice.objects.get(user=alice, kind="reading").wanted == (choice == "yes")


@pytest.mark.parametrize("data", [{}, {"reading": "maybe"}])
def test_no_answer_changes_nothing(browser, data):
    page = Page(browser.post(ADDRESS, data))
    assert page.find("//*[@id='error-summary']")
    assert not ReminderChoice.objects.exists()


def test_the_access_page_and_the_readings_lead_there(visit):
    assert visit("/account/").links()["Reminders"] == ADDRESS
    assert visit("/readings/").links()["Switch reminders on or off"] == ADDRESS


@pytest.mark.parametrize(("email", "told"), [("", True), ("alice@example.it", False)])
def test_who_has_no_address_is_told_that_none_can_arrive(alice, visit, email, told):
    alice.email = email
    alice.save()
    assert ("no reminder can reach you" in visit(ADDRESS).text) == told


def test_it_is_ones_own(alice, browser):
    bob = user("bob")
    browser.post(ADDRESS, {"reading": "no", "user": str(bob.pk)})
    client = Client()
    client.force_login(bob)
    assert checked(Page(client.get(ADDRESS))) == ["yes"]
