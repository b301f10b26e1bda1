"""Servers under measure: the product's and the bare one, and how much of the processors they and PostgreSQL take."""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
AS_INSTALLED = ROOT / "benchmarks" / "as_installed"  # hides what only tests install
PATIENCE = 60  # seconds for a server to begin


@dataclass(frozen=True, slots=True)
class Server:
    port: int
    process: subprocess.Popen[bytes]

    @property
    def workers(self) -> list[psutil.Process]:
        """The processes that answer, without the one that watches over them."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def cpu(self) -> float:
        """Seconds of processor that the workers have taken so far."""
        return sum(sum(worker.cpu_times()[:2]) for worker in self.workers)

    def memory(self) -> float:
        """Megabytes (PSS) of the workers together."""
        return sum(worker.memory_full_info().pss for worker in self.workers) / 1_000_000


def postgres_cpu(postmaster: int) -> float:
    """Seconds of processor of the server's processes; those that have ended count with their parent."""
    parent = psutil.Process(postmaster)
    ended = parent.cpu_times()
    total = ended.user + ended.system + ended.children_user + ended.children_system
    for child in parent.children():
        try:
            total += sum(child.cpu_times()[:2])
        except psutil.NoSuchProcess:
            continue
    return total


@contextmanager
def served(command: Sequence[str], **environ: str) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        command,
        env=os.environ | environ | {"PORT": str(port), "GRANIAN_PORT": str(port), "PYTHONPATH": str(AS_INSTALLED)},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,  # the log of requests is written, and read by nobody
    )
    try:
        _wait_for(port, process)
        yield Server(port, process)
    finally:
        process.terminate()
        process.wait(timeout=40)


def product() -> list[str]:
    return [sys.executable, "-m", "sportello", "web"]


def bare() -> list[str]:
    options = "--interface wsgi --host 127.0.0.1 --workers 2 --blocking-threads 4 --log-level warning --no-ws"
    return [sys.executable, "-m", "granian", *options.split(), "benchmarks.bare:application"]


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError("the server has ended")
        try:
            ask(port, "/health", {})
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server does not answer")


def ask(port: int, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def press(
    port: int, paths: Sequence[str], headers: Sequence[dict[str, str]], *, requests: int, at_once: int = 4
) -> None:
    """Asks ``requests`` times, by connections that are kept open; raises where any answer is not 200."""
    failures: list[object] = []

    def run(part: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for number in range(part, requests, at_once):
            connection.request("GET", paths[number % len(paths)], headers=headers[number % len(headers)])
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                failures.append((answer.status, paths[number % len(paths)], body[:200]))
        connection.close()

    threads = [threading.Thread(target=run, args=(part,)) for part in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(f"{len(failures)} answers failed, such as {failures[0]}")
