from datetime import UTC, date, datetime, timedelta

import pytest

from sportello.domain.activities import tasks
from sportello.domain.activities.kinds.self_reading.reminding import remind
from sportello.domain.activities.kinds.self_reading.tests.cast import anna, gas, given
from sportello.domain.activities.models import ReadingRules, Reminded, ReminderChoice
from sportello.domain.customers.models import CustomerAccess
from sportello.domain.messages.composing import compose
from sportello.domain.messages.models import Message
from tests.at_once import at_once
from tests.factories import NOW, access, reading, supply, user

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)  # eight in Italy, on the day the window opens


@pytest.fixture(autouse=True)
def window(db) -> ReadingRules:
    return ReadingRules.objects.create(service="gas", valid_from=date(2026, 1, 1), opens_day=20, closes_day=28)


def told() -> list[tuple[str, str, str]]:
    return [
        (each.address, each.values["supplies"], each.values["until"])
        for each in Message.objects.filter(kind="reading_reminder").order_by("pk")
    ]


WHERE = "Gas, Via Grandi 39, Concordia sulla Secchia"


def test_who_has_a_meter_to_read_is_told_when_its_window_opens():
    gas(who=anna())
    assert remind(now=MORNING) == 1
    assert told() == [("anna@example.it", WHERE, "28/11/2026")]
    message = Message.objects.get()
    assert message.link_name == "readings" and WHERE in compose(message).text


def test_once_a_window_however_often_it_runs():
    gas(who=anna())
    for hours in (0, 0, 1, 5, 24, 100):
        remind(now=MORNING + timedelta(hours=hours))
    assert len(told()) == 1
    remind(now=datetime(2026, 12, 20, 7, 0, tzinfo=UTC))
    assert len(told()) == 2


def test_one_mail_for_all_of_a_persons_supplies():
    gas("C1", who=anna(), street="Via Roma", street_number="1")
    gas("C2", who=anna(), street="Via Po", street_number="2")
    remind(now=MORNING)
    assert told() == [
        (
            "anna@example.it",
            "Gas, Via Roma 1, Concordia sulla Secchia; Gas, Via Po 2, Concordia sulla Secchia",
            "28/11/2026",
        )
    ]
    # One that comes later is told by itself.
    gas("C3", who=anna())
    remind(now=MORNING + timedelta(days=1))
    assert told()[1] == ("anna@example.it", WHERE, "28/11/2026")


def test_of_many_some_are_named():
    for nth in range(11):
        gas(f"C{nth:02}", who=anna())
    remind(now=MORNING)
    assert told()[0][1].endswith("; + 3")


@pytest.mark.parametrize(
    "moment",
    [
        MORNING - timedelta(hours=1),  # seven in the morning
        MORNING - timedelta(days=1),  # the window is still closed
        datetime(2026, 11, 29, 7, 0, tzinfo=UTC),  # and closed again
        datetime(2026, 11, 20, 19, 0, tzinfo=UTC),  # nobody wants mail at night
        datetime(2026, 6, 20, 5, 59, tzinfo=UTC),  # seven fifty-nine in summer
    ],
)
def test_not_before_its_hour_nor_outside_the_window(moment):
    gas(who=anna(), previous=None)
    assert remind(now=moment) == 0 and not told()


def test_in_summer_eight_is_an_hour_earlier():
    gas(who=anna(), previous=None)
    assert remind(now=datetime(2026, 6, 20, 6, 0, tzinfo=UTC)) == 1


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2028, 2, 29), date(2026, 12, 31)])
def test_on_the_nights_of_the_clock_and_odd_days_it_is_one_mail(day, window):
    ReadingRules.objects.update(opens_day=day.day, closes_day=day.day)
    gas(who=anna(), previous=None)
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=6)
    for hour in range(36):
        remind(now=start + timedelta(hours=hour))
    for back in (-1, 1):  # a clock that goes back, and forth
        remind(now=start + timedelta(hours=14 + back))
    assert len(told()) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda of: given(of, 1100, today=date(2026, 11, 20)),
        lambda of: reading(of, "A", read_on=date(2026, 11, 20), values=1100),
        lambda of: of.meters.update(remote_read=True),
        lambda of: of.meters.update(removed_on=date(2026, 11, 1)),
        lambda of: type(of).objects.update(status="closed"),
        lambda of: type(of).objects.update(status="activating"),
        lambda of: CustomerAccess.objects.update(ended_at=NOW),
        lambda of: ReminderChoice.objects.create(user=anna(), kind="reading", wanted=False, changed_at=NOW),
        lambda of: type(anna()).objects.update(email=""),
        lambda of: type(anna()).objects.update(is_active=False),
        lambda of: ReadingRules.objects.update(opens_day=None, closes_day=None),
        lambda of: ReadingRules.objects.update(service="water"),
    ],
)
def test_never_where_nothing_is_wanted_or_nobody_wants_it(change):
    change(gas(who=anna()))
    assert remind(now=MORNING) == 0 and not told()


def test_who_wants_it_after_all_is_told():
    gas(who=anna())
    ReminderChoice.objects.create(user=anna(), kind="reading", wanted=True, changed_at=NOW)
    ReminderChoice.objects.create(user=anna(), kind="other", wanted=False, changed_at=NOW)
    assert remind(now=MORNING) == 1


def test_a_reading_given_before_the_window_does_not_count():
    of = gas(who=anna())
    given(of, 1050, today=date(2026, 11, 15))
    assert remind(now=MORNING) == 1


def test_everybody_who_sees_the_supply_is_told_in_his_language():
    of = gas(who=anna())
    access(user("bob", email="bob@example.it", language="en"), of.customer)
    assert remind(now=MORNING) == 2
    assert {message.language for message in Message.objects.all()} == {"it", "en"}


def test_telephony_has_nothing_to_read():
    of = gas(who=anna())
    of.meters.all().delete()
    supply(of.billing_account, "S-2", service="telephony", point_code=None)
    ReadingRules.objects.create(service="telephony", valid_from=date(2026, 1, 1), opens_day=20, closes_day=28)
    assert remind(now=MORNING) == 0


def test_more_people_than_are_looked_at_together(monkeypatch):
    from sportello.domain.activities.kinds.self_reading import reminding

    monkeypatch.setattr(reminding, "PORTION", 2)
    for nth in range(5):
        gas(f"C{nth}", who=user(f"u{nth}", email=f"u{nth}@example.it"))
    assert remind(now=MORNING) == 5


def test_the_job_exists():
    tasks.remind(timestamp=0)


@pytest.mark.django_db(transaction=True)
def test_run_at_once_by_several_workers_it_is_one_mail(window):
    gas(who=anna())
    results = at_once(4, lambda _: remind(now=MORNING))
    assert sorted(results) == [0, 0, 0, 1], results
    assert len(told()) == Reminded.objects.count() == 1
