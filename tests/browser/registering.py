"""The way of somebody who has just got a letter: he registers, sees his invoices and reports a reading."""

import csv
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.test_first_access import PASSWORD, Story
from tests.running import Demo


def register_and_read(page: Page, at: Demo, *, customer: str, supply: str) -> None:
    """``page`` is that of the sign-in; it ends on the receipt's."""
    story = Story(page, "it")
    story.register(
        # Not every billing system tells tax codes: the number does as well.
        {"web_code": code_of(at, customer), "customer_number": customer, "tax_code": customer},
        f"casa.{customer}",
        "",
    )
    story.secret("password", PASSWORD)
    page.get_by_label(story["question"]).select_option("first_teacher")
    story.fill("answer", "Ines Bianchi")
    story.press("create")
    story.heading("ready")
    story.follow("sign in")
    story.sign_in(f"casa.{customer}", PASSWORD)

    page.locator("nav.tabs").get_by_role("link", name="Fatture").click()
    expect(page.locator("main tbody tr").first).to_be_visible()
    page.locator("nav.tabs").get_by_role("link", name="Autolettura").click()
    page.locator(f"main a[href='/readings/{supply}/']").first.click()
    fill_as_expected(page)
    page.locator("main form .button.main").click()
    page.wait_for_url(re.compile(r"/requests/[^/]+/$"))


def code_of(at: Demo, customer: str) -> str:
    """A web code issued for this customer, as the printer gets it."""
    file = Path(at.var) / f"codes-{customer}.csv"
    at.run("web_codes", "issue", "--customer", customer, "--file", str(file))
    with file.open(encoding="utf-8-sig", newline="") as rows:
        (row,) = csv.DictReader(rows)
    return row["code"]


def fill_as_expected(page: Page) -> list[str]:
    """Types into each dial the middle of what the page says is expected."""
    numbers = []
    for dial in page.locator("input.counts").all():
        expected = page.locator(f"[id='{dial.get_attribute('id')}-hint'] b.code").all_inner_texts()
        low, high = (int(re.sub(r"\D", "", text)) for text in expected[-2:])
        numbers.append(str((low + high) // 2))
        dial.fill(numbers[-1])
    return numbers
