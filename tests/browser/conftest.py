"""The product as its users meet it: the demo in a folder of its own, and Debian's Chromium."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.running import Demo, end, start


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All browser tests in one process: they share one demo."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    running = start(tmp_path_factory.mktemp("demo") / "var")
    yield running
    end(running)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    flags = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        yield browser
        browser.close()


@pytest.fixture
def visit(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page as somebody of the cast, in a language and at a width; fails on whatever the browser complains of."""
    contexts, complaints = [], []

    def visit(
        path: str, *, who: str | None = None, language: str = "it", width: int = 1200, at: Demo | None = None
    ) -> Page:
        at = at or request.getfixturevalue("demo")  # only where no other is asked for: starting one takes its time
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, locale=f"{language}-{language.upper()}"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if who:
            person = at.person(who)
            page.goto(f"{at.address}/sign-in/")
            page.get_by_label("Nome utente" if language == "it" else "User name").fill(person["username"])
            page.get_by_label("Password").fill(person["password"])
            page.locator("main .button.main").click()
            page.wait_for_url(lambda url: "sign-in" not in url)
        page.goto(f"{at.address}{path}")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert [complaint for complaint in complaints if "404" not in complaint and "503" not in complaint] == []
