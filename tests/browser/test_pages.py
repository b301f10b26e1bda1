"""Every page, in both languages and at two widths: nothing that axe objects to, nothing wider than the screen."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe()
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
INVOICE = "main th[scope=row] a"


def violations(page: Page) -> list[tuple[str, str]]:
    found: list[dict[str, Any]] = AXE.run(page, options=RULES).response["violations"]
    return [(rule["id"], node["html"][:160]) for rule in found for node in rule["nodes"]]


def assert_fine(page: Page, language: str) -> None:
    page.wait_for_load_state()  # with its styles: a click only begins to open a page
    assert page.locator("html").get_attribute("lang") == language
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} is wider than the screen"
    assert violations(page) == [], page.url


@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("language", ["it", "en"])
def test_the_pages_of_a_customer(visit, language: str, width: int) -> None:
    page = visit("/overview/", who="maria", language=language, width=width)
    assert_fine(page, language)
    for path in ("/invoices/", "/invoices/?supply=nobody&year=1800&q=0002", "/invoices/?q=none", "/pay/", "/supplies/"):
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + path)
        assert_fine(page, language)
    page.goto(page.url.replace("/supplies/", "/invoices/"))
    page.locator(INVOICE).first.click()
    assert_fine(page, language)
    page.goto(page.url + "pay/")
    assert_fine(page, language)


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("who", ["stefania", "davide", "chiara", "franco", "luisa", "giorgio", "mario", "maddalena"])
def test_the_overview_and_list_of_the_odd_ones(visit, who: str, language: str) -> None:
    page = visit("/overview/", who=who, language=language, width=390)
    assert_fine(page, language)
    page.goto(page.url.replace("/overview/", "/invoices/"))
    assert_fine(page, language)


@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("language", ["it", "en"])
def test_what_a_visitor_sees(visit, language: str, width: int) -> None:
    page = visit("/sign-in/", language=language, width=width)
    assert_fine(page, language)
    page.locator("main .button.main").click()
    assert_fine(page, language)
    page.goto(page.url.replace("/sign-in/", "/not-here/"))
    assert_fine(page, language)


@pytest.mark.parametrize("language", ["it", "en"])
def test_the_page_of_staff(visit, language: str) -> None:
    assert_fine(visit("/staff/", who="admin", language=language), language)
