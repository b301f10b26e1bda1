"""The customer reports a reading and sees what becomes of it: on a telephone, with the keyboard, without script."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.registering import register_and_read
from tests.browser.test_pages import LOOKS, assert_fine, assert_fine_and_fits
from tests.running import Demo

PATIENCE = 90_000  # ms, for the worker and billing on a busy machine
DIGITS = re.compile(r"fra (\d+) e (\d+)|between (\d+) and (\d+)")


def expected(page: Page) -> int:
    """A number in the middle of what the page says it expects of the first dial."""
    hint = page.locator("main .hint").first.inner_text()
    found = DIGITS.search(hint)
    assert found, hint
    low, high = (int(number) for number in found.groups() if number)
    return (low + high) // 2


def open_gas(page: Page) -> None:
    """From wherever one is to the form of the first gas meter that can be read."""
    page.locator("nav.tabs").get_by_role("link", name="Autolettura").click()
    page.get_by_role("link", name=re.compile("Invia una lettura Gas")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Che numero segna il contatore?")


def test_maria_reads_her_gas_meter(visit) -> None:
    """From the overview over an error and a confirmation to the receipt, and what billing makes of it, without a reload."""
    page = visit("/overview/", who="maria", width=390)
    assert_fine(page, "it")
    open_gas(page)
    assert_fine(page, "it")
    field = page.locator("input.counts")
    plausible = expected(page)

    field.fill("47,81")
    page.get_by_role("button", name="Controlla e invia").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(field).to_have_value("47,81")
    assert_fine(page, "it")
    page.get_by_role("alert").get_by_role("link").click()
    expect(field).to_be_focused()

    field.fill("99999")
    page.get_by_role("button", name="Controlla e invia").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("È giusto così?")
    expect(page.get_by_text("volte quello che ci aspettavamo")).to_be_visible()
    assert_fine(page, "it")
    page.get_by_role("link", name="Correggi").click()
    expect(field).to_have_value("99999")
    assert_fine(page, "it")

    field.fill(str(plausible))
    page.get_by_role("button", name="Controlla e invia").click()
    page.wait_for_url("**/requests/**")
    expect(page.get_by_role("status")).to_contain_text("Abbiamo ricevuto la sua lettura")
    assert_fine(page, "it")
    expect(page.locator("#now .tag")).to_have_text("Evasa", timeout=PATIENCE)
    assert page.locator("#thread li.done").count() >= 3
    assert_fine(page, "it")

    number = page.url.rstrip("/").rpartition("/")[2]
    page.locator("nav.tabs").get_by_role("link", name="Panoramica").click()
    expect(page.locator("section", has_text="Le mie richieste").get_by_role("link", name=number)).to_be_visible()
    assert_fine(page, "it")


def test_an_unusual_reading_waits_for_an_operator_with_its_note(visit) -> None:
    """A pair of numbers, smaller than the last ones: the meter may have been changed."""
    page = visit("/readings/", who="roberto", width=390)
    page.get_by_role("link", name=re.compile("Invia una lettura")).first.click()
    page.locator("input.counts").first.wait_for()
    for field in page.locator("input.counts").all():
        field.fill("1")
    page.get_by_role("button", name="Controlla e invia").click()
    page.get_by_label("Nota").fill("Il contatore è nuovo <script>alert(1)</script>")
    page.get_by_role("button", name="Sì, invia").click()
    expect(page.locator("#now .tag")).to_have_text("Da un operatore")
    expect(page.get_by_text("<script>alert(1)</script>")).to_be_visible()
    assert_fine(page, "it")


def test_the_keyboard_alone_is_enough(visit) -> None:
    page = visit("/readings/", who="stefania")
    tab_to(page, re.compile("Invia una lettura"))
    page.keyboard.press("Enter")
    page.locator("input.counts").first.wait_for()
    while page.evaluate("document.activeElement.className") != "counts":
        page.keyboard.press("Tab")
    page.keyboard.type("abc")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.className") == "counts"


def tab_to(page: Page, words: re.Pattern[str]) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if words.search(page.locator(":focus").inner_text()):
            return
    raise AssertionError(f"nothing says {words.pattern}")


def test_what_is_typed_is_kept_when_the_page_is_left(visit) -> None:
    page = visit("/readings/", who="maria", width=390)
    page.get_by_role("link", name=re.compile("Invia una lettura Luce")).first.click()
    field = page.locator("input.counts").first
    with page.expect_response("**/draft/") as kept:
        field.fill("123")
        field.blur()
    assert kept.value.status == 204
    page.goto(page.url)
    expect(page.get_by_text("Abbiamo conservato quello che ha scritto")).to_be_visible()
    expect(field).to_have_value("123")
    assert_fine(page, "it")
    page.get_by_role("button", name="Ricomincia da capo").click()
    expect(field).to_have_value("")


def test_it_works_without_script(chromium, demo, visit) -> None:
    page = visit("/readings/", who="luisa", width=390)
    plain = chromium.new_context(java_script_enabled=False, locale="it-IT")
    plain.add_cookies(page.context.cookies())
    bare = plain.new_page()
    bare.goto(page.locator("main a", has_text="Invia una lettura").first.evaluate("link => link.href"))
    bare.locator("input.counts").first.fill("12,5")
    bare.get_by_role("button", name="Controlla e invia").click()
    expect(bare.get_by_role("alert")).to_be_visible()
    bare.locator("details.inline summary").click()
    expect(bare.locator("input[name=read_on]")).to_be_visible()
    bare.goto(f"{demo.address}/requests/")
    bare.locator("main th a").first.click()
    expect(bare.get_by_role("heading", level=1)).to_have_text(re.compile("Richiesta"))
    plain.close()


PATHS = ("/readings/", "/readings/several/", "/readings/upload/", "/requests/", "/account/reminders/")


@pytest.mark.parametrize(("language", "width"), LOOKS)
@pytest.mark.parametrize("who", ["maria", "davide", "chiara"])
def test_every_page_of_it(visit, demo, who: str, language: str, width: int) -> None:
    page = visit(PATHS[0], who=who, language=language, width=width)
    for path in PATHS:
        page.goto(demo.address + path)
        assert_fine_and_fits(page, language)


def test_a_file_with_errors_is_told_line_by_line(visit, demo, tmp_path) -> None:
    page = visit("/readings/upload/", who="davide", width=390)
    file = tmp_path / "letture.csv"
    file.write_text(f"Fornitura;Data;Lettura\nXX;{time.strftime('%d/%m/%Y')};12\n")
    page.get_by_label("File con le letture").set_input_files(file)
    page.get_by_role("button", name="Controlla e invia").click()
    expect(page.get_by_role("alert")).to_contain_text("Nel file c'è 1 errore")
    assert_fine(page, "it")


def test_who_has_just_got_his_code_registers_sees_his_invoices_and_reports_a_reading(visit, demo: Demo) -> None:
    """Water, which can be read on any day."""
    page = visit("/sign-in/", width=390)
    register_and_read(page, demo, customer="700015", supply="UT700015001")
    expect(page.locator("#now .tag")).to_have_text("Evasa", timeout=PATIENCE)
