"""Days on which offices work: not Saturdays, Sundays and national holidays, Easter Monday among them."""

from datetime import date, timedelta
from functools import cache


@cache
def _holidays(year: int) -> frozenset[date]:
    import holidays  # large: where it is used

    return frozenset(holidays.country_holidays("IT", years=year))


def is_working(day: date) -> bool:
    return day.weekday() < 5 and day not in _holidays(day.year)


def after(day: date, days: int) -> date:
    """The ``days``-th working day after ``day``, which does not count itself."""
    while days > 0:
        day += timedelta(days=1)
        days -= is_working(day)
    return day


def before(day: date, days: int) -> date:
    """The ``days``-th working day before ``day``."""
    while days > 0:
        day -= timedelta(days=1)
        days -= is_working(day)
    return day


def between(first: date, last: date) -> int:
    """How many working days after ``first``, up to ``last`` itself; 0 where ``last`` is not later."""
    span = range(1, (last - first).days + 1)
    return sum(is_working(first + timedelta(days=each)) for each in span)
