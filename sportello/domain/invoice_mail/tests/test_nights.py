"""One run a night, whatever the clock does: both nights on which it changes, a wrong clock, the year's end."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from sportello.domain.invoice_mail import nights
from sportello.domain.invoice_mail.models import Run, Timetable
from sportello.domain.invoice_mail.timing import ROME, is_quiet, night_of

MINUTE = timedelta(minutes=1)


def at(*parts: int) -> datetime:
    """That time by the clock in Italy."""
    return datetime(*parts, tzinfo=ROME).astimezone(UTC)


def look_every(minutes: int, since: datetime, until: datetime) -> None:
    now = since
    while now < until:
        nights.begin_if_due(now=now)
        now += minutes * MINUTE


@pytest.mark.django_db
@pytest.mark.parametrize("hour", [time(0, 0), time(2, 0), time(2, 30), time(23, 30)])
@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2026, 12, 31), date(2028, 2, 29)], ids=str)
def test_each_night_has_one_run(day: date, hour: time) -> None:
    begins = at(day.year, day.month, day.day, 12) - timedelta(days=2)
    Timetable.objects.create(since=begins, hour=hour)
    look_every(30, begins, begins + timedelta(days=5))
    nights_seen = list(Run.objects.order_by("started_at").values_list("night", flat=True))
    assert nights_seen == [nights_seen[0] + timedelta(days=n) for n in range(6)]
    for run in Run.objects.order_by("started_at")[1:]:
        due = datetime.combine(run.night, hour, tzinfo=ROME)
        # An hour that the day lacks is over when the clock has jumped.
        assert (
            timedelta(minutes=-30 if hour == time(2, 30) else 0)
            <= run.started_at - due.astimezone(UTC)
            <= timedelta(hours=1, minutes=30)
        )


@pytest.mark.django_db
def test_a_clock_an_hour_back_begins_nothing_again() -> None:
    begins = at(2026, 12, 1, 1, 0)
    look_every(1, begins, begins + timedelta(hours=2))
    before = Run.objects.count()
    look_every(1, begins + timedelta(hours=1), begins + timedelta(hours=3))
    assert Run.objects.count() == before == 2  # the night that had begun before, and the one at two


@pytest.mark.django_db
def test_a_clock_a_day_ahead_takes_no_night_its_run() -> None:
    begins = at(2026, 12, 1, 1, 0)
    look_every(10, begins, begins + timedelta(hours=2))
    look_every(10, begins + timedelta(days=1, hours=2), begins + timedelta(days=1, hours=3))
    assert Run.objects.filter(night=date(2026, 12, 2)).count() == 1
    look_every(10, begins + timedelta(hours=3), begins + timedelta(days=2, hours=3))
    counts = [Run.objects.filter(night=date(2026, 12, day)).count() for day in (1, 2, 3)]
    assert counts == [1, 1, 1]
    assert Run.objects.filter(night=None).count() == 1


@pytest.mark.django_db
def test_without_its_guard_a_clock_that_goes_back_would_begin_a_second_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a night that is the day of the clock's hour alone, and no look at what has been."""
    monkeypatch.setattr(nights, "night_of", lambda now, hour: night_of(now, hour) + timedelta(days=Run.objects.count()))
    begins = at(2026, 12, 1, 2, 0)
    look_every(1, begins, begins + 2 * MINUTE)
    assert Run.objects.count() == 2


@pytest.mark.parametrize(
    ("since", "until", "hour", "quiet"),
    [
        ("08:00", "20:00", 8, True),
        ("08:00", "20:00", 20, False),
        ("22:00", "06:00", 23, True),
        ("22:00", "06:00", 5, True),
        ("22:00", "06:00", 6, False),
        (None, None, 3, False),
    ],
)
def test_quiet_hours_go_over_midnight_too(since, until, hour: int, quiet: bool) -> None:
    ends = [time.fromisoformat(each) if each else None for each in (since, until)]
    table = Timetable(since=at(2026, 1, 1), quiet_from=ends[0], quiet_until=ends[1])
    assert is_quiet(at(2026, 12, 1, hour, 0), table) is quiet
