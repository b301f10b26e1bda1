"""What is told about terms that come near, end and have passed: to whom, and once."""

from datetime import UTC, datetime, timedelta

import pytest

from sportello.domain.activities import due_notices
from sportello.domain.activities.models import Activity, Bound
from sportello.domain.messages.models import Message
from sportello.domain.people.models import Office, User
from tests import asking, factories

pytestmark = pytest.mark.django_db
NOW = factories.NOW
TODAY = NOW.date()
DAY = timedelta(days=1)


def member(name: str, *roles: str, **fields) -> User:
    return factories.user(name, email=f"{name}@example.it", roles=list(roles or ["back_office"]), **fields)


@pytest.fixture
def paolo() -> User:
    return member("paolo")


@pytest.fixture
def office() -> Office:
    return Office.objects.create(name="Reclami", calendar_address="reclami@example.it")


def due(number: str = asking.NUMBER, *, in_days: int, **fields) -> Activity:
    return asking.asked(number, due_on=TODAY + in_days * DAY, **fields)


def mails() -> list[tuple[str, str]]:
    return list(Message.objects.order_by("kind", "address").values_list("kind", "address"))


def test_who_has_it_and_his_office_are_warned_some_days_before(paolo, office):
    due(in_days=3, owner=paolo, office=office)
    due("A-26000002", in_days=2, owner=paolo, office=office)
    due("A-26000003", in_days=4, owner=paolo, office=office)
    due_notices.tell(now=NOW)
    assert mails() == [("requests_due_soon", "paolo@example.it"), ("requests_due_soon_office", "reclami@example.it")]
    first = Message.objects.first()
    assert first.subject == "Richieste in scadenza: 2"
    assert first.values["requests"].splitlines() == [
        "Richiesta di informazioni A-26000002: 26/11/2026",
        "Richiesta di informazioni A-26000001: 27/11/2026",
    ]


def test_each_is_told_once_of_each_term(paolo, office):
    activity = due(in_days=3, owner=paolo, office=office)
    for hours in range(30):
        due_notices.tell(now=NOW + timedelta(hours=hours))
    assert len(mails()) == 2
    Activity.objects.filter(pk=activity.pk).update(due_on=TODAY + 4 * DAY)
    due_notices.tell(now=NOW + DAY)
    assert len(mails()) == 4


def test_how_many_days_before_is_administrations(paolo, office):
    Bound.objects.create(name="warning_days", value=9, valid_from=TODAY)
    due(in_days=9, owner=paolo, office=office)
    due_notices.tell(now=NOW)
    assert len(mails()) == 2
    Message.objects.all().delete()
    Bound.objects.update(value=0)
    due("A-26000002", in_days=1, owner=paolo, office=office)
    due_notices.tell(now=NOW)
    assert mails() == []


def test_without_an_office_managers_are_the_company(paolo):
    member("boss", "manager")
    due(in_days=1, owner=paolo)
    due_notices.tell(now=NOW)
    assert mails() == [("requests_due_soon", "paolo@example.it"), ("requests_due_soon_office", "boss@example.it")]


@pytest.mark.parametrize(
    "fields", [{"status": "executed", "executed_at": NOW}, {"status": "cancelled", "ended_at": NOW}]
)
def test_of_what_is_over_nobody_is_told(paolo, fields):
    for number, days in enumerate((-5, 0, 2)):
        due(f"A-2600000{number}", in_days=days, owner=paolo, **fields)
    assert due_notices.tell(now=NOW) == 0


def test_of_what_nobody_was_given_nobody_is_told():
    member("boss", "manager")
    for number, days in enumerate((-5, 0, 2)):
        due(f"A-2600000{number}", in_days=days)
    assert due_notices.tell(now=NOW) == 0


def test_on_the_day_itself_who_has_it_is_asked_whether_it_is_done(paolo):
    due(in_days=0, owner=paolo)
    due_notices.tell(now=NOW)
    due_notices.tell(now=NOW + timedelta(hours=3))
    (message,) = Message.objects.all()
    assert (message.kind, message.address) == ("request_due_today", "paolo@example.it")
    assert message.link.url.endswith(f"/staff/requests/{asking.NUMBER}/")


def test_an_office_is_asked_about_what_nobody_in_it_has(office):
    due(in_days=0, office=office)
    due_notices.tell(now=NOW)
    assert mails() == [("request_due_today", "reclami@example.it")]


def test_managers_are_told_of_what_is_late(paolo):
    member("boss", "manager", language="en")
    due(in_days=-1, owner=paolo)
    due_notices.tell(now=NOW)
    due_notices.tell(now=NOW + timedelta(hours=1))
    assert mails() == [("request_due_today", "paolo@example.it"), ("requests_late", "boss@example.it")]
    assert (
        Message.objects.get(kind="requests_late").values["requests"] == "Request for information A-26000001: 23/11/2026"
    )


@pytest.mark.parametrize(("hour", "told"), [(5, 0), (6, 1), (18, 1), (19, 0)])
def test_nobody_is_told_at_night(paolo, hour, told):
    due(in_days=0, owner=paolo)
    assert due_notices.tell(now=datetime(2026, 11, 24, hour, 30, tzinfo=UTC)) == told


@pytest.mark.parametrize("moment", ["2026-03-29T06:05", "2026-10-25T07:05", "2028-02-29T07:05", "2026-12-31T22:59"])
def test_the_clock_of_italy_decides_on_changes_of_the_hour_and_at_the_years_end(paolo, moment):
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    asking.asked(due_on=now.date(), owner=paolo)
    told = [due_notices.tell(now=now + timedelta(minutes=30 * step)) for step in range(50)]
    assert sum(told) == 1
    back = [due_notices.tell(now=now + timedelta(hours=step)) for step in (-1, 24)]
    assert sum(back) == 0
