"""The house that is put under load or in trouble: a PostgreSQL of its own, web processes and workers, started and killed
one by one."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from sportello import postgres
from tests.running import environment, free_port

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 120  # seconds for a part to begin, on a busy machine
FIRST = "LOAD_FIRST" in os.environ  # the house goes before whatever else the machine does


@dataclass
class House:
    """``var`` has the logs, ``cluster`` the database server. ``customers`` and ``staff`` are user names; all have the one
    password."""

    var: Path
    cluster: Path
    url: str
    port: int
    environ: dict[str, str]
    customers: list[str] = field(default_factory=list)
    staff: list[str] = field(default_factory=list)
    password: str = ""
    parts: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def billing_url(self) -> str:
        return self.url.replace("/sportello?", "/sportello_billing?")

    # --- web and worker ------------------------------------------------------------------------------------------------

    def start(self, name: str, *module: str, **environ: str) -> subprocess.Popen[bytes]:
        """``module`` with its arguments is what runs in the place of the product's own."""
        command = [sys.executable, *(module or ("-m", "sportello", name))]
        with (self.var / f"{name}.log").open("ab") as log:
            part = subprocess.Popen(
                command, env=self.environ | environ, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )
        self.parts.append(part)
        put_first(part.pid)
        return part

    def start_web(self, **environ: str) -> subprocess.Popen[bytes]:
        part = self.start("web", **environ)
        wait_until(lambda: answers(int(environ.get("PORT", self.port))), "the web server does not answer")
        return part

    def start_web_without(self, application: str) -> subprocess.Popen[bytes]:
        """The web server with one of its guards off."""
        options = f"--interface wsgi --port {self.port} --workers 2 --blocking-threads 4 --log-level warning --no-ws"
        part = self.start("web", "-m", "granian", *options.split(), application, DATABASE_POOL="4")
        wait_until(lambda: answers(self.port), "the web server does not answer")
        return part

    def start_worker(self, *module: str) -> subprocess.Popen[bytes]:
        """Returns once it has registered itself."""
        before = self.workers()
        part = self.start("worker", *module)
        wait_until(lambda: self.workers() - before, "the worker does not begin")
        return part

    def workers(self) -> set[int]:
        return {number for (number,) in self.ask("SELECT id FROM procrastinate_workers")}

    def run(self, *arguments: str) -> str:
        """One of the product's commands, as in another terminal."""
        command = [sys.executable, "-m", "sportello", *arguments]
        return subprocess.run(command, env=self.environ, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    def run_module(self, *arguments: str) -> None:
        with (self.var / "modules.log").open("ab") as log:
            done = subprocess.run(
                [sys.executable, "-m", *arguments], env=self.environ, cwd=ROOT, stdout=log, stderr=log
            )
        assert done.returncode == 0, (self.var / "modules.log").read_text()[-3000:]

    def stop(self, *parts: subprocess.Popen[bytes]) -> None:
        for part in parts or self.parts:
            if part.poll() is None:
                part.send_signal(signal.SIGTERM)
        for part in parts or list(self.parts):
            try:
                part.wait(timeout=40)
            except subprocess.TimeoutExpired:
                kill(part)
                raise
            self.parts = [each for each in self.parts if each is not part]

    # --- the database --------------------------------------------------------------------------------------------------

    def ask(self, query: str, *values: Any, billing: bool = False) -> list[Any]:
        with psycopg.connect(self.billing_url if billing else self.url, autocommit=True) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def kill_database(self) -> None:
        """Every process of the server at once, as when the machine loses its power."""
        postmaster = psutil.Process(int((self.cluster / "postgres" / "postmaster.pid").read_text().split()[0]))
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(processes, timeout=20)

    def restart_database(self) -> float:
        """Returns when it accepted connections again, by the monotonic clock."""
        restarting = threading.Thread(target=postgres.restart, args=[self.cluster])
        restarting.start()
        wait_until(self.accepts, "the database does not come back")
        back = time.monotonic()
        restarting.join()  # the wheel looks once a second whether it is there
        return back

    def accepts(self) -> bool:
        try:
            return self.ask("SELECT 1") == [(1,)]
        except psycopg.OperationalError:
            return False


def kill(part: subprocess.Popen[bytes]) -> None:
    """With all its children, so that nobody can do anything more."""
    processes = [*psutil.Process(part.pid).children(recursive=True), psutil.Process(part.pid)]
    for process in processes:
        process.kill()
    part.wait(timeout=20)


def put_first(process: int) -> None:
    """The kernel shares the processors by session; only root may say which comes first."""
    if FIRST:
        Path(f"/proc/{process}/autogroup").write_text("-15")


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
            return True
    except (OSError, urllib.error.URLError):
        return False


def wait_until(done: Any, otherwise: str, *, within: float = PATIENCE, every: float = 0.02) -> None:
    deadline = time.monotonic() + within
    while not done():
        assert time.monotonic() < deadline, otherwise
        time.sleep(every)


@contextmanager
def house(var: Path, *, logins: int, persons: int = 160, on: str = "", **environ: str) -> Iterator[House]:
    """A filled one, with nobody at work in it yet; everything that was started in it is stopped at the end.

    ``on`` is the folder of a cluster that is filled already; without one a demo's is made.
    """
    var.mkdir(parents=True, exist_ok=True)
    cluster = Path(on) if on else var
    url = postgres.start(cluster, remember=False)
    postgres.make_database_beside(url, suffix="_billing")
    port = free_port()
    made = House(var, cluster, url, port, environment(var) | {
        "DATABASE_URL": url, "PORT": str(port), "SITE_URL": f"http://localhost:{port}", "DEMO": "1",
        "COMPANY_EMERGENCY_NUMBERS": "gas=800 900 999", "DJANGO_SETTINGS_MODULE": "sportello.settings", **environ,
    })  # fmt: skip
    try:
        people = var / "people.json"
        made.run_module("tests.load.filling", str(people), str(logins), str(0 if on else persons))
        told = json.loads(people.read_text())
        made.customers, made.staff, made.password = told["customers"], told["staff"], told["password"]
        put_first(os.getpid())
        put_first(int((cluster / "postgres" / "postmaster.pid").read_text().split()[0]))
        yield made
    finally:
        try:
            made.stop()
        finally:
            postgres.stop(cluster)
