"""Meter reading results of SAP, one for each register, as readings of the port, one for each meter and day."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from sportello.billing.codes import Occasion, ReadingOrigin, Validation
from sportello.billing.errors import ForeignRows
from sportello.billing.records import MeterReadingRecord, MeterRecord, RegisterValue, SupplyRecord
from sportello.billing.services import SERVICES
from sportello.connectors.sap.rows import bare
from sportello.connectors.sap.site import Site
from sportello.connectors.sap.values import Row, code, day, decimal, must_have_day, number, text

log = logging.getLogger(__name__)

ONLY_ORDERED = "0"  # SAP's own status of a reading that somebody is still to take
THOUSANDTH = Decimal("0.001")
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one register showed. ``device`` is the bare number; ``consumption`` is in ``unit``, None where SAP has none."""

    code: str
    device: str
    register: str
    value: Decimal
    read_on: date
    unit: str
    consumption: Decimal | None
    origin: ReadingOrigin
    occasion: Occasion
    status: str


def readings_of(
    contract: Row, *, supply: SupplyRecord, meters: Mapping[str, MeterRecord], site: Site
) -> tuple[MeterReadingRecord, ...]:
    """The readings of one contract, also of meters that are no longer there; the oldest first.

    Which invoice used a reading is not in this service, nor does it keep a key of ours. ``ContractConsumptionValues`` say
    what was used in a period: that is the consumption of the reading at the end of it. It is no usage, which the port
    has where no meter counts.
    """
    if "MeterReadingResults" not in contract:
        previous = {reading.code: reading for reading in _previous(contract, supply=supply, meters=meters, site=site)}
        return tuple(sorted(previous.values(), key=_age))
    readings = [
        _reading(together, supply=supply, meter=meters.get(together[0].device), site=site)
        for together in _together(_results(contract, meters=meters, site=site))
        if _complete(together, meters.get(together[0].device))
    ]
    return _with_consumption(_superseded(readings), contract, unit=SERVICES[supply.service].unit, site=site)


def _age(reading: MeterReadingRecord) -> tuple[date, tuple[int, str]]:
    return reading.read_on, in_order(reading.code)


def in_order(number: str) -> tuple[int, str]:
    """SAP counts its documents: the higher number is the newer one."""
    return len(bare(number)), bare(number)


# --- results -----------------------------------------------------------------------------------------------------------
def _results(contract: Row, *, meters: Mapping[str, MeterRecord], site: Site) -> Iterator[Result]:
    """Raises ``ForeignRows`` for a device that was never at this contract."""
    own = {bare(code(row, "DeviceID")) for row in contract.get("ContractAllDevices", ())} | {
        bare(code(row, "DeviceID")) for row in contract.get("Devices", ())
    }
    seen = set()
    for row in contract["MeterReadingResults"]:
        device = bare(code(row, "DeviceID"))
        if device not in own:
            if "ContractAllDevices" in contract and "Devices" in contract:
                raise ForeignRows("billing answered with a reading of a device that was never this customer's")
            continue
        result = _result(row, device=device, contract=contract, site=site)
        if result is not None and result.code not in seen and _readable(result, meters.get(device)):
            seen.add(result.code)
            yield result


def _result(row: Row, *, device: str, contract: Row, site: Site) -> Result | None:
    """None for what is no reading yet, is of a time when somebody else lived there, or is nobody knows whose word."""
    status, category = text(row, "MeterReadingStatusID"), text(row, "MeterReadingCategoryID")
    if status == ONLY_ORDERED:
        return None
    read_on = must_have_day(row, "ReadingDateTime")
    if not _within(contract, read_on):
        return None
    origin = site.reading_categories.get(category)
    if origin is None:
        log.warning("meter reading category %r is in no mapping: its readings are left out", category)
        return None
    unit = text(row, "ReadingUnit")
    return Result(
        code=code(row, "MeterReadingResultID"),
        device=device,
        register=code(row, "RegisterID"),
        value=number(row, "ReadingResult"),
        read_on=read_on,
        unit=site.units.get(unit.upper(), unit),
        consumption=None if row["Consumption"] is None else decimal(row, "Consumption"),
        origin=origin,
        occasion=site.reading_reasons.get(text(row, "MeterReadingReasonID"), "periodic"),
        status=status,
    )


def _within(contract: Row, read_on: date) -> bool:
    """A supply begins with the reading of the day before, where SAP puts it at the end of that day."""
    start, end = day(contract, "MoveInDate"), day(contract, "MoveOutDate")
    return (start is None or start - ONE_DAY <= read_on) and (end is None or read_on <= end)


def _readable(result: Result, meter: MeterRecord | None) -> bool:
    return meter is None or _dial(result, meter) is not None


def _dial(result: Result, meter: MeterRecord) -> str | None:
    return next((one.code for one in meter.registers if bare(one.code) == bare(result.register)), None)


# --- readings ----------------------------------------------------------------------------------------------------------
def _together(results: Iterable[Result]) -> list[list[Result]]:
    """Results of one device that were read at one time. A register's second one of a day is of another reading."""
    groups: dict[object, list[list[Result]]] = defaultdict(list)
    for result in sorted(results, key=lambda result: in_order(result.code)):
        of_day = groups[result.device, result.read_on, result.origin, result.occasion]
        for group in of_day:
            if all(bare(other.register) != bare(result.register) for other in group):
                group.append(result)
                break
        else:
            of_day.append([result])
    return [group for of_day in groups.values() for group in of_day]


def _reading(
    results: Sequence[Result], *, supply: SupplyRecord, meter: MeterRecord | None, site: Site
) -> MeterReadingRecord:
    first = results[0]
    values = [RegisterValue(register=_named(result, meter), value=result.value) for result in results]
    return MeterReadingRecord(
        code=first.code,
        customer_code=supply.customer_code,
        supply_code=supply.code,
        meter_code=meter.code if meter else first.device,
        read_on=first.read_on,
        values=tuple(sorted(values, key=lambda value: in_order(value.register))),
        origin=first.origin,
        occasion=first.occasion,
        consumption=_counted(results, meter=meter, unit=SERVICES[supply.service].unit),
        validation=_validation(results, site=site) if first.origin == "self" else "",
    )


def _complete(results: Sequence[Result], meter: MeterRecord | None) -> bool:
    """Some registers alone are no reading of a meter."""
    return meter is None or len(results) == len(meter.registers)


def _superseded(readings: Iterable[MeterReadingRecord]) -> list[MeterReadingRecord]:
    """SAP keeps all that a customer has said of one day. It is the command's promise that the last one stands."""
    newest: dict[tuple[str, date], str] = {}
    found: list[MeterReadingRecord] = []
    for reading in sorted(readings, key=_age, reverse=True):
        if reading.origin == "self":
            last = newest.setdefault((reading.meter_code, reading.read_on), reading.code)
            reading = replace(reading, superseded_by=None if last == reading.code else last)
        found.append(reading)
    return found[::-1]


def _named(result: Result, meter: MeterRecord | None) -> str:
    return (_dial(result, meter) if meter else None) or result.register


def _validation(results: Sequence[Result], *, site: Site) -> Validation:
    """One register that is not yet accepted, or never will be, holds up the whole reading."""
    found = {site.reading_statuses.get(result.status, "") for result in results}
    ranking: tuple[Validation, ...] = ("refused", "pending", "", "valid")
    return next(validation for validation in ranking if validation in found)


# --- consumption -------------------------------------------------------------------------------------------------------
def _counted(results: Sequence[Result], *, meter: MeterRecord | None, unit: str) -> Decimal | None:
    """What SAP counted by the registers, where they count in ``unit``: a corrector's, the total's, or that of all bands."""
    if results[0].occasion == "initial":
        return None  # nothing was before it; SAP's zero is none
    roles = {register.code: register.role for register in meter.registers} if meter else {}
    by_role = {roles.get(_named(result, meter), result.register): result for result in results}
    chosen = next(([by_role[role]] for role in ("corrected", "total") if role in by_role), list(results))
    if len(chosen) > 1 and not roles:
        return None  # which of them counts what went with the meter
    amounts = [result.consumption for result in chosen if result.unit == unit and result.consumption is not None]
    return sum(amounts, Decimal(0)).quantize(THOUSANDTH) if len(amounts) == len(chosen) else None


def _with_consumption(
    readings: Sequence[MeterReadingRecord], contract: Row, *, unit: str, site: Site
) -> tuple[MeterReadingRecord, ...]:
    """Readings with what SAP says of the very period that ends with them, where their registers do not tell."""
    periods = _periods(contract, unit=unit, site=site)
    before: dict[str, MeterReadingRecord] = {}
    found = []
    for reading in readings:
        previous = before.get(reading.meter_code)
        consumption = reading.consumption
        if not consumption and previous is not None and previous.values != reading.values:
            consumption = _used(
                periods, after=previous.read_on, until=reading.read_on
            )  # a zero was nothing counted yet
        found.append(replace(reading, consumption=consumption))
        if reading.superseded_by is None:
            before[reading.meter_code] = reading
    return tuple(found)


def _used(periods: Mapping[tuple[date, date], Sequence[Decimal]], *, after: date, until: date) -> Decimal | None:
    """A period begins on the day of the reading before it, or on the next."""
    used = [*periods.get((after, until), ()), *periods.get((after + ONE_DAY, until), ())]
    return used[0] if len(used) == 1 and after < until else None


def _periods(contract: Row, *, unit: str, site: Site) -> dict[tuple[date, date], list[Decimal]]:
    """What was used from the first to the last day of a period, as often as SAP says it."""
    periods: dict[tuple[date, date], list[Decimal]] = defaultdict(list)
    for row in contract.get("ContractConsumptionValues", ()):
        theirs = text(row, "ConsumptionUnit")
        start, end = day(row, "StartDate"), day(row, "EndDate")
        if start is not None and end is not None and site.units.get(theirs.upper(), theirs) == unit:
            periods[start, end].append(decimal(row, "ConsumptionValue").quantize(THOUSANDTH))
    return periods


# --- without a history ---------------------------------------------------------------------------------------------------
def _previous(
    contract: Row, *, supply: SupplyRecord, meters: Mapping[str, MeterRecord], site: Site
) -> Iterator[MeterReadingRecord]:
    """The one reading before, which SAP names with the registers to read, for a site whose history is left out."""
    for device in contract.get("Devices", ()):
        meter = meters.get(bare(code(device, "DeviceID")))
        results = [result for row in device["RegistersToRead"] if (result := _shown(row, site=site))]
        if meter is not None:
            known = [result for result in results if _readable(result, meter) and _within(contract, result.read_on)]
            for together in (group for group in _together(known) if _complete(group, meter)):
                yield _reading(together, supply=supply, meter=meter, site=site)


def _shown(row: Row, *, site: Site) -> Result | None:
    read_on = day(row, "PreviousMeterReadingDate")
    origin = site.reading_categories.get(text(row, "PreviousMeterReadingCategoryID"))
    if read_on is None or origin is None or row["PreviousMeterReadingResult"] is None:
        return None
    unit = text(row, "ReadingUnit")
    device = bare(code(row, "DeviceID"))
    return Result(
        code=f"{device}-{read_on:%Y%m%d}",
        device=device,
        register=code(row, "RegisterID"),
        value=number(row, "PreviousMeterReadingResult"),
        read_on=read_on,
        unit=site.units.get(unit.upper(), unit),
        consumption=None,
        origin=origin,
        occasion=site.reading_reasons.get(text(row, "PreviousMeterReadingReasonID"), "periodic"),
        status="",
    )
