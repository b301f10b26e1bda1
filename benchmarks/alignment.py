"""Alignment of record batches against plain COPY of the same records into identical tables without triggers.

Both sides begin with the same record objects, as a connector gives them, and end with a commit for each batch. The floor
turns each record into a row in the plainest way and copies it: no check, no staging, no upsert, no history, no references
to other tables; its tables have the same columns, indexes and checks (``LIKE … INCLUDING ALL``). Alignment is
``align`` as the worker runs it. Making the records is not counted on either side.

What counts is time of processor, of this process and PostgreSQL together: the clock also measures what else a machine does,
and alignment, which reads ahead in a thread, would gain from an idle processor. ``by_clock`` is told beside it.
"""

import gc
import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from operator import attrgetter
from pathlib import Path
from statistics import median
from typing import Any

from sportello.italy import iban

NAME = "alignment"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CUSTOMERS = int(os.environ.get("BENCH_CUSTOMERS", "200000"))
ROUNDS = 10
AGAIN = 2  # of the rounds are read again later, with one record in a hundred changed
EVERY = 100
EMBEDDED_COPIES = 20
TARGET = 0.5


def run() -> dict[str, dict[str, object]]:
    """In a new database, on a server of its own."""
    import psycopg

    from sportello import postgres

    var = Path(os.environ.get("VAR_DIR", "var")).resolve() / "bench-alignment"
    url = postgres.start(var, database=NAME, remember=False)
    try:
        with psycopg.connect(url, dbname="postgres", autocommit=True) as connection:
            for name in (NAME, f"{NAME}_billing"):
                connection.execute(f"DROP DATABASE IF EXISTS {name}")
        postgres.start(var, database=NAME, remember=False)
        postgres.make_database_beside(url, suffix="_billing")
        os.environ["DATABASE_URL"] = url
        os.environ.pop("BILLING_DATABASE_URL", None)
        return _prepared(var)
    finally:
        postgres.stop(var)


def _prepared(var: Path) -> dict[str, dict[str, object]]:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", verbosity=0, interactive=False)
    call_command("migrate", database="billing", verbosity=0, interactive=False)
    try:
        return measure(var)
    finally:
        connections.close_all()


class Listed:
    """A billing system whose batches are there already."""

    def __init__(self, batches: Sequence[Sequence[Any]], first: int) -> None:
        from sportello.billing.port import Capabilities

        self.capabilities = Capabilities(
            name="bench", feed=True, fresh_for=2, invoice_pdf=False, invoice_xml=False, commands=frozenset()
        )
        self._batches, self._first = batches, first

    def changes(self, since: str, limit: int) -> Any:
        from sportello.billing.records import Batch

        place = int(since or self._first) - self._first
        more = place + 1 < len(self._batches)
        return Batch(records=self._batches[place], cursor=str(self._first + place + 1), more=more)


class Floor:
    """Tables like those of the mirror, without triggers, and the plainest way into them."""

    def __init__(self, connection: Any) -> None:
        from sportello.domain.customers.alignment.mirror import TABLE_OF_RECORD, TABLES

        self.connection = connection
        self.tables = TABLE_OF_RECORD
        names = [table.model._meta.db_table for table in TABLES] + ["customers_allocation"]
        for name in names:
            connection.execute(f"CREATE TABLE floor_{name} (LIKE {name} INCLUDING ALL)")
        connection.commit()
        self.order = names
        self.columns = {
            **{table.model._meta.db_table: table.columns for table in TABLES},
            "customers_allocation": ("payment_code", "invoice_number", "amount"),
        }
        self.plain = {table.record: attrgetter(*table.plain) for table in TABLES}

    def write_all(self, batches: Sequence[Sequence[Any]]) -> None:
        for records in batches:
            self.write(records)

    def write(self, records: Sequence[Any]) -> None:
        rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        for record in records:
            kind = type(record)
            table = self.tables[kind]
            if table.kind == "mandate":  # no column holds a whole IBAN
                record = replace(record, iban=iban.masked(record.iban))
            row = self.plain[kind](record)
            if table.addressed:
                row += _address(record.mailing_address if table.kind == "billing_account" else record.address)
            for name in table.built:
                row += (_built(name, getattr(record, name)),)
            rows[table.model._meta.db_table].append(row)
            if table.kind == "payment":
                rows["customers_allocation"] += [
                    (record.code, part.invoice_number, part.amount) for part in record.allocations
                ]
        self.copy(rows)

    def copy(self, rows: dict[str, list[tuple[Any, ...]]]) -> None:
        with self.connection.cursor() as cursor:
            for name in self.order:
                if found := rows.get(name):
                    columns = ", ".join(f'"{column}"' for column in self.columns[name])
                    with cursor.copy(f"COPY floor_{name} ({columns}) FROM STDIN") as target:
                        for row in found:
                            target.write_row(row)
        self.connection.commit()


_address_of = attrgetter("street", "number", "postcode", "municipality", "province", "country")


def _address(address: Any) -> tuple[Any, ...]:
    return ("",) * 6 if address is None else _address_of(address)


def _built(name: str, value: Any) -> Any:
    if name == "supply_codes" or value is None:
        return None if value is None else list(value)
    return json.dumps([_plain(part) for part in value], ensure_ascii=False)


def _plain(part: Any) -> dict[str, Any]:
    return {name: _text(getattr(part, name)) for name in part.__slots__}


def _text(value: Any) -> Any:
    return str(value) if type(value) in (Decimal, date) else value


class Meter:
    """Seconds on the clock, and of processor by this process and PostgreSQL together."""

    def __init__(self, postmaster: int) -> None:
        from benchmarks.serving import postgres_cpu

        self._cpu: Callable[[], float] = lambda: time.process_time() + postgres_cpu(postmaster)

    def of(self, what: Callable[[], object]) -> tuple[float, float]:
        gc.collect()
        cpu, began = self._cpu(), time.monotonic()
        what()
        return time.monotonic() - began, self._cpu() - cpu


def changed(records: Sequence[Any]) -> list[Any]:
    """The records with one in so many other than before, as billing would change it."""
    found = list(records)
    for place in range(0, len(found), EVERY):
        found[place] = _changed(found[place])
    return found


def _changed(record: Any) -> Any:
    for name, value in (
        ("phone", "+390535999999"),
        ("description", "-"),
        ("offer", "-"),
        ("holder", "-"),
        ("serial", "9"),
        ("slip_code", "9"),
    ):
        if hasattr(record, name):
            return replace(record, **{name: value})
    name = next(name for name in ("channel_text", "validation_reason", "unit") if hasattr(record, name))
    return replace(record, **{name: "-"})


def batches(records: Sequence[Any]) -> list[Sequence[Any]]:
    from sportello.domain.customers.alignment.feed import LIMIT

    return [records[start : start + LIMIT] for start in range(0, len(records), LIMIT)]


def measure(var: Path) -> dict[str, dict[str, object]]:
    from django.db import connection

    from benchmarks.records import Maker, small
    from sportello.domain.customers.alignment import align

    maker = Maker(small().records)
    originals = sum(1 for record in maker.records if type(record).__name__ == "CustomerRecord")
    each = max(1, round(CUSTOMERS / originals / ROUNDS))
    connection.ensure_connection()
    floor = Floor(psycopg_connection())
    meter = Meter(int((var / "postgres" / "postmaster.pid").read_text().split()[0]))
    first: list[tuple[float, float, float, float]] = []
    counted: Counter[str] = Counter()
    said = 1
    for turn in range(ROUNDS):
        records = maker.copies(range(turn * each, turn * each + each))
        counted.update(type(record).__name__.removesuffix("Record") for record in records)
        parts = batches(records)
        sides = (partial(align, billing=Listed(parts, said), now=NOW), partial(floor.write_all, parts))
        taken = {place: meter.of(sides[place]) for place in ((0, 1) if turn % 2 else (1, 0))}
        said += len(parts)
        first.append((*taken[0], *taken[1]))
        _say(f"round {turn + 1}: {len(records):,} records, alignment {taken[0][0]:.1f} s, copy {taken[1][0]:.1f} s")
    total = sum(counted.values())
    copied = sum(cpu for *_, cpu in first) / total
    results = {"alignment_vs_copy": _first(first, total, counted)}
    results |= _later(maker, meter, each, said, copied)
    results |= _embedded(meter, maker)
    return results


def _first(first: Sequence[tuple[float, float, float, float]], total: int, counted: Counter[str]) -> dict[str, object]:
    ratios = [copy / aligned for _, aligned, _, copy in first]
    return {
        "value": round(median(ratios), 3),
        "unit": "ratio",
        "target": f">={TARGET}",
        "holds": median(ratios) >= TARGET,
        "rounds": [round(ratio, 3) for ratio in ratios],
        "by_clock": round(median(copy / aligned for aligned, _, copy, _ in first), 3),
        "aligned_per_s": round(total / sum(aligned for aligned, *_ in first)),
        "copied_per_s": round(total / sum(copy for _, _, copy, _ in first)),
        "aligned_per_cpu_s": round(total / sum(aligned for _, aligned, *_ in first)),
        "copied_per_cpu_s": round(total / sum(copy for *_, copy in first)),
        "records": total,
        "of": dict(counted),
    }


def _later(maker: Any, meter: Meter, each: int, said: int, copied: float) -> dict[str, dict[str, object]]:
    """Everything read again with one record in a hundred changed, and then as many changes by themselves."""
    from sportello.domain.customers.alignment import align

    found = []
    count = 0
    for turn in range(AGAIN):
        records = changed(maker.copies(range(turn * each, turn * each + each)))
        count += len(records)
        parts = batches(records)
        billing = Listed(parts, said)
        found.append(meter.of(partial(align, billing=billing, now=NOW)))
        said += len(parts)
    again = sum(cpu for _, cpu in found) / count
    only = maker.copies(range(AGAIN * each, AGAIN * each + each))
    altered = [_changed(record) for record in only[::EVERY]]
    parts = batches(altered)
    alone, _ = meter.of(lambda: align(billing=Listed(parts, said), now=NOW))
    return {
        "alignment_again_vs_copy": _plain_result(round(copied / again, 3), "ratio", records=count, changed="1 %"),
        "alignment_changes_per_s": _plain_result(round(len(altered) / alone), "1/s", records=len(altered)),
    }


def _embedded(meter: Meter, maker: Any) -> dict[str, dict[str, object]]:
    """A first reading of the embedded billing, from its own tables into the mirror."""
    from sportello.connectors.embedded.connector import EmbeddedBilling
    from sportello.connectors.embedded.loading import load
    from sportello.domain.customers.alignment import align

    count = load(maker.copies(range(10**6, 10**6 + EMBEDDED_COPIES)))
    wall, cpu = meter.of(lambda: align(billing=EmbeddedBilling(), now=NOW))
    return {
        "alignment_embedded_per_s": _plain_result(
            round(count / wall), "1/s", records=count, per_cpu_s=round(count / cpu)
        )
    }


def _plain_result(value: float, unit: str, **more: object) -> dict[str, object]:
    return {"value": value, "unit": unit, "target": None, "holds": True, **more}


def psycopg_connection() -> Any:
    """One of its own, beside that of Django."""
    import psycopg

    return psycopg.connect(os.environ["DATABASE_URL"])


def _say(text: str) -> None:
    print(text, flush=True)
