"""How a year's consumption spreads over its months, as data: by category of use and climate zone, else by service.

Shares are of the mean Italian supply; only their proportion counts, so they need not add up to 100.
"""

import calendar
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

Shares = tuple[Decimal, ...]


def _shares(text: str) -> Shares:
    return tuple(Decimal(each) for each in text.split())


FLAT = _shares("31 28 31 30 31 30 31 31 30 31 30 31")
SHARES: dict[str, Shares] = {
    "C1E": _shares("23.1 18.6 13.7 4.0 0 0 0 0 0 3.3 15.1 22.2"),  # heating
    "C3D": _shares("20.1 16.7 13.2 4.3 2.5 2.5 2.5 2.5 2.5 2.5 11.5 19.0"),  # heating, cooking and hot water
    "C3E": _shares("19.9 16.2 12.6 4.9 1.9 1.8 1.9 1.9 1.8 4.5 13.6 19.2"),
    "C2": FLAT,  # cooking and hot water
    "C4": FLAT,
    "T1": FLAT,
    "electricity": _shares("9.2 8.2 8.3 7.5 7.4 8.0 9.4 8.9 7.7 7.9 8.4 9.1"),
    "water": _shares("31 28 31 30 31 36 37.2 37.2 30 31 30 31"),
}
# Where the table has no column for a zone or a category, the nearest one that it has.
ZONES = {"A": "D", "B": "D", "C": "D", "D": "D", "E": "E", "F": "E"}
CATEGORIES = {"C5": "C3", "T2": "C3"}
SERVICES = {"gas": "C3E", "lpg": "C3E", "electricity": "electricity", "water": "water"}


def shares_of(service: str, profile: str | None) -> Shares:
    """``profile`` as billing writes it: "C3E", "T2B1"; what is unknown spreads as most supplies of the service do."""
    category = CATEGORIES.get((profile or "")[:2], (profile or "")[:2])
    zone = ZONES.get((profile or "")[2:3], "E")
    for name in (category + zone, category, category + "E", SERVICES.get(service, "")):
        if name in SHARES:
            return SHARES[name]
    return FLAT


def share_between(shares: Shares, *, after: date, until: date) -> Decimal:
    """The part of a year's consumption used from the day after ``after`` to ``until``; two years give 2."""
    whole = sum(shares)
    part = Decimal(0)
    for month, days, of in _months(after, until):
        part += shares[month - 1] * days / of
    return part / whole


def _months(after: date, until: date) -> Iterator[tuple[int, int, int]]:
    """Month, how many of its days are between the two dates, and how many it has."""
    year, month = after.year, after.month
    while (year, month) <= (until.year, until.month):
        of = calendar.monthrange(year, month)[1]
        first = after.day if (year, month) == (after.year, after.month) else 0
        last = until.day if (year, month) == (until.year, until.month) else of
        if last > first:
            yield month, last - first, of
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
