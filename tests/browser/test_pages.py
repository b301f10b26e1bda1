"""Every page, in both languages and at two widths: nothing that axe objects to, nothing wider than the screen."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe()
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],  # of all else only one example each, which takes half the time
}
WIDTHS = (1200, 390)
FIRST = "main th[scope=row] a"

# Each page in both languages and at both widths; all four of them where there is time.
LOOKS = [
    ("it", 390),
    ("en", 1200),
    pytest.param("it", 1200, marks=pytest.mark.torture),
    pytest.param("en", 390, marks=pytest.mark.torture),
]


def violations(page: Page) -> list[tuple[str, str]]:
    found: list[dict[str, Any]] = AXE.run(page, options=RULES).response["violations"]
    return [(rule["id"], node["html"][:160]) for rule in found for node in rule["nodes"]]


def assert_fine(page: Page, language: str) -> None:
    page.wait_for_load_state()  # with its styles: a click only begins to open a page
    assert page.locator("html").get_attribute("lang") == language
    assert_fits(page)
    assert violations(page) == [], page.url


def assert_fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} is wider than the screen"


def assert_fine_and_fits(page: Page, language: str) -> None:
    """Fine at its own width, and no wider than the screen at any."""
    assert_fine(page, language)
    before = page.viewport_size
    assert before
    for width in WIDTHS:
        if width != before["width"]:
            page.set_viewport_size({"width": width, "height": before["height"]})
            assert_fits(page)
    page.set_viewport_size(before)


@pytest.mark.parametrize(("language", "width"), LOOKS)
def test_the_pages_of_a_customer(visit, demo, language: str, width: int) -> None:
    page = visit("/overview/", who="maria", language=language, width=width)
    assert_fine_and_fits(page, language)
    for path in ("/invoices/?supply=nobody&year=1800&q=0002", "/invoices/?q=none", "/pay/", "/supplies/", "/invoices/"):
        page.goto(demo.address + path)
        assert_fine_and_fits(page, language)
    page.locator(FIRST).first.click()
    assert_fine_and_fits(page, language)
    page.goto(page.url + "pay/")
    assert_fine_and_fits(page, language)


ODD_ONES = ["stefania", "davide", "chiara", "franco", "luisa", "giorgio", "mario", "maddalena"]
# Whose pages have a form of their own; their words are those of everybody.
THEIR_LOOKS = [
    pytest.param(who, language, marks=[pytest.mark.torture] if (place + of) % 2 else [])
    for place, who in enumerate(ODD_ONES)
    for of, language in enumerate(["it", "en"])
]


@pytest.mark.parametrize(("who", "language"), THEIR_LOOKS)
def test_the_overview_and_list_of_the_odd_ones(visit, demo, who: str, language: str) -> None:
    page = visit("/overview/", who=who, language=language, width=390)
    assert_fine_and_fits(page, language)
    page.goto(f"{demo.address}/invoices/")
    assert_fine_and_fits(page, language)


@pytest.mark.parametrize(("language", "width"), LOOKS)
def test_what_a_visitor_sees(visit, demo, language: str, width: int) -> None:
    page = visit("/sign-in/", language=language, width=width)
    assert_fine_and_fits(page, language)
    page.locator("main .button.main").click()
    assert_fine_and_fits(page, language)
    page.goto(f"{demo.address}/not-here/")
    assert_fine_and_fits(page, language)


ADMINISTRATION = (
    "/staff/rules/readings/add/",
    "/staff/administration/",
    "/staff/administration/people/",
    "/staff/administration/people/add/",
    "/staff/administration/replies/",
    "/staff/administration/replies/add/",
    "/staff/administration/kinds/",
    "/staff/administration/terms/",
    "/staff/administration/terms/add/",
    "/staff/administration/bounds/",
    "/staff/administration/bounds/add/",
    "/staff/administration/texts/",
    "/staff/administration/texts/request_answered-it/",
)


@pytest.mark.parametrize("language", ["it", pytest.param("en", marks=pytest.mark.torture)])
def test_the_pages_of_an_administrator(visit, demo, language: str) -> None:
    page = visit("/staff/", who="admin", language=language)
    assert_fine_and_fits(page, language)
    for path in ADMINISTRATION:
        page.goto(demo.address + path)
        assert_fine_and_fits(page, language)


@pytest.mark.parametrize("language", ["en", pytest.param("it", marks=pytest.mark.torture)])
def test_the_pages_of_back_office(visit, demo, language: str) -> None:
    page = visit("/staff/requests/?state=all&why=automatic&kind=mailing_address", who="backoffice", language=language)
    assert_fine_and_fits(page, language)
    page.locator(FIRST).first.click()  # billing has executed it, and there are letters to print
    page.wait_for_url(lambda url: "/requests/A-" in url)
    assert_fine_and_fits(page, language)
    for path in ("/staff/", "/staff/readings/", "/staff/requests/", "/staff/requests/suspects/", "/staff/letters/"):
        page.goto(demo.address + path)
        assert_fine_and_fits(page, language)


@pytest.mark.parametrize("language", ["it", pytest.param("en", marks=pytest.mark.torture)])
def test_who_can_see_a_customer_and_what_is_looked_at_in_his_place(visit, demo, language: str) -> None:
    page = visit("/staff/customers/700001/", who="backoffice", language=language, anew=True)
    page.locator("a[href$='/who/']").click()
    assert_fine_and_fits(page, language)
    page.go_back()
    page.locator("form[action$='/look/'] button").click()
    page.wait_for_url(lambda url: "/overview/" in url)
    assert_fine_and_fits(page, language)
    page.locator(".looking button").click()
    page.wait_for_url(lambda url: "/staff/customers/700001/" in url)
