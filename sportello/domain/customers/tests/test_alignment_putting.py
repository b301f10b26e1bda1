"""How alignment asks PostgreSQL: whatever is there already, a batch costs the same, and who comes in between is seen."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from psycopg.sql import Composable

from sportello.billing.records import Record
from sportello.domain.customers.alignment import align, feed, writing
from sportello.domain.customers.alignment.putting import Known
from sportello.domain.customers.tests.billing import (
    FakeBilling,
    account,
    company,
    customer,
    invoice,
    metered,
    payment,
    reading,
    supply,
)
from sportello.domain.customers.tests.state import contents, history, reasons

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def billing() -> FakeBilling:
    return FakeBilling(log=company(1) + company(2))


def text_of(statement: object) -> str:
    return statement.as_string() if isinstance(statement, Composable) else str(statement)


@pytest.mark.django_db
def test_the_mirror_is_looked_up_by_its_indexes_however_large_it_is(billing: FakeBilling) -> None:
    """A join by hash reads a whole table; below a Limit PostgreSQL cannot but look once for each row."""
    plans: dict[str, Any] = {}

    def explained(execute: Any, query: Any, params: Any, many: bool, context: Any) -> Any:
        text = text_of(query).strip()
        if text.startswith("SELECT") and "staged_" in text:
            context["cursor"].execute(f"EXPLAIN (FORMAT JSON) {text}")
            plans[text] = context["cursor"].fetchone()[0][0]["Plan"]
        return execute(query, params, many, context)

    billing.log += metered(1)
    with connection.execute_wrapper(explained):
        align(billing=billing, now=NOW)
    looked_up = {node["Relation Name"] for plan in plans.values() for node in below_a_limit(plan)}
    assert looked_up >= {f"customers_{name}" for name in ("customer", "billingaccount", "supply", "invoice", "payment")}
    read_whole = {node["Relation Name"] for plan in plans.values() for node in not_below_a_limit(plan)}
    assert {name for name in read_whole if not name.startswith("staged_")} == set()


def below_a_limit(node: dict[str, Any], *, below: bool = False) -> Iterator[dict[str, Any]]:
    """The nodes of a plan that read tables once for each row of another."""
    below = below or node["Node Type"] == "Limit"
    if below and "Relation Name" in node:
        yield node
    for part in node.get("Plans", ()):
        yield from below_a_limit(part, below=below)


def not_below_a_limit(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if node["Node Type"] != "Limit":
        if "Relation Name" in node:
            yield node
        for part in node.get("Plans", ()):
            yield from not_below_a_limit(part)


def blind(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """Looks at the mirror see nothing so often, as if what is there had been written just afterwards."""
    seeing = writing.known
    blind_looks = iter([Known()] * times)
    monkeypatch.setattr(writing, "known", lambda cursor, table: next(blind_looks, None) or seeing(cursor, table))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "reason", "changed"),
    [
        (company(1)[0], None, {}),
        (customer("C-1", phone="+39 333"), None, {"Customer": 1}),
        (supply("S-1", of="C-2", on="A-2"), "belongs to another customer here", {}),
        (payment("P-1", allocations=()), None, {"Allocation": 1}),
        (payment("P-1", of="C-2", on="A-2", allocations=()), "belongs to another customer here", {}),
        (reading("L-1", origin="self"), None, {"MeterReading": 1}),
    ],
    ids=["same", "other", "somebody else's", "fewer parts", "somebody else's payment", "reading"],
)
def test_a_row_that_another_transaction_has_just_written_is_seen(
    billing: FakeBilling, monkeypatch: pytest.MonkeyPatch, sent: Record, reason: str | None, changed: dict[str, int]
) -> None:
    billing.log += metered(1)
    align(billing=billing, now=NOW)
    before = contents()
    blind(monkeypatch, 1)
    billing.log.append(sent)
    align(billing=billing, now=LATER)
    assert [*reasons().values()] == ([reason] if reason else [])
    assert history() == changed
    if not changed:
        assert contents() | {"set aside": []} == before


@pytest.mark.django_db(transaction=True)
def test_what_stays_unseen_is_an_error_and_nothing_of_the_batch_is_written(
    billing: FakeBilling, monkeypatch: pytest.MonkeyPatch
) -> None:
    align(billing=billing, now=NOW)
    before = contents()
    blind(monkeypatch, 2)
    billing.log += [customer("C-1", phone="+39 333"), account("A-3"), invoice("I-3", on="A-3")]
    with pytest.raises(IntegrityError):
        align(billing=billing, now=LATER)
    assert contents() == before


@pytest.mark.parametrize("many", [1, 1_000_000])
@pytest.mark.django_db(transaction=True)
def test_after_much_has_changed_postgresql_gets_to_know_its_tables(
    billing: FakeBilling, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(feed, "MANY", many)
    names = ("customer", "billingaccount", "supply", "invoice", "payment", "allocation")
    tables = {f'ANALYZE "customers_{name}"' for name in names}
    with connection.cursor() as cursor:
        for look in tables:
            cursor.execute(look)  # what it knows of other tests is forgotten
    with CaptureQueriesContext(connection) as queries:
        align(billing=billing, now=NOW)
    assert looked_at(queries) == (tables if many == 1 else set())
    for news in ([], [customer("C-1", phone="+39 333")]):
        billing.log += news
        with CaptureQueriesContext(connection) as queries:
            align(billing=billing, now=LATER)  # nothing or little is new beside what is known
        assert not looked_at(queries)


def looked_at(queries: CaptureQueriesContext) -> set[str]:
    return {said for query in queries if (said := text_of(query["sql"])).startswith("ANALYZE")}
