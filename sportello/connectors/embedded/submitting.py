"""The customer has read his meter: what this billing looks at before it takes the reading, and what it then does."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from sportello.billing.codes import Occasion
from sportello.billing.commands import SubmitReading
from sportello.billing.errors import Refused
from sportello.billing.records import RegisterValue
from sportello.connectors.embedded import owning, rows
from sportello.connectors.embedded import reading_checks as checks
from sportello.connectors.embedded.codes import askable
from sportello.connectors.embedded.histories import do_away_with_estimates, new_code, recount, supersede
from sportello.connectors.embedded.models import Meter, MeterReading, Supply

# Of gas the distributor judges; of water and LPG we are the distributor ourselves; of electricity nobody says.
VALIDATION = {"gas": "pending", "water": "valid", "lpg": "valid"}


def submit(command: SubmitReading, *, key: str, now: datetime) -> str:
    """Writes the reading and gives its code; see ``SubmitReading`` for what it replaces."""
    supply = owning.supply(command.customer_code, command.supply_code)
    return write(command, supply, key=key, now=now).code


def write(
    command: SubmitReading, supply: Supply, *, key: str, now: datetime, occasion: Occasion = "periodic"
) -> MeterReading:
    """``supply`` is locked, so that two readings of it follow one another."""
    meter = owning.meter(supply, command.meter_code)
    replaced = replaced_by(command, supply)
    standing = [each for each in standing_readings(supply) if each not in replaced]
    values = checked(command, supply, meter, standing, today=timezone.localdate(now))
    validation = VALIDATION.get(supply.service, "")
    reading = MeterReading.objects.create(
        code=new_code(command.read_on),
        supply=supply,
        meter=meter,
        read_on=command.read_on,
        values=rows.plain_all(values),
        origin="self",
        occasion=occasion,
        validation=validation,
        key=key,
        received_at=now,
        judged_at=None if validation == "pending" else now,
    )
    take_place(reading, replaced)
    return reading


def replaced_by(command: SubmitReading, supply: Supply) -> list[MeterReading]:
    """The customer's earlier readings that give way to this one. One that an invoice counts on does not."""
    wanted = Q(read_on=command.read_on)
    if command.replaces and askable(command.replaces, longest=80):
        wanted |= Q(key=command.replaces)
    found = MeterReading.objects.filter(wanted, supply=supply, origin="self").standing().select_related("meter")
    for reading in found:
        if reading.invoice_id:
            number, day = reading.invoice_id, checks.shown(reading.read_on)
            raise Refused(f"La lettura del {day} è già nella fattura {number} e non si sostituisce.", field="read_on")
    return list(found)


def standing_readings(supply: Supply) -> Sequence[MeterReading]:
    return list(MeterReading.objects.filter(supply=supply).standing().real().oldest_first())


def checked(
    command: SubmitReading, supply: Supply, meter: Meter, standing: Sequence[MeterReading], *, today: date
) -> list[RegisterValue]:
    """The values as they are written; ``Refused`` where the reading cannot be true."""
    registers = rows.registers(meter)
    checks.check_supply(supply, command.read_on)
    checks.check_day(command.read_on, today)
    checks.check_meter(meter, command.read_on)
    if meter.remote_read:
        raise Refused("Il distributore legge questo contatore a distanza.", field="meter_code")
    checks.check_after_actual(standing, command.read_on)
    values: dict[str, Decimal] = checks.check_values(registers, command.values)
    if not command.approved:
        of_meter = [each for each in standing if each.meter_id == meter.code]
        checks.check_order(of_meter, registers, values, command.read_on)
    return [RegisterValue(register=code, value=value) for code, value in values.items()]


def take_place(reading: MeterReading, replaced: Sequence[MeterReading]) -> None:
    supersede(replaced, by=reading)
    if reading.validation != "pending":
        do_away_with_estimates(reading)
    first: dict[str, tuple[Meter, date]] = {}
    for each in (reading, *replaced):
        _, since = first.get(each.meter_id, (each.meter, each.read_on))
        first[each.meter_id] = (each.meter, min(since, each.read_on))
    for meter, since in first.values():
        recount(meter, since=since)
