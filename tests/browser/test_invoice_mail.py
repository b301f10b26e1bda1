"""Invoices by e-mail from the first press to the last, in Italian on a telephone; and for a customer who calls."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.test_pages import assert_fine

STUDIO = "studio.neri@example.it"


def send(page: Page) -> None:
    page.locator("main form.card .button.main:not(.second)").click()
    page.wait_for_load_state()


def test_a_customer_switches_it_on_an_address_is_confirmed_and_he_switches_it_off(
    visit: Callable[..., Page], demo: Any
) -> None:
    page = visit("/invoices/", who="simone", width=390)
    page.get_by_role("link", name="Fattura via e-mail").click()
    assert_fine(page, "it")
    page.get_by_role("link", name="Ricevi le fatture via e-mail").click()
    page.get_by_label("Via e-mail, con la fattura in PDF").check()
    page.get_by_label("Secondo indirizzo").fill("studio.neri@")
    send(page)
    expect(page.get_by_role("alert")).to_contain_text("Secondo indirizzo")
    assert_fine(page, "it")
    page.get_by_label("Secondo indirizzo").fill(STUDIO)
    send(page)
    expect(page.locator("main .answers")).to_contain_text(STUDIO)
    assert_fine(page, "it")
    send(page)
    page.wait_for_url("**/requests/A-*/")
    page.goto(f"{demo.address}/invoice-mail/")
    expect(page.get_by_text("Via e-mail, in PDF")).to_be_visible()
    expect(page.get_by_text("Da confermare")).to_be_visible()
    assert_fine(page, "it")
    confirm(visit, demo)
    page.reload()
    expect(page.get_by_text("Da confermare")).to_have_count(0)
    page.get_by_role("button", name="Disattiva").click()
    expect(page.get_by_text("Da adesso qui non si invia più nulla via e-mail")).to_be_visible()
    expect(page.get_by_text("Le sue fatture arrivano su carta")).to_be_visible()
    assert_fine(page, "it")


def confirm(visit: Callable[..., Page], demo: Any) -> None:
    """Whoever reads the other address opens the link in the mail and presses the button; he has no login."""
    page = visit("/demo/mailbox/", width=390)
    page.get_by_role("link", name=re.compile("Vuole ricevere qui")).first.click()
    page.goto(re.findall(r"https?://\S+/confirm-invoice-address/[\w-]+/", page.content())[0])
    expect(page.locator("main")).to_contain_text(STUDIO)
    expect(page.locator("main")).not_to_contain_text("Goldoni")
    assert_fine(page, "it")
    page.get_by_role("button", name="Sì, inviatele qui").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("L'indirizzo è confermato")
    assert_fine(page, "it")


def test_an_operator_does_it_for_who_calls(visit: Callable[..., Page]) -> None:
    page = visit("/staff/customers/", who="callcenter", width=390)
    page.get_by_label("Nome, codice cliente, telefono").fill("Lugli Serramenti")
    page.get_by_role("button", name="Trovare").click()
    page.wait_for_url("**/staff/customers/*/")
    assert_fine(page, "it")
    page.get_by_role("link", name="Fattura via e-mail").click()
    page.wait_for_url("**/invoice-mail/")
    assert_fine(page, "it")
    send(page)
    expect(page.get_by_role("alert")).to_contain_text("Indicare come è stato identificato chi chiama")
    assert_fine(page, "it")
    page.get_by_label("Come è stato identificato chi chiama").select_option("called_back")
    page.get_by_label("Primo indirizzo").fill("ufficio.lugli@example.it")
    send(page)
    page.wait_for_url("**/staff/requests/A-*/")
    expect(page.locator("main")).to_contain_text("Richiamato al numero che ha la fatturazione")
    assert_fine(page, "it")
