"""What each dial of a reading showed before and shows now, for staff who compare the two."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.functional import Promise

from sportello.domain.activities.models import SelfReading
from sportello.domain.customers.models import Meter, MeterReading
from sportello.domain.customers.models.meters import RegisterRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One dial. Values are what stands on it, "" where nobody knows; ``difference`` is None where they cannot be compared."""

    code: str
    label: str | Promise
    unit: str
    digits: int | None
    previous: str
    typed: str
    corrected: str
    difference: Decimal | None


def lines_of(reading: SelfReading, meter: Meter | None) -> list[Line]:
    """In the meter's own order; a dial that the meter does not have (any more) comes last, under its code."""
    registers = registers_of(meter)
    typed: Mapping[str, Any] = reading.values
    codes = [code for code in registers if code in typed] + sorted(set(typed) - set(registers))
    return [line_of(reading, code, registers.get(code, {})) for code in codes]


def line_of(reading: SelfReading, code: str, register: Mapping[str, Any]) -> Line:
    digits = register.get("digits")
    typed, previous = on_dial(reading.values[code], digits), on_dial(reading.previous.get(code, ""), digits)
    corrected = on_dial((reading.corrected or {}).get(code, ""), digits)
    return Line(
        code=code,
        label=label_of(register, code),
        unit=register.get("unit", ""),
        digits=digits,
        previous=previous,
        typed=typed,
        corrected=corrected,
        difference=difference(
            previous, corrected or typed, end=end_of(digits) if "roll_over" in reading.reasons else None
        ),
    )


def registers_of(meter: Meter | None) -> dict[str, Mapping[str, Any]]:
    return {register["code"]: register for register in (meter.registers if meter else ())}


def label_of(register: Mapping[str, Any], code: str) -> str | Promise:
    role = register.get("role", "")
    return RegisterRole(role).label if role in RegisterRole.values else code


def on_dial(value: Any, digits: int | None) -> str:
    """As it stands there, with the noughts before it and none after the comma; what is no number stays as it is."""
    text = str(value)
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    if number != number.to_integral_value():
        return text
    return str(number.quantize(Decimal(1))).zfill(digits or 0)


def difference(previous: str, now: str, *, end: Decimal | None) -> Decimal | None:
    """``end`` is where the dial begins anew, None where it has not."""
    try:
        step = Decimal(now) - Decimal(previous)
    except InvalidOperation:
        return None
    return step + end if end and step < 0 else step


def end_of(digits: int | None) -> Decimal | None:
    return Decimal(10) ** digits if digits else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A reading of the mirror: ``values`` are label and what stood on the dial."""

    reading: MeterReading
    serial: str
    values: Sequence[tuple[str | Promise, str]]


def earlier(reading: MeterReading, meters: Mapping[str, Meter]) -> Earlier:
    meter = meters.get(reading.meter_code)
    registers = registers_of(meter)
    values = []
    for each in reading.values:
        register = registers.get(each["register"], {})
        values.append((label_of(register, each["register"]), on_dial(each["value"], register.get("digits"))))
    return Earlier(reading=reading, serial=meter.serial if meter else reading.meter_code, values=values)
