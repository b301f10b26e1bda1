"""The product as its users meet it: the demo in a folder of its own, and Debian's Chromium."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.running import Demo, end, place, start


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    with place() as var:
        running = start(var)
        yield running
        end(running)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    flags = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def sessions() -> dict[tuple[str, str, str], list[Any]]:
    """The cookies of whoever has signed in, by demo, name and language: they are good until a test ends that session."""
    return {}


@pytest.fixture
def visit(
    request: pytest.FixtureRequest, chromium: Browser, sessions: dict[tuple[str, str, str], list[Any]]
) -> Iterator[Callable[..., Page]]:
    """Opens a page as somebody of the cast, in a language and at a width; fails on whatever the browser complains of.

    Who has been here before is still signed in, but where ``anew`` says that the test is about a session of its own.
    """
    contexts, complaints = [], []

    def visit(
        path: str,
        *,
        who: str | None = None,
        language: str = "it",
        width: int = 1200,
        at: Demo | None = None,
        anew: bool = False,
    ) -> Page:
        at = at or request.getfixturevalue("demo")  # only where no other is asked for: starting one takes its time
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, locale=f"{language}-{language.upper()}"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        kept = sessions.get((at.address, who or "", language), [])
        if kept and not anew:
            context.add_cookies(kept)
            page.goto(f"{at.address}{path}")
            if "/sign-in/" not in page.url:
                return page
        if who:
            sign_in(page, at, who, language)
            if not anew:
                sessions[at.address, who, language] = context.cookies()
        page.goto(f"{at.address}{path}")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert [complaint for complaint in complaints if "404" not in complaint and "503" not in complaint] == []


def sign_in(page: Page, at: Demo, who: str, language: str) -> None:
    person = at.person(who)
    page.goto(f"{at.address}/sign-in/")
    page.get_by_label("Nome utente" if language == "it" else "User name").fill(person["username"])
    page.get_by_label("Password").fill(person["password"])
    page.locator("main .button.main").click()
    page.wait_for_url(lambda url: "sign-in" not in url)
