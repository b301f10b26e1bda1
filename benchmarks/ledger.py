"""How many readings a second go from the ledger into the embedded billing, by a real worker, and what each costs.

Thousands of rows of as many customers are written in one transaction; the worker takes them one by one: claim, send, record,
each committed. It also runs the job that each acknowledgement defers, and follows billing's feed, which brings the readings
into the mirror: that is what a worker does on the last day of the month.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from benchmarks.serving import ROOT, postgres_cpu
from sportello import postgres

CUSTOMERS, ROUNDS = 1_000, 3
PATIENCE = 180  # seconds
FOLLOWS = "activities.settle"


def run() -> dict[str, dict[str, Any]]:
    var = Path(os.environ.get("VAR_DIR") or ROOT / "var").resolve() / "bench" / "ledger"
    url = postgres.start(var, database="ledger", remember=False)
    try:
        environ = os.environ | {
            "DATABASE_URL": fresh(url), "VAR_DIR": str(var), "LOG_LEVEL": "ERROR", "PYTHONPATH": str(ROOT),
            "BILLING_CONNECTOR": "sportello.connectors.embedded.connector.EmbeddedBilling",
        }  # fmt: skip
        environ["DJANGO_SETTINGS_MODULE"] = "sportello.settings"
        environ.pop("BILLING_DATABASE_URL", None)
        for arguments in (["migrate", "-v0"], ["migrate", "-v0", "--database", "billing"]):
            subprocess.run([sys.executable, "-m", "sportello", *arguments], env=environ, cwd=ROOT, check=True)
        postmaster = int((var / "postgres" / "postmaster.pid").read_text().split()[0])
        measuring = [sys.executable, "-m", "benchmarks.ledger", str(postmaster)]
        told = subprocess.run(measuring, env=environ, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    finally:
        postgres.stop(var)
    rate, worker, server = (float(part) for part in told.split()[-3:])
    return {
        "ledger_per_s": {
            "value": round(rate, 1),
            "unit": "rows/s",
            "target": None,
            "holds": True,
            "worker_cpu_ms": round(worker, 2),
            "postgres_cpu_ms": round(server, 2),
            "rows": CUSTOMERS * ROUNDS,
        }
    }


def fresh(url: str) -> str:
    """The address of an empty database, and none of its billing's."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(url.replace("/ledger?", "/postgres?"), autocommit=True) as connection:
        for name in ("ledger", "ledger_billing"):
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            postgres.make_database(url.replace("/ledger?", "/postgres?"), name)
    return url


# --- in a process of its own, whose settings are those of that database ------------------------------------------------


def fill(today: date) -> None:
    """Customers with water, which may be read on any day, with one meter each that was read a year ago."""
    from sportello.billing import records
    from sportello.connectors.embedded.loading import load

    register = records.Register(code="1", role="total", unit="m³", digits=5)
    made: list[records.Record] = []
    for n in range(CUSTOMERS):
        customer, supply, meter = f"C{n}", f"S{n}", f"M{n}"
        made += [
            records.CustomerRecord(code=customer, kind="person", first_name="Anna", last_name=f"Verdi {n}"),
            records.BillingAccountRecord(code=f"A{n}", customer_code=customer),
            records.SupplyRecord(
                code=supply, customer_code=customer, account_code=f"A{n}", service="water", status="active",
                started_on=date(2020, 1, 1),
            ),
            records.MeterRecord(
                code=meter, customer_code=customer, supply_code=supply, serial=meter, kind="simple",
                registers=(register,), installed_on=date(2020, 1, 1),
            ),
            records.MeterReadingRecord(
                code=f"R{n}", customer_code=customer, supply_code=supply, meter_code=meter,
                read_on=today - timedelta(days=365), values=(records.RegisterValue(register="1", value=Decimal(100)),),
                origin="actual",
            ),
        ]  # fmt: skip
    load(made)


@contextmanager
def at_work() -> Iterator[psutil.Process]:
    """A worker that has read all there is and waits."""
    from procrastinate.contrib.django.models import ProcrastinateWorker

    from sportello.domain.customers.models import Feed

    process = subprocess.Popen([sys.executable, "-m", "sportello", "worker"], cwd=ROOT)
    try:
        wait(lambda: ProcrastinateWorker.objects.exists() and Feed.objects.filter(as_of__isnull=False).exists())
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=40)


def wait(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > deadline:
            raise RuntimeError("the worker does not come to an end")
        time.sleep(0.05)


def write(round_number: int, today: date) -> None:
    """A reading of each customer, of another day in each round."""
    from django.utils import timezone

    from sportello.billing.commands import SubmitReading
    from sportello.billing.records import RegisterValue
    from sportello.domain.ledger.writing import Entry, enqueue_many

    entries = [
        Entry(
            command=SubmitReading(
                customer_code=f"C{n}", supply_code=f"S{n}", meter_code=f"M{n}",
                read_on=today - timedelta(days=30 - round_number),
                values=(RegisterValue(register="1", value=Decimal(200 + round_number)),),
            ),
            key=f"K{round_number}-{n}",
            about=("activity", f"B-{round_number}-{n}"),
            follows=FOLLOWS,
        )
        for n in range(CUSTOMERS)
    ]  # fmt: skip
    enqueue_many(entries, now=timezone.now())


def measure(postmaster: int) -> tuple[float, float, float]:
    """Rows a second, and the milliseconds of processor that a row takes in the worker and in PostgreSQL."""
    from django.utils import timezone

    from sportello.domain.ledger.models import LedgerRow

    today = timezone.localdate()
    fill(today)
    found = []
    with at_work() as worker:
        for number in range(ROUNDS):
            write(number, today)
            before = time.monotonic(), sum(worker.cpu_times()[:2]), postgres_cpu(postmaster)
            wait(lambda: not LedgerRow.objects.waiting().exists())
            after = time.monotonic(), sum(worker.cpu_times()[:2]), postgres_cpu(postmaster)
            found.append([now - then for now, then in zip(after, before, strict=True)])
    if bad := LedgerRow.objects.exclude(state="acknowledged").count():
        raise RuntimeError(f"{bad} rows were not acknowledged")
    seconds, worker_cpu, server_cpu = (median(column) for column in zip(*found, strict=True))
    return CUSTOMERS / seconds, worker_cpu * 1000 / CUSTOMERS, server_cpu * 1000 / CUSTOMERS


if __name__ == "__main__":
    import django

    django.setup()
    print(*measure(int(sys.argv[1])))
