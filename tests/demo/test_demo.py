"""The demo survives the death of any part of itself, and ends in good order."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sportello import postgres
from tests import running
from tests.running import Demo, children, end, healthy, start

ROLES = {"customer", "agent", "call_center", "back_office", "credit_checker", "manager", "administrator"}


class Place:
    """A folder with a demo in it: running or not, as the test before has left it."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.running: Demo | None = None

    def demo(self) -> Demo:
        if self.running is None or self.running.process.poll() is not None:
            self.running = start(self.var)
        return self.running


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with running.place() as var:
        here = Place(var)
        yield here
        end(here.demo())


@pytest.fixture
def demo(place: Place) -> Demo:
    """A running demo; whoever ends it need not start it again."""
    return place.demo()


def test_the_cast_has_every_role(demo: Demo) -> None:
    assert {entry["role"] for entry in demo.cast} == ROLES
    assert all(entry["username"] and entry["password"] for entry in demo.cast if "web_code" not in entry)
    assert any("web_code" in entry and entry["tax_code"] and entry["customer_number"] for entry in demo.cast)


@pytest.mark.torture
@pytest.mark.timeout(600)
def test_a_reading_is_judged_and_billed_by_itself(demo: Demo) -> None:
    """The one that was under way when the demo began; it takes two minutes and a half."""
    deadline = time.monotonic() + 500
    while '"2' not in (told := demo.run("shell", "-v0", "-c", UNDER_WAY)):
        assert time.monotonic() < deadline, told
        time.sleep(5)
    assert "valid" in told


@pytest.mark.parametrize("part", ["worker", "webserver", "billing"])
def test_a_killed_part_is_started_again(demo: Demo, part: str) -> None:
    killed = children(demo, part)
    for process in killed:
        process.kill()
    psutil.wait_procs(killed, timeout=10)
    assert healthy(demo.address, within=90)
    deadline = time.monotonic() + 60
    while not (again := children(demo, part)):
        assert time.monotonic() < deadline, f"no {part} again"
        time.sleep(0.1)
    assert {process.pid for process in killed}.isdisjoint(process.pid for process in again)


def test_a_second_demo_in_the_same_folder_is_refused(demo: Demo) -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        demo.run("demo", "--port", "0")
    assert "Another demo is running" in refused.value.stderr


def test_a_taken_port_is_told(demo: Demo, tmp_path) -> None:
    demo.environ["VAR_DIR"] = str(tmp_path)
    try:
        with pytest.raises(subprocess.CalledProcessError) as refused:
            demo.run("demo", "--port", demo.address.rsplit(":", 1)[1])
    finally:
        demo.environ["VAR_DIR"] = str(demo.var)
    assert "is taken" in refused.value.stderr


def test_a_killed_demo_starts_again_with_its_data(demo: Demo, place: Place) -> None:
    number = demo.run("billing", "list", "700001").split()
    assert number
    below = psutil.Process(demo.process.pid).children(recursive=True)
    demo.process.kill()
    demo.process.wait()
    psutil.wait_procs(below, timeout=30)
    again = place.demo()
    assert again.run("billing", "list", "700001").split() == number
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{demo.address}/health", timeout=2)


def test_a_killed_database_is_started_again(demo: Demo) -> None:
    server = int((demo.var / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(server, signal.SIGKILL)
    deadline = time.monotonic() + 100  # recovery writes all to the disk first, which others may be using
    while not healthy(demo.address, within=1) or not postgres.is_running(demo.var):
        assert time.monotonic() < deadline


def test_ctrl_c_in_a_terminal_leaves_nothing_behind(demo: Demo) -> None:
    below = psutil.Process(demo.process.pid).children(recursive=True)
    for _ in range(20):
        urllib.request.urlopen(f"{demo.address}/sign-in/", timeout=5)
    os.killpg(demo.process.pid, signal.SIGINT)
    assert demo.process.wait(timeout=40) == 0
    assert psutil.wait_procs(below, timeout=20)[1] == []


def test_a_database_killed_with_the_demo_is_found_again_at_the_next_start(demo: Demo, place: Place) -> None:
    below = psutil.Process(demo.process.pid).children(recursive=True)
    server = int((demo.var / "postgres" / "postmaster.pid").read_text().split()[0])
    demo.process.kill()
    demo.process.wait()
    os.kill(server, signal.SIGKILL)
    psutil.wait_procs(below, timeout=30)
    again = place.demo()
    assert again.run("billing", "list", "700001")
    end(again)
    assert not (demo.var / "postgres" / "postmaster.pid").exists()


# What has become of the reading of Maddalena's: the distributor's judgement and the invoice that used it.
UNDER_WAY = """
import json
from sportello.domain.activities.models import SelfReading
reading = SelfReading.objects.get(supply="UT700012001")
print(json.dumps([reading.validation, reading.invoice_number]))
"""
