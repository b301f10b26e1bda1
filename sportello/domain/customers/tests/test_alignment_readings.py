"""Meters, readings and usage in the mirror, and the job that sees what became of readings that customers gave."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from sportello.billing.records import Record, RegisterValue, Removed
from sportello.domain.customers import jobs
from sportello.domain.customers.alignment import align, refresh
from sportello.domain.customers.alignment.writing import write
from sportello.domain.customers.models import Meter, MeterReading, SetAside, Supply, Usage
from sportello.domain.customers.tests.billing import (
    FakeBilling,
    company,
    meter,
    metered,
    reading,
    register,
    supply,
    usage,
)
from sportello.domain.customers.tests.state import contents, history, reasons, settled, settling, versions

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BOTH = (RegisterValue(register="1", value=Decimal(10)), RegisterValue(register="2", value=Decimal("10.500")))


@pytest.fixture
def billing() -> FakeBilling:
    return FakeBilling(log=company(1) + metered(1) + company(2) + metered(2))


@pytest.mark.django_db
def test_they_arrive_whole(billing: FakeBilling) -> None:
    corrector = register("2", role="corrected", unit="Smc", digits=8, serial="SC1", coefficient=Decimal(1))
    billing.log += [
        meter("M-9", kind="with_corrector", registers=(register(digits=None), corrector), remote_read=True),
        reading("L-9", meter_code="M-9", values=BOTH, occasion="final", validation="refused", validation_reason="No"),
        supply("S-9", service="lpg", tank_litres=1000, annual_consumption=Decimal("950.5"), profile="C3E"),
    ]
    align(billing=billing, now=NOW)
    assert reasons() == {}
    one = Meter.objects.get(code="M-9")
    assert (one.customer_id, one.supply_id, one.kind, one.remote_read) == ("C-1", "S-1", "with_corrector", True)
    assert (one.installed_on, one.removed_on, one.maximum_flow) == (date(2015, 3, 1), None, Decimal(6))
    assert one.registers == [
        {"code": "1", "role": "total", "unit": "m³", "digits": None, "serial": "", "coefficient": "1.034889"},
        {"code": "2", "role": "corrected", "unit": "Smc", "digits": 8, "serial": "SC1", "coefficient": "1"},
    ]
    read = MeterReading.objects.get(code="L-9")
    assert (read.supply_id, read.meter_code, read.read_on) == ("S-1", "M-9", date(2026, 1, 31))
    assert read.values == [{"register": "1", "value": "10"}, {"register": "2", "value": "10.500"}]
    assert (read.origin, read.occasion, read.validation) == ("actual", "final", "refused")
    assert (read.consumption, read.superseded_by, read.validation_reason, read.key) == (
        Decimal("81.125"),
        None,
        "No",
        None,
    )
    used = Usage.objects.get(code="U-1")
    assert (used.supply_id, used.measure, used.quantity, used.unit) == ("S-1", "delivery", Decimal(750), "l")
    tank = Supply.objects.get(code="S-9")
    assert (tank.annual_consumption, tank.profile, tank.tank_litres) == (Decimal("950.5"), "C3E", 1000)


@pytest.mark.django_db
def test_reading_again_writes_nothing_and_asks_for_nothing(billing: FakeBilling) -> None:
    align(billing=billing, now=NOW)
    rows, before, asked = versions(), contents(), settling()
    assert not align(billing=billing, now=NOW, from_start=True).written.anything
    assert (versions(), contents(), history(), settling()) == (rows, before, {}, asked)


@pytest.mark.django_db
def test_a_reading_that_changes_leaves_what_it_was(billing: FakeBilling) -> None:
    align(billing=billing, now=NOW)
    billing.log.append(replace(reading("L-1"), superseded_by="L-7"))
    assert align(billing=billing, now=NOW).written.changed == {"meter_reading": 1}
    assert history() == {"MeterReading": 1}


BAD: dict[str, tuple[Record, str]] = {
    "meter of no supply": (meter("X", at="S-404"), "refers to a supply that is not here"),
    "meter of another's supply": (meter("X", at="S-2"), "refers to a supply of another customer"),
    "reading of no supply": (reading("X", at="S-404"), "refers to a supply that is not here"),
    "reading of another's supply": (reading("X", at="S-2"), "refers to a supply of another customer"),
    "usage of another's supply": (usage("X", at="S-2"), "refers to a supply of another customer"),
    "another's meter": (meter("M-2"), "belongs to another customer here"),
    "another's reading": (reading("K-2"), "belongs to another customer here"),
    "another's usage": (usage("U-2"), "belongs to another customer here"),
    "kind": (meter("X", kind="sundial"), "kind is not a value that Sportello knows"),
    "origin": (reading("X", origin="guess"), "origin is not a value that Sportello knows"),
    "occasion": (reading("X", occasion="feast"), "occasion is not a value that Sportello knows"),
    "validation": (reading("X", validation="maybe"), "validation is not a value that Sportello knows"),
    "measure": (usage("X", measure="steps"), "measure is not a value that Sportello knows"),
    "role": (meter("X", registers=(register(role="f9"),)), "role of a register is not a value that Sportello knows"),
    "no code": (meter("X", registers=(register(""),)), "code of a register is missing"),
    "long code": (meter("X", registers=(register("x" * 61),)), "a text of a register is longer than 60 characters"),
    "long unit": (meter("X", registers=(register(unit="x" * 61),)), "a text of a register is longer than 60 characters"),
    "no digits": (meter("X", registers=(register(digits=0),)), "digits of a register are out of range"),
    "many digits": (meter("X", registers=(register(digits=10**9),)), "digits of a register are out of range"),
    "digits as text": (meter("X", registers=(register(digits="5"),)), "digits is not of the right type"),
    "coefficient": (
        meter("X", registers=(register(coefficient=Decimal("1E+999999")),)),
        "a number in registers is out of range",
    ),
    "no coefficient": (meter("X", registers=(register(coefficient=Decimal(0)),)), "coefficient of a register is out of range"),
    "one code twice": (meter("X", registers=(register(), register())), "registers have a code twice"),
    "registers": (meter("X", registers=[register()]), "registers is not of the right type"),
    "values": (reading("X", values="1234"), "values is not of the right type"),
    "no value": (reading("X", values=(None,)), "register is missing"),
    "value as text": (
        reading("X", values=(RegisterValue(register="1", value="7"),)),  # type: ignore[arg-type]
        "value is not of the right type",
    ),
    "no number": (reading("X", values=(RegisterValue(register="1", value=Decimal("NaN")),)), "a number in values is out of range"),
    "huge number": (reading("X", values=(RegisterValue(register="1", value=Decimal("1E+99")),)), "a number in values is out of range"),
    "tiny number": (reading("X", values=(RegisterValue(register="1", value=Decimal("1E-99")),)), "a number in values is out of range"),
    "one register twice": (reading("X", values=BOTH[:1] * 2), "values name a register twice"),
    "control character": (reading("X", values=(RegisterValue(register="a\n", value=Decimal(1)),)), "values hold control characters"),
    "half a character": (reading("X", values=(RegisterValue(register="\ud800", value=Decimal(1)),)), "a text or a number cannot be stored"),
    "date": (reading("X", read_on=date(1989, 1, 1)), "read on is not between 1990 and 2100"),
    "too fine": (usage("X", quantity=Decimal("1.0001")), "quantity has more than 3 decimal places"),
    "tank": (supply("X", tank_litres=10**12), "tank litres is out of range"),
    "negative tank": (supply("X", tank_litres=-1), "tank litres is out of range"),
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("name", BAD)
def test_a_bad_record_is_set_aside_and_the_rest_goes_on(billing: FakeBilling, name: str) -> None:
    record, reason = BAD[name]
    align(billing=billing, now=NOW)
    before = contents()
    billing.log += [record, reading("L-5")]
    align(billing=billing, now=NOW)
    assert list(reasons().values()) == [reason]
    assert MeterReading.objects.filter(code="L-5").exists()
    MeterReading.objects.filter(code="L-5").delete()
    assert contents() | {"set aside": []} == before


@pytest.mark.django_db
def test_what_a_page_can_show_is_believed(billing: FakeBilling) -> None:
    billing.log += [
        meter("M-3", registers=(), serial="", installed_on=date(1971, 1, 1), maximum_flow=None),
        reading("L-3", meter_code="forgotten", values=(), consumption=Decimal("-12.5")),
        reading("L-4", meter_code="M-2", values=(RegisterValue(register="unknown", value=Decimal("-3")),)),
        usage("U-3", period_from=date(2026, 2, 1), period_to=date(2026, 1, 1), quantity=Decimal(0)),
    ]
    align(billing=billing, now=NOW)
    assert reasons() == {}


@pytest.mark.django_db
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_in_any_order_and_in_batches_of_any_size_they_end_the_same(billing: FakeBilling, limit: int) -> None:
    align(billing=billing, now=NOW)
    right = contents()
    wrong = FakeBilling(log=[*reversed(billing.log)], name="wrong")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # none may wait for the end while a table is emptied
        cursor.execute("TRUNCATE customers_customer, procrastinate_jobs CASCADE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    align(billing=wrong, now=NOW, limit=limit)
    assert contents() == right
    assert settled() == {"C-1", "C-2"}


@pytest.mark.django_db
class TestRemoval:
    @pytest.mark.parametrize(
        ("kind", "code"), [("meter", "M-1"), ("meter_reading", "L-1"), ("meter_reading", "K-1"), ("usage", "U-1")]
    )
    def test_one_goes_and_leaves_what_it_was(self, billing: FakeBilling, kind: Any, code: str) -> None:
        align(billing=billing, now=NOW)
        billing.log.append(Removed(kind=kind, code=code))
        assert align(billing=billing, now=NOW).written.removed == {kind: 1}
        assert (reasons(), sum(history().values())) == ({}, 1)

    @pytest.mark.parametrize("kept", [0, 1, 2, 3])
    def test_a_supply_stays_until_all_of_it_is_gone(self, billing: FakeBilling, kept: int) -> None:
        align(billing=billing, now=NOW)
        gone = [
            ("payment", "P-1"),
            ("invoice", "I-1"),
            ("supply", "S-1"),
            ("billing_account", "A-1"),
            ("customer", "C-1"),
        ]
        parts = [("meter", "M-1"), ("meter_reading", "L-1"), ("usage", "U-1"), ("meter_reading", "K-1")]
        last = parts.pop(kept)
        billing.log += [Removed(kind=kind, code=code) for kind, code in [*gone, *parts]]  # type: ignore[arg-type]
        align(billing=billing, now=NOW)
        still = "was removed, but records that belong to it are still here"
        assert reasons()["removed", "supply S-1"] == still
        assert Supply.objects.filter(code="S-1").exists()
        billing.log.append(Removed(kind=last[0], code=last[1]))  # type: ignore[arg-type]
        align(billing=billing, now=NOW)
        assert reasons() == {}
        assert list(Supply.objects.values_list("code", flat=True)) == ["S-2"]


# --- what became of the readings that customers gave -------------------------------------------------------------------


@pytest.mark.django_db
def test_only_customers_whose_own_readings_changed_are_looked_at() -> None:
    billing = FakeBilling(log=[*company(1), *metered(1)[:2], *metered(1)[3:], *company(2), *metered(2)])
    align(billing=billing, now=NOW)
    assert settling() == [["C-2"]]
    billing.log += [reading("L-1", superseded_by="L-9"), reading("L-6"), usage("U-9"), meter(serial="other")]
    align(billing=billing, now=NOW)
    assert settling() == [["C-2"]]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "looked_at"),
    [
        ({"origin": "self"}, True),
        ({"origin": "actual", "key": "k"}, True),
        ({"origin": "corrected"}, False),
        ({"origin": "estimated"}, False),
    ],
)
def test_a_reading_that_a_customer_gave_has_a_key_or_says_so(fields: dict[str, Any], looked_at: bool) -> None:
    align(billing=FakeBilling(log=[*company(1), meter(), reading(**fields)]), now=NOW)
    assert settling() == ([["C-1"]] if looked_at else [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        replace(reading("K-1", origin="self", key="key-1"), validation="valid"),
        replace(reading("K-1", origin="self", key="key-1"), invoice_number="I-1"),
        reading("K-1", origin="corrected", key="key-1", meter_code="M-1"),
        Removed(kind="meter_reading", code="K-1"),
    ],
    ids=["validated", "invoiced", "corrected", "removed"],
)
def test_whatever_happens_to_it_is_looked_at(billing: FakeBilling, change: Record) -> None:
    align(billing=billing, now=NOW)
    before = len(settling())
    billing.log.append(change)
    align(billing=billing, now=NOW)
    assert settling()[before:] == [["C-1"]]


@pytest.mark.django_db
def test_one_that_was_set_aside_is_looked_at_when_it_comes_in(billing: FakeBilling) -> None:
    billing.log = [*metered(1), *company(1)]
    align(billing=billing, now=NOW, limit=4)
    assert SetAside.objects.count() == 0
    assert settling() == [["C-1"]]


@pytest.mark.django_db
def test_a_snapshot_is_looked_at_too(billing: FakeBilling) -> None:
    align(billing=billing, now=NOW)
    before = len(settling())
    billing.snapshots = {"C-1": [*company(1), *metered(1)[:2]], "C-2": [*company(2), *metered(2)]}
    refresh(billing=billing, customer_code="C-1", now=NOW)
    refresh(billing=billing, customer_code="C-2", now=NOW)
    assert settling()[before:] == [["C-1"]]
    assert not MeterReading.objects.filter(code="K-1").exists()
    assert not Usage.objects.filter(code="U-1").exists()


@pytest.mark.django_db
def test_a_job_has_not_too_many_customers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "MOST", 3)
    align(billing=FakeBilling(log=[one for number in range(7) for one in company(number) + metered(number)]), now=NOW)
    assert settling() == [["C-0", "C-1", "C-2"], ["C-3", "C-4", "C-5"], ["C-6"]]


class Killed(Exception):
    pass


@pytest.mark.django_db(transaction=True)
def test_the_job_comes_with_what_was_written_and_never_without(billing: FakeBilling) -> None:
    from sportello.domain.customers.alignment.portions import portions

    align(billing=FakeBilling(log=company(1)), now=NOW)
    with pytest.raises(Killed), transaction.atomic():
        write(portions(metered(1)), now=NOW)
        assert settling() == [["C-1"]]
        raise Killed
    assert (settling(), MeterReading.objects.count()) == ([], 0)
    with transaction.atomic():
        write(portions(metered(1)), now=NOW)
    assert (settling(), MeterReading.objects.count()) == ([["C-1"]], 2)


@pytest.mark.django_db
def test_a_batch_of_readings_takes_as_many_queries_as_one(billing: FakeBilling) -> None:
    align(billing=billing, now=NOW)
    counts = []
    for many in (1, 50):
        billing.log += [reading(f"L-{many}-{count}", origin="self") for count in range(many)]
        with CaptureQueriesContext(connection) as queries:
            align(billing=billing, now=NOW)
        counts.append(len(queries))
    assert counts[0] == counts[1]
