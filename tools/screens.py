"""The README's pictures, taken from the running demo."""

import argparse
import json
import os
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path("docs/screens")
# name, path, width, height
PICTURES = (
    ("overview", "/overview/", 1200, 860),
    ("invoices", "/invoices/", 1200, 860),
    ("overview-phone", "/overview/", 390, 860),
    ("reading-phone", "/readings/UT700001001/", 390, 860),
    ("consumption", "/supplies/UT700001001/consumption/", 1200, 860),
)


def sign_in(browser: Browser, address: str, *, width: int, height: int) -> Page:
    cast = json.loads((Path(os.environ.get("VAR_DIR", "var")) / "cast.json").read_text())
    maria = next(person for person in cast if person["username"] == "maria")
    page = browser.new_context(viewport={"width": width, "height": height}, locale="it-IT").new_page()
    page.goto(f"{address}/sign-in/")
    page.get_by_label("Nome utente").fill(maria["username"])
    page.get_by_label("Password").fill(maria["password"])
    page.locator("main .button.main").click()
    page.wait_for_url("**/overview/")
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    address = f"http://localhost:{parser.parse_args().port}"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for name, path, width, height in PICTURES:
            page = sign_in(browser, address, width=width, height=height)
            page.goto(address + path)
            page.screenshot(path=FOLDER / f"{name}.png")
        page = sign_in(browser, address, width=1200, height=860)
        page.goto(f"{address}/invoices/")
        page.locator("main th[scope=row] a").first.click()
        page.wait_for_url("**/invoices/*/")
        page.screenshot(path=FOLDER / "invoice.png")


if __name__ == "__main__":
    main()
