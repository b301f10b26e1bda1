"""What was read, and that bills follow from it."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from sportello.billing.records import MeterReadingRecord, MeterRecord
from sportello.billing.services import SERVICES
from sportello.connectors.embedded.counting import used
from sportello.demo.company import Company
from sportello.demo.crowd import FIRST_PERSON
from sportello.demo.tests.conftest import TODAY

PERIODIC = ("period_estimated", "period_actual", "period_mixed", "closing")


def stands(reading: MeterReadingRecord) -> bool:
    return reading.superseded_by is None and reading.validation != "refused"


def shown(reading: MeterReadingRecord) -> dict[str, Decimal]:
    return {part.register: part.value for part in reading.values}


@pytest.fixture(scope="module")
def meters(company: Company) -> dict[str, MeterRecord]:
    return {meter.code: meter for meter in company.meters}


@pytest.fixture(scope="module")
def services(company: Company) -> dict[str, str]:
    return {supply.code: supply.service for supply in company.supplies}


def by_meter(company: Company) -> Iterator[tuple[str, list[MeterReadingRecord]]]:
    """The standing readings of each meter, the oldest first."""
    found: dict[str, list[MeterReadingRecord]] = defaultdict(list)
    for reading in sorted(company.readings, key=lambda one: (one.read_on, one.code)):
        if stands(reading):
            found[reading.meter_code].append(reading)
    return iter(found.items())


def of(company: Company, supply: str) -> list[MeterReadingRecord]:
    found = [reading for reading in company.readings if reading.supply_code == supply and stands(reading)]
    return sorted(found, key=lambda one: (one.read_on, one.code))


# --- there is some of everything -------------------------------------------------------------------------------------
def test_every_kind_of_meter_and_of_reading_is_there(company, services):
    kinds = Counter(meter.kind for meter in company.meters)
    assert min(kinds[kind] for kind in ("simple", "integrated", "with_corrector")) >= 15
    assert {tuple(register.role for register in meter.registers) for meter in company.meters} == {
        ("total",), ("total", "corrected"), ("f1", "f2", "f3"),
    }  # fmt: skip
    assert any(meter.remote_read for meter in company.meters if services[meter.supply_code] == "electricity")
    assert any(not meter.remote_read for meter in company.meters if services[meter.supply_code] == "electricity")
    origins = Counter(reading.origin for reading in company.readings)
    assert min(origins[origin] for origin in ("actual", "estimated", "self", "corrected")) >= 50
    assert {reading.validation for reading in company.readings} == {"", "pending", "valid", "refused"}
    assert {reading.occasion for reading in company.readings} == {"periodic", "initial", "final"}


def test_some_meters_were_swapped_and_some_began_anew(company, meters):
    swapped = [meter for meter in company.meters if meter.removed_on]
    assert 0.03 < len(swapped) / len(company.supplies) < 0.12
    anew, nearly = 0, 0
    for code, readings in by_meter(company):
        register = meters[code].registers[0]
        end = Decimal(10) ** (register.digits or 12)
        values = [shown(reading)[register.code] for reading in readings]
        anew += any(later < earlier for earlier, later in pairwise(values))
        nearly += end - 1_000 < values[-1] < end
    assert anew >= 5
    assert nearly >= 5


def test_traffic_and_deliveries_are_of_supplies_without_a_meter(company, services):
    metered = {meter.supply_code for meter in company.meters}
    tanks = {supply.code for supply in company.supplies if supply.tank_litres}
    assert len(tanks) >= 5
    for usage in company.usage:
        assert usage.supply_code not in metered
        assert usage.measure in SERVICES[services[usage.supply_code]].measures
        assert (usage.measure == "delivery") == (usage.supply_code in tanks)
    assert {usage.measure for usage in company.usage} == {"data", "voice", "messages", "delivery"}


def test_readings_go_three_years_back(company):
    years = Counter(reading.read_on.year for reading in company.readings)
    assert min(reading.read_on for reading in company.readings) < TODAY - timedelta(days=1_000)
    assert years[TODAY.year] > years[TODAY.year - 1] > years[TODAY.year - 2] > 1_000


# --- each reading can be true ----------------------------------------------------------------------------------------
def test_a_reading_shows_each_dial_of_its_meter_in_whole_numbers_that_it_can_show(company, meters):
    for reading in company.readings:
        meter = meters[reading.meter_code]
        assert reading.supply_code == meter.supply_code
        assert set(shown(reading)) == {register.code for register in meter.registers}
        for register in meter.registers:
            value = shown(reading)[register.code]
            assert value == int(value)
            assert 0 <= value < 10**register.digits


def test_a_reading_lies_in_the_days_of_its_meter_and_supply(company, meters):
    started = {supply.code: supply.started_on for supply in company.supplies}
    ended = {supply.code: supply.ended_on or TODAY for supply in company.supplies}
    for reading in company.readings:
        meter = meters[reading.meter_code]
        assert meter.installed_on <= reading.read_on <= (meter.removed_on or TODAY)
        assert started[reading.supply_code] <= reading.read_on <= ended[reading.supply_code]


def test_dials_never_go_back_unless_they_begin_anew(company, meters):
    for code, readings in by_meter(company):
        for earlier, later in pairwise(readings):
            for register in meters[code].registers:
                gone = shown(later)[register.code] - shown(earlier)[register.code]
                assert gone >= 0 or gone < -(10**register.digits) / 2, (earlier, later)


def test_consumption_is_what_the_dials_went_on(company, meters, services):
    for code, readings in by_meter(company):
        registers, unit = meters[code].registers, SERVICES[services[meters[code].supply_code]].unit
        assert readings[0].consumption is None
        for earlier, later in pairwise(readings):
            assert later.consumption == used(registers, shown(earlier), shown(later), unit=unit), later


def test_a_corrected_reading_takes_the_place_of_one_of_the_same_day(company):
    readings = {reading.code: reading for reading in company.readings}
    wrong = [reading for reading in company.readings if reading.superseded_by]
    assert wrong
    for reading in wrong:
        right = readings[reading.superseded_by]
        assert (right.meter_code, right.read_on, right.origin) == (reading.meter_code, reading.read_on, "corrected")
        assert reading.invoice_number is None


def test_a_swapped_meter_ends_where_the_next_one_begins(company):
    newer = {meter.supply_code: meter for meter in company.meters if not meter.removed_on}
    for meter in company.meters:
        if meter.removed_on:
            following = newer[meter.supply_code]
            last, first = (
                next(reading for reading in company.readings if (reading.meter_code, reading.occasion) == wanted)
                for wanted in ((meter.code, "final"), (following.code, "initial"))
            )
            assert meter.removed_on == following.installed_on == last.read_on == first.read_on
            assert meter.serial != following.serial
            assert set(shown(first).values()) == {0}


def test_codes_and_serials_are_nobody_elses(company):
    for found in (
        [meter.code for meter in company.meters],
        [meter.serial for meter in company.meters],
        [reading.code for reading in company.readings],
        [usage.code for usage in company.usage],
    ):
        assert len(set(found)) == len(found)


# --- bills -----------------------------------------------------------------------------------------------------------
def test_a_bill_charges_what_its_readings_say(company):
    metered = {meter.supply_code for meter in company.meters}
    by_invoice: dict[str, Decimal] = defaultdict(Decimal)
    for reading in company.readings:
        if reading.invoice_number:
            by_invoice[reading.invoice_number] += reading.consumption or 0
    checked = 0
    for invoice in company.invoices:
        alone = invoice.kind in PERIODIC and len(invoice.supply_codes) == 1
        if alone and invoice.supply_codes[0] in metered:
            assert abs(by_invoice[invoice.number] - invoice.consumption) <= 1, invoice.number
            checked += 1
    assert checked > 5_000


def test_the_lines_of_a_bill_come_to_its_consumption(company, services):
    main = {
        "gas": ("Materia gas naturale",),
        "electricity": ("Energia fascia F1", "Energia fascia F2", "Energia fascia F3", "Energia, fascia unica"),
        "water": ("Fognatura",),
        "lpg": ("GPL da rete", "GPL consegnato al serbatoio"),
    }
    for invoice in company.invoices:
        if invoice.kind in PERIODIC and len(invoice.supply_codes) == 1:
            names = main.get(services[invoice.supply_codes[0]])
            charged = [
                line.quantity
                for line in invoice.lines
                if line.description in (*(names or ()), "Ricalcolo consumi stimati")
            ]
            assert names is None or sum(charged) == invoice.consumption, invoice.number


def test_what_estimates_got_wrong_is_put_right_both_ways(company):
    recalculated = [
        line.amount
        for invoice in company.invoices
        if invoice.kind == "period_mixed" or invoice.kind == "period_actual"
        for line in invoice.lines
        if line.description == "Ricalcolo consumi stimati"
    ]
    assert any(amount > 0 for amount in recalculated)
    assert any(amount < 0 for amount in recalculated)


def test_a_reading_is_in_the_period_of_the_bill_that_used_it(company):
    invoices = {invoice.number: invoice for invoice in company.invoices}
    for reading in company.readings:
        if reading.invoice_number:
            invoice = invoices[reading.invoice_number]
            assert reading.supply_code in invoice.supply_codes
            assert invoice.period_from - timedelta(days=1) <= reading.read_on <= invoice.period_to
            assert stands(reading)


def test_telephony_bills_charge_the_traffic_and_deliveries_their_litres(company, services):
    quantities: dict[tuple[str, date], Decimal] = {}
    for usage in company.usage:
        if usage.measure in ("data", "delivery"):
            quantities[usage.supply_code, usage.period_to] = usage.quantity
    tanks = {supply.code for supply in company.supplies if supply.tank_litres}
    for invoice in company.invoices:
        supply = invoice.supply_codes[0]
        if invoice.kind in PERIODIC and (services[supply] == "telephony" or supply in tanks):
            ours = [
                quantity
                for (code, day), quantity in quantities.items()
                if code == supply and invoice.period_from <= day <= invoice.period_to
            ]
            assert sum(ours) == invoice.consumption
            assert invoice.consumption_unit == ("l" if supply in tanks else "GB")


# --- the cast --------------------------------------------------------------------------------------------------------
def meters_of(company: Company, customer: str) -> list[MeterRecord]:
    return [meter for meter in company.meters if meter.customer_code == customer]


def test_robertos_workshop_has_a_corrector_with_a_serial_of_its_own(company):
    meter = next(meter for meter in meters_of(company, "700013") if meter.kind == "with_corrector")
    total, corrected = meter.registers
    assert (total.role, corrected.role, corrected.coefficient) == ("total", "corrected", 1)
    assert corrected.serial not in ("", meter.serial)
    readings = [reading for reading in of(company, meter.supply_code) if reading.origin != "estimated"]
    first, last = shown(readings[0]), shown(readings[-1])
    assert 1 < (last["002"] - first["002"]) / (last["001"] - first["001"]) < 4.2


def test_carlas_gas_meter_will_soon_begin_anew_and_her_other_one_was_swapped(company):
    gas, *light = meters_of(company, "700014")
    last = of(company, gas.supply_code)[-1]
    assert 10 ** gas.registers[0].digits - 1_500 < shown(last)["001"] < 10 ** gas.registers[0].digits
    assert [bool(meter.removed_on) for meter in light] == [True, False]


def test_simone_has_water_and_two_lines_and_nadia_a_tank_and_a_meter(company):
    simone = [supply.service for supply in company.supplies if supply.customer_code == "700015"]
    assert simone == ["water", "telephony", "telephony"]
    tank, network = [supply for supply in company.supplies if supply.customer_code == "700016"]
    assert tank.service == network.service == "lpg"
    assert tank.tank_litres
    assert any(usage.supply_code == tank.code for usage in company.usage)
    assert [meter.supply_code for meter in meters_of(company, "700016")] == [network.code]


def test_fabios_meters_are_read_from_afar_and_never_estimated(company):
    assert all(meter.remote_read for meter in meters_of(company, "700017"))
    assert {reading.origin for reading in company.readings if reading.customer_code == "700017"} <= {
        "actual",
        "corrected",
    }


def test_davide_has_a_hundred_gas_meters_to_read_by_file(company):
    readable = [meter for meter in meters_of(company, "700004") if not meter.remote_read and not meter.removed_on]
    assert len([meter for meter in readable if meter.registers[0].unit == "m³"]) == 100


@pytest.mark.parametrize("customer", ["700001", "700002", "700008", "700010", "700012", "700013", "700014", "700018"])
def test_nobody_has_read_the_meters_of_the_cast_in_these_weeks(company, customer):
    """They are there to be read by whoever tries the portal out."""
    gas = {supply.code for supply in company.supplies if supply.customer_code == customer and supply.service == "gas"}
    real = [
        reading.read_on for reading in company.readings if reading.supply_code in gas and reading.origin != "estimated"
    ]
    assert TODAY - timedelta(days=220) < max(real) <= TODAY - timedelta(days=30)
    assert not any(meter.remote_read for meter in company.meters if meter.supply_code in gas)


def test_the_first_persons_of_the_crowd_have_been_there_for_years(company):
    """Who comes in for the first time should find something."""
    own = [invoice for invoice in company.invoices if invoice.customer_code == str(FIRST_PERSON)]
    assert len(own) > 10
