import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import psycopg
import pytest
from django.db import connections, transaction
from django.utils import timezone

from sportello.billing.conformance.checks import check_order, key
from sportello.billing.records import Record, Removed
from sportello.connectors.embedded import feed, issuing, models, paying, removing
from sportello.connectors.embedded.connector import EmbeddedBilling
from sportello.connectors.embedded.distributing import read
from sportello.connectors.embedded.loading import load
from sportello.connectors.embedded.tests.factories import (
    account,
    customer,
    household,
    invoice,
    mandate,
    metered,
    payment,
    reading,
    supply,
    usage,
)
from sportello.connectors.embedded.validating import validate

pytestmark = pytest.mark.django_db(databases=["billing"], transaction=True)


@pytest.fixture
def billing() -> EmbeddedBilling:
    return EmbeddedBilling()


@pytest.fixture
def other() -> Iterator[psycopg.Connection]:
    """A second connection, as another process has it; closed without a commit."""
    parameters = connections["billing"].get_connection_params()
    parameters.pop("cursor_factory", None)
    parameters.pop("context", None)
    with psycopg.connect(**parameters) as connection:
        yield connection
        connection.rollback()


INSERT = """
INSERT INTO embedded_customer
    (code, kind, last_name, first_name, company_name, tax_code, vat_number, email, phone, language, sdi_code, pec)
VALUES (%s, 'person', 'Late', '', '', '', '', '', '', 'it', '', '')
"""


def codes(records: list[Record]) -> list[str]:
    return [key(record)[1] for record in records]


def rest(billing: EmbeddedBilling, cursor: str = "", limit: int = 1_000) -> tuple[list[Record], str]:
    records: list[Record] = []
    more = True
    while more:
        batch = billing.changes(cursor, limit)
        records += batch.records
        cursor, more = batch.cursor, batch.more
    return records, cursor


def test_a_transaction_that_commits_late_is_not_lost(billing, other):
    load([customer("C1")])
    _, cursor = rest(billing)
    other.execute(INSERT, ["LATE"])
    load([customer("C2")])
    records, cursor = rest(billing, cursor)
    assert codes(records) == ["C2"]
    other.commit()
    late, early = (models.Customer.objects.get(code=code).changed_in for code in ("LATE", "C2"))
    assert late < early, "a cursor that were a number would be beyond it"
    records, _ = rest(billing, cursor)
    assert codes(records) == ["LATE"]


def test_with_a_number_for_a_cursor_it_would_be_lost(billing, other, monkeypatch):
    monkeypatch.setattr(feed, "oldest", lambda snapshot: feed.newest(snapshot) if snapshot else 0)
    load([customer("C1")])
    _, cursor = rest(billing)
    other.execute(INSERT, ["LATE"])
    load([customer("C2")])
    _, cursor = rest(billing, cursor)
    other.commit()
    assert rest(billing, cursor)[0] == []


def test_what_another_transaction_rolls_back_never_shows(billing, other):
    other.execute(INSERT, ["NEVER"])
    records, cursor = rest(billing)
    other.rollback()
    assert records == []
    assert rest(billing, cursor)[0] == []


def test_a_customer_changed_after_his_invoices_still_comes_first(billing):
    load(household())
    models.Customer.objects.update(first_name="Alicia")
    records, _ = rest(billing)
    check_order(records)
    assert records[0].first_name == "Alicia"


def test_a_customer_made_and_changed_between_two_questions_comes_before_his_invoices(billing):
    load([customer("C0")])
    _, cursor = rest(billing)
    load(household())
    models.Customer.objects.filter(code="C1").update(first_name="Alicia")
    records, _ = rest(billing, cursor, limit=1)
    assert codes(records) == ["C1", "A1", "S1", "2026/G/0000007"]


def test_what_changes_while_a_window_is_read_comes_again(billing):
    load([*household(), customer("C9"), account("A9", "C9")])
    batch = billing.changes("", 2)
    models.Customer.objects.filter(code="C1").update(first_name="Alicia")
    load([customer("C5"), account("A5", "C5")])
    records, cursor = rest(billing, batch.cursor, limit=2)
    assert "C5" not in codes(records) and "A5" not in codes(records)
    check_order([*batch.records, *records])
    later, _ = rest(billing, cursor)
    assert codes(later) == ["C1", "C5", "A5"]


def test_one_large_transaction_is_read_in_pages(billing):
    load([record for number in range(40) for record in (customer(f"C{number}"), account(f"A{number}", f"C{number}"))])
    records, cursor = rest(billing, limit=7)
    assert len(records) == len(set(codes(records))) == 80
    check_order(records)
    assert rest(billing, cursor)[0] == []


def test_the_same_cursor_gives_the_same_again_from_the_middle(billing):
    load([customer(f"C{number}") for number in range(10)])
    first = billing.changes("", 4)
    assert billing.changes(first.cursor, 4) == billing.changes(first.cursor, 4)
    assert codes(billing.changes(first.cursor, 4).records) == ["C4", "C5", "C6", "C7"]


def test_a_cursor_at_rest_stays_as_it_is(billing):
    load(household())
    _, cursor = rest(billing)
    assert billing.changes(cursor, 10).cursor == cursor


def test_paying_brings_invoice_payment_and_account(billing):
    load(household())
    _, cursor = rest(billing)
    paid = paying.pay(invoice_number="2026/G/0000007", paid_on=invoice().due_on)
    records, _ = rest(billing, cursor)
    assert codes(records) == ["A1", "2026/G/0000007", paid.code]
    assert records[0].balance == Decimal("0.00")
    assert records[1].paid == Decimal("122.00")


def test_what_was_removed_comes_last_and_children_first(billing):
    load([*household(), payment()])
    _, cursor = rest(billing)
    removing.remove(kind="payment", code="P1")
    removing.remove(kind="invoice", code="2026/G/0000007")
    removing.remove(kind="supply", code="S1")
    removing.remove(kind="account", code="A1")
    removing.remove(kind="customer", code="C1")
    load([customer("C2")])
    records, _ = rest(billing, cursor, limit=2)
    assert records == [
        customer("C2"),
        Removed(kind="payment", code="P1"),
        Removed(kind="invoice", code="2026/G/0000007"),
        Removed(kind="supply", code="S1"),
        Removed(kind="billing_account", code="A1"),
        Removed(kind="customer", code="C1"),
    ]


def test_meters_readings_and_usage_come_after_what_they_refer_to(billing):
    load([*metered(), supply("S2", service="telephony"), usage(supply_code="S2")])
    records, cursor = rest(billing, limit=1)
    assert codes(records) == ["C1", "A1", "S1", "S2", "M1", "2026/G/0000007", "R1", "U1"]
    assert records == list(billing.snapshot("C1").records)
    check_order(records)
    assert rest(billing, cursor)[0] == []


def test_a_reading_brings_itself_and_those_that_it_changes(billing):
    load([*metered(), reading("E1", 1200, date(2026, 3, 31), origin="estimated")])
    _, cursor = rest(billing)
    made = read(supply_code="S1", values=[Decimal(1100)], on=date(2026, 3, 20), today=date(2026, 4, 1))
    records, cursor = rest(billing, cursor)
    assert codes(records) == [made.code, "E1"]
    assert records[1].superseded_by == made.code
    validate(now=timezone.now())
    assert rest(billing, cursor)[0] == []


def test_a_reading_that_was_judged_comes_again(billing):
    load([*metered(), reading("P1", 1080, date(2026, 3, 20), origin="self", validation="pending")])
    _, cursor = rest(billing)
    validate(now=timezone.now())
    records, _ = rest(billing, cursor)
    assert [(record.code, record.validation) for record in records] == [("P1", "valid")]


def test_a_reading_that_an_invoice_uses_comes_again(billing):
    load([*metered(), reading("R2", 1080, date(2026, 3, 20))])
    _, cursor = rest(billing)
    made = issuing.issue(supply_codes=["S1"], issued_on=date(2026, 4, 1))
    records, _ = rest(billing, cursor)
    assert codes(records) == ["A1", made.code, "R2"]
    assert records[2].invoice_number == made.code


def test_removed_meters_readings_and_usage_come_children_first(billing):
    load([*metered(), usage()])
    models.MeterReading.objects.update(invoice=None)
    _, cursor = rest(billing)
    removing.remove(kind="reading", code="R1")
    removing.remove(kind="meter", code="M1")
    removing.remove(kind="usage", code="U1")
    removing.remove(kind="invoice", code="2026/G/0000007")
    records, _ = rest(billing, cursor, limit=1)
    assert records == [
        account(balance=Decimal("0.00")),
        Removed(kind="usage", code="U1"),
        Removed(kind="meter_reading", code="R1"),
        Removed(kind="invoice", code="2026/G/0000007"),
        Removed(kind="meter", code="M1"),
    ]


@pytest.mark.parametrize("rank", ["-1", "0", "4", "9", "9/5", "16/8", "-2/8", "3/10"])
def test_a_cursor_whose_ranks_are_of_another_time_starts_from_everything(billing, rank):
    load(metered())
    batch = billing.changes("", 3)
    system, since, until, _, code = batch.cursor.split("|", 4)
    records, _ = rest(billing, "|".join((system, since, until, rank, code)))
    assert len(records) == 6


def test_a_row_of_each_table_is_stamped(billing):
    load([*metered(), mandate(), payment(), usage()])
    for table in feed.TABLES:
        with connections["billing"].cursor() as cursor:
            cursor.execute(f"SELECT bool_and(created_in > 0 AND changed_in >= created_in) FROM {table}")
            assert cursor.fetchone() == (True,), table


def test_a_code_that_returns_is_no_longer_removed(billing):
    load([customer()])
    _, cursor = rest(billing)
    removing.remove(kind="customer", code="C1")
    load([customer(first_name="Bob")])
    assert rest(billing, cursor)[0] == [customer(first_name="Bob")]


@pytest.mark.parametrize(
    "cursor",
    ["x", "|||||", "' OR 1=1", "\0", "9" * 5_000, "7|1:2:|3:4:|9|x", "{system}|1:2:3|9999999999999:9999999999999:|0|C"],
)
def test_a_cursor_of_something_else_starts_from_everything(billing, cursor):
    load([customer()])
    system, _ = feed.here()
    assert codes(rest(billing, cursor.format(system=system))[0]) == ["C1"]


def test_on_another_server_everything_is_read_again(billing):
    load(household())
    _, cursor = rest(billing)
    # As after a dump was restored elsewhere: the rows carry numbers of transactions that this server has not had yet.
    with connections["billing"].cursor() as database:
        for table in feed.TABLES:
            database.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            database.execute(f"UPDATE {table} SET created_in = 1000000000, changed_in = 1000000000")
            database.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    models.Home.objects.update(system="another")
    records, cursor = rest(billing, cursor.replace(feed.here()[0], "another"))
    assert len(records) == 4
    assert rest(billing, cursor)[0] == []


def test_many_writers_lose_nothing(billing):
    load([customer(), account(), supply()])
    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    found: list[str] = []
    cursor = ""
    while any(writer.is_alive() for writer in writers):
        records, cursor = rest(billing, cursor, limit=3)
        found += codes(records)
    for writer in writers:
        writer.join()
    found += codes(rest(billing, cursor)[0])
    assert {f"W{writer}-{number}" for writer in range(4) for number in range(15)} <= set(found)


def write(writer: int) -> None:
    try:
        for number in range(15):
            with transaction.atomic(using="billing"):
                load([customer(f"W{writer}-{number}")])
    finally:
        connections["billing"].close()
