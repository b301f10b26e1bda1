"""Postfix's ``smtp-sink``, which takes mails and counts them, installed where it is missing."""

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.serving import ROOT

PATIENCE = 240  # seconds


def program() -> str | None:
    return shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin:/usr/lib/postfix/sbin")


class Sink:
    """``smtp-sink``, and how many mails it has taken."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        if (found := program()) is None:
            subprocess.run(["/bin/sh", "tools/system-package.sh", "postfix"], cwd=ROOT, check=True)
            found = program()
        if found is None:
            raise RuntimeError("smtp-sink is missing: it comes with postfix")
        who = ["-u", "nobody"] if os.geteuid() == 0 else []
        command = ["stdbuf", "-o0", found, "-c", *who, f"127.0.0.1:{self.port}", "1000"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        self.taken = 0
        self.thread = threading.Thread(target=self._count, daemon=True)
        self.thread.start()

    def _count(self) -> None:
        """It writes sess=1 quit=1 mesg=2 after each mail, each over the one before."""
        rest = b""
        while self.process.stdout and (came := os.read(self.process.stdout.fileno(), 65_536)):
            *lines, rest = (rest + came).split(b"\r")
            for line in lines:
                if b"mesg=" in line:
                    self.taken = int(line.partition(b"mesg=")[2].split()[0])

    def wait_for(self, count: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.taken < count:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.taken} of {count} mails came")
            time.sleep(0.002)


@contextmanager
def sink() -> Iterator[Sink]:
    made = Sink()
    try:
        time.sleep(0.3)
        yield made
    finally:
        made.process.terminate()
        made.process.wait(timeout=10)
