"""The mirror becomes what billing says, and nothing is written that does not change."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from sportello.billing.errors import Unavailable
from sportello.billing.records import Allocation, Batch, Removed
from sportello.domain.customers.alignment import align
from sportello.domain.customers.alignment.mirror import TABLES
from sportello.domain.customers.alignment.rows import PLAIN
from sportello.domain.customers.models import Customer, Feed, Invoice, Payment, SetAside, Supply
from sportello.domain.customers.models.invoices import Allocation as MirrorAllocation
from sportello.domain.customers.tests.billing import (
    FakeBilling,
    account,
    company,
    customer,
    detailed_invoice,
    invoice,
    payment,
    supply,
)
from sportello.domain.customers.tests.state import contents, history, reasons, versions

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def billing() -> FakeBilling:
    return FakeBilling(log=company(1) + company(2))


def test_each_column_of_the_mirror_is_filled() -> None:
    for table in TABLES:
        assert set(table.columns) == set(table.fields), table.kind
        assert len(table.columns) == len(table.fields)


def test_what_the_port_may_leave_out_the_mirror_may_too() -> None:
    for table in TABLES:
        for name, types in zip(PLAIN[table.kind].names, PLAIN[table.kind]._promised, strict=True):
            assert (type(None) in types) == table.fields[name].null, f"{table.kind}.{name}"


@pytest.mark.django_db
def test_a_record_arrives_whole(billing: FakeBilling) -> None:
    align(billing=billing, now=NOW)
    one = Customer.objects.get(code="C-1")
    assert (one.first_name, one.birth_date, one.vat_number) == ("Alice", date(1980, 1, 1), None)
    assert one.address == "Via Grandi 39, 41033 Concordia (MO)"
    bill = Invoice.objects.get(number="I-1")
    assert (bill.customer_id, bill.billing_account_id, bill.supply_codes) == ("C-1", "A-1", ["S-1"])
    assert (bill.amount, bill.consumption, bill.issued_on) == (Decimal("122.00"), Decimal("81.125"), date(2026, 1, 10))
    assert bill.lines[0] == {
        "description": "Materia gas",
        "amount": "60.00",
        "section": "",
        "quantity": "81.125",
        "unit": "Smc",
        "unit_price": None,
        "vat_rate": None,
    }
    assert bill.vat == [{"rate": "22", "taxable": "100.00", "tax": "22.00"}]
    assert MirrorAllocation._default_manager.filter(payment="P-1", invoice="I-1", amount=122).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "codes", [None, (), ("S-1",), ("S-1", "S-1"), ('S"1', "S\\1", "S,1", "S}1", "NULL", " ", "é€")]
)
def test_supply_codes_arrive_as_they_are(codes: tuple[str, ...] | None) -> None:
    supplies = [supply(code) for code in {*(codes or ()), "S-1"}]
    align(billing=FakeBilling(log=[customer(), account(), *supplies, invoice(supply_codes=codes)]), now=NOW)
    assert reasons() == {}
    found = Invoice.objects.get().supply_codes
    assert found == (None if codes is None else list(codes))


@pytest.mark.django_db
def test_reading_again_writes_nothing(billing: FakeBilling) -> None:
    align(billing=billing, now=NOW)
    rows, before = versions(), contents()
    again = align(billing=billing, now=LATER, from_start=True)
    assert again.written.read == 10
    assert not again.written.anything
    assert (versions(), contents(), history()) == (rows, before, {})


@pytest.mark.django_db
def test_only_what_changed_is_written_and_leaves_a_history(billing: FakeBilling) -> None:
    align(billing=billing, now=NOW)
    billing.log += [replace(customer("C-1"), phone="+39 333"), customer("C-2"), supply("S-2", of="C-2", on="A-2")]
    done = align(billing=billing, now=LATER)
    assert done.written.changed == {"customer": 1}
    assert history() == {"Customer": 1}
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone, code FROM customers_customerevent")
        assert cursor.fetchall() == [("+39 0535 000000", "C-1")]


@pytest.mark.django_db
def test_batches_of_any_size_end_the_same() -> None:
    log = company(1) + company(2) + [replace(customer("C-1"), phone=None), Removed(kind="payment", code="P-2")]
    align(billing=FakeBilling(log=log), now=NOW)
    whole = contents()
    for limit in (1, 2, 3, 7):
        align(billing=FakeBilling(log=log, name=f"by {limit}"), now=NOW, limit=limit)
        assert contents() == whole


@pytest.mark.django_db
def test_the_last_of_several_records_counts(billing: FakeBilling) -> None:
    billing.log += [replace(customer("C-1"), phone="1"), replace(customer("C-1"), phone="2")]
    align(billing=billing, now=NOW)
    assert Customer.objects.get(code="C-1").phone == "2"
    assert history() == {}


@pytest.mark.django_db
def test_a_bad_last_record_is_not_replaced_by_an_earlier_one(billing: FakeBilling) -> None:
    billing.log += [replace(customer("C-3"), phone="1"), replace(customer("C-3"), phone=1)]
    align(billing=billing, now=NOW)
    assert not Customer.objects.filter(code="C-3").exists()
    billing.log += [replace(customer("C-4"), phone=1), replace(customer("C-4"), phone="1")]
    align(billing=billing, now=NOW)
    assert Customer.objects.filter(code="C-4").exists()
    assert set(reasons()) == {("customer", "C-3")}


@pytest.mark.django_db
def test_the_allocations_of_a_payment_are_replaced_as_a_set(billing: FakeBilling) -> None:
    billing.log.append(invoice("I-1b"))
    align(billing=billing, now=NOW)
    parts = (Allocation(invoice_number="I-1b", amount=Decimal(20)), Allocation(invoice_number="I-1", amount=Decimal(2)))
    billing.log.append(payment(allocations=parts))
    align(billing=billing, now=NOW)
    found = MirrorAllocation._default_manager.filter(payment="P-1").values_list("invoice", "amount")
    assert dict(found) == {"I-1b": Decimal(20), "I-1": Decimal(2)}
    billing.log.append(payment(allocations=()))
    align(billing=billing, now=NOW)
    assert not found.all().exists()
    assert MirrorAllocation._default_manager.filter(payment="P-2").exists()


@pytest.mark.django_db
def test_two_parts_for_one_invoice_are_one(billing: FakeBilling) -> None:
    part = Allocation(invoice_number="I-1", amount=Decimal("61.00"))
    billing.log.append(payment(allocations=(part, part)))
    align(billing=billing, now=NOW)
    assert MirrorAllocation._default_manager.get(payment="P-1").amount == Decimal(122)
    assert reasons() == {}


@pytest.mark.django_db
def test_a_cursor_of_another_connector_is_not_used(billing: FakeBilling) -> None:
    align(billing=billing, now=NOW)
    other = FakeBilling(log=company(3), name="other")
    align(billing=other, now=LATER)
    assert Customer.objects.filter(code="C-3").exists()
    assert Feed.objects.get().connector == "other"


@pytest.mark.django_db
def test_as_of_is_when_billing_had_nothing_more(billing: FakeBilling) -> None:
    seen = []
    align(billing=billing, now=NOW, limit=4, progress=lambda done: seen.append(Feed.objects.get().as_of))
    assert seen[:2] == [None, None]
    assert NOW < seen[2] < NOW + timedelta(seconds=30)
    align(billing=billing, now=LATER)
    assert Feed.objects.get().as_of >= LATER


@pytest.mark.django_db
def test_an_outage_is_written_down_and_over_with_the_next_answer(billing: FakeBilling) -> None:
    def away(method: str) -> None:
        raise Unavailable("HTTP 503")

    billing.before = away
    for now in (NOW, LATER):
        with pytest.raises(Unavailable):
            align(billing=billing, now=now)
    feed = Feed.objects.get()
    assert feed.failure == "HTTP 503"
    assert feed.failing_since < NOW + timedelta(seconds=30)
    billing.before = lambda method: None
    align(billing=billing, now=LATER)
    feed = Feed.objects.get()
    assert (feed.failing_since, feed.failure) == (None, "")


@pytest.mark.django_db
def test_an_outage_between_batches_keeps_what_was_read(billing: FakeBilling) -> None:
    def away(method: str) -> None:
        if len(billing.calls) == 3:
            raise Unavailable("HTTP 503")

    billing.before = away
    with pytest.raises(Unavailable):
        align(billing=billing, now=NOW, limit=4)
    assert Feed.objects.get().cursor == "8"
    assert Feed.objects.get().failure == "HTTP 503"
    align(billing=billing, now=NOW, limit=4)
    assert Invoice.objects.count() == 2


@pytest.mark.django_db
def test_what_a_broken_connector_says_is_not_written_down(billing: FakeBilling) -> None:
    def broken(method: str) -> None:
        raise KeyError("Alice Fabbri")

    billing.before = broken
    with pytest.raises(KeyError):
        align(billing=billing, now=NOW)
    assert Feed.objects.get().failure == "the connector failed: KeyError"


@pytest.mark.django_db
def test_a_cursor_that_stands_still_is_an_outage(billing: FakeBilling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(billing, "changes", lambda since, limit: Batch(records=(), cursor=since, more=True))
    with pytest.raises(Unavailable):
        align(billing=billing, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_billing_is_not_called_inside_a_transaction(billing: FakeBilling) -> None:
    inside = []
    billing.before = lambda method: inside.append(connection.in_atomic_block)
    align(billing=billing, now=NOW, limit=4)
    assert inside == [False, False, False]
    with transaction.atomic(), pytest.raises(RuntimeError):
        align(billing=billing, now=NOW)
    assert len(inside) == 3


@pytest.mark.django_db(transaction=True)
def test_a_second_alignment_returns_at_once(billing: FakeBilling) -> None:
    results = []

    def second(method: str) -> None:
        billing.before = lambda method: None
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()

    def elsewhere() -> None:
        results.append(align(billing=billing, now=NOW))
        connections.close_all()

    billing.before = second
    assert not align(billing=billing, now=NOW).busy
    assert [(one.busy, one.batches) for one in results] == [(True, 0)]
    assert billing.calls == ["changes"]
    assert not align(billing=billing, now=NOW).busy


@pytest.mark.django_db(transaction=True)
def test_an_alignment_that_was_overtaken_stops(billing: FakeBilling) -> None:
    def overtake(method: str) -> None:
        # As after a lost connection, when the lock is gone and another worker has read the same changes.
        Feed.objects.update(cursor="10")

    billing.before = overtake
    done = align(billing=billing, now=NOW)
    assert done.busy
    assert not Customer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_was_done_counts_though_the_connection_is_lost_at_the_end(billing: FakeBilling) -> None:
    done = align(billing=billing, now=NOW, progress=lambda done: connection.connection.close())
    assert done.batches == 1
    connection.close()
    assert Customer.objects.count() == 2
    assert not align(billing=billing, now=NOW).busy


@pytest.mark.django_db
def test_a_look_that_finds_nothing_stages_nothing(billing: FakeBilling) -> None:
    align(billing=billing, now=NOW)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        align(billing=billing, now=NOW)
    assert not [query["sql"] for query in queries if "TEMPORARY" in str(query["sql"])]


@pytest.mark.django_db
class TestRemoval:
    def test_a_record_goes_with_its_parts(self, billing: FakeBilling) -> None:
        align(billing=billing, now=NOW)
        billing.log += [Removed(kind="payment", code="P-1"), Removed(kind="invoice", code="I-2")]
        done = align(billing=billing, now=NOW)
        assert done.written.removed == {"payment": 1, "invoice": 1}
        assert list(Payment.objects.values_list("pk", flat=True)) == ["P-2"]
        assert not MirrorAllocation._default_manager.exists()
        assert history() == {"Payment": 1, "Invoice": 1, "Allocation": 2}

    def test_what_is_gone_already_is_no_matter(self, billing: FakeBilling) -> None:
        billing.log.append(Removed(kind="invoice", code="I-404"))
        assert align(billing=billing, now=NOW).written.removed == {}
        assert reasons() == {}

    def test_all_of_a_customer_goes_in_any_order(self, billing: FakeBilling) -> None:
        align(billing=billing, now=NOW)
        gone = [
            ("customer", "C-1"),
            ("supply", "S-1"),
            ("billing_account", "A-1"),
            ("payment", "P-1"),
            ("invoice", "I-1"),
        ]
        billing.log += [Removed(kind=kind, code=code) for kind, code in gone]
        align(billing=billing, now=NOW)
        assert reasons() == {}
        assert list(Customer.objects.values_list("pk", flat=True)) == ["C-2"]

    @pytest.mark.parametrize(("kind", "code"), [("customer", "C-1"), ("billing_account", "A-1"), ("supply", "S-1")])
    def test_what_others_hang_on_stays_until_they_are_gone(self, billing: FakeBilling, kind: str, code: str) -> None:
        align(billing=billing, now=NOW)
        before = contents()
        billing.log.append(Removed(kind=kind, code=code))
        align(billing=billing, now=NOW)
        reason = "was removed, but records that belong to it are still here"
        assert reasons() == {("removed", f"{kind} {code}"): reason}
        assert contents() | {"set aside": []} == before
        below = [("payment", "P-1"), ("invoice", "I-1"), ("supply", "S-1"), ("billing_account", "A-1")]
        billing.log += [Removed(kind=other, code=its) for other, its in below if (other, its) != (kind, code)]
        align(billing=billing, now=NOW, limit=1)
        assert reasons() == {}
        table = next(table for table in TABLES if table.kind == kind)
        assert not table.model._default_manager.filter(pk=code).exists()

    def test_a_record_that_came_back_is_not_removed_later(self, billing: FakeBilling) -> None:
        align(billing=billing, now=NOW)
        billing.log += [Removed(kind="supply", code="S-1")]
        align(billing=billing, now=NOW)
        billing.log += [supply("S-1"), Removed(kind="payment", code="P-1"), Removed(kind="invoice", code="I-1")]
        align(billing=billing, now=NOW)
        assert Supply.objects.filter(code="S-1").exists()
        assert reasons() == {}

    def test_in_one_batch_the_order_counts(self, billing: FakeBilling) -> None:
        align(billing=billing, now=NOW)
        bill = detailed_invoice("I-1", amount=Decimal(1))
        billing.log += [Removed(kind="payment", code="P-1"), Removed(kind="invoice", code="I-1"), bill]
        billing.log += [invoice("I-9"), Removed(kind="invoice", code="I-9")]
        align(billing=billing, now=NOW)
        assert dict(Invoice.objects.values_list("pk", "amount")) == {"I-1": Decimal(1), "I-2": Decimal(122)}

    def test_a_supply_may_pass_to_another_customer_by_removal(self, billing: FakeBilling) -> None:
        align(billing=billing, now=NOW)
        billing.log += [Removed(kind="payment", code="P-1"), Removed(kind="invoice", code="I-1")]
        billing.log += [Removed(kind="supply", code="S-1"), supply("S-1", of="C-2", on="A-2")]
        align(billing=billing, now=NOW)
        assert Supply.objects.get(code="S-1").customer_id == "C-2"
        assert reasons() == {}

    def test_the_record_set_aside_goes_too(self, billing: FakeBilling) -> None:
        billing.log += [customer("C-9", phone="1\x01"), Removed(kind="customer", code="C-9")]
        align(billing=billing, now=NOW, limit=11)
        assert SetAside.objects.count() == 0

    @pytest.mark.parametrize("removed", [Removed(kind="invoice", code="I\0"), Removed(kind="house", code="1")])
    def test_a_senseless_removal_is_set_aside(self, billing: FakeBilling, removed: Removed) -> None:
        billing.log.insert(1, removed)
        align(billing=billing, now=NOW)
        assert [kind for kind, _ in reasons()] == ["removed"]
        assert Customer.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_removed_row_that_another_room_uses_stays(billing: FakeBilling) -> None:
    align(billing=billing, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE another_room (bill varchar(60) REFERENCES customers_invoice DEFERRABLE INITIALLY DEFERRED)"
        )
        cursor.execute("INSERT INTO another_room VALUES ('I-1')")
    try:
        billing.log += [Removed(kind="invoice", code="I-1"), Removed(kind="invoice", code="I-2"), customer("C-9")]
        done = align(billing=billing, now=NOW)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE another_room")
    assert done.written.removed == {"invoice": 1}
    assert reasons() == {("removed", "invoice I-1"): "was removed, but Sportello still uses it"}
    assert list(Invoice.objects.values_list("pk", flat=True)) == ["I-1"]
    assert MirrorAllocation._default_manager.filter(invoice="I-1").exists()
    assert Customer.objects.filter(code="C-9").exists()
