"""Figures that several processes keep together, whatever becomes of the processes."""

import errno
import fcntl
import logging
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from sportello import counters
from sportello.counters import FOLDER, Counters
from tests import running

ADD = """
import sys
from sportello.counters import Counters
ours = Counters(sys.argv[1].split(), 2)
for _ in range(int(sys.argv[2])):
    ours.add("a", ((0, 1), (1, 0.5)))
sum(range(300_000))  # takes the processor for a while
ours.add("b", ((0, 0),))
"""


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    return tmp_path


def in_another_process(times: int, names: str = "a b") -> None:
    subprocess.run([sys.executable, "-c", ADD, names, str(times)], check=True)


def test_a_process_alone_counts_for_itself():
    ours = Counters(["a", "b"], 2)
    ours.add("a", ((0, 1), (1, 0.5)))
    ours.add("a", ((0, 1),))
    rows, cpu = ours.sums()
    assert rows == {"a": [2, 0.5], "b": [0, 0]}
    assert cpu > 0
    assert ours.processes() == [os.getpid()]


def test_what_has_no_row_goes_into_the_last_one():
    ours = Counters(["a", "rest"], 1)
    ours.add("unheard of", ((0, 1),))
    assert ours.sums()[0] == {"a": [0], "rest": [1]}


def test_the_figures_of_a_process_that_has_ended_are_kept(folder):
    ours = Counters(["a", "b"], 2)
    ours.add("a", ((0, 1),))
    own = ours.sums()[1]
    in_another_process(3)
    in_another_process(4)
    rows, cpu = ours.sums()
    assert rows["a"] == [8, 3.5]
    assert cpu > own
    assert len(ours.processes()) == 3


def test_a_process_that_gets_the_number_of_an_ended_one_goes_on_where_that_stopped(folder):
    Counters(["a"], 1).add("a", ((0, 5),))
    again = Counters(["a"], 1)
    again.add("a", ((0, 1),))
    assert again.sums()[0] == {"a": [6]}


def test_processes_of_another_version_are_not_mixed_in(folder):
    ours = Counters(["a", "b"], 2)
    in_another_process(3, names="b a")
    assert ours.sums()[0]["a"] == [0, 0]


def test_a_file_that_is_just_being_made_is_no_trouble(folder):
    ours = Counters(["a"], 1)
    (file,) = folder.iterdir()
    (folder / file.name.replace(str(os.getpid()), "1")).touch()
    ours.add("a", ((0, 1),))
    assert ours.sums()[0] == {"a": [1]}


def test_a_full_disk_is_found_out_at_once_and_keeps_nobody_from_serving(folder, monkeypatch, caplog):
    caplog.set_level(logging.WARNING)

    def no_room(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", no_room)
    ours = Counters(["a"], 1)
    ours.add("a", ((0, 1),))
    assert ours.sums()[0] == {"a": [1]}
    assert "not shared: OSError" in caplog.text


def test_room_on_disk_is_taken_when_the_file_is_made(folder):
    Counters(["a"] + [str(number) for number in range(5_000)], 10)
    (file,) = folder.iterdir()
    assert file.stat().st_blocks * 512 >= file.stat().st_size


# --- a server's folder -----------------------------------------------------------------------------------------------

HOLD = """
import sys, os
from pathlib import Path
from sportello import counters
counters.begin(Path(sys.argv[1]))
os.execv(sys.executable, [sys.executable, "-c", "import os; print(os.environ['SPORTELLO_COUNTERS'], flush=True); input()"])
"""


def server(var: Path) -> tuple[subprocess.Popen[str], Path]:
    command = [sys.executable, "-c", HOLD, str(var)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_a_server_clears_away_what_ended_ones_left_and_nothing_else(tmp_path):
    first, ended = server(tmp_path)
    end(first)
    second, running = server(tmp_path)
    third, own = server(tmp_path)
    try:
        assert running != own
        assert not ended.exists()
        assert running.is_dir()
        assert own.stat().st_mode & 0o077 == 0
    finally:
        end(second)
        end(third)


def test_a_folder_that_cannot_be_made_keeps_nobody_from_serving(tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.WARNING)
    monkeypatch.setenv(FOLDER, "of another server")
    (tmp_path / "counters").write_text("in the way")
    counters.begin(tmp_path)
    assert FOLDER not in os.environ
    assert "not shared" in caplog.text


def test_a_lock_is_what_tells_a_running_server(tmp_path):
    """The control: without it the folder goes."""
    process, folder = server(tmp_path)
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(descriptor)
    finally:
        end(process)


# --- the real server -------------------------------------------------------------------------------------------------

TOKEN = "a-token-of-twenty-or-more"


def get(port: int, path: str) -> str:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read().decode()


def wait_for(port: int, processes: int) -> None:
    """Until so many processes have answered and run."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if figure(port, "sportello_web_processes") == processes:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"not {processes} processes")


def figure(port: int, name: str) -> float:
    (value,) = re.findall(rf"^{re.escape(name)} (\S+)$", get(port, "/metrics"), re.MULTILINE)
    return float(value)


def test_figures_are_those_of_all_web_processes_also_after_one_was_replaced(db, tmp_path):
    port = running.free_port()
    database = make_conninfo(os.environ["DATABASE_URL"], dbname=connection.settings_dict["NAME"])
    environ = running.environment(tmp_path) | {"DATABASE_URL": database, "PORT": str(port), "METRICS_TOKEN": TOKEN}
    command = [sys.executable, "-m", "sportello", "web"]
    web = subprocess.Popen(command, env=environ, cwd=running.ROOT, start_new_session=True)
    health = 'sportello_requests_total{page="health",method="read",status="2xx"}'
    try:
        wait_for(port, 2)
        for _ in range(30):
            get(port, "/health")
        asked = {figure(port, health) for _ in range(10)}
        assert asked == {30}
        before = figure(port, "sportello_web_cpu_seconds_total")
        killed = psutil.Process(web.pid).children()[0]
        killed.send_signal(signal.SIGKILL)
        psutil.wait_procs([killed], timeout=30)
        wait_for(port, 2)
        for _ in range(30):
            get(port, "/health")
        assert {figure(port, health) for _ in range(10)} == {60}
        assert figure(port, "sportello_web_cpu_seconds_total") > before
        assert figure(port, "sportello_web_memory_bytes") > 60_000_000
    finally:
        os.killpg(web.pid, signal.SIGTERM)
        web.wait(timeout=40)
