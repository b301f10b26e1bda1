"""Gives the tests a PostgreSQL before Django reads its settings: the one of DATABASE_URL, or an embedded one."""

import os
from pathlib import Path

import psycopg
import pytest

from sportello import postgres

VAR = Path(__file__).resolve().parent.parent / "var" / "tests"
_ours = False

os.environ.setdefault("LOG_LEVEL", "CRITICAL")
# The browser's driver leaves an event loop in the process, beside which Django would refuse to use the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
if "DATABASE_URL" not in os.environ:
    # Set here, where the first of all pytest processes comes by; its workers inherit the address.
    os.environ["DATABASE_URL"] = postgres.start(VAR)
    _ours = True
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        # Nothing in it has to outlive the machine.
        server.execute("ALTER SYSTEM SET fsync = off")
        server.execute("SELECT pg_reload_conf()")


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    if _ours:
        postgres.stop(VAR)
