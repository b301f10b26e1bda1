"""Test databases as copies of migrated ones, where several processes need some of their own.

To play all migrations takes a process a quarter of a minute; to copy what another has made takes a second.
"""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import psycopg
from django.db import connections
from psycopg import sql
from psycopg.conninfo import make_conninfo

from sportello import postgres

ROOT = Path(__file__).resolve().parent.parent


def copy_what_is_made(run: str) -> None:
    """Has this process's test databases made from migrated ones, which the first process of the test ``run`` makes."""
    names = {alias: f"test_made_{settings['NAME']}" for alias, settings in connections.settings.items()}
    with (ROOT / "var" / "tests-made").open("a+") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        mark.seek(0)
        if mark.read() != run:
            make(names)
            mark.truncate(0)
            mark.write(run)
    for alias, name in names.items():
        connections[alias].settings_dict["TEST"]["TEMPLATE"] = name


def make(names: dict[str, str]) -> None:
    urls = {alias: make_conninfo(os.environ["DATABASE_URL"], dbname=name) for alias, name in names.items()}
    server = make_conninfo(os.environ["DATABASE_URL"], dbname="postgres")
    for name in names.values():
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        postgres.make_database(server, name)
    environ = os.environ | {"DATABASE_URL": urls["default"], "BILLING_DATABASE_URL": urls["billing"]}
    for alias in names:
        command = [sys.executable, "-m", "sportello", "migrate", "--verbosity", "0", "--database", alias]
        subprocess.run(command, env=environ, cwd=ROOT, check=True)
