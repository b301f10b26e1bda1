"""How much was used between two readings of a meter; arithmetic without a database."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sportello.billing.records import Register

THOUSANDTH = Decimal("0.001")


def moved(earlier: Decimal, later: Decimal, *, digits: int | None) -> Decimal:
    """How far a dial went on. One that fell by more than half of what it can show has gone round (giro contatore): from
    99980 to 00035 are 55. Any smaller fall is one: the earlier value was too high."""
    difference = later - earlier
    if digits is not None and difference <= -(Decimal(10) ** digits) / 2:
        return difference + Decimal(10) ** digits
    return difference


def counted(registers: Sequence[Register]) -> Sequence[Register]:
    """The registers that invoices count: that of the corrector where there is one, else all."""
    corrected = [register for register in registers if register.role == "corrected"]
    return corrected or registers


def factor(register: Register, unit: str) -> Decimal | None:
    """From what the dial shows to ``unit``; None where nobody said the coefficient and the units differ."""
    if register.coefficient is not None:
        return register.coefficient
    return Decimal(1) if register.unit == unit else None


def used(
    registers: Sequence[Register], earlier: Mapping[str, Decimal], later: Mapping[str, Decimal], *, unit: str
) -> Decimal | None:
    """What was used between two readings, in ``unit`` with three places; negative where the earlier one was too high,
    None where it cannot be told."""
    total = Decimal(0)
    for register in counted(registers):
        by = factor(register, unit)
        if by is None or register.code not in earlier or register.code not in later:
            return None
        total += moved(earlier[register.code], later[register.code], digits=register.digits) * by
    return total.quantize(THOUSANDTH)
