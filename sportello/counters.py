"""Numbers that the processes of one web server keep together: each adds in a file of its own, and who is asked sums them up.

The file is mapped into memory, so that adding costs next to nothing, and outlives its process: nothing is lost where one was
replaced. Its room on disk is taken when it is made, for to write into a mapped file that finds none would end the process.
"""

import fcntl
import logging
import mmap
import os
import shutil
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

logger = logging.getLogger(__name__)

FOLDER = (
    "SPORTELLO_COUNTERS"  # set for the web processes by who starts them; without it a process counts for itself alone
)
NUMBER = 8  # bytes
PRIVATE = 0o700
NOTED_EVERY = 0.5  # seconds


def begin(var: Path) -> None:
    """Makes the folder of the server that this process is about to become, and clears away those of servers that have ended.

    The folder is locked as long as this process or one of its children lives, whatever becomes of them.
    """
    above = var / "counters"
    try:
        above.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        with _locked(above):
            for folder in above.glob("web-*"):
                _remove_ended(folder)
            ours = tempfile.mkdtemp(prefix="web-", dir=above)
            descriptor = os.open(ours, os.O_RDONLY)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            os.set_inheritable(descriptor, True)
    except OSError as error:
        logger.warning("figures of this process are not shared: %s", type(error).__name__)
        os.environ.pop(FOLDER, None)
    else:
        os.environ[FOLDER] = ours


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _remove_ended(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # of a server that runs
    else:
        shutil.rmtree(folder)
    finally:
        os.close(descriptor)


class Counters:
    """Rows of ``width`` numbers, one row for each name; the last column is the process's own: its seconds of processor.

    Processes with other names, as after a change of version under a running server, are not added to these.
    """

    def __init__(self, names: Sequence[str], width: int) -> None:
        self.names = tuple(dict.fromkeys(names))
        self.width = width
        self._rows = {name: place * width for place, name in enumerate(self.names)}
        self._cpu = len(self.names) * width
        self._size = (self._cpu + 1) * NUMBER
        self._mark = f"{zlib.crc32(repr((self.names, width)).encode()):08x}"
        self._file = f"{os.getpid()}-{self._mark}"
        self._folder = Path(os.environ[FOLDER]) if FOLDER in os.environ else None
        self._numbers = memoryview(self._memory()).cast("d")
        self._cpu_before = self._numbers[self._cpu]  # of an earlier process with the same number
        self._lock = threading.Lock()
        self._next_note = 0.0

    def add(self, name: str, amounts: Sequence[tuple[int, float]]) -> None:
        """Adds to columns of the row ``name``; the last name takes what has none of its own."""
        row = self._rows.get(name, self._cpu - self.width)
        numbers = self._numbers
        with self._lock:
            for column, amount in amounts:
                numbers[row + column] += amount
            if time.monotonic() > self._next_note:
                self._note_processor()

    def sums(self) -> tuple[dict[str, list[float]], float]:
        """The rows of all processes that this server has and had, by name, and their seconds of processor."""
        self._note_processor()
        total = [sum(column) for column in zip(*self._all(), strict=True)]
        rows = {name: total[row : row + self.width] for name, row in self._rows.items()}
        return rows, total[self._cpu]

    def processes(self) -> list[int]:
        """The numbers of the processes of this server that have counted; some may have ended."""
        return [os.getpid()] if self._folder is None else [int(file.name.partition("-")[0]) for file in self._files()]

    def _note_processor(self) -> None:
        """Not at each request: the kernel has to add up what each thread has taken."""
        self._next_note = time.monotonic() + NOTED_EVERY
        self._numbers[self._cpu] = self._cpu_before + time.process_time()

    def _memory(self) -> mmap.mmap:
        if self._folder is not None:
            try:
                return _mapped(self._folder / self._file, self._size)
            except OSError as error:
                # The disk is full, or the folder gone. That is no reason not to serve.
                logger.warning("figures of this process are not shared: %s", type(error).__name__)
                self._folder = None
        return mmap.mmap(-1, self._size)

    def _all(self) -> Iterator[Sequence[float]]:
        yield self._numbers
        for file in self._files():
            content = b"" if file.name == self._file else file.read_bytes()
            if len(content) == self._size:  # one that is just being made is not there yet
                yield memoryview(content).cast("d")

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob(f"*-{self._mark}")) if self._folder else []


def _mapped(path: Path, size: int) -> mmap.mmap:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if sys.platform == "linux":
            os.posix_fallocate(descriptor, 0, size)
        else:
            os.ftruncate(descriptor, size)
        return mmap.mmap(descriptor, size)
    finally:
        os.close(descriptor)
