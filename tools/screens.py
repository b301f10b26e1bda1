"""The README's pictures, taken from the running demo."""

import argparse
import json
import os
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path("docs/screens")
# name, whose, path, the link that is followed from there, width, height
PICTURES = (
    ("overview", "maria", "/overview/", "", 1200, 860),
    ("invoices", "maria", "/invoices/", "", 1200, 860),
    ("invoice", "maria", "/invoices/", "main th[scope=row] a", 1200, 860),
    ("consumption", "maria", "/supplies/UT700001001/consumption/", "", 1200, 860),
    ("overview-phone", "maria", "/overview/", "", 390, 860),
    ("reading-phone", "maria", "/readings/UT700001001/", "", 390, 860),
    ("request-phone", "maria", "/requests/", "main tr:has-text('Rettifica') a", 390, 860),
    ("desk", "backoffice", "/staff/requests/", "", 1200, 860),
    ("delivery", "backoffice", "/staff/customers/700004/invoice-mail/", "main a[href^='/staff/invoices/']", 1200, 860),
    ("night", "admin", "/staff/administration/invoice-mail/", "", 1200, 860),
)


def sign_in(browser: Browser, address: str, username: str, *, width: int, height: int) -> Page:
    cast = json.loads((Path(os.environ.get("VAR_DIR", "var")) / "cast.json").read_text())
    person = next(each for each in cast if each["username"] == username)
    page = browser.new_context(viewport={"width": width, "height": height}, locale="it-IT").new_page()
    page.goto(f"{address}/sign-in/")
    page.get_by_label("Nome utente").fill(person["username"])
    page.get_by_label("Password").fill(person["password"])
    page.locator("main .button.main").click()
    page.wait_for_url(lambda url: "/sign-in/" not in url)
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    address = f"http://localhost:{parser.parse_args().port}"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for name, username, path, link, width, height in PICTURES:
            page = sign_in(browser, address, username, width=width, height=height)
            page.goto(address + path)
            if link:
                page.goto(address + str(page.locator(link).first.get_attribute("href")))
            page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
