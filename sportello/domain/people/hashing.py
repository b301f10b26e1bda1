"""How passwords are hashed: Argon2id at the cost OWASP gives as its minimum, and never so many at once that pages wait."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.hashers import Argon2PasswordHasher

# Of a process's threads a quarter may hash, one is always left for pages, and those between may wait their turn.
THREADS = int(os.environ.get("WEB_THREADS") or 4)
RUNNING = max(1, THREADS // 4)
INSIDE = max(RUNNING, THREADS - 1)
PATIENCE = 1.0  # seconds, for whoever is inside
AT_THE_DOOR = 0.25  # seconds, for a form sent twice or thrice at once


class HashingBusy(Exception):
    """Too many passwords are being checked in this process just now; a moment later there is room again."""


_inside = threading.BoundedSemaphore(INSIDE)
_running = threading.BoundedSemaphore(RUNNING)


@contextmanager
def turn() -> Iterator[None]:
    """Waits for a place to hash in. Raises HashingBusy where too many wait already, or the wait is too long."""
    if not _inside.acquire(timeout=AT_THE_DOOR):
        raise HashingBusy
    try:
        if not _running.acquire(timeout=PATIENCE):
            raise HashingBusy
        try:
            yield
        finally:
            _running.release()
    finally:
        _inside.release()


class PortalArgon2Hasher(Argon2PasswordHasher):
    """19 MiB, two passes, one lane: 25 ms a sign-in on a small core, so that a flood of sign-ins can be outlived."""

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with turn():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with turn():
            return super().verify(password, encoded)
