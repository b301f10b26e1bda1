"""Keeps us from asking SAP while it is down, so that nobody waits for an answer that will not come.

Requests run outside the lock, so one slow answer does not hold up the others, and time is monotonic, so a clock that is
put back does not keep the circuit open.
"""

import threading
import time
from collections.abc import Callable

MOST_SECONDS = 30.0


class Open(Exception):
    """Not asked: the circuit is open for ``seconds`` more."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"for {seconds:.0f} s more")
        self.seconds = seconds


class Breaker:
    """Opens after ``failures`` in a row, for ``seconds``; then one request is let through, and closes it or not."""

    def __init__(
        self, *, failures: int = 5, seconds: float = 20.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = failures
        self._seconds = min(seconds, MOST_SECONDS)
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._open_until: float | None = None

    @property
    def is_open(self) -> bool:
        return self._open_until is not None

    def before(self) -> None:
        """Raises ``Open`` while nobody may ask; whoever gets by an open circuit is the one trial."""
        with self._lock:
            if self._open_until is None:
                return
            now = self._clock()
            if now < self._open_until:
                raise Open(self._open_until - now)
            self._open_until = now + self._seconds  # the others wait for what comes of the trial

    def succeeded(self) -> None:
        with self._lock:
            self._failures = 0
            self._open_until = None

    def failed(self, *, rest: float | None = None) -> None:
        """``rest`` is how many seconds SAP asked to be left alone, if it did: that opens the circuit at once."""
        with self._lock:
            self._failures += 1
            if self._failures >= self._most or rest is not None or self._open_until is not None:
                self._open_until = self._clock() + min(rest or self._seconds, MOST_SECONDS)
