"""Requests counted: what is in which heap, how long they took, and how many waited on which day."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from sportello.domain.activities.counting import Asked, Grouping, backlog, counted
from sportello.domain.people.models import Office
from tests import asking, factories

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)
ALL = Asked(since=TODAY - timedelta(days=60), until=TODAY)


def at(days_ago: int, hour: int = 12) -> datetime:
    day = TODAY - timedelta(days=days_ago)
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def opened(number: int, days_ago: int, **fields):
    return asking.asked(f"A-260001{number:02}", days=days_ago, **{"opened_at": at(days_ago), **fields})


@pytest.fixture
def some() -> None:
    paolo = factories.user("paolo", roles=["back_office"])
    opened(1, 30, status="executed", executed_at=at(20), limit_on=TODAY - timedelta(days=5), owner=paolo)
    opened(2, 20, status="executed", executed_at=at(2), limit_on=TODAY - timedelta(days=3), owner=paolo)
    opened(3, 10, limit_on=TODAY - timedelta(days=1), kind="complaint", channel="telephone")
    opened(4, 5, limit_on=TODAY, kind="complaint", supply=None)
    opened(5, 4, status="cancelled", ended_at=at(3), limit_on=TODAY - timedelta(days=30))
    opened(6, 3, status="refused", ended_at=at(0), due_on=TODAY)
    opened(7, 90, status="executed", executed_at=at(80))
    opened(8, 8, kind="self_reading", automatic=True)


def keys(by: Grouping, asked: Asked = ALL) -> dict[object, int]:
    return {each.key: each.opened for each in counted(asked, by, today=TODAY)}


def test_all_in_one_line(some):
    (whole,) = counted(ALL, None, today=TODAY)
    assert (whole.opened, whole.ended, whole.open, whole.kept, whole.late) == (6, 4, 2, 2, 1)
    assert (whole.median, whole.p90) == (Decimal(10), Decimal(18))
    assert whole.share_kept == Decimal(2) / 3


def test_by_what_they_are_counted(some):
    assert keys(Grouping.KIND) == {"information": 4, "complaint": 2}
    assert keys(Grouping.CHANNEL) == {"portal": 5, "telephone": 1}
    assert keys(Grouping.SERVICE) == {"gas": 5, "": 1}
    assert keys(Grouping.OUTCOME) == {"executed": 2, "new": 2, "cancelled": 1, "refused": 1}
    assert keys(Grouping.TERM) == {"kept": 2, "broken": 1, "passed": 1, "running": 1, "": 1}
    assert sorted(keys(Grouping.OPERATOR).values()) == [2, 4]
    assert keys(Grouping.MONTH) == {date(2026, 10, 1): 1, date(2026, 11, 1): 5}
    assert keys(Grouping.WEEK)[date(2026, 11, 16)] == 3
    assert keys(Grouping.DAY)[TODAY - timedelta(days=10)] == 1


@pytest.mark.parametrize(
    ("narrow", "count"),
    [
        ({"kind": "complaint"}, 2), ({"channel": "telephone"}, 1), ({"service": "gas"}, 5), ({"kind": "self_reading"}, 1),
        ({"since": TODAY - timedelta(days=4)}, 2), ({"until": TODAY - timedelta(days=10)}, 3), ({"owner": 0}, 6),
    ],
)  # fmt: skip
def test_to_what_they_are_narrowed(some, narrow, count):
    asked = Asked(**{"since": ALL.since, "until": ALL.until, **narrow})
    assert sum(each.opened for each in counted(asked, None, today=TODAY)) == count


def test_by_office():
    office = Office.objects.create(name="Reclami")
    opened(1, 3, office=office)
    assert keys(Grouping.OFFICE) == {office.pk: 1}
    assert keys(Grouping.OFFICE, Asked(since=ALL.since, until=TODAY, office=office.pk + 1)) == {}


def test_a_day_is_italys():
    opened(1, 3, opened_at=datetime(2026, 11, 20, 23, 30, tzinfo=UTC))
    assert keys(Grouping.DAY) == {date(2026, 11, 21): 1}


def test_a_letter_counts_on_the_day_on_which_it_came(some):
    opened(9, 2, received_on=TODAY - timedelta(days=15))
    assert keys(Grouping.DAY)[TODAY - timedelta(days=15)] == 1


def test_an_answer_by_letter_is_late_until_it_is_posted():
    fields = {"status": "executed", "executed_at": at(9), "limit_on": TODAY - timedelta(days=5), "answer_in_post": True}
    opened(1, 20, **fields)
    assert keys(Grouping.TERM) == {"broken": 1}
    activity = asking.now("A-26000101")
    activity.answered_on = TODAY - timedelta(days=6)
    activity.save()
    (whole,) = counted(ALL, None, today=TODAY)
    assert (whole.kept, whole.median) == (1, Decimal(14))


def test_how_many_waited_on_which_day(some):
    found = {each.day: each.open for each in backlog(Asked(since=TODAY - timedelta(days=31), until=TODAY), today=TODAY)}
    assert (len(found), found[TODAY]) == (32, 2)
    expected = {31: 0, 30: 1, 20: 1, 19: 1, 10: 2, 5: 3, 4: 4, 3: 4, 2: 3, 0: 2}
    assert {days: found[TODAY - timedelta(days=days)] for days in expected} == expected


def test_of_a_long_period_each_week_is_told(some):
    found = backlog(Asked(since=TODAY - timedelta(days=70), until=TODAY), today=TODAY)
    assert [(TODAY - each.day).days for each in found] == list(range(70, -1, -7))
    assert backlog(Asked(since=TODAY + timedelta(days=1), until=TODAY + timedelta(days=2)), today=TODAY) == []
