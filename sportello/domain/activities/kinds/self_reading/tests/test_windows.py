from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportello.domain.activities.kinds.self_reading.profiles import SHARES, share_between, shares_of
from sportello.domain.activities.kinds.self_reading.windows import cycle_of, window_on

A_DAY = timedelta(days=1)
DAYS = st.dates(date(1999, 1, 1), date(2036, 12, 31))


@pytest.mark.parametrize(
    ("day", "opens_day", "closes_day", "opens", "closes", "is_open"),
    [
        (date(2026, 11, 24), 20, 28, date(2026, 11, 20), date(2026, 11, 28), True),
        (date(2026, 11, 20), 20, 28, date(2026, 11, 20), date(2026, 11, 28), True),
        (date(2026, 11, 28), 20, 28, date(2026, 11, 20), date(2026, 11, 28), True),
        (date(2026, 11, 29), 20, 28, date(2026, 12, 20), date(2026, 12, 28), False),
        (date(2026, 11, 19), 20, 28, date(2026, 11, 20), date(2026, 11, 28), False),
        # Over the end of the month, and of the year.
        (date(2026, 12, 31), 25, 5, date(2026, 12, 25), date(2027, 1, 5), True),
        (date(2027, 1, 5), 25, 5, date(2026, 12, 25), date(2027, 1, 5), True),
        (date(2027, 1, 6), 25, 5, date(2027, 1, 25), date(2027, 2, 5), False),
        # Months that are shorter than the days.
        (date(2026, 2, 28), 25, 31, date(2026, 2, 25), date(2026, 2, 28), True),
        (date(2028, 2, 29), 25, 31, date(2028, 2, 25), date(2028, 2, 29), True),
        (date(2026, 2, 28), 30, 31, date(2026, 2, 28), date(2026, 2, 28), True),
        (date(2026, 2, 27), 30, 31, date(2026, 2, 28), date(2026, 2, 28), False),
        (date(2026, 3, 1), 30, 2, date(2026, 2, 28), date(2026, 3, 2), True),
        (date(2028, 3, 1), 30, 2, date(2028, 2, 29), date(2028, 3, 2), True),
        (date(2026, 4, 30), 31, 31, date(2026, 4, 30), date(2026, 4, 30), True),
        (date(2026, 11, 15), 15, 15, date(2026, 11, 15), date(2026, 11, 15), True),
    ],
)
def test_a_window_is_days_of_whatever_month_it_is(day, opens_day, closes_day, opens, closes, is_open):
    window = window_on(day, opens_day=opens_day, closes_day=closes_day)
    assert (window.opens, window.closes, window.open) == (opens, closes, is_open)
    assert window.next_opens > day


def test_without_days_it_is_never_closed():
    window = window_on(date(2026, 11, 24), opens_day=None, closes_day=None)
    assert (window.open, window.opens, window.closes, window.next_opens) == (True, None, None, None)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        # The day in Italy counts, not the day in Greenwich: in winter one hour ahead, in summer two.
        (datetime(2026, 11, 19, 22, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 19, 23, 0, tzinfo=UTC), True),
        (datetime(2026, 6, 19, 21, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 6, 19, 22, 0, tzinfo=UTC), True),
        # The nights on which the clock is changed.
        (datetime(2026, 3, 28, 22, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), False),
        (datetime(2026, 10, 28, 22, 59, tzinfo=UTC), True),
        (datetime(2026, 10, 28, 23, 0, tzinfo=UTC), False),
    ],
)
def test_it_opens_and_closes_at_midnight_in_italy(moment, is_open):
    day = moment.astimezone(ZoneInfo("Europe/Rome")).date()
    assert window_on(day, opens_day=20, closes_day=28).open is is_open


@given(day=DAYS, opens_day=st.integers(1, 31), closes_day=st.integers(1, 31))
def test_every_day_is_in_the_window_that_is_open_or_before_the_next(day, opens_day, closes_day):
    window = window_on(day, opens_day=opens_day, closes_day=closes_day)
    assert window.opens <= window.closes
    assert (window.opens <= day <= window.closes) is window.open
    assert window.open or day < window.opens == window.next_opens
    # The day before it opens, it was told as the next one.
    before = window_on(window.opens - A_DAY, opens_day=opens_day, closes_day=closes_day)
    assert before.next_opens == window.opens


@given(day=DAYS, opens_day=st.none() | st.integers(1, 31))
def test_cycles_follow_one_another_without_a_gap(day, opens_day):
    first, last = cycle_of(day, opens_day=opens_day)
    assert first <= day <= last and 27 <= (last - first).days + 1 <= 34
    assert cycle_of(last + A_DAY, opens_day=opens_day)[0] == last + A_DAY
    assert cycle_of(first, opens_day=opens_day) == cycle_of(last, opens_day=opens_day) == (first, last)


def test_without_a_window_a_cycle_is_a_month():
    assert cycle_of(date(2028, 2, 10), opens_day=None) == (date(2028, 2, 1), date(2028, 2, 29))


# --- shares of the year ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shares", SHARES.values())
@pytest.mark.parametrize("start", [date(2026, 1, 1), date(2027, 6, 17), date(2028, 2, 29)])
def test_a_year_is_the_whole(shares, start):
    end = start.replace(year=start.year + 1, day=min(start.day, 28))
    assert abs(share_between(shares, after=start, until=end) - 1) < 0.01


def test_january_takes_a_fifth_of_a_heated_home():
    shares = SHARES["C3E"]
    share = share_between(shares, after=date(2025, 12, 31), until=date(2026, 1, 31))
    assert round(share, 3) == round(shares[0] / sum(shares), 3)
    assert share_between(shares, after=date(2026, 1, 31), until=date(2026, 1, 31)) == 0


@given(days=st.lists(DAYS, min_size=3, max_size=3))
def test_shares_add_up(days):
    a, b, c = sorted(days)
    shares = SHARES["C1E"]
    parts = share_between(shares, after=a, until=b) + share_between(shares, after=b, until=c)
    assert abs(parts - share_between(shares, after=a, until=c)) < 1e-20


@pytest.mark.parametrize(
    ("service", "profile", "wanted"),
    [
        ("gas", "C3E", "C3E"), ("gas", "C3D1", "C3D"), ("gas", "C3F", "C3E"), ("gas", "C3B", "C3D"), ("gas", "C1D", "C1E"),
        ("gas", "C2E", "C2"), ("gas", "C5E", "C3E"), ("gas", "T2B1", "C3D"), ("gas", "T1E2", "T1"), ("gas", None, "C3E"),
        ("gas", "??", "C3E"), ("lpg", None, "C3E"), ("electricity", "D2", "electricity"), ("water", None, "water"),
    ],
)  # fmt: skip
def test_a_profile_that_is_not_in_the_table_goes_by_the_nearest(service, profile, wanted):
    assert shares_of(service, profile) == SHARES[wanted]
