"""The floor: a bare WSGI handler behind the same server, with one query and twenty kilobytes, and nothing else."""

import os
import threading
from collections.abc import Callable, Iterable

import psycopg

BODY = b"x" * 20_000
QUERY = "SELECT number, issued_on, amount FROM customers_invoice ORDER BY number LIMIT 1"
HEADERS = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(BODY)))]
_connections = threading.local()


def application(environ: dict[str, object], start_response: Callable[..., object]) -> Iterable[bytes]:
    connection = getattr(_connections, "one", None)
    if connection is None:
        connection = _connections.one = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    connection.execute(QUERY).fetchall()
    start_response("200 OK", HEADERS)
    return [BODY]
