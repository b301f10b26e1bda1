"""What customers come for, done in a browser."""

import time
from io import BytesIO

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader


def test_maria_finds_what_she_owes_and_how_to_pay_it(visit) -> None:
    page = visit("/", who="maria")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Maria")
    page.get_by_role("link", name="Come pagare").click()
    page.get_by_role("link", name="Come pagare la fattura").first.click()
    expect(page.get_by_text("IT60 X054 2811 1010 0000 0123 456")).to_be_visible()
    expect(page.get_by_role("img", name="Codice QR")).to_be_visible()


def test_a_payment_comes_to_the_screen(visit, demo) -> None:
    assert seconds_until_paid(visit, demo) < 20


@pytest.mark.torture
def test_a_payment_is_on_the_screen_within_two_seconds(visit, demo) -> None:
    """A time is only worth something on a machine that does nothing else."""
    assert seconds_until_paid(visit, demo) < 2


def seconds_until_paid(visit, demo) -> float:
    """Pays an invoice in billing, and looks at the page of what is to be paid until it is gone from there."""
    page = visit("/pay/", who="stefania")
    number = page.locator("main .rows a strong").last.inner_text()
    demo.run("billing", "pay", number)
    paid_at = time.monotonic()
    page.reload()
    while page.get_by_text(number).count():
        assert time.monotonic() - paid_at < 20, "the payment has not arrived"
        page.reload()
    arrived_after = time.monotonic() - paid_at
    page.goto(page.url.replace("/pay/", "/invoices/?q=" + number))
    expect(page.locator("main table .tag")).to_have_text("Pagata")
    return arrived_after


def test_filters_narrow_the_list_and_stay_in_the_address(visit) -> None:
    page = visit("/invoices/", who="maria")
    page.get_by_label("Anno").select_option("2025")
    expect(page.get_by_role("status")).to_contain_text("fatture")
    page.wait_for_url("**year=2025**")
    assert {cell[-4:] for cell in page.locator("td[data-label=Data]").all_inner_texts()} == {"2025"}
    page.reload()
    expect(page.get_by_label("Anno")).to_have_value("2025")


def test_the_list_works_without_script(chromium, demo, visit) -> None:
    page = visit("/invoices/", who="maria")
    plain = chromium.new_context(java_script_enabled=False, locale="it-IT")
    plain.add_cookies(page.context.cookies())
    bare = plain.new_page()
    bare.goto(f"{demo.address}/invoices/")
    bare.get_by_label("Stato").select_option("paid")
    bare.get_by_role("button", name="Mostra").click()
    assert "status=paid" in bare.url
    assert set(bare.locator("td[data-label=Stato]").all_inner_texts()) == {"Pagata"}
    plain.close()


def test_the_language_changes_and_the_page_stays(visit) -> None:
    page = visit("/invoices/?year=2025", who="maria")
    page.get_by_role("button", name="EN").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Invoices")
    assert page.url.endswith("/invoices/?year=2025")


def test_the_keyboard_alone_is_enough(visit, demo) -> None:
    page = visit("/sign-in/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Vai al contenuto")
    page.get_by_label("Nome utente").focus()
    page.keyboard.type("maria")
    page.keyboard.press("Tab")
    page.keyboard.type(demo.person("maria")["password"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/overview/")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.locator(":focus").inner_text() == "Come pagare":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/pay/**")


def test_a_wrong_password_says_so_and_keeps_the_name(visit) -> None:
    page = visit("/sign-in/", language="en")
    page.get_by_label("User name").fill("maria")
    page.get_by_label("Password").fill("wrong")
    page.locator("main .button.main").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("User name")).to_have_value("maria")
    assert page.title().startswith("Error")


def test_nobody_sees_the_invoice_of_another(visit, demo) -> None:
    mine = visit("/invoices/", who="maria").locator("main th[scope=row] a").first.get_attribute("href")
    page = visit(mine, who="franco")
    expect(page.get_by_role("heading", level=1)).to_have_text("Questa pagina non c'è")


def test_signing_out_ends_it(visit, demo) -> None:
    page = visit("/overview/", who="franco", anew=True)
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Esci").click()
    page.wait_for_url("**/sign-in/**")
    page.goto(f"{demo.address}/overview/")
    assert "/sign-in/" in page.url


def test_an_invoice_list_prints_without_menus(visit) -> None:
    page = visit("/invoices/", who="maria")
    page.emulate_media(media="print")
    expect(page.locator("nav.tabs")).to_be_hidden()
    expect(page.locator("form.filters")).to_be_hidden()
    expect(page.locator("main table")).to_be_visible()
    assert len(PdfReader(BytesIO(page.pdf(format="A4"))).pages) <= 3


def test_enter_in_the_search_is_one_step_back(visit) -> None:
    page = visit("/invoices/", who="maria")
    before = page.evaluate("history.length")
    page.get_by_label("Numero fattura").fill("2026/E")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=2026%2FE**")
    assert page.evaluate("history.length") == before + 1
