import pytest
from django.test import Client

from sportello.desks.portal.tests.reading import Page
from tests.factories import household


def switch(page: Page, browser: Client, language: str):
    (form,) = page.find("//form[@class='languages']")
    fields = {field.get("name"): field.get("value") for field in form.xpath(".//input")}
    return browser.post(form.get("action"), {**fields, "language": language})


@pytest.mark.parametrize(
    "address",
    ["/overview/", "/invoices/?status=open&q=a%2Fb+c&page=2", "/invoices/2026~1G~1C1/", "/supplies/S-C1/", "/nowhere/"],
)
def test_the_switch_stays_on_the_page(alice, browser, address):
    household(who=alice)
    there = browser.get(address)
    page = Page(there, status=there.status_code)
    response = switch(page, browser, "it")
    assert (response.status_code, response.headers["Location"]) == (302, address)
    again = browser.get(address)
    assert Page(again, status=there.status_code).root.get("lang") == "it"


def test_it_works_for_who_has_not_signed_in(db):
    visitor = Client(headers={"accept-language": "en"})
    switch(Page(visitor.get("/sign-in/")), visitor, "it")
    assert Page(visitor.get("/sign-in/")).root.get("lang") == "it"


@pytest.mark.parametrize("bad", ["xx", "", "en<script>", "../../etc", "e" * 1000])
def test_a_language_that_is_not_there_changes_nothing(alice, browser, bad):
    household(who=alice)
    switch(Page(browser.get("/overview/")), browser, bad)
    assert Page(browser.get("/overview/")).root.get("lang") == "en"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_it_leads_to_no_other_site(alice, browser, elsewhere):
    response = browser.post("/language/", {"language": "it", "next": elsewhere})
    assert "evil" not in response.headers["Location"]
    assert response.headers["Location"].startswith("/")


def test_looking_at_it_changes_nothing(alice, browser):
    assert browser.get("/language/?language=it").status_code == 405


def test_the_present_language_is_marked(alice, visit):
    household(who=alice)
    assert visit("/overview/").find("//form[@class='languages']//button[@aria-current]/@value") == ["en"]


def test_money_and_dates_are_written_as_each_language_does(alice, browser):
    of = household(who=alice)
    type(of).objects.update(amount="12345.60")
    assert "€12,345.60" in Page(browser.get("/invoices/")).text
    browser.post("/language/", {"language": "it", "next": "/"})
    italian = Page(browser.get("/invoices/")).text
    assert "12.345,60 €" in italian
    assert "10/11/2026" in italian
