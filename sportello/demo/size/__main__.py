"""``python -m sportello size --customers N``: a company of N customers in a PostgreSQL of its own, under var/sized/N."""

import argparse
import fcntl
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from sportello import postgres
from sportello.demo import processes
from sportello.demo.__main__ import COMPANY, CONNECTORS, say

LEAST = 508  # the company of the demo
BASE_SECONDS, SECONDS_EACH = 60, 0.0015
BASE_BYTES, BYTES_EACH = 200_000_000, 75_000
MADE = "made.json"  # stands beside the data once all of them are there
# Nothing is kept of a server that was cut off, so it need not take care; all is written out before it counts as made.
HURRIED = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "'8GB'",
    "checkpoint_timeout": "'30min'",
    "autovacuum": "off",
    "shared_buffers": "'512MB'",
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="sportello size", description=__doc__)
    parser.add_argument("--customers", type=int, required=True, help=f"how many, at least {LEAST}")
    parser.add_argument("--again", action="store_true", help="make them anew if they are there")
    parser.add_argument("--remove", action="store_true", help="throw them away and end")
    options = parser.parse_args(arguments)
    if options.customers < LEAST:
        parser.error(f"--customers must be at least {LEAST}")
    for name in ("DATABASE_URL", "BILLING_DATABASE_URL"):
        if os.environ.get(name):
            sys.exit(f"{name} is set: this command fills a server of its own and no other. Unset it first.")
    root = Path(os.environ.get("VAR_DIR", "var")).resolve() / "sized"
    (root / "run").mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(root / "run"))
    with only_one(root, options.customers):
        return run(
            root / str(options.customers), customers=options.customers, again=options.again, remove=options.remove
        )


@contextmanager
def only_one(root: Path, customers: int) -> Iterator[None]:
    """Holds the lock of this size, which the kernel gives back whatever becomes of us."""
    with (root / f"{customers}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("These data are being made by another process.")
        yield


def run(var: Path, *, customers: int, again: bool, remove: bool) -> int:
    made = (var / MADE).exists()
    if made and not again and not remove:
        say(f"{customers:,} customers are there already, under {var}. --again makes them anew.")
        return 0
    if made and postgres.is_running(var):
        sys.exit(f"The server under {var} is in use; stop it first.")
    if var.exists():
        if not made:
            say("What is there was cut off before it was whole.")
        throw_away(var)
    if remove:
        say("They are gone.")
        return 0
    enough_room(var.parent, customers)
    started = time.monotonic()
    say(
        f"Making {customers:,} customers takes about {expected_seconds(customers) / 60:.0f} minutes on two processors ..."
    )
    url = begin(var)
    try:
        rows = fill(url, customers=customers, var=var)
    finally:
        settle(var, url)
    seconds = round(time.monotonic() - started)
    written = {"customers": customers, "made_at": datetime.now(UTC).isoformat(), "seconds": seconds, "rows": rows}
    (var / MADE).write_text(json.dumps(written, indent=1) + "\n")
    say(f"Made in {seconds} s, {size_of(var) / 1e9:.1f} GB, under {var}; logins are in cast.json there.")
    for name, count in rows.items():
        say(f"  {name:28}{count:>12,}")
    return 0


def expected_seconds(customers: int) -> float:
    return BASE_SECONDS + customers * SECONDS_EACH


def enough_room(root: Path, customers: int) -> None:
    need = BASE_BYTES + customers * BYTES_EACH
    free = shutil.disk_usage(root).free
    say(f"Disk: about {need / 1e9:.1f} GB needed, {free / 1e9:.1f} GB free.")
    if need > free:
        sys.exit("That is not enough.")


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def throw_away(var: Path) -> None:
    postgres.stop(var)
    shutil.rmtree(var)


def begin(var: Path) -> str:
    """A new server in a hurry; returns its address."""
    with psycopg.connect(postgres.start(var), autocommit=True) as connection:
        for name, value in HURRIED.items():
            connection.execute(f"ALTER SYSTEM SET {name} = {value}")
    postgres.stop(var)
    url = postgres.start(var)
    postgres.make_database_beside(url, suffix="_billing")
    return url


def settle(var: Path, url: str) -> None:
    """Ends the hurry: the server writes all out and stops, to begin as any other next time."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM RESET ALL")
    postgres.stop(var)
    os.sync()


def fill(url: str, *, customers: int, var: Path) -> dict[str, int]:
    os.environ["DATABASE_URL"] = url
    processes.environment(
        COMPANY
        | {
            "DEMO": "1",
            "BILLING_CONNECTOR": CONNECTORS["embedded"],
            "LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "sportello.settings",
        }
    )
    import django

    django.setup()
    from sportello.demo.size.making import make

    return make(url, customers=customers, var=var, say=say)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
