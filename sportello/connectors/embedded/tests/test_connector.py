import threading
from pathlib import Path

import pytest
from django.db import InterfaceError, OperationalError, connections

from sportello.billing.errors import NotThere, Unavailable
from sportello.billing.loading import connector
from sportello.connectors.embedded.connector import EmbeddedBilling
from sportello.connectors.embedded.loading import load
from sportello.connectors.embedded.routing import BillingRouter
from sportello.connectors.embedded.tests.factories import account, customer, household, invoice, payment, supply

transactional = pytest.mark.django_db(databases=["billing"], transaction=True)


@pytest.fixture
def billing() -> EmbeddedBilling:
    return EmbeddedBilling()


def questions(billing: EmbeddedBilling):
    return (
        lambda: billing.changes("", 10),
        lambda: billing.snapshot("C1"),
        lambda: billing.invoice_xml("2026/G/0000007"),
    )


def test_it_is_found_by_its_name():
    found = connector("sportello.connectors.embedded.connector.EmbeddedBilling")
    assert isinstance(found, EmbeddedBilling)
    assert found.capabilities.feed


@transactional
def test_a_snapshot_is_what_was_loaded(billing):
    records = [*household(), payment()]
    load([*records, customer("C2"), account("A2", "C2"), supply("S2", customer_code="C2", account_code="A2")])
    found = billing.snapshot("C1").records
    assert [found[0], found[2], found[4]] == [records[0], records[2], records[4]]
    assert len(found) == 5


@transactional
def test_a_connection_that_broke_is_unavailable_once(billing):
    load(household())
    for ask in questions(billing)[:2]:
        billing.snapshot("C1")
        with connections["billing"].cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pid = cursor.fetchone()[0]
        stop_backend(pid)
        with pytest.raises(Unavailable):
            ask()
        ask()


def stop_backend(pid: int) -> None:
    def stop() -> None:
        with connections["billing"].cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 1000)", [pid])
        connections["billing"].close()

    thread = threading.Thread(target=stop)
    thread.start()
    thread.join()


@pytest.mark.parametrize("error", [OperationalError("down"), InterfaceError("closed")])
@transactional
def test_what_fails_in_the_database_is_unavailable(billing, monkeypatch, error):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr("sportello.connectors.embedded.feed.reading", fail)
    monkeypatch.setattr("sportello.connectors.embedded.feed.settle_in", fail)
    for ask in questions(billing):
        with pytest.raises(Unavailable) as caught:
            ask()
        assert caught.value.__cause__ is error


@transactional
def test_a_lock_that_does_not_end_is_unavailable(billing, monkeypatch):
    load(household())
    billing.changes("", 1)
    monkeypatch.setattr("sportello.connectors.embedded.feed.STATEMENT_TIMEOUT", 100)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with connections["billing"].cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE embedded_customer IN ACCESS EXCLUSIVE MODE")
            held.set()
            done.wait(20)
            cursor.execute("ROLLBACK")
        connections["billing"].close()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(20)
    try:
        with pytest.raises(Unavailable):
            billing.snapshot("C1")
    finally:
        done.set()
        thread.join()
    assert billing.snapshot("C1").records


@transactional
def test_several_threads_ask_at_once(billing):
    load(household())
    found, threads = [], [threading.Thread(target=lambda: found.append(ask_and_close(billing))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [4] * 6


def ask_and_close(billing: EmbeddedBilling) -> int:
    try:
        billing.changes("", 10)
        return len(billing.snapshot("C1").records)
    finally:
        connections["billing"].close()


def test_there_are_no_pdfs(billing):
    with pytest.raises(NotThere):
        billing.invoice_pdf("2026/G/0000007")


@pytest.mark.django_db(databases=["billing"])
def test_a_snapshot_works_inside_a_transaction_of_a_test(billing):
    load([customer(), account(), supply(), invoice()])
    assert len(billing.snapshot("C1").records) == 4


@pytest.mark.parametrize(
    ("database", "app", "allowed"),
    [
        ("billing", "embedded", True),
        ("default", "embedded", False),
        ("billing", "auth", False),
        ("default", "auth", None),
    ],
)
def test_only_this_billing_has_tables_in_its_database(database, app, allowed):
    assert BillingRouter().allow_migrate(database, app) is allowed


def test_nobody_else_reads_these_tables():
    source = Path(__file__).parents[3]
    for path in source.rglob("*.py"):
        if "connectors/embedded" not in path.as_posix():
            assert "connectors.embedded.models" not in path.read_text(), path
