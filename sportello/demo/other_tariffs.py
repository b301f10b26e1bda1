"""What the demo company charges for water, LPG and telephony, line by line; prices are invented.

Water has 10% VAT, LPG and telephony 22%. At home the first cubic metres of a month are cheaper.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sportello.billing.records import InvoiceLine, UsageRecord
from sportello.demo.supplies import Point
from sportello.demo.tariffs import (
    CONSUMED,
    FIXED,
    ORDINARY,
    OTHER,
    REDUCED,
    TAXES,
    index,
    priced_line,
    rounded,
    rounded_price,
)

FIRST_BAND = 6  # cubic metres a month
FREE_MINUTES = {"line": 60, "mobile": 10_000}


def water_lines(point: Point, consumed: Sequence[tuple[date, int]], *, recalculated: int = 0) -> list[InvoiceLine]:
    months, last, used = len(consumed), consumed[-1][0].year, sum(part for _, part in consumed)
    cheap = min(used, FIRST_BAND * months) if point.domestic else 0
    bands = (
        ("Acquedotto, prima fascia", cheap, Decimal("0.78")),
        ("Acquedotto, seconda fascia" if point.domestic else "Acquedotto", used - cheap, Decimal("1.64")),
    )
    lines = [
        priced_line(CONSUMED, name, part, "m³", rounded_price(price * index(last)), REDUCED)
        for name, part, price in bands
        if part
    ]
    lines += [
        priced_line(CONSUMED, "Fognatura", used, "m³", Decimal("0.241000"), REDUCED),
        priced_line(CONSUMED, "Depurazione", used, "m³", Decimal("0.587000"), REDUCED),
        priced_line(FIXED, "Quota fissa", months, "mesi", Decimal("3.10"), REDUCED),
    ]
    if recalculated:
        lines.append(priced_line(OTHER, "Ricalcolo consumi stimati", recalculated, "m³", Decimal("1.92"), REDUCED))
    return lines


def lpg_lines(_point: Point, consumed: Sequence[tuple[date, int]], *, recalculated: int = 0) -> list[InvoiceLine]:
    months, last, used = len(consumed), consumed[-1][0].year, sum(part for _, part in consumed)
    price = rounded_price(Decimal("3.95") * index(last))
    lines = [
        priced_line(CONSUMED, "GPL da rete", used, "m³", price, ORDINARY),
        priced_line(TAXES, "Accisa GPL", used, "m³", Decimal("0.379880"), ORDINARY),
        priced_line(FIXED, "Quota fissa e gestione della rete", months, "mesi", Decimal("7.90"), ORDINARY),
    ]
    if recalculated:
        lines.append(priced_line(OTHER, "Ricalcolo consumi stimati", recalculated, "m³", Decimal("4.10"), ORDINARY))
    return lines


def tank_lines(litres: int, year: int) -> list[InvoiceLine]:
    return [
        priced_line(
            CONSUMED,
            "GPL consegnato al serbatoio",
            litres,
            "l",
            rounded_price(Decimal("0.985") * index(year)),
            ORDINARY,
        ),
        priced_line(TAXES, "Accisa GPL", litres, "l", Decimal("0.098770"), ORDINARY),
        priced_line(OTHER, "Consegna", 1, "viaggi", Decimal("18.00"), ORDINARY),
    ]


def telephony_lines(point: Point, months: Sequence[date], traffic: Sequence[UsageRecord]) -> list[InvoiceLine]:
    """The fee covers all data and messages; only some calls cost besides."""
    fee = Decimal("24.50") if point.profile == "line" else Decimal("8.19")
    name = f"Canone {point.supply.offer}"
    minutes = sum((each.quantity for each in traffic if each.measure == "voice"), Decimal(0))
    charged = max(minutes - FREE_MINUTES[point.profile] * len(months), Decimal(0))
    lines = [priced_line(FIXED, name, len(months), "mesi", rounded(fee), ORDINARY)]
    if charged:
        lines.append(
            priced_line(CONSUMED, "Chiamate oltre quelle comprese", charged, "min", Decimal("0.045000"), ORDINARY)
        )
    return lines
