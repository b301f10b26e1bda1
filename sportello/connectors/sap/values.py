"""How OData V2 writes dates, decimals and truth, and what we make of them; anything else is not an answer."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from sportello.billing.errors import Unavailable

Row = Mapping[str, Any]

CENT = Decimal("0.01")
EPOCH = date(1970, 1, 1)  # Edm.DateTime has no time zone: it is the day as SAP's own user sees it
EDM_DATE = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{1,4})?\)/")
NO_END = 9999  # the year by which SAP says "until further notice"


def unreadable(what: str) -> Unavailable:
    return Unavailable(f"billing answered something that cannot be read: {what}")


def text(row: Row, name: str) -> str:
    value = row[name]
    if value is None:
        return ""
    if not isinstance(value, str):
        raise unreadable(name)
    return value.strip()


def code(row: Row, name: str) -> str:
    """A text that must not be empty."""
    found = text(row, name)
    if not found:
        raise unreadable(f"{name} is empty")
    return found


def decimal(row: Row, name: str) -> Decimal:
    """Edm.Decimal comes as a string; some gateways send a number."""
    value = row[name]
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise unreadable(name)
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise unreadable(name) from None
    if not number.is_finite() or abs(number.adjusted()) > 20:
        raise unreadable(name)
    return number


def number(row: Row, name: str) -> Decimal:
    """A decimal without the zeros that SAP fills its fourteen places with: ``1234.50000000000000`` is 1234.5."""
    found = decimal(row, name)
    return found.quantize(Decimal(1)) if found == found.to_integral_value() else found.normalize()


def places(row: Row, name: str) -> int:
    """A number of places, which SAP writes as text ("05"); 0 where it writes none."""
    said = text(row, name)
    if said and not (said.isascii() and said.isdigit()):
        raise unreadable(name)
    return int(said or 0)


def money(row: Row, name: str) -> Decimal:
    """Euro with two places."""
    if "Currency" in row and text(row, "Currency") not in ("", "EUR"):
        raise unreadable(f"{name} is not in euro")
    return decimal(row, name).quantize(CENT, rounding=ROUND_HALF_UP)


def day(row: Row, name: str) -> date | None:
    """None where SAP has none, or means "no end" by the year 9999."""
    value = row[name]
    if value is None or value == "":
        return None
    match = EDM_DATE.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise unreadable(name)
    try:
        found = EPOCH + timedelta(milliseconds=int(match[1]))
    except OverflowError:
        raise unreadable(name) from None
    return found if found.year < NO_END else None


def edm_date(day: date) -> str:
    """A day as Edm.DateTime has it in JSON."""
    return f"/Date({(day - EPOCH).days * 86_400_000})/"


def must_have_day(row: Row, name: str) -> date:
    found = day(row, name)
    if found is None:
        raise unreadable(f"{name} is empty")
    return found


def flag(row: Row, name: str) -> bool:
    value = row[name]
    if value is not None and not isinstance(value, bool):
        raise unreadable(name)
    return bool(value)
