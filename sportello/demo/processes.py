"""Child processes that end with us, are started again when they fall, and stop in good order."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

PR_SET_PDEATHSIG = 1
PATIENCE = 25  # seconds for a child to end by itself
SETTLED = 10  # seconds after which a child counts as running well


def _end_with_parent() -> None:
    """The kernel ends the child when we are killed, so that the next start finds no strangers."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    name: str
    command: Sequence[str]
    falls: int = 0
    started_at: float = 0.0
    again_at: float = 0.0
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        self.started_at = time.monotonic()
        # The child must be a child of this thread for as long as we live; we start all of them from the main one.
        # A session of its own: Ctrl-C in the terminal reaches us alone, and its own children can be ended with it.
        self.process = subprocess.Popen(  # noqa: S603
            self.command, preexec_fn=_end_with_parent, start_new_session=True
        )

    @property
    def fallen(self) -> bool:
        return self.process.poll() is not None

    def end_group(self) -> None:
        """Ends whatever the child has left behind."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def tend(self) -> bool:
        """Starts the child again if it has fallen, waiting longer each time; says whether it has just been started."""
        if not self.fallen:
            return False
        now = time.monotonic()
        if not self.again_at:
            self.falls = 1 if now - self.started_at > SETTLED else self.falls + 1
            self.again_at = now + min(0.5 * 2**self.falls, 30)
            return False
        if now < self.again_at:
            return False
        self.again_at = 0.0
        self.end_group()
        self.start()
        return True


def stop(children: Sequence[Child]) -> None:
    """Asks all to end, waits, and ends whoever does not."""
    for child in children:
        if not child.fallen:
            child.process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    for child in children:
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
        child.end_group()


def own(command: str, *arguments: str) -> list[str]:
    """The command line of another of our own processes."""
    return [sys.executable, "-m", "sportello", command, *arguments]


def environment(values: dict[str, str]) -> None:
    """Sets what is not set from outside."""
    for name, value in values.items():
        os.environ.setdefault(name, value)
