"""By when, how late, and what is due for it: at both sides of each limit."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from sportello.domain.activities import deadlines, handling, opening
from sportello.domain.activities.kinds import complaint, information
from sportello.domain.activities.kinds.base import scope_of
from sportello.domain.activities.models import Activity, Channel, Terms
from sportello.domain.activities.regulation import ROWS, seed, seed_daily
from sportello.domain.customers.models import Customer
from sportello.domain.people.models import Role
from tests.factories import access, account, customer, supply, user

pytestmark = pytest.mark.django_db


def noon(day: date, *, after: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, 11, tzinfo=UTC) + timedelta(days=after)


def asked(on: date, *, service: str = "gas", kind=complaint.KIND, **typed) -> Activity:
    """A complaint about a supply of this service."""
    anna = user("anna")
    access(anna, customer("C1"))
    supply(account(Customer.objects.get()), service=service)
    typed = {
        "subject": "billing",
        "reason": "late",
        "topic": "contract",
        "text": "?",
        "supply": "S-C1",
        "once": "a",
        **typed,
    }
    form = kind.form(scope_of(anna, Customer.objects.get(), today=on), typed, {})
    return opening.open_request(kind, form, user=anna, channel=Channel.PORTAL, now=noon(on))


def limit(term: str, service: str, on: date) -> date | None:
    return deadlines.deadline(term, service, on).limit_on


# --- the rows --------------------------------------------------------------------------------------------------------


def test_an_installation_begins_with_them_and_keeps_what_was_changed():
    assert Terms.objects.count() == len(ROWS)
    row = Terms.objects.in_force("complaint", "", date(2026, 3, 1))
    Terms.objects.filter(pk=row.pk).update(limit=25)
    assert Terms.objects.filter(indemnity_daily=Decimal("2.50"), indemnity_most=300).count() == 4
    changed = Terms.objects.filter(term="complaint", service="telephony")
    changed.update(indemnity_daily=None, indemnity=10)
    seed(Terms)
    seed_daily(Terms)
    assert Terms.objects.count() == len(ROWS) and Terms.objects.get(pk=row.pk).limit == 25
    assert changed.get().indemnity_daily is None


@pytest.mark.parametrize(
    ("term", "service", "limit_on"),
    [
        ("information", "", "2026-04-01"),
        ("complaint", "electricity", "2026-04-01"),
        ("complaint", "water", "2026-04-14"),  # working days, with Easter Monday, 6 April
        ("complaint", "telephony", "2026-04-16"),
        ("invoice_correction", "gas", "2026-05-01"),
        ("invoice_correction", "water", "2026-05-27"),
        ("invoice_correction_4m", "gas", "2026-05-31"),
        ("double_billing", "gas", "2026-03-17"),
        ("instalments", "gas", None),
    ],
)
def test_each_term_from_2_march_2026(term, service, limit_on):
    found = limit(term, service, date(2026, 3, 2))
    assert (found and found.isoformat()) == limit_on


def test_what_changed_with_2026_holds_from_its_first_day():
    eve, first = date(2025, 12, 31), date(2026, 1, 1)
    assert limit("double_billing", "gas", eve) == eve + timedelta(days=20)
    assert limit("double_billing", "gas", first) == first + timedelta(days=15)
    for day, due in ((eve, 25), (first, 30)):
        assert Terms.objects.in_force("complaint", "gas", day).indemnity == due


def test_ours_is_a_margin_before():
    found = deadlines.deadline("complaint", "gas", date(2026, 3, 2))
    assert (found.due_on, found.limit_on) == (date(2026, 3, 27), date(2026, 4, 1))
    water = deadlines.deadline("complaint", "water", date(2026, 3, 2))
    assert water.due_on == date(2026, 4, 7)  # five working days before 14 April
    ours = deadlines.deadline("supply_closure", "gas", date(2026, 12, 23))
    assert (ours.due_on, ours.limit_on) == (date(2026, 12, 31), None)


# --- working days ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-04-03", 1, "2026-04-07"),  # Good Friday is worked, Easter Monday is not
        ("2026-10-02", 1, "2026-10-05"),  # 4 October is a Sunday in 2026
        ("2027-10-01", 1, "2027-10-05"),  # and a Monday in 2027, a holiday since 2026
        ("2023-10-03", 1, "2023-10-04"),  # which it was not before
        ("2026-12-18", 9, "2027-01-04"),  # across Christmas and the end of the year
        ("2026-12-31", 1, "2027-01-04"),
        ("2027-01-05", 1, "2027-01-07"),
        ("2026-06-01", 1, "2026-06-03"),
    ],
)
def test_working_days_are_counted_as_offices_work(start, count, end):
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    assert deadlines.later("working", first, count) == last
    assert deadlines.span("working", first, last) == count
    assert deadlines.span("working", first, last - timedelta(days=1)) == count - 1
    assert deadlines.later("working", last, -count) == first


# --- how it stands ---------------------------------------------------------------------------------------------------

LIMIT = date(2026, 4, 1)


@pytest.mark.parametrize(
    ("day", "left", "late", "due"),
    [
        (date(2026, 3, 2), 30, 0, None),
        (date(2026, 3, 31), 1, 0, None),
        (LIMIT, 0, 0, None),
        (date(2026, 4, 2), None, 1, 30),
        (date(2026, 5, 1), None, 30, 30),
        (date(2026, 5, 2), None, 31, 60),
        (date(2026, 5, 31), None, 60, 60),
        (date(2026, 6, 1), None, 61, 90),
        (date(2027, 6, 1), None, 426, 90),
    ],
)
@pytest.mark.parametrize("ended", [False, True])
def test_it_is_late_from_the_day_after_and_more_is_due_after_twice_and_three_times(day, left, late, due, ended):
    activity = asked(date(2026, 3, 2))
    now = noon(day)
    if ended:
        olga = user("olga", roles=[Role.BACK_OFFICE])
        activity = handling.execute(activity.number, seen=0, answer="Ecco.", by=olga, now=now)
        now, left = noon(day, after=500), None
    found = deadlines.standing(activity, now)
    assert (found.left, found.late, found.indemnity) == (left, late, due and Decimal(due))


def test_before_2026_less_was_due():
    activity = asked(date(2025, 12, 31))
    assert activity.limit_on == date(2026, 1, 30)
    assert deadlines.standing(activity, noon(date(2026, 1, 31))).indemnity == 25
    assert deadlines.standing(activity, noon(date(2026, 3, 2))).indemnity == 50
    assert deadlines.standing(activity, noon(date(2026, 4, 2))).indemnity == 75


def test_of_working_days_only_working_days_are_late():
    activity = asked(date(2026, 3, 2), service="water")
    assert activity.limit_on == date(2026, 4, 14)
    assert deadlines.standing(activity, noon(date(2026, 4, 13))).left == 1
    found = deadlines.standing(activity, noon(date(2026, 4, 20)))
    assert (found.days, found.late, found.indemnity) == ("working", 4, 30)
    twice = deadlines.later("working", activity.limit_on, 30)
    assert deadlines.standing(activity, noon(twice)).indemnity == 30
    assert deadlines.standing(activity, noon(twice, after=1)).indemnity in (30, 60)
    assert deadlines.standing(activity, noon(deadlines.later("working", twice, 1))).indemnity == 60


def test_of_telephony_it_is_due_by_the_day_up_to_a_bound():
    activity = asked(date(2026, 3, 2), service="telephony")
    last = activity.limit_on
    for after, due in ((0, None), (1, "2.50"), (10, "25"), (119, "297.50"), (120, "300"), (121, "300"), (900, "300")):
        assert deadlines.standing(activity, noon(last, after=after)).indemnity == (due and Decimal(due))
    Terms.objects.filter(service="telephony").update(indemnity_most=None)
    assert deadlines.standing(activity, noon(last, after=200)).indemnity == 500


def test_rows_read_once_say_the_same_as_rows_asked_for(django_assert_num_queries):
    Terms.objects.create(term="complaint", service="gas", valid_from=date(2026, 6, 1), limit=20)
    with django_assert_num_queries(1):
        known = deadlines.Book()
        found = {
            (term, service, day): known.in_force(term, service, day)
            for term in ("complaint", "information", "nothing")
            for service in ("", "gas", "water", "telephony")
            for day in (date(2019, 1, 1), date(2025, 12, 31), date(2026, 1, 1), date(2026, 6, 1))
        }
    assert all(row == Terms.objects.in_force(*asked) for asked, row in found.items())
    assert (
        found["complaint", "gas", date(2026, 6, 1)].limit == 20 and found["complaint", "gas", date(2019, 1, 1)] is None
    )


def test_the_day_is_that_of_italy():
    activity = asked(date(2026, 3, 2))
    late = datetime(2026, 4, 1, 22, 30, tzinfo=UTC)  # half past midnight of the 2nd
    assert deadlines.standing(activity, late).late == 1
    assert deadlines.standing(activity, late - timedelta(hours=1)).late == 0


def test_where_nothing_is_promised_nothing_is_due():
    activity = asked(date(2026, 3, 2), kind=information.KIND)
    assert deadlines.standing(activity, noon(date(2026, 9, 1))).indemnity is None
    Terms.objects.all().delete()
    found = deadlines.standing(activity, noon(date(2026, 9, 1)))
    assert (found.late, found.indemnity) == (153, None)


def test_who_takes_it_back_is_owed_nothing():
    activity = asked(date(2026, 3, 2))
    handling.cancel(activity.number, by=activity.opened_by, now=noon(date(2026, 9, 1)))
    activity.refresh_from_db()
    found = deadlines.standing(activity, noon(date(2026, 9, 2)))
    assert (found.left, found.late, found.indemnity) == (None, 0, None)


def test_reopened_it_has_a_term_of_its_own():
    activity = asked(date(2026, 3, 2))
    olga = user("olga", roles=[Role.BACK_OFFICE])
    handling.refuse(activity.number, seen=0, answer="No.", by=olga, now=noon(date(2026, 3, 10)))
    again = handling.reopen(
        activity.number, text="Sì", files=(), by=activity.opened_by, now=noon(date(2026, 3, 20)), once="r"
    )
    assert (again.due_on, again.limit_on) == (date(2026, 4, 14), date(2026, 4, 19))
    assert deadlines.standing(again, noon(date(2026, 4, 19))).left == 0
