"""Whole months, in which the demo company reads and bills."""

from collections.abc import Iterator
from datetime import date, timedelta


def first_of(day: date) -> date:
    return day.replace(day=1)


def shifted(month: date, by: int) -> date:
    """The first day of the month ``by`` months later (earlier where negative)."""
    count = month.year * 12 + month.month - 1 + by
    return date(count // 12, count % 12 + 1, 1)


def end_of(month: date) -> date:
    return shifted(month, 1) - timedelta(days=1)


def between(first: date, last: date) -> Iterator[date]:
    """The first days of the months from that of ``first`` to that of ``last``."""
    month = first_of(first)
    while month <= last:
        yield month
        month = shifted(month, 1)
