"""The product as its users meet it: the demo in a folder of its own, and Debian's Chromium."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 240  # seconds for a first start on a busy machine


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All browser tests in one process: they share one demo."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@dataclass
class Demo:
    """A running demo. ``run`` gives a command to it, as another terminal would."""

    address: str
    var: Path
    cast: list[dict[str, Any]]
    process: subprocess.Popen[bytes]
    environ: dict[str, str]

    def run(self, *arguments: str) -> str:
        environ = self.environ | {"DATABASE_URL": (self.var / "database-url").read_text(), "DEMO": "1"}
        command = [sys.executable, "-m", "sportello", *arguments]
        return subprocess.run(command, env=environ, check=True, capture_output=True, text=True, cwd=ROOT).stdout

    def person(self, username: str) -> dict[str, Any]:
        return next(person for person in self.cast if person["username"] == username)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(var: Path) -> dict[str, str]:
    """Of a fresh terminal: none of the tests' own settings."""
    environ = {
        k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "BILLING_CONNECTOR", "DEMO", "SITE_URL")
    }
    # Static files were collected when the tests were set up.
    (var / "static").symlink_to(ROOT / "var" / "static")
    return environ | {"VAR_DIR": str(var), "LOG_LEVEL": "WARNING"}


def start(var: Path, *options: str) -> Demo:
    var.mkdir(parents=True, exist_ok=True)
    port = free_port()
    environ = environment(var)
    command = [sys.executable, "-m", "sportello", "demo", "--port", str(port), *options]
    with (var / "demo.log").open("wb") as log:
        process = subprocess.Popen(command, env=environ, cwd=ROOT, stdout=log, stderr=log)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, (var / "demo.log").read_text()
        try:
            urllib.request.urlopen(f"http://localhost:{port}/health", timeout=2)
            break
        except OSError:
            time.sleep(0.2)
    cast = json.loads((var / "cast.json").read_text())
    return Demo(address=f"http://localhost:{port}", var=var, cast=cast, process=process, environ=environ)


def end(demo: Demo) -> None:
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(timeout=40) == 0


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
def visit(demo: Demo, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page as somebody of the cast, in a language and at a width; fails on whatever the browser complains of."""
    contexts, complaints = [], []

    def visit(path: str, *, who: str | None = None, language: str = "it", width: int = 1200, at: Demo = demo) -> Page:
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
            page.locator("main button").click()
            page.wait_for_url(lambda url: "sign-in" not in url)
        page.goto(f"{at.address}{path}")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert [complaint for complaint in complaints if "404" not in complaint and "503" not in complaint] == []
