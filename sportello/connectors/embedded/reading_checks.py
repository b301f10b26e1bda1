"""Whether a reading can be true, told in words that a customer reads; every check raises ``Refused``."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from sportello.billing.errors import Refused
from sportello.billing.records import Register, RegisterValue
from sportello.connectors.embedded.counting import moved
from sportello.connectors.embedded.histories import dials
from sportello.connectors.embedded.models import Meter, MeterReading, Supply

MOST_DIGITS = 12  # of a dial whose digits nobody said


def check_supply(supply: Supply, read_on: date) -> None:
    if supply.status == "closed":
        raise Refused("La fornitura è cessata.", field="supply_code")
    if supply.status == "activating":
        raise Refused("La fornitura non è ancora attiva.", field="supply_code")
    if supply.started_on and read_on < supply.started_on:
        raise Refused(f"La fornitura è iniziata il {shown(supply.started_on)}.", field="read_on")
    if supply.ended_on and read_on > supply.ended_on:
        raise Refused(f"La fornitura è finita il {shown(supply.ended_on)}.", field="read_on")


def check_day(read_on: date, today: date) -> None:
    if read_on > today:
        raise Refused("La data della lettura è nel futuro.", field="read_on")


def check_meter(meter: Meter, read_on: date) -> None:
    if meter.installed_on and read_on < meter.installed_on:
        raise Refused(f"Il contatore è installato dal {shown(meter.installed_on)}.", field="read_on")
    if meter.removed_on and read_on >= meter.removed_on:
        raise Refused(f"Il contatore è stato tolto il {shown(meter.removed_on)}.", field="meter_code")


def check_values(registers: Sequence[Register], values: Sequence[RegisterValue]) -> dict[str, Decimal]:
    """The values by register, whole numbers that the dials can show: one for each register and no other."""
    named = [part.register for part in values]
    if unknown := set(named) - {register.code for register in registers}:
        raise Refused(f"Il contatore non ha il totalizzatore {min(unknown)[:20]!r}.", field="values")
    if len(named) != len(registers) or len(set(named)) != len(registers):
        raise Refused("Serve un valore per ogni totalizzatore del contatore.", field="values")
    by_code = {register.code: register for register in registers}
    return {part.register: checked_value(by_code[part.register], part.value) for part in values}


def checked_value(register: Register, value: Decimal) -> Decimal:
    if not value.is_finite() or value < 0:
        raise Refused("La lettura deve essere un numero, non negativo.", field="values")
    digits = MOST_DIGITS if register.digits is None else register.digits
    if value >= Decimal(10) ** digits:
        raise Refused(f"Il contatore ha solo {digits} cifre prima della virgola.", field="values")
    if value != value.to_integral_value():
        raise Refused("Servono solo le cifre prima della virgola.", field="values")
    return value.quantize(Decimal(1))


def check_after_actual(readings: Iterable[MeterReading], read_on: date) -> None:
    """``readings`` are the standing ones of the supply."""
    last = max((each.read_on for each in readings if each.origin in ("actual", "corrected")), default=None)
    if last and read_on <= last:
        raise Refused(f"Il distributore ha già letto il contatore il {shown(last)}.", field="read_on")


def check_order(
    readings: Sequence[MeterReading],
    registers: Sequence[Register],
    values: Mapping[str, Decimal],
    read_on: date,
) -> None:
    """A dial never goes back: no value is smaller than the one before, none larger than the one after, where somebody saw
    them. ``readings`` are the standing real ones of the meter, oldest first."""
    before = next((each for each in reversed(readings) if each.read_on < read_on), None)
    after = next((each for each in readings if each.read_on > read_on), None)
    if before and falls(registers, dials(before), values):
        raise Refused(f"La lettura è minore di quella del {shown(before.read_on)}.", field="values")
    if after and falls(registers, values, dials(after)):
        raise Refused(f"La lettura è maggiore di quella del {shown(after.read_on)}.", field="values")


def falls(registers: Sequence[Register], earlier: Mapping[str, Decimal], later: Mapping[str, Decimal]) -> bool:
    """Whether any dial shows less later than earlier."""
    return any(
        later[register.code] < earlier[register.code]
        for register in registers
        if register.code in earlier and register.code in later
    )


def contradicts(registers: Sequence[Register], earlier: MeterReading, later: MeterReading) -> bool:
    """Whether the two cannot both be true; a dial that went round is none."""
    before, after = dials(earlier), dials(later)
    return any(
        moved(before[register.code], after[register.code], digits=register.digits) < 0
        for register in registers
        if register.code in before and register.code in after
    )


def shown(day: date) -> str:
    return f"{day:%d/%m/%Y}"
