"""Dials as a person sees them: a number in as many digits as the meter has, and the drawing that says which to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sportello.billing.services import SERVICES
from sportello.domain.activities.kinds.self_reading.sheets import Dial, Sheet

USUAL_DIGITS = 5  # where billing does not say
RED_DIGITS = {"m³": 3}  # after the comma, by unit; other dials have none, or show them like the others


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """``black`` are the digits to be read, ``red`` those to be left out; ``exact`` says that billing knows how many."""

    black: Sequence[str]
    red: Sequence[str]
    exact: bool


def drawing(dial: Dial) -> Drawing:
    """An example with the meter's own number of digits: what it showed last, else noughts."""
    example = on_dial(dial.previous or Decimal(0), dial.digits or USUAL_DIGITS)
    red = 0 if dial.role == "corrected" else RED_DIGITS.get(dial.unit, 0)
    return Drawing(black=tuple(example), red=("0",) * red, exact=dial.digits is not None)


def on_dial(value: Decimal, digits: int | None) -> str:
    """04612: whole units with the noughts before them, as they stand on the meter."""
    return str(int(value)).zfill(digits or 0)


def has_bands(sheet: Sheet) -> bool:
    return len(sheet.dials) > 1 and all(dial.role in ("f1", "f2", "f3") for dial in sheet.dials)


def has_red_digits(sheet: Sheet) -> bool:
    return any(drawing(dial).red for dial in sheet.dials)


def point_name(sheet: Sheet) -> str:
    """POD or PDR, "" where the service has neither."""
    return SERVICES[sheet.supply.service].point
