"""What the distributor does at the meter: it reads it, and puts another in its place."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction

from sportello.billing.codes import Occasion
from sportello.billing.errors import Refused
from sportello.billing.records import Register, RegisterValue
from sportello.connectors.embedded import numbering, rows
from sportello.connectors.embedded import reading_checks as checks
from sportello.connectors.embedded.histories import (
    at_its_place,
    do_away_with_estimates,
    locked_supply,
    new_code,
    recount,
    supersede,
)
from sportello.connectors.embedded.mistakes import Mistake, Unknown
from sportello.connectors.embedded.models import Meter, MeterReading, Supply
from sportello.connectors.embedded.reading_checks import contradicts
from sportello.connectors.embedded.routing import ALIAS

A_DAY = timedelta(days=1)


def read(*, supply_code: str, values: Sequence[Decimal], on: date, today: date) -> MeterReading:
    """The distributor's own reading, one value for each register in their order. It always stands: readings of the
    customer's that it contradicts, or of the same day, give way, and so do later estimates. Those that it has yet to judge
    it judges by this one."""
    with transaction.atomic(using=ALIAS):
        supply = supply_with(supply_code)
        meter = meter_at(supply, on)
        reading = write(supply, meter, values, on=on, today=today)
        recount(meter, since=give_way(meter, reading))
        reading.refresh_from_db()
    return reading


def swap_meter(
    *, supply_code: str, final: Sequence[Decimal], serial: str, on: date, today: date, initial: Decimal = Decimal(0)
) -> Meter:
    """Another meter of the same make takes the place of the present one, whose last reading is ``final``."""
    if not serial.strip():
        raise Mistake("the new meter needs a serial number")
    with transaction.atomic(using=ALIAS):
        supply = supply_with(supply_code)
        old = meter_at(supply, on)
        last = write(supply, old, final, on=on, today=today, occasion="final")
        recount(old, since=give_way(old, last))
        old.removed_on = on
        old.save(update_fields=["removed_on"])
        new = Meter.objects.create(
            code=numbering.next_number(year=on.year, letter=numbering.METERS),
            supply=supply,
            serial=serial,
            kind=old.kind,
            registers=old.registers,
            installed_on=on,
            remote_read=old.remote_read,
            maximum_flow=old.maximum_flow,
        )
        write(supply, new, [initial] * len(final), on=on, today=today, occasion="initial")
    return new


def supply_with(code: str) -> Supply:
    supply = locked_supply(code)
    if supply is None:
        raise Unknown("supply", code)
    return supply


def meter_at(supply: Supply, day: date) -> Meter:
    meter = Meter.objects.filter(at_its_place(day), supply=supply).order_by("installed_on", "code").last()
    if meter is None:
        raise Mistake(f"supply {supply.code} had no meter on {day}")
    return meter


def write(
    supply: Supply, meter: Meter, values: Sequence[Decimal], *, on: date, today: date, occasion: Occasion = "periodic"
) -> MeterReading:
    """A new actual reading of the meter, after the last one; a final one may be of the same day."""
    registers = rows.registers(meter)
    named = named_values(registers, values)
    try:
        checks.check_day(on, today)
        readings = MeterReading.objects.filter(meter=meter).standing()
        checks.check_after_actual(readings, on if occasion == "periodic" else on + A_DAY)
        checks.check_values(registers, named)
    except Refused as refusal:
        raise Mistake(refusal.reason) from refusal
    return MeterReading.objects.create(
        code=new_code(on),
        supply=supply,
        meter=meter,
        read_on=on,
        values=rows.plain_all(named),
        origin="actual",
        occasion=occasion,
    )


def named_values(registers: Sequence[Register], values: Sequence[Decimal]) -> list[RegisterValue]:
    if len(values) != len(registers):
        raise Mistake(f"the meter has {len(registers)} registers: {', '.join(each.role for each in registers)}")
    return [
        RegisterValue(register=register.code, value=value) for register, value in zip(registers, values, strict=True)
    ]


def give_way(meter: Meter, actual: MeterReading) -> date:
    """Takes out what ``actual`` shows to be wrong; returns the first day that it changes."""
    registers = rows.registers(meter)
    given = MeterReading.objects.filter(meter=meter, origin="self").standing().exclude(validation="pending")
    wrong = [
        each
        for each in given
        if each.read_on == actual.read_on
        or contradicts(registers, *((each, actual) if each.read_on < actual.read_on else (actual, each)))
    ]
    supersede(wrong, by=actual)
    do_away_with_estimates(actual)
    return min([actual.read_on, *(each.read_on for each in wrong)])
