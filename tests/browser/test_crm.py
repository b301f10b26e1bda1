"""A visitor's complaint from the counter to the statistics: a rule gives it out, an absence moves it, a letter answers it."""

import re

from playwright.sync_api import Page, expect

from tests.browser.test_pages import assert_fine

WARN = """
from datetime import datetime
from zoneinfo import ZoneInfo
from sportello.domain.activities import due_notices
day = datetime.now(ZoneInfo("Europe/Rome"))
print(due_notices.tell(now=day.replace(hour=10, minute=0)))
"""


def complain(page: Page) -> str:
    """By post; gives the number."""
    page.locator("[name=visitor-name]").fill("Ada Storia")
    page.get_by_text("Per posta").click()
    for name, value in (("street", "Via Roma 1"), ("postcode", "41033"), ("municipality", "Concordia sulla Secchia")):
        page.locator(f"[name=visitor-{name}]").fill(value)
    for name in ("subject", "reason"):
        if page.locator(f"select[name={name}]").count():
            page.locator(f"select[name={name}]").select_option(index=1)
    page.locator("textarea[name=text]").fill("Nessuno mi ha risposto.")
    page.locator("main .button.main").click()
    page.wait_for_url("**/ask/receipt/")
    return page.locator(".kept-code").first.inner_text()


def test_a_complaint_has_an_owner_a_term_and_an_end(visit, demo) -> None:
    number = complain(visit("/ask/complaint/"))

    # The rule has given it to somebody of the office, who was invited.
    page = visit(f"/staff/requests/{number}/", who="responsabile")
    heading = page.locator("#charge")
    expect(heading).to_contain_text("Affidata a")
    owner = heading.inner_text().removeprefix("Affidata a ").strip()
    expect(page.get_by_text("Ufficio: Reclami")).to_be_visible()
    expect(page.get_by_text(f"Nell’agenda di {owner}")).to_be_visible()
    assert_fine(page, "it")

    # Due tomorrow, and in the plan of who has it.
    tomorrow = page.evaluate("new Date(Date.now() + 86400000).toISOString().slice(0, 10)")
    page.locator("#assign-due_on").fill(tomorrow)
    page.get_by_role("button", name="Affidare").click()
    expect(page.get_by_role("status").first).to_contain_text("affidata")
    page.goto(f"{demo.address}/staff/plan/?who=all&day={tomorrow}")
    expect(page.get_by_text(f"Reclamo {number}")).to_be_visible()
    assert_fine(page, "it")

    # Who has it goes away: all of it moves to who stands in.
    page.goto(f"{demo.address}/staff/team/")
    assert_fine(page, "it")
    page.get_by_role("link", name=owner).click()
    page.locator("#absence-substitute").select_option(label="Dario Bellei")
    page.locator("form", has=page.locator("#absence-substitute")).get_by_role("button", name="Salvare").click()
    expect(page.locator("main")).to_contain_text("sostituisce Dario Bellei")
    page.goto(f"{demo.address}/staff/requests/{number}/")
    expect(page.locator("#charge")).to_contain_text("Dario Bellei")

    # Warned before it is due; answered by a letter that goes into the post.
    assert int(demo.run("shell", "-c", WARN).split()[-1]) >= 1
    assert demo.run("shell", "-c", WARN).split()[-1] == "0"  # each once
    page = visit(f"/staff/requests/{number}/", who="contratti")
    page.locator("#execute-answer").fill("Ci scusiamo: ecco la risposta.")
    page.get_by_role("button", name="Evadere e rispondere").click()
    page.goto(f"{demo.address}/staff/requests/{number}/")
    expect(page.get_by_text("la lettera non è ancora stata spedita")).to_be_visible()

    # Counted.
    page = visit("/staff/statistics/?by=kind", who="responsabile", language="it")
    expect(page.get_by_role("row", name=re.compile("Reclamo")).last).to_be_visible()
    assert_fine(page, "it")
    page.get_by_role("link", name=re.compile(r"\d+ Reclamo")).click()
    expect(page.get_by_role("link", name=number)).to_be_visible()

    # As it was, for whoever tells the next story.
    page.goto(f"{demo.address}/staff/team/")
    page.get_by_role("link", name=owner).click()
    page.get_by_role("button", name="Di nuovo al lavoro").click()
    expect(page.get_by_role("status").first).to_contain_text("di nuovo al lavoro")


def test_many_are_given_with_the_keyboard_and_taken_back(visit, demo) -> None:
    page = visit("/staff/requests/", who="responsabile", language="en")
    page.locator("tbody th a").first.focus()
    for key in ("x", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("tbody input:checked")).to_have_count(2)
    page.keyboard.press("a")
    expect(page.locator("#many-to")).to_be_focused()
    page.locator("#many-to").select_option(label="Clienti e contratti")
    page.get_by_role("button", name="Give them").click()
    expect(page.get_by_text("requests have been given to Clienti e contratti.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("requests are as they were before.")).to_be_visible()
    assert_fine(page, "en")
