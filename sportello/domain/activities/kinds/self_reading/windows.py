"""When a self-reading is wanted: days of the month as the rules have them, in whatever month it is."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """``opens`` and ``closes``, both included, are of the window that is open, else of the next one.

    ``next_opens`` is when one opens after today. Without days it is never closed.
    """

    opens: date | None = None
    closes: date | None = None
    open: bool = True
    next_opens: date | None = None


def window_on(day: date, *, opens_day: int | None, closes_day: int | None) -> Window:
    """The window on ``day``. 25 and 5 are a window over the end of the month; a day that a month lacks is its last."""
    if opens_day is None or closes_day is None:
        return Window()
    opens = last_opening(day, opens_day=opens_day)
    closes = _closing(opens, opens_day=opens_day, closes_day=closes_day)
    following = _opening(_month_after(opens), opens_day)
    if day <= closes:
        return Window(opens=opens, closes=closes, open=True, next_opens=following)
    closes = _closing(following, opens_day=opens_day, closes_day=closes_day)
    return Window(opens=following, closes=closes, open=False, next_opens=following)


def is_wanted(window: Window, *, last_read_on: date | None) -> bool:
    """Whether it is open for some days, and nobody has read the meter since it opened; one never closed asks for nothing."""
    if not window.open or window.opens is None:
        return False
    return last_read_on is None or last_read_on < window.opens


def cycle_of(day: date, *, opens_day: int | None) -> tuple[date, date]:
    """The days within which one reading is wanted: from an opening to the day before the next, or a calendar month."""
    opens = last_opening(day, opens_day=opens_day or 1)
    return opens, _opening(_month_after(opens), opens_day or 1) - A_DAY


def last_opening(day: date, *, opens_day: int) -> date:
    this = _opening(day, opens_day)
    return this if this <= day else _opening(day.replace(day=1) - A_DAY, opens_day)


def _closing(opens: date, *, opens_day: int, closes_day: int) -> date:
    return _opening(opens if opens_day <= closes_day else _month_after(opens), closes_day)


def _opening(month: date, wanted: int) -> date:
    return month.replace(day=min(wanted, calendar.monthrange(month.year, month.month)[1]))


def _month_after(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1]) + A_DAY
