"""Somebody without an access asks for information, keeps his receipt, and finds his request again: in Italian, on a telephone."""

import re

import pytest
from playwright.sync_api import Page, expect

from sportello.domain.files.tests.papers import paper
from tests.browser.test_pages import LOOKS, assert_fine, assert_fine_and_fits

NASTY = "Gino <script>alert(1)</script> \"'{{7*7}}"


def send(page: Page) -> None:
    page.locator("main .button.main").click()


def fill_in(page: Page) -> None:
    page.locator("[name=visitor-name]").fill(NASTY)
    page.get_by_text("Per telefono").click()
    page.get_by_label("Numero di telefono").fill("0535 66.12.34")
    page.locator("[name=topic]").select_option("contract")
    page.locator("[name=text]").fill("Quanto dura il contratto?\nGrazie")


def test_a_visitor_asks_and_finds_his_request_again(visit, demo) -> None:
    page = visit("/sign-in/", width=390)
    page.get_by_role("link", name="Ci scriva senza accedere").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ci scriva")
    assert_fine(page, "it")
    page.locator("main a[href='/ask/information/']").click()
    assert_fine(page, "it")

    send(page)
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Scelga come vuole ricevere la risposta.")
    assert_fine(page, "it")
    # Each way shows what belongs to it, and nothing else.
    expect(page.locator("[name=visitor-phone]")).to_be_hidden()
    page.get_by_text("Per posta").click()
    expect(page.get_by_label("CAP")).to_be_visible()
    send(page)
    assert_fine(page, "it")
    fill_in(page)
    expect(page.get_by_label("CAP")).to_be_hidden()
    page.get_by_label("Allegati").set_input_files({"name": "<b>.pdf", "mimeType": "text/html", "buffer": paper()})
    page.locator("summary", has_text="Come usiamo i suoi dati").click()
    assert_fine(page, "it")

    send(page)
    page.wait_for_url("**/ask/receipt/")
    expect(page.get_by_role("status")).to_contain_text("Abbiamo ricevuto la sua richiesta")
    expect(page.get_by_text("La chiamiamo al numero +390535661234.")).to_be_visible()
    expect(page.get_by_text(NASTY)).to_be_visible()
    expect(page.get_by_role("button", name="Stampa")).to_be_visible()
    assert_fine(page, "it")
    number, code = page.locator(".kept-code").all_inner_texts()
    assert re.fullmatch(r"A-\d{8}", number)

    page.context.clear_cookies()
    page.goto(f"{demo.address}/ask/receipt/")
    page.wait_for_url("**/ask/status/")
    page.get_by_label("Numero della richiesta").fill(number)
    page.get_by_label("Codice della ricevuta").fill("ABCD")
    send(page)
    expect(page.get_by_role("alert")).to_be_focused()
    assert_fine(page, "it")
    page.get_by_label("Codice della ricevuta").fill(code.lower())
    send(page)
    page.wait_for_url("**/ask/request/")
    expect(page.locator("main .tag")).to_have_text("Nuova")
    page.get_by_label("Il suo messaggio").fill("Ancora una cosa")
    send(page)
    expect(page.get_by_text("Abbiamo ricevuto il suo messaggio.")).to_be_visible()
    expect(page.locator(".said")).to_contain_text("Ancora una cosa")
    assert_fine(page, "it")


@pytest.mark.parametrize(("language", "width"), LOOKS)
def test_every_page_of_asking(visit, demo, language: str, width: int) -> None:
    page = visit("/ask/", language=language, width=width)
    for path in ("/ask/", "/ask/status/", "/ask/information/"):
        page.goto(demo.address + path)
        assert_fine_and_fits(page, language)


def test_it_works_without_script_and_by_the_keyboard(chromium, demo) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="it-IT", viewport={"width": 390, "height": 900})
    page = context.new_page()
    page.goto(f"{demo.address}/ask/information/")
    page.locator("[name=visitor-name]").focus()
    page.keyboard.type("Gino")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # by telephone
    page.keyboard.press("Tab")
    page.keyboard.type("3331234567")
    page.keyboard.press("Tab")  # the customer number; the field that nobody sees is passed over
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("Quanto dura?")
    page.keyboard.press("Tab")
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.locator(":focus").evaluate("node => node.tagName") == "BUTTON":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/ask/receipt/")
    expect(page.get_by_role("button", name="Stampa")).to_be_hidden()
    context.close()
