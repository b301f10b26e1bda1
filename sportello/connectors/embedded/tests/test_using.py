from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from sportello.billing.records import RegisterValue
from sportello.connectors.embedded import issuing, models
from sportello.connectors.embedded.connector import EmbeddedBilling
from sportello.connectors.embedded.distributing import swap_meter
from sportello.connectors.embedded.loading import load
from sportello.connectors.embedded.removing import remove
from sportello.connectors.embedded.tests.factories import meter, metered, reading, register, supply

pytestmark = pytest.mark.django_db(databases=["billing"])

TODAY = date(2026, 4, 1)


@pytest.fixture(autouse=True)
def home():
    load(metered())
    models.Invoice.objects.update(period_from=date(2026, 1, 1), period_to=date(2026, 3, 1))


def issue(on: date = TODAY, **values: Any) -> models.Invoice:
    return issuing.issue(**{"supply_codes": ["S1"], "issued_on": on, **values})


def used_by(code: str) -> str | None:
    return models.MeterReading.objects.get(code=code).invoice_id


def given(value: int = 1080, on: date = date(2026, 3, 20), code: str = "P1", **values: Any) -> None:
    load([reading(code, value, on, **{"origin": "self", "validation": "valid", **values})])


def test_an_invoice_bills_up_to_the_last_reading():
    given(1050, date(2026, 3, 10), "P0")
    given()
    made = issue()
    assert (made.kind, made.consumption) == ("period_actual", Decimal("82.791"))
    assert (made.period_from, made.period_to) == (date(2026, 3, 2), date(2026, 3, 20))
    assert used_by("P0") == used_by("P1") == made.code
    assert used_by("R1") == "2026/G/0000007", "the first invoice that used it stays"


def test_a_reading_of_today_is_used_too():
    given(on=TODAY)
    assert issue().period_to == TODAY


@pytest.mark.parametrize("validation", ["pending", "refused"])
def test_a_reading_that_is_not_valid_is_not_used(validation):
    given(validation=validation)
    models.Supply.objects.update(annual_consumption=Decimal(365))
    made = issue()
    assert (made.kind, made.consumption) == ("period_estimated", Decimal("30.012"))  # 29 m³ for thirty days
    assert used_by("P1") is None


def test_one_that_another_took_the_place_of_is_not_used():
    given(1085, date(2026, 3, 20), "P2")
    given(superseded_by="P2")
    made = issue()
    assert used_by("P1") is None
    assert used_by("P2") == made.code


def test_each_reading_is_billed_once():
    given()
    issue()
    given(1100, date(2026, 4, 20), "P2")
    assert issue(date(2026, 5, 1)).consumption == Decimal("20.698")


def test_where_an_amount_or_a_consumption_is_said_it_counts_and_the_readings_are_used():
    given()
    made = issue(consumption=Decimal(50))
    assert made.consumption == 50
    assert used_by("P1") == made.code
    given(1100, date(2026, 3, 25), "P2")
    made = issue(amount=Decimal("61.00"))
    assert (made.amount, used_by("P2")) == (Decimal("61.00"), made.code)


def test_without_readings_it_guesses_and_the_next_reading_sets_it_right():
    models.Supply.objects.update(annual_consumption=Decimal(3650))
    guessed = issue()
    estimated = models.MeterReading.objects.get(origin="estimated")
    assert (estimated.read_on, estimated.invoice_id) == (date(2026, 3, 31), guessed.code)
    assert estimated.values == [{"register": "1", "value": "1290"}]  # 300 in thirty days
    assert guessed.consumption == estimated.consumption == Decimal("300.118")
    given(1310, date(2026, 4, 20))
    assert issue(date(2026, 5, 1)).consumption == Decimal("20.698")


def test_a_reading_before_the_estimated_day_takes_back_what_was_guessed_since():
    models.Supply.objects.update(annual_consumption=Decimal(3650))
    issue()
    given(1280, date(2026, 3, 20))
    made = issue(date(2026, 4, 10))
    assert made.consumption == Decimal("-10.349")
    assert (made.kind, made.amount) == ("period_actual", Decimal("10.01"))
    given(1300, date(2026, 4, 20), "P2")
    assert issue(date(2026, 5, 1)).consumption == Decimal("20.698")


def test_more_guessed_than_was_used_comes_back_as_a_credit_note():
    models.Supply.objects.update(annual_consumption=Decimal(3650))
    before = models.Account.objects.get().balance + issue().amount
    given(1100, date(2026, 4, 20))
    made = issue(date(2026, 5, 1))
    assert (made.kind, made.code[:6], made.due_on, made.slip_code) == ("credit_note", "2026/N", None, "")
    assert made.amount < 0
    assert models.Account.objects.get().balance == before + made.amount
    lines = sum(Decimal(line["amount"]) for line in made.lines)
    assert lines + sum(Decimal(part["tax"]) for part in made.vat) == made.amount
    assert used_by("P1") == made.code


def test_a_guess_is_made_once_a_day():
    issue()
    assert issue().consumption == 100, "the usual amount, for nothing can be guessed twice"
    assert models.MeterReading.objects.filter(origin="estimated").count() == 1


def test_a_guess_counts_time_bands_alike_and_goes_round():
    bands = tuple(register(str(number), role=f"f{number}", unit="kWh", coefficient=None) for number in (1, 2, 3))
    load([supply("S2", service="electricity", annual_consumption=Decimal(3650))])
    load([meter("M2", supply_code="S2", registers=bands)])
    load([reading("R2", supply_code="S2", meter_code="M2", values=tuple(of(bands, 10, 20, 99_950)))])
    made = issue(supply_codes=["S2"])
    assert made.consumption == 300
    estimated = models.MeterReading.objects.get(origin="estimated")
    assert [part["value"] for part in estimated.values] == ["110", "120", "50"]


def of(registers, *values):
    return [
        RegisterValue(register=each.code, value=Decimal(value)) for each, value in zip(registers, values, strict=True)
    ]


def test_what_was_used_on_both_sides_of_a_swap_is_billed():
    swap_meter(supply_code="S1", final=[Decimal(1100)], serial="N", on=date(2026, 3, 15), today=TODAY)
    given(20, date(2026, 3, 25), meter_code="2026/M/0000001")
    assert issue().consumption == Decimal("124.187")  # 100 and 20
    assert not models.MeterReading.objects.filter(invoice=None).exists()


def test_a_reading_older_than_what_was_billed_is_left_alone():
    given(1080)
    issue()
    given(1040, date(2026, 3, 10), "P0")
    issue()
    assert used_by("P0") is None


def test_the_first_invoice_of_all_bills_since_the_reading_before():
    models.MeterReading.objects.update(invoice=None)
    given(consumption=Decimal("82.791"))
    assert issue().consumption == Decimal("82.791")


def test_an_invoice_for_several_supplies_is_mixed_where_some_are_guessed():
    load([supply("S2", service="water", annual_consumption=Decimal(73)), meter("M2", supply_code="S2")])
    load([reading("R2", supply_code="S2", meter_code="M2", invoice_number="2026/G/0000007")])
    given()
    made = issue(supply_codes=["S1", "S2"])
    assert (made.kind, made.period_to) == ("period_mixed", date(2026, 3, 31))
    assert used_by("P1") == made.code


def test_a_supply_that_has_only_begun_is_guessed_too():
    load([supply("S2", service="water", annual_consumption=Decimal(73)), meter("M2", supply_code="S2")])
    load([reading("R2", 0, supply_code="S2", meter_code="M2", occasion="initial")])
    made = issue(supply_codes=["S2"])
    assert (made.kind, made.consumption) == ("period_estimated", Decimal("6.209"))  # 6 m³ in thirty days
    assert used_by("R2") == made.code


@pytest.mark.django_db(databases=["billing"], transaction=True)
def test_an_invoice_that_is_removed_frees_its_readings():
    given()
    made = issue()
    remove(kind="invoice", code=made.code)
    assert used_by("P1") is None
    records = EmbeddedBilling().snapshot("C1").records
    assert not any(getattr(record, "invoice_number", None) == made.code for record in records)
