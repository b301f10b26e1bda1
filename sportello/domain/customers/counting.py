"""How what a meter shows becomes what was used: differences, roll-over, coefficient, bands; pure arithmetic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

HUNDREDTH: Final = Decimal("0.01")
BANDS: Final = ("f1", "f2", "f3")
TOP, BOTTOM = Decimal("0.9"), Decimal("0.1")  # parts of a dial between which it can be said to have begun anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """As ``billing.records.Register``."""

    code: str
    role: str
    unit: str
    digits: int | None = None
    serial: str = ""
    coefficient: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What was used between two readings, in the service's unit; None where it cannot be told.

    ``bands`` has one figure for each dial of a time band. ``difference`` is in the unit of the one dial that counts,
    ``coefficient`` what it was multiplied by, both None where several dials count together.
    """

    total: Decimal | None = None
    bands: tuple[tuple[str, Decimal], ...] = ()
    rolled_over: bool = False
    difference: Decimal | None = None
    coefficient: Decimal | None = None


def dials_of(registers: Sequence[Mapping[str, Any]]) -> tuple[Dial, ...]:
    """The dials as the mirror holds them."""
    return tuple(
        Dial(
            code=register["code"],
            role=register["role"],
            unit=register["unit"],
            digits=register["digits"],
            serial=register["serial"],
            coefficient=None if register["coefficient"] is None else Decimal(register["coefficient"]),
        )
        for register in registers
    )


def difference(before: Decimal, now: Decimal, digits: int | None) -> tuple[Decimal, bool]:
    """How far a dial has gone on, and whether it began anew at zero meanwhile; less than nothing where it went back."""
    if now < before and digits is not None:
        capacity = Decimal(10) ** digits
        if TOP * capacity < before < capacity and 0 <= now < BOTTOM * capacity:
            return capacity - before + now, True
    return now - before, False


def factor(dial: Dial, unit: str) -> Decimal | None:
    """What the dial's count is multiplied by to be in ``unit``; None where billing does not say."""
    if dial.coefficient is not None:
        return dial.coefficient
    return Decimal(1) if dial.unit == unit else None


def counting(dials: Sequence[Dial]) -> list[list[Dial]]:
    """The dials of which invoices count, best first: a corrector's and never its meter's, the total or else the bands."""
    ways = [[dial for dial in dials if dial.role in roles] for roles in (("corrected",), ("total",), BANDS)]
    return [ways[0]] if ways[0] else [way for way in ways if way]


def count(dials: Sequence[Dial], before: Mapping[str, Decimal], now: Mapping[str, Decimal], *, unit: str) -> Count:
    """What was used between two readings of one meter, each a number by register. ``unit`` is the service's."""
    used = {dial.code: _used(dial, before, now, unit=unit) for dial in dials}
    bands = [(dial.role, figure) for dial in dials if dial.role in BANDS if (figure := used[dial.code][0]) is not None]
    for way in counting(dials):
        figures = [figure for dial in way if (figure := used[dial.code][0]) is not None]
        if len(figures) == len(way):
            alone = way[0] if len(way) == 1 else None
            return Count(
                total=sum(figures, Decimal(0)),
                bands=tuple(bands),
                rolled_over=any(used[dial.code][1] for dial in way),
                difference=difference(before[alone.code], now[alone.code], alone.digits)[0] if alone else None,
                coefficient=factor(alone, unit) if alone else None,
            )
    return Count(bands=tuple(bands))


def _used(
    dial: Dial, before: Mapping[str, Decimal], now: Mapping[str, Decimal], *, unit: str
) -> tuple[Decimal | None, bool]:
    times = factor(dial, unit)
    if times is None or dial.code not in before or dial.code not in now:
        return None, False
    gone, rolled = difference(before[dial.code], now[dial.code], dial.digits)
    return (gone * times).quantize(HUNDREDTH, ROUND_HALF_UP), rolled
