"""Which readings an invoice counts on, and how much it then bills: from where the last one ended to what was read last.

Without a reading that somebody made, this billing guesses what the dials show, and the next reading sets it right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from sportello.billing.codes import InvoiceKind
from sportello.billing.records import Register, RegisterValue
from sportello.billing.services import SERVICES
from sportello.connectors.embedded import rows
from sportello.connectors.embedded.counting import counted, factor
from sportello.connectors.embedded.histories import at_its_place, consumption, dials, new_code, recount
from sportello.connectors.embedded.models import Invoice, Meter, MeterReading, ReadingQuerySet, Supply
from sportello.connectors.embedded.pricing import USUAL_CONSUMPTION

ORDER = {"final": 0, "initial": 1}  # of one day, when a meter was swapped


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """``readings`` are those that the invoice is the first to use, the last of them that of day ``until``; ``consumption``
    is None where nothing is counted."""

    readings: Sequence[MeterReading] = ()
    consumption: Decimal | None = None

    @property
    def until(self) -> date | None:
        return self.readings[-1].read_on if self.readings else None

    @property
    def estimated(self) -> bool:
        return bool(self.readings) and self.readings[-1].origin == "estimated"


def use_of(supply: Supply, *, until: date) -> Use:
    """Of the readings up to ``until`` that stand and that no invoice has used, up to the last real one; none that is older
    than a real one of an earlier invoice."""
    usable = MeterReading.objects.filter(supply=supply, invoice=None, read_on__lte=until, validation__in=["", "valid"])
    billed = billed_readings(supply).real().oldest_first().last()
    readings = [
        reading
        for reading in sorted(usable.standing().select_related("meter", "supply"), key=in_order)
        if billed is None or in_order(reading) > in_order(billed)
    ]
    while readings and readings[-1].origin == "estimated":
        readings.pop()
    return Use(readings=readings, consumption=since_billed(readings)) if readings else Use()


def billed_readings(supply: Supply) -> ReadingQuerySet:
    return MeterReading.objects.filter(supply=supply, invoice__isnull=False).select_related("meter", "supply")


def in_order(reading: MeterReading) -> tuple[date, int, str]:
    return reading.read_on, ORDER.get(reading.occasion, 2), reading.code


def since_billed(readings: Sequence[MeterReading]) -> Decimal | None:
    """What was used from where the last invoice ended to the last of ``readings``; what an estimate billed too much is
    taken off. Where no invoice has used a reading yet, what was used since the one before the last."""
    last = readings[-1]
    newest = ("-invoice__issued_on", "-invoice__created_in", "-invoice__code", "-read_on", "-code")
    billed = billed_readings(last.supply).order_by(*newest).first()
    if billed is None:
        return last.consumption
    after = [reading for reading in readings if in_order(reading) > in_order(billed)]
    pairs = [pair for pair in pairwise([billed, *(after or [last])]) if pair[0].meter_id == pair[1].meter_id]
    steps = [consumption(*pair) for pair in pairs]
    known = [step for step in steps if step is not None]
    return sum(known, Decimal(0)) if len(known) == len(steps) else None


def estimate(supply: Supply, *, on: date) -> Use:
    """Writes what the dials are likely to show on that day, by what a year uses; nothing where there is no meter, no
    earlier reading, or one of that day."""
    meter = Meter.objects.filter(at_its_place(on), supply=supply).order_by("installed_on", "code").last()
    before = last_known(meter) if meter else None
    if meter is None or before is None or before.read_on >= on:
        return Use()
    reading = MeterReading.objects.create(
        code=new_code(on),
        supply=supply,
        meter=meter,
        read_on=on,
        values=rows.plain_all(likely(before, expected(supply, (on - before.read_on).days))),
        origin="estimated",
    )
    recount(meter, since=on)
    reading.refresh_from_db()
    return Use(readings=[reading], consumption=since_billed([reading]))


def last_known(meter: Meter) -> MeterReading | None:
    readings = MeterReading.objects.filter(meter=meter).standing().exclude(validation="pending")
    return readings.select_related("meter", "supply").oldest_first().last()


def expected(supply: Supply, days: int) -> Decimal:
    return (supply.annual_consumption or USUAL_CONSUMPTION * 6) * days / 365


def likely(before: MeterReading, consumption: Decimal) -> list[RegisterValue]:
    """``consumption`` spread over the dials, in whole numbers; one that reaches its end begins anew."""
    registers, shown = rows.registers(before.meter), dials(before)
    unit = SERVICES[before.supply.service].unit
    share = consumption / len(counted(registers))
    return [
        RegisterValue(register=register.code, value=onwards(register, shown[register.code], share, unit))
        for register in registers
        if register.code in shown
    ]


def onwards(register: Register, value: Decimal, consumption: Decimal, unit: str) -> Decimal:
    later = value + round(consumption / (factor(register, unit) or 1))
    return later if register.digits is None else later % 10**register.digits


def mark(uses: Sequence[Use], invoice: Invoice) -> None:
    codes = [reading.pk for use in uses for reading in use.readings]
    MeterReading.objects.filter(pk__in=codes).update(invoice=invoice)


def kind_of(supplies: Sequence[Supply], uses: Sequence[Use]) -> InvoiceKind:
    if all(supply.status == "closed" for supply in supplies):
        return "closing"
    estimated = {use.estimated for use in uses if use.readings}
    if estimated == {True, False}:
        return "period_mixed"
    return "period_estimated" if estimated == {True} else "period_actual"
