"""Devices, registers and results of SAP as meters and readings: what they say, what follows from it, nothing else."""

from copy import deepcopy
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from sportello.billing.errors import ForeignRows, Unavailable
from sportello.billing.records import MeterReadingRecord, MeterRecord, RegisterValue, UsageRecord
from sportello.connectors.sap.queries import ACCOUNT
from sportello.connectors.sap.site import Site
from sportello.connectors.sap.tests.cast import (
    ALICE,
    BOB,
    GAS_METER,
    LPG_METER,
    OLD_LPG_METER,
    POWER_METER,
    meters_and_readings,
)
from sportello.connectors.sap.tests.gateway import SITE, tree
from sportello.connectors.sap.tests.test_mapping import edm, of_type, read


@pytest.fixture
def account():
    """What SAP says of a customer who has no invoices and payments, to be changed by the test before it is read."""
    return lambda code: deepcopy(tree(ACCOUNT.node, code)[0])


def records(account, *, site=SITE):
    said = {"account": account, "invoices": {"results": []}, "payments": {"results": []}}
    return read(said, code=account["AccountID"], site=site)


def meters(account, *, site=SITE):
    return {meter.code: meter for meter in of_type(MeterRecord, records(account, site=site))}


def readings(account, *, meter=GAS_METER, site=SITE):
    found = of_type(MeterReadingRecord, records(account, site=site))
    return {reading.code: reading for reading in found if reading.meter_code == meter}


def contract(account, code="3001"):
    found = [one for held in account["ContractAccounts"]["results"] for one in held["Contracts"]["results"]]
    return next(one for one in found if one["ContractID"] == code)


def registers(account, code="3001"):
    return contract(account, code)["Devices"]["results"][0]["RegistersToRead"]["results"]


def results(account, code="3001"):
    return contract(account, code)["MeterReadingResults"]["results"]


def result(account, number, code="3001"):
    return next(row for row in results(account, code) if row["MeterReadingResultID"] == number)


# --- meters ------------------------------------------------------------------------------------------------------------
def test_the_meters_of_two_customers(account):
    """All but the one that was taken away, which SAP only names."""
    given = {record.code: record for record in meters_and_readings() if isinstance(record, MeterRecord)}
    assert meters(account(ALICE)) == {GAS_METER: given[GAS_METER]}
    assert meters(account(BOB)) == {code: given[code] for code in (POWER_METER, LPG_METER)}


def test_what_sap_does_not_say_of_a_meter_is_none(account):
    meter = meters(account(ALICE))[GAS_METER]
    assert (meter.installed_on, meter.removed_on, meter.maximum_flow, meter.remote_read) == (None, None, None, False)
    assert {register.coefficient for register in meter.registers} == {None}


@pytest.mark.parametrize(("places", "digits"), [("05", 5), ("7", 7), ("00", None), ("", None)])
def test_the_digits_of_a_dial(account, places, digits):
    said = account(ALICE)
    registers(said)[0]["IntegerPlaces"] = places
    assert meters(said)[GAS_METER].registers[0].digits == digits


def test_the_only_register_of_a_meter_counts_all_whatever_its_type(account):
    said = account(ALICE)
    del registers(said)[1]
    registers(said)[0]["RegisterTypeID"] = "ZZ"
    meter = meters(said)[GAS_METER]
    assert (meter.kind, [register.role for register in meter.registers]) == ("simple", ["total"])


def test_a_meter_that_converts_by_itself(account):
    said = account(ALICE)
    del registers(said)[0]
    assert meters(said)[GAS_METER].kind == "integrated"


def test_of_two_registers_of_a_type_that_is_in_no_mapping_nothing_is_guessed(account):
    """Neither the meter nor a reading of it, while the supply and all else stand."""
    said = account(ALICE)
    registers(said)[1]["RegisterTypeID"] = "ZZ"
    assert meters(said) == {}
    assert meters(account(ALICE), site=Site()) == {}
    assert len(records(said)) > 3


def test_a_register_that_is_no_business_of_customers_is_left_out(account):
    said = account(BOB)
    registers(said, "3002")[2]["RegisterTypeID"] = "91"
    site = replace(SITE, register_types={**SITE.register_types, "91": ""})
    assert [register.role for register in meters(said, site=site)[POWER_METER].registers] == ["f1", "f2"]
    values = readings(said, meter=POWER_METER, site=site)["82002"].values
    assert [value.register for value in values] == ["001", "002"]


def test_what_a_site_omits_is_not_there(account):
    site = replace(SITE, omitted=frozenset({"Devices", "ContractAllDevices", "MeterReadingResults"}))
    said = account(BOB)
    for one in ("3002", "3003"):
        for name in site.omitted:
            del contract(said, one)[name]
    for held in said["ContractAccounts"]["results"]:
        for one in held["Contracts"]["results"]:
            for name in site.omitted:
                one.pop(name, None)
    assert of_type((MeterRecord, MeterReadingRecord), records(said, site=site)) == []


# --- readings ----------------------------------------------------------------------------------------------------------
def test_the_readings_of_two_customers(account):
    given = [record for record in meters_and_readings() if isinstance(record, MeterReadingRecord)]
    found = [*of_type(MeterReadingRecord, records(account(ALICE))), *of_type(MeterReadingRecord, records(account(BOB)))]
    assert sorted(found, key=lambda record: record.code) == sorted(given, key=lambda record: record.code)


def test_there_is_no_usage_where_a_meter_counts(account):
    assert of_type(UsageRecord, records(account(BOB))) == []


def test_the_readings_of_a_meter_that_was_taken_away_are_left(account):
    assert readings(account(BOB), meter=OLD_LPG_METER)["83001"].values == (
        RegisterValue(register="001", value=Decimal("900")),
    )


def test_a_reading_of_a_device_that_was_never_there_spoils_the_answer(account):
    said = account(ALICE)
    results(said)[0]["DeviceID"] = POWER_METER
    with pytest.raises(ForeignRows):
        records(said)


def test_where_former_devices_are_omitted_an_unknown_one_may_be_former_and_is_not_used(account):
    site = replace(SITE, omitted=frozenset({"ContractAllDevices"}))
    said = account(ALICE)
    del contract(said)["ContractAllDevices"]
    results(said)[0]["DeviceID"] = POWER_METER
    assert readings(said, meter=POWER_METER, site=site) == {}
    assert list(readings(said, site=site)) == ["81002", "81003"]


@pytest.mark.parametrize(
    ("status", "category", "there"), [("7", "01", True), ("0", "01", False), ("7", "ZZ", False), ("7", "03", True)]
)
def test_an_order_is_no_reading_and_nobodys_word_is_none(account, status, category, there):
    said = account(ALICE)
    for number in ("81001", "81001-2"):
        result(said, number).update(MeterReadingStatusID=status, MeterReadingCategoryID=category)
    assert ("81001" in readings(said)) is there


@pytest.mark.parametrize(
    ("read_on", "there"),
    [
        (date(2019, 12, 30), False),
        (date(2019, 12, 31), True),
        (date(2020, 1, 1), True),
        (date(2026, 5, 31), True),
        (date(2026, 6, 1), False),
    ],
)
def test_readings_of_those_who_lived_there_before_and_after_are_not_shown(account, read_on, there):
    said = account(ALICE)
    contract(said)["MoveOutDate"] = edm(date(2026, 5, 31))
    for number in ("81001", "81001-2"):
        result(said, number)["ReadingDateTime"] = edm(read_on)
    assert ("81001" in readings(said)) is there


@pytest.mark.parametrize(
    ("statuses", "validation"),
    [(("1", "1"), "valid"), (("1", "2"), "pending"), (("3", "2"), "refused"), (("1", "9"), ""), (("9", "9"), "")],
)
def test_what_becomes_of_a_self_reading(account, statuses, validation):
    """A status that stands in no table says nothing."""
    said = account(ALICE)
    for number, status in zip(("81003", "81003-2"), statuses, strict=True):
        result(said, number)["MeterReadingStatusID"] = status
    assert readings(said)["81003"].validation == validation


def test_nobody_validates_what_the_customer_did_not_give(account):
    said = account(ALICE)
    result(said, "81001")["MeterReadingStatusID"] = "1"
    assert readings(said)["81001"].validation == ""


def test_without_a_mapping_a_status_means_nothing_and_saps_own_categories_do(account):
    said = account(BOB)
    result(said, "83003", "3003").update(MeterReadingCategoryID="02", MeterReadingStatusID="1")
    reading = readings(said, meter=LPG_METER, site=replace(Site(), divisions=SITE.divisions))["83003"]
    assert (reading.origin, reading.validation) == ("self", "")


def test_of_several_words_of_a_customer_on_one_day_the_last_one_stands(account):
    said = account(ALICE)
    for number in ("81003", "81003-2"):
        row = result(said, number)
        results(said).append({**row, "MeterReadingResultID": "9" + number, "ReadingResult": "312.00000000000000"})
    found = readings(said)
    assert [[value.value for value in found[code].values] for code in ("81003", "981003")] == [[260, 310], [312, 312]]
    assert [found[code].superseded_by for code in ("81002", "81003", "981003")] == [None, "981003", None]


def test_a_reading_of_the_distributor_and_one_of_the_customer_both_stand(account):
    said = account(ALICE)
    for number in ("81003", "81003-2"):
        row = result(said, number)
        results(said).append({**row, "MeterReadingResultID": "9" + number, "MeterReadingCategoryID": "01"})
    assert {reading.superseded_by for reading in readings(said).values()} == {None}


def test_some_registers_alone_are_no_reading(account):
    said = account(BOB)
    results(said, "3002").remove(result(said, "82002-3", "3002"))
    assert list(readings(said, meter=POWER_METER)) == ["82001"]


def test_zeros_before_numbers_do_not_tell_registers_apart(account):
    said = account(ALICE)
    for row in results(said):
        row.update(DeviceID=row["DeviceID"].zfill(18), RegisterID=row["RegisterID"].lstrip("0"))
    assert [value.register for value in readings(said)["81001"].values] == ["001", "002"]


def test_a_result_twice_is_one(account):
    said = account(ALICE)
    results(said).extend(deepcopy(results(said)))
    assert len(readings(said)) == 3


# --- consumption -------------------------------------------------------------------------------------------------------
def period(said, start, end, value="77.00000000000000", unit="SMC"):
    row = {"ContractID": "3001", "StartDate": edm(start), "EndDate": edm(end)}
    values = contract(said)["ContractConsumptionValues"]["results"]
    values.append({**row, "ConsumptionValue": value, "ConsumptionUnit": unit})


@pytest.fixture
def without_periods(account):
    said = account(ALICE)
    contract(said)["ContractConsumptionValues"]["results"].clear()
    return said


@pytest.mark.parametrize(
    ("start", "end", "unit", "known"),
    [
        (date(2026, 3, 1), date(2026, 4, 29), "SMC", True),
        (date(2026, 3, 2), date(2026, 4, 29), "SMC", True),
        (date(2026, 3, 3), date(2026, 4, 29), "SMC", False),
        (date(2026, 3, 1), date(2026, 4, 30), "SMC", False),
        (date(2026, 3, 1), date(2026, 4, 29), "M3", False),
    ],
)
def test_consumption_of_the_very_period_that_ends_with_a_reading(without_periods, start, end, unit, known):
    period(without_periods, start, end, unit=unit)
    assert readings(without_periods)["81003"].consumption == (Decimal("77.000") if known else None)


def test_two_consumptions_of_one_period_are_none(without_periods):
    period(without_periods, date(2026, 3, 1), date(2026, 4, 29))
    period(without_periods, date(2026, 3, 2), date(2026, 4, 29))
    assert readings(without_periods)["81003"].consumption is None


def test_what_the_registers_count_goes_before_the_period(without_periods):
    period(without_periods, date(2025, 12, 31), date(2026, 3, 1))
    assert readings(without_periods)["81002"].consumption == Decimal("123.000")


def test_cubic_metres_of_the_meter_are_no_standard_ones(without_periods):
    for number in ("81002", "81002-2"):
        result(without_periods, number).update(Consumption="100.5" if number == "81002" else None)
    assert readings(without_periods)["81002"].consumption is None


def test_a_zero_beside_a_dial_that_moved_is_nothing_counted_yet(without_periods):
    for number in ("81002", "81002-2"):
        result(without_periods, number)["Consumption"] = "0.00000000000000"
    assert readings(without_periods)["81002"].consumption is None
    for number, value in (("81002", "100"), ("81002-2", "120")):
        result(without_periods, number)["ReadingResult"] = value
    assert readings(without_periods)["81002"].consumption == 0


def test_bands_are_added_up(account):
    said = account(BOB)
    for number, used in (("82002", "5"), ("82002-2", "6.5"), ("82002-3", "9")):
        result(said, number, "3002")["Consumption"] = used
    assert readings(said, meter=POWER_METER)["82002"].consumption == Decimal("20.500")
    result(said, "82002-2", "3002")["Consumption"] = None
    assert readings(said, meter=POWER_METER)["82002"].consumption is None


# --- without a history -------------------------------------------------------------------------------------------------
NO_HISTORY = replace(SITE, omitted=frozenset({"MeterReadingResults"}))


def test_a_site_without_a_history_still_has_the_reading_before(account):
    said = account(ALICE)
    del contract(said)["MeterReadingResults"]
    (reading,) = readings(said, site=NO_HISTORY).values()
    assert (reading.code, reading.read_on, reading.origin) == (f"{GAS_METER}-20260429", date(2026, 4, 29), "self")
    assert [value.value for value in reading.values] == [260, 310]


def test_a_register_that_was_never_read_has_none_before(account):
    said = account(ALICE)
    del contract(said)["MeterReadingResults"]
    registers(said)[0]["PreviousMeterReadingDate"] = None
    assert readings(said, site=NO_HISTORY) == {}
    registers(said)[1]["PreviousMeterReadingResult"] = None
    assert readings(said, site=NO_HISTORY) == {}


# --- other people's rows and shapes ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "change",
    [
        lambda said: contract(said)["Devices"]["results"][0].update(ContractID="3002"),
        lambda said: contract(said)["ContractAllDevices"]["results"][0].update(ContractID="3002"),
        lambda said: registers(said)[0].update(DeviceID=POWER_METER),
    ],
)
def test_one_foreign_device_or_register_and_nothing_is_used(account, change):
    said = account(ALICE)
    change(said)
    with pytest.raises(ForeignRows):
        records(said)


@pytest.mark.parametrize(
    "change",
    [
        lambda said: results(said)[0].update(ReadingResult="many"),
        lambda said: results(said)[0].update(ReadingResult=None),
        lambda said: results(said)[0].update(ReadingDateTime=None),
        lambda said: results(said)[0].update(MeterReadingResultID=""),
        lambda said: results(said)[0].pop("RegisterID"),
        lambda said: registers(said)[0].update(IntegerPlaces="five"),
        lambda said: registers(said)[0].update(RegisterID=None),
        lambda said: contract(said).update(Devices=None),
        lambda said: contract(said).update(MeterReadingResults={"results": [], "__next": "x"}),
    ],
)
def test_an_answer_of_another_shape_is_no_answer(account, change):
    said = account(ALICE)
    change(said)
    with pytest.raises(Unavailable):
        records(said)
