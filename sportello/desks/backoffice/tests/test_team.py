"""Who is away and who stands in, offices, rules, the week's plan and one's calendar read from elsewhere."""

from datetime import timedelta

import pytest
from django.test import Client
from icalendar import Calendar

from sportello.domain.activities import assigning
from sportello.domain.activities.models import Activity, AssignmentRule
from sportello.domain.activities.routing import Target
from sportello.domain.calendars.models import FeedKey
from sportello.domain.people.models import Absence, Office, User
from tests import asking, factories
from tests.asking import plain

TODAY = factories.NOW.date()
DUE = TODAY + timedelta(days=2)
TEAM, PLAN = "/staff/team/", "/staff/plan/"


@pytest.fixture
def sara(db) -> User:
    office = Office.objects.create(name="Reclami")
    return factories.user("sara", last_name="Bruni", email="sara@example.it", roles=["back_office"], office=office)


@pytest.fixture
def gino(db) -> User:
    return factories.user("gino", last_name="Neri", roles=["back_office"])


def test_what_somebody_has_moves_when_he_goes(manager, sara, gino):
    asking.asked(owner=sara, due_on=DUE)
    typed = {"verb": "away", "first_day": TODAY.isoformat(), "last_day": "", "substitute": gino.pk}
    for _ in range(2):
        manager.post(f"{TEAM}{sara.pk}/", typed)
    assert asking.now().owner == gino
    absence = Absence.objects.get()
    page = plain(manager.get(TEAM))
    assert "Away" in page and "from 24/11/2026 on, Gino Neri stands in" in page
    manager.post(f"{TEAM}absences/{absence.pk}/end/")
    assert not Absence.objects.on(TODAY).exists()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"first_day": "2026-11-01"}, "Today or a later day."),
        ({"first_day": "2026-12-10", "last_day": "2026-12-01"}, "The last day is before the first."),
        ({"first_day": "x"}, "Enter a day, such as 24/11/2026."),
        ({"first_day": "2026-12-01", "substitute": "999999"}, "This choice is not available."),
    ],
)
def test_what_is_wrong_about_an_absence_is_told(manager, sara, typed, words):
    assert words in plain(manager.post(f"{TEAM}{sara.pk}/", {"verb": "away", **typed}))
    assert not Absence.objects.exists()


def test_somebody_is_put_into_another_office(manager, gino, sara):
    manager.post(f"{TEAM}{gino.pk}/", {"verb": "office", "office": sara.office_id})
    gino.refresh_from_db()
    assert gino.office == sara.office


def test_offices_are_added_and_changed(ada):
    path = "/staff/administration/offices/"
    typed = {"name": "Reclami", "calendar_address": "Reclami@Example.it", "is_active": "on"}
    assert ada.post(f"{path}add/", typed).status_code == 302
    office = Office.objects.get()
    assert office.calendar_address == "reclami@example.it"
    assert "There is an office of this name already." in plain(ada.post(f"{path}add/", {**typed, "name": "RECLAMI"}))
    ada.post(f"{path}{office.pk}/", {"name": "Reclami", "calendar_address": ""})
    office.refresh_from_db()
    assert not office.is_active
    assert "Not in use" in plain(ada.get(path))


def test_rules_are_added_ordered_and_removed(ada, sara):
    path = "/staff/administration/assignment/"
    typed = {
        "kind": "complaint",
        "service": "",
        "province": "mo",
        "office": sara.office_id,
        "person": "",
        "valid_from": TODAY,
    }
    assert ada.post(f"{path}add/", typed).status_code == 302
    ada.post(f"{path}add/", {**typed, "kind": "", "province": "", "office": "", "person": sara.pk})
    first, second = AssignmentRule.objects.order_by("place")
    assert (first.kind, first.province, second.person) == ("complaint", "MO", sara)
    ada.post(f"{path}{second.pk}/move/", {"verb": "up"})
    assert list(AssignmentRule.objects.order_by("place")) == [second, first]
    for wrong, words in (
        ({"office": ""}, "Choose an office or a person."),
        ({"province": "Modena"}, "Two letters"),
        ({"valid_to": "2020-01-01"}, "The last day is before the first."),
        ({"kind": "nonsense"}, "This choice is not available."),
    ):
        assert words in plain(ada.post(f"{path}add/", {**typed, **wrong})), wrong
    ada.post(f"{path}{first.pk}/move/", {"verb": "remove"})
    assert AssignmentRule.objects.count() == 1
    assert "Sara Bruni" in plain(ada.get(path))


# --- the plan --------------------------------------------------------------------------------------------------------


def test_the_week_of_oneself_of_a_colleague_and_of_an_office(paolo, manager, sara):
    asking.asked(due_on=DUE)
    asking.asked("A-26000002", "C2", due_on=DUE)
    boss, me = User.objects.get(username="elena"), User.objects.get(username="paolo")
    assigning.assign(asking.NUMBER, target=Target(person=me), by=boss, now=factories.NOW, once="a")
    assigning.assign("A-26000002", target=Target(person=sara, office=sara.office), by=boss, now=factories.NOW, once="b")
    mine = plain(paolo.get(PLAN))
    assert "Request for information A-26000001" in mine and "A-26000002" not in mine and "Thursday 26/11/2026" in mine
    for who in (f"person:{sara.pk}", f"office:{sara.office_id}"):
        theirs = plain(paolo.get(PLAN, {"who": who}))
        assert theirs.count("A-26000002") == 1 and "A-26000001" not in theirs, who
    everybody = plain(manager.get(PLAN, {"who": "all"}))
    assert everybody.count("A-26000001") == everybody.count("A-26000002") == 1
    assert "A-26000001" not in plain(paolo.get(PLAN, {"day": "2026-12-20"}))


def test_who_does_not_work_on_requests_sees_his_own_plan_alone(staff, sara, manager):
    asking.asked(due_on=DUE)
    boss = User.objects.get(username="elena")
    assigning.assign(asking.NUMBER, target=Target(person=sara), by=boss, now=factories.NOW, once="a")
    other = staff("rita", "credit_checker")
    for who in ("all", f"person:{sara.pk}", f"office:{sara.office_id}", "person:x", "nonsense"):
        assert "A-26000001" not in plain(other.get(PLAN, {"who": who}))


def test_who_is_away_stands_above_the_day(manager, sara):
    Absence.objects.create(person=sara, first_day=DUE, last_day=DUE, entered_at=factories.NOW)
    assert plain(manager.get(PLAN, {"who": "all"})).count("Away: Sara Bruni") == 1


@pytest.mark.parametrize("day", ["x", "0001-01-01", "9999-12-31", ""])
def test_no_day_breaks_the_plan(manager, day):
    assert manager.get(PLAN, {"day": day}).status_code == 200


def test_a_calendar_is_read_from_elsewhere_until_its_address_ends(paolo):
    me = User.objects.get(username="paolo")
    asking.asked(owner=me, due_on=DUE)
    Activity.objects.get().set_term(due_on=DUE + timedelta(days=1), limit_on=None, now=factories.NOW, by_id=me.pk)
    page = paolo.post(f"{PLAN}elsewhere/", {"verb": "make"}, follow=True).content.decode()
    address = page.split('readonly value="')[1].split('"')[0]
    path = "/" + address.split("/", 3)[3]
    assert address not in paolo.get(PLAN).content.decode()  # it is shown once
    reply = Client().get(path)
    assert reply.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert len(Calendar.from_ical(reply.content).walk("VEVENT")) == 1
    assert Client().get(path.replace(".ics", "x.ics")).status_code == 404
    paolo.post(f"{PLAN}elsewhere/", {"verb": "end"})
    assert Client().get(path).status_code == 404 and not FeedKey.objects.exists()
