"""One customer is read anew, wholly or not at all, and never anybody else."""

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections, transaction

from sportello.billing.errors import ForeignRows, NotThere, Unavailable
from sportello.billing.records import Record, Removed, Snapshot
from sportello.domain.customers.alignment import Round, align, refresh, refresh_known
from sportello.domain.customers.models import Customer, Invoice, Refresh, SetAside
from sportello.domain.customers.tests.billing import FakeBilling, account, company, customer, invoice, payment, supply
from sportello.domain.customers.tests.state import contents, history, reasons, versions

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def billing() -> FakeBilling:
    return FakeBilling(feed=False, snapshots={"C-1": company(1), "C-2": company(2)})


def seen(code: str = "C-1") -> tuple[datetime | None, datetime | None, datetime | None, str]:
    one = Refresh.objects.get(customer_code=code)
    return one.as_of, one.changed_at, one.failing_since, one.failure


@pytest.mark.django_db
def test_all_of_a_customer_arrives(billing: FakeBilling) -> None:
    refresh(billing=billing, customer_code="C-1", now=NOW)
    found = contents()
    assert len(found["Invoice"]) == 1
    assert seen() == (NOW, NOW, None, "")
    align(billing=FakeBilling(log=company(1)), now=NOW)
    assert contents() == found


@pytest.mark.django_db
def test_reading_the_same_again_writes_nothing(billing: FakeBilling) -> None:
    refresh(billing=billing, customer_code="C-1", now=NOW)
    before = versions()
    refresh(billing=billing, customer_code="C-1", now=LATER)
    assert (versions(), history()) == (before, {})
    assert seen() == (LATER, NOW, None, "")


@pytest.mark.django_db
def test_what_billing_no_longer_has_goes_for_this_customer_only(billing: FakeBilling) -> None:
    for code in ("C-1", "C-2"):
        refresh(billing=billing, customer_code=code, now=NOW)
    billing.snapshots["C-1"] = [customer(), account(), supply(), invoice("I-9")]
    written = refresh(billing=billing, customer_code="C-1", now=LATER)
    assert written.removed == {"invoice": 1, "payment": 1}
    assert set(Invoice.objects.values_list("pk", flat=True)) == {"I-9", "I-2"}
    assert seen() == (LATER, LATER, None, "")
    billing.snapshots["C-1"] = [customer()]
    refresh(billing=billing, customer_code="C-1", now=LATER)
    assert [row[0] for row in contents()["Supply"]] != []
    assert reasons() == {}
    assert Customer.objects.get(code="C-1").supplies.count() == 0


@pytest.mark.django_db
def test_a_bad_record_keeps_the_one_from_before(billing: FakeBilling) -> None:
    refresh(billing=billing, customer_code="C-1", now=NOW)
    bad = invoice("I-1", amount=Decimal("NaN"))
    billing.snapshots["C-1"] = [customer(), account(), supply(), bad]
    refresh(billing=billing, customer_code="C-1", now=LATER)
    assert Invoice.objects.get(pk="I-1").amount == 122
    assert reasons() == {("invoice", "I-1"): "amount is out of range"}
    billing.snapshots["C-1"] = [customer(), account(), supply()]
    refresh(billing=billing, customer_code="C-1", now=LATER)
    assert not Invoice.objects.filter(pk="I-1").exists()
    assert reasons() == {}


@pytest.mark.django_db
def test_what_was_set_aside_and_is_gone_is_forgotten(billing: FakeBilling) -> None:
    billing.snapshots["C-1"] = [*company(1), invoice("I-9", amount=Decimal("NaN"))]
    refresh(billing=billing, customer_code="C-1", now=NOW)
    assert set(reasons()) == {("invoice", "I-9")}
    billing.snapshots["C-1"] = company(1)
    refresh(billing=billing, customer_code="C-1", now=NOW)
    assert reasons() == {}


@pytest.mark.django_db
def test_a_removal_that_must_wait_is_kept_until_it_passes(billing: FakeBilling) -> None:
    refresh(billing=billing, customer_code="C-1", now=NOW)
    # The supply is gone, but the invoice that names it comes damaged, so that the old one stays.
    billing.snapshots["C-1"] = [customer(), account(), invoice("I-1", supply_codes=(), amount=Decimal("NaN"))]
    for _ in range(2):
        refresh(billing=billing, customer_code="C-1", now=NOW)
        assert set(reasons()) == {("invoice", "I-1"), ("removed", "supply S-1")}
    billing.snapshots["C-1"] = [customer(), account(), invoice("I-1", supply_codes=())]
    refresh(billing=billing, customer_code="C-1", now=NOW)
    assert reasons() == {}
    assert Invoice.objects.get().supply_codes == []


FOREIGN: dict[str, Record] = {
    "customer": customer("C-2"),
    "account": account("A-9", of="C-2"),
    "supply": supply("S-9", of="C-2"),
    "invoice": invoice("I-9", of="C-2"),
    "payment": payment("P-9", of="C-2", allocations=()),
    "removal": Removed(kind="invoice", code="I-2"),
    "nonsense": "text",  # type: ignore[dict-item]
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", FOREIGN)
def test_an_answer_with_anything_foreign_is_not_used(billing: FakeBilling, name: str) -> None:
    for code in ("C-1", "C-2"):
        refresh(billing=billing, customer_code=code, now=NOW)
    before = contents()
    billing.snapshots["C-1"] = [replace(customer(), phone="new"), *company(1)[1:], FOREIGN[name]]
    with pytest.raises(ForeignRows):
        refresh(billing=billing, customer_code="C-1", now=LATER)
    assert contents() == before
    failure = "billing answered with rows of somebody else; nothing of the answer was used"
    assert seen() == (NOW, NOW, LATER, failure)


@pytest.mark.django_db
def test_the_answer_for_another_customer_is_not_used(billing: FakeBilling, monkeypatch: pytest.MonkeyPatch) -> None:
    refresh(billing=billing, customer_code="C-1", now=NOW)
    before = contents()
    monkeypatch.setattr(billing, "snapshot", lambda code: Snapshot(customer_code="C-2", records=company(1)))
    with pytest.raises(ForeignRows):
        refresh(billing=billing, customer_code="C-1", now=LATER)
    assert contents() == before


@pytest.mark.django_db
def test_rows_that_are_another_customers_here_are_set_aside(billing: FakeBilling) -> None:
    for code in ("C-1", "C-2"):
        refresh(billing=billing, customer_code=code, now=NOW)
    before = contents()
    stolen = invoice("I-2", of="C-1", on="A-1")
    billing.snapshots["C-1"] = [*company(1), stolen]
    refresh(billing=billing, customer_code="C-1", now=LATER)
    assert contents() | {"set aside": []} == before
    assert reasons() == {("invoice", "I-2"): "belongs to another customer here"}
    billing.snapshots["C-1"] = company(1)
    refresh(billing=billing, customer_code="C-1", now=LATER)
    assert contents() == before  # nor does it go, when billing has it no longer under the wrong name


@pytest.mark.django_db
@pytest.mark.parametrize("records", [[], company(1)[1:]])
def test_half_an_answer_takes_nothing_away(billing: FakeBilling, records: list[Record]) -> None:
    refresh(billing=billing, customer_code="C-1", now=NOW)
    before = contents()
    billing.snapshots["C-1"] = records
    with pytest.raises(Unavailable):
        refresh(billing=billing, customer_code="C-1", now=LATER)
    assert contents() == before
    assert seen()[2] == LATER


@pytest.mark.django_db
def test_an_outage_is_written_down_and_over_with_the_next_answer(billing: FakeBilling) -> None:
    def away(method: str) -> None:
        raise Unavailable("timed out")

    refresh(billing=billing, customer_code="C-1", now=NOW)
    before = contents()
    billing.before = away
    for now in (LATER, LATER + timedelta(minutes=1)):
        with pytest.raises(Unavailable):
            refresh(billing=billing, customer_code="C-1", now=now)
    assert contents() == before
    assert seen() == (NOW, NOW, LATER, "timed out")
    billing.before = lambda method: None
    refresh(billing=billing, customer_code="C-1", now=LATER)
    assert seen() == (LATER, NOW, None, "")


@pytest.mark.django_db
def test_a_customer_that_billing_does_not_know_stays_as_he_is(billing: FakeBilling) -> None:
    refresh(billing=billing, customer_code="C-1", now=NOW)
    before = contents()
    del billing.snapshots["C-1"]
    with pytest.raises(NotThere):
        refresh(billing=billing, customer_code="C-1", now=LATER)
    assert contents() == before
    assert seen() == (NOW, NOW, LATER, "billing does not know this customer")


@pytest.mark.django_db
def test_an_older_answer_does_not_replace_a_newer_one(billing: FakeBilling) -> None:
    def overtake(method: str) -> None:
        billing.before = lambda method: None
        old = billing.snapshots["C-1"]
        billing.snapshots["C-1"] = [customer(phone="new"), *old[1:]]
        refresh(billing=billing, customer_code="C-1", now=LATER)
        billing.snapshots["C-1"] = old

    billing.before = overtake
    refresh(billing=billing, customer_code="C-1", now=NOW)
    assert Customer.objects.get().phone == "new"
    assert seen()[0] == LATER


@pytest.mark.django_db(transaction=True)
def test_billing_is_not_called_inside_a_transaction(billing: FakeBilling) -> None:
    inside = []
    billing.before = lambda method: inside.append(connection.in_atomic_block)
    refresh(billing=billing, customer_code="C-1", now=NOW)
    with transaction.atomic(), pytest.raises(RuntimeError):
        refresh(billing=billing, customer_code="C-1", now=NOW)
    assert inside == [False]


@pytest.mark.django_db
class TestRound:
    def test_everybody_known_is_read(self, billing: FakeBilling) -> None:
        Refresh.objects.create(customer_code="C-1")
        Customer.objects.create(code="C-2", kind="person")
        Refresh.objects.create(customer_code="C-404")
        steps: list[int] = []

        def progress(done: Round) -> None:
            steps.append(done.customers)

        done = refresh_known(billing=billing, clock=lambda: NOW, progress=progress)
        assert (done.customers, done.of, done.failed) == (3, 3, 1)
        assert steps == [1, 2, 3]
        assert Invoice.objects.count() == 2

    def test_it_stops_where_billing_is_away(self, billing: FakeBilling) -> None:
        def away(method: str) -> None:
            raise Unavailable("HTTP 500")

        billing.before = away
        Refresh.objects.bulk_create(Refresh(customer_code=f"C-{number}") for number in range(9))
        with pytest.raises(Unavailable):
            refresh_known(billing=billing, clock=lambda: NOW)
        assert len(billing.calls) == 3
        assert not SetAside.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_row_that_another_transaction_has_just_written_is_not_written_again(billing: FakeBilling) -> None:
    refresh(billing=billing, customer_code="C-1", now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE same AS SELECT * FROM customers_invoice")
        cursor.execute("DELETE FROM customers_allocation")
        cursor.execute("DELETE FROM customers_invoice")
        cursor.execute("CREATE TABLE the_same AS TABLE same")
    written = threading.Event()
    writers: list[list[tuple[str]]] = []

    def write() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO customers_invoice SELECT * FROM the_same")
            cursor.execute("DROP TABLE the_same")
            written.set()
            time.sleep(0.5)  # until the refresh waits for this row
            cursor.execute("SELECT xmin::text FROM customers_invoice")
            writers.append(cursor.fetchall())
        connections.close_all()

    other = threading.Thread(target=write)
    other.start()
    written.wait()
    refresh(billing=billing, customer_code="C-1", now=LATER)
    other.join()
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin::text FROM customers_invoice")
        assert cursor.fetchall() == writers[0]


@pytest.mark.django_db(transaction=True)
def test_two_readings_at_once_follow_one_another(billing: FakeBilling) -> None:
    refresh(billing=billing, customer_code="C-1", now=NOW)
    older = FakeBilling(feed=False, snapshots={"C-1": [customer(phone="older"), *company(1)[1:]]})
    billing.snapshots["C-1"] = [customer(phone="newer"), *company(1)[1:]]
    started = threading.Event()

    def dawdle(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if "jit" in str(sql):  # its place is taken, and nothing written yet
            started.set()
            time.sleep(0.5)
        return execute(sql, params, many, context)

    def read_older() -> None:
        with connection.execute_wrapper(dawdle):
            refresh(billing=older, customer_code="C-1", now=NOW + timedelta(minutes=1))
        connections.close_all()

    other = threading.Thread(target=read_older)
    other.start()
    started.wait()
    refresh(billing=billing, customer_code="C-1", now=LATER)
    other.join()
    assert Customer.objects.get().phone == "newer"
    assert seen()[0] == LATER
