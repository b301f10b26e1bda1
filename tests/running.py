"""A demo in a folder of its own, started and stopped as a person would."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 240  # seconds for a first start on a busy machine
OURS = ("DATABASE_URL", "BILLING_CONNECTOR", "DEMO", "SITE_URL", "PORT")


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


@contextmanager
def place() -> Iterator[Path]:
    """A folder for a demo. Not one of pytest's: each pytest that starts closes all of those to other users, and PostgreSQL
    runs as one where we are root."""
    folder = Path(tempfile.mkdtemp(prefix="sportello-demo-"))
    try:
        yield folder / "var"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(var: Path) -> dict[str, str]:
    """Of a fresh terminal: none of the tests' own settings."""
    environ = {name: value for name, value in os.environ.items() if name not in OURS}
    # Static files and SAP's mock server were set up before the tests.
    lend(ROOT / "var" / "static", var / "static")
    (var / "sap-mock").mkdir(exist_ok=True)
    for part in ("installed", "node", "node_modules", "package.json", "package-lock.json", "server.js"):
        lend(ROOT / "var" / "sap-mock" / part, var / "sap-mock" / part)
    return environ | {"VAR_DIR": str(var), "LOG_LEVEL": "WARNING"}


def lend(source: Path, target: Path) -> None:
    if source.exists() and not target.exists():
        target.symlink_to(source)


def children(demo: Demo, word: str) -> list[psutil.Process]:
    """Processes below the demo whose command line has ``word`` in it."""
    below = psutil.Process(demo.process.pid).children(recursive=True)
    return [process for process in below if any(word in part for part in process.cmdline())]


def healthy(address: str, *, within: float) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}/health", timeout=2)
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


def start(var: Path, *options: str) -> Demo:
    var.mkdir(parents=True, exist_ok=True)
    port = free_port()
    environ = environment(var)
    command = [sys.executable, "-m", "sportello", "demo", "--port", str(port), *options]
    with (var / "demo.log").open("wb") as log:
        process = subprocess.Popen(command, env=environ, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
    deadline = time.monotonic() + PATIENCE
    while not healthy(f"http://localhost:{port}", within=1):
        assert process.poll() is None, (var / "demo.log").read_text()
        assert time.monotonic() < deadline, (var / "demo.log").read_text()
    while "Ctrl-C" not in (var / "demo.log").read_text():  # until its other parts have begun too
        assert time.monotonic() < deadline
        time.sleep(0.05)
    cast = json.loads((var / "cast.json").read_text())
    return Demo(address=f"http://localhost:{port}", var=var, cast=cast, process=process, environ=environ)


def end(demo: Demo) -> None:
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(timeout=40) == 0, (demo.var / "demo.log").read_text()[-3_000:]
