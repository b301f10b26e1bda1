"""Connections that the threads of a process share.

psycopg's own pool waits longer and longer between attempts while a server is away, has every request wait meanwhile, and
hands out connections that the server has closed. Here whoever needs a connection makes one, so that he knows at once.
"""

import select
import threading
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, cast

import psycopg
from psycopg.pq import TransactionStatus

Connection = psycopg.Connection[Any]


class Exhausted(psycopg.OperationalError):
    """All connections have been in use for longer than somebody may be kept waiting."""


class Pool:
    """At most ``size`` connections at once; whoever finds none free waits ``patience`` seconds for one."""

    def __init__(self, connect: Callable[[], Connection], *, size: int, patience: float) -> None:
        self._connect = connect
        self._places = threading.BoundedSemaphore(size)
        self._patience = patience
        self._idle: deque[Connection] = deque()
        self._closed = False

    def open(self) -> None:
        """Django asks for it; there is nothing to open."""

    def getconn(self) -> Connection:
        """Raises Exhausted, and whatever a new connection raises where the server is away."""
        if not self._places.acquire(timeout=self._patience):
            raise Exhausted("no connection has become free in time")
        with ExitStack() as undo:
            undo.callback(self._places.release)
            # Django gives it back to the pool that it finds there; psycopg's type names its own.
            connection: Any = self._kept() or self._connect()
            connection._pool = self
            undo.pop_all()
            return cast(Connection, connection)

    def putconn(self, connection: Connection) -> None:
        connection._pool = None
        if self._closed or connection.info.transaction_status != TransactionStatus.IDLE:
            connection.close()  # broken, or left in the middle of something
        else:
            self._idle.append(connection)
        self._places.release()

    def close(self) -> None:
        """Closes what is idle; what is in use is closed when it comes back."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def _kept(self) -> Connection | None:
        """The one that was used last, of those that the server has not closed meanwhile."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            if is_alive(connection):
                return connection
            connection.close()


def is_alive(connection: Connection) -> bool:
    """Whether the server has kept it; without asking it, for on an idle connection it says something only when it ends it."""
    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)
