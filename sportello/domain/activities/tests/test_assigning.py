"""To whom requests are given, by hand and by rule; taken back; moved when somebody goes away."""

from datetime import timedelta

import pytest

from sportello.domain.activities import assigning, handling, own, routing
from sportello.domain.activities.handling import PastTheLimit
from sportello.domain.activities.models import (
    Activity,
    Assignment,
    AssignmentRule,
    ChangedMeanwhile,
    Grant,
    IllegalMove,
    Remark,
)
from sportello.domain.activities.routing import Target
from sportello.domain.calendars.models import Entry
from sportello.domain.journal.models import Event
from sportello.domain.messages.models import Message
from sportello.domain.people.models import Absence, Office, User
from tests import asking, factories

pytestmark = pytest.mark.django_db
NOW = factories.NOW
TODAY = NOW.date()
NUMBER = asking.NUMBER
DUE = TODAY + timedelta(days=10)


def member(name: str, *roles: str, **fields) -> User:
    return factories.user(name, email=f"{name}@example.it", roles=list(roles or ["back_office"]), **fields)


@pytest.fixture
def boss() -> User:
    return member("boss", "manager")


@pytest.fixture
def paolo() -> User:
    return member("paolo")


@pytest.fixture
def sara() -> User:
    return member("sara")


@pytest.fixture
def office() -> Office:
    return Office.objects.create(name="Reclami", calendar_address="reclami@example.it")


@pytest.fixture
def activity() -> Activity:
    return asking.asked(due_on=DUE, limit_on=DUE + timedelta(days=5))


def give(person=None, *, by, office=None, once="o", number=NUMBER, **how) -> Activity:
    return assigning.assign(number, target=Target(person=person, office=office), by=by, now=NOW, once=once, **how)


def addresses() -> list[str]:
    return [each.address for each in Message.objects.exclude(calendar="").order_by("pk")]


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_an_operator_gets_it_with_an_invitation(activity, boss, paolo, office):
    given = give(paolo, by=boss, office=office, due_on=DUE + timedelta(days=1), text="Prima possibile.", seen=0)
    assert (given.owner, given.office, given.due_on, given.status) == (paolo, office, DUE + timedelta(days=1), "new")
    assert addresses() == ["paolo@example.it", "reclami@example.it"]
    assert Entry.objects.get(attendee=paolo).on == DUE + timedelta(days=1)
    assert Remark.objects.get().sort == "note"
    event = Event.objects.get(name="activities.information_assigned")
    assert (event.actor, event.detail["owner"], event.detail["office"]) == (boss, paolo.pk, office.pk)


def test_pressed_twice_it_is_given_once(activity, boss, paolo):
    give(paolo, by=boss, text="Una volta.")
    give(paolo, by=boss, text="Una volta.")
    assert (Assignment.objects.count(), Remark.objects.count(), len(addresses())) == (1, 1, 1)


def test_who_comes_second_is_told(activity, boss, paolo, sara):
    give(paolo, by=boss, seen=0)
    with pytest.raises(ChangedMeanwhile):
        give(sara, by=boss, seen=0, once="other")


def test_given_to_another_both_calendars_know(activity, boss, paolo, sara):
    give(paolo, by=boss)
    give(sara, by=boss, once="other")
    assert addresses() == ["paolo@example.it", "sara@example.it", "paolo@example.it"]
    assert "METHOD:CANCEL" in Message.objects.order_by("-pk")[0].calendar


def test_executed_it_leaves_the_calendar(activity, boss, paolo):
    given = give(paolo, by=boss)
    handling.execute(NUMBER, seen=given.version, answer="Ecco.", by=paolo, now=NOW)
    assert "METHOD:CANCEL" in Message.objects.exclude(calendar="").order_by("-pk")[0].calendar
    assert not Entry.objects.standing().exists()


def test_who_takes_it_himself_is_not_invited(activity, paolo):
    handling.take(NUMBER, seen=0, by=paolo, now=NOW)
    assert Entry.objects.standing().get().attendee == paolo
    assert addresses() == []


def test_nobody_who_is_away_gets_it(activity, boss, paolo):
    Absence.objects.create(person=paolo, first_day=TODAY, entered_at=NOW)
    with pytest.raises(assigning.Away):
        give(paolo, by=boss)
    assert asking.now().owner is None


def test_nobody_gets_it_who_was_switched_off(activity, boss, paolo):
    User.objects.filter(pk=paolo.pk).update(is_active=False)
    with pytest.raises(assigning.Away):
        give(paolo, by=boss)


def test_an_office_out_of_use_gets_nothing(activity, boss, office):
    Office.objects.update(is_active=False)
    with pytest.raises(assigning.Away):
        give(by=boss, office=Office.objects.get())


def test_nobody_gets_what_is_his_own(activity, boss, paolo):
    factories.access(paolo, activity.of_customer)
    with pytest.raises(assigning.OfTheirOwn):
        give(paolo, by=boss)


def test_nobody_gives_away_what_is_his_own(activity, boss, paolo):
    factories.access(boss, activity.of_customer)
    with pytest.raises(own.OwnRequest):
        give(paolo, by=boss)


def test_a_day_after_the_limit_wants_to_be_meant(activity, boss, paolo):
    late = DUE + timedelta(days=6)
    with pytest.raises(PastTheLimit):
        give(paolo, by=boss, due_on=late)
    assert give(paolo, by=boss, due_on=late, past_the_limit=True).due_on == late


def test_what_is_over_is_given_to_nobody(boss, paolo):
    asking.asked(status="executed", executed_at=NOW)
    with pytest.raises(IllegalMove):
        give(paolo, by=boss)


def test_left_to_an_office_it_is_new_again(boss, paolo, office):
    asking.asked(status="taken", owner=paolo, due_on=DUE)
    assert give(by=boss, office=office).status == "new"


# --- agents ----------------------------------------------------------------------------------------------------------


def test_an_agent_sees_it_as_long_as_he_has_it(activity, boss, paolo):
    gino = member("gino", "agent")
    give(gino, by=boss)
    grant = Grant.objects.get()
    assert (grant.person, grant.until) == (gino, DUE + timedelta(days=7))
    assert list(Activity.objects.for_staff(gino, TODAY)) == [activity]
    assert not Activity.objects.for_staff(gino, grant.until + timedelta(days=1)).exists()
    give(paolo, by=boss, once="other")
    assert not Activity.objects.for_staff(gino, TODAY).exists()


def test_an_agents_grant_ends_with_the_execution(activity, boss, paolo):
    gino = member("gino", "agent")
    given = give(gino, by=boss)
    handling.execute(NUMBER, seen=given.version, answer="Ecco.", by=paolo, now=NOW)
    assert Grant.objects.get().ended_at == NOW


def test_only_a_manager_gives_to_an_agent(activity, paolo):
    with pytest.raises(assigning.NotForAgents):
        give(member("gino", "agent"), by=paolo)


def test_an_agent_gets_no_visitors_request(boss):
    asking.visit()
    with pytest.raises(assigning.NotForAgents):
        give(member("gino", "agent"), by=boss)


def test_what_an_agent_has_done_goes_back_to_who_gave_it(activity, boss):
    gino = member("gino", "agent")
    given = give(gino, by=boss)
    done = assigning.confirm(NUMBER, is_done=True, text="Fatto.", seen=given.version, by=gino, now=NOW, once="c")
    assert done.owner == boss
    assert not Activity.objects.for_staff(gino, TODAY).exists()
    assert assigning.confirm(NUMBER, is_done=True, text="Fatto.", seen=0, by=gino, now=NOW, once="c").pk == activity.pk
    assert Remark.objects.count() == 1


def test_only_who_has_it_says_how_it_stands(activity, boss, paolo, sara):
    given = give(paolo, by=boss)
    with pytest.raises(IllegalMove):
        assigning.confirm(NUMBER, is_done=True, text="?", seen=given.version, by=sara, now=NOW, once="c")
    said = assigning.confirm(NUMBER, is_done=False, text="Manca.", seen=given.version, by=paolo, now=NOW, once="c")
    assert said.owner == paolo
    assert Event.objects.filter(name="activities.information_said_missing").exists()


# --- many, and undone ------------------------------------------------------------------------------------------------


def test_many_at_once_and_what_could_not_be_given_is_told(boss, paolo):
    asking.asked(due_on=DUE)
    asking.asked("A-26000002", due_on=DUE, status="executed", executed_at=NOW)
    asking.asked("A-26000003", due_on=DUE)
    numbers = [NUMBER, "A-26000002", "A-26000003", "A-26000099", NUMBER]
    many = assigning.assign_many(numbers, target=Target(person=paolo), by=boss, now=NOW, once="b")
    assert many.done == [NUMBER, "A-26000003"]
    assert list(many.failed) == ["A-26000002", "A-26000099"]


def test_undone_all_is_as_before(boss, paolo, sara):
    asking.asked(due_on=DUE, status="taken", owner=sara)
    asking.asked("A-26000002", due_on=DUE)
    numbers = [NUMBER, "A-26000002"]
    assigning.assign_many(
        numbers, target=Target(person=paolo), due_on=DUE + timedelta(days=1), by=boss, now=NOW, once="b"
    )
    assert assigning.undo("b", by=boss, now=NOW) == 2
    first, second = asking.now(), asking.now("A-26000002")
    assert (first.owner, first.status, first.due_on) == (sara, "taken", DUE)
    assert (second.owner, second.status, second.due_on) == (None, "new", DUE)
    with pytest.raises(assigning.NothingToUndo):
        assigning.undo("b", by=boss, now=NOW)


def test_what_has_been_worked_on_since_is_not_undone(activity, boss, paolo):
    given = give(paolo, by=boss, once="b")
    handling.take(NUMBER, seen=given.version, by=paolo, now=NOW)
    with pytest.raises(assigning.NothingToUndo):
        assigning.undo("b", by=boss, now=NOW)
    assert asking.now().status == "taken"


def test_nobody_undoes_what_another_has_given(activity, boss, paolo, sara):
    give(paolo, by=boss, once="b")
    with pytest.raises(assigning.NothingToUndo):
        assigning.undo("b", by=sara, now=NOW)
    assert asking.now().owner == paolo


# --- by rule ---------------------------------------------------------------------------------------------------------


def rule(place=1, **fields) -> AssignmentRule:
    return AssignmentRule.objects.create(place=place, **{"valid_from": TODAY, **fields})


def by_rule(**fields) -> Activity:
    number = f"A-2600001{Activity.objects.count()}"
    activity = asking.asked(number, **{"due_on": DUE, **fields})
    routing.by_rule(activity, now=NOW)
    return asking.now(number)


def test_the_first_rule_that_fits_gives_it(paolo, sara, office):
    rule(1, kind="complaint", person=sara)
    rule(2, kind="information", service="gas", province="MO", person=paolo)
    rule(3, office=office)
    assert by_rule().owner == paolo
    assert addresses() == ["paolo@example.it"]
    assert Assignment.objects.get().rule.place == 2


@pytest.mark.parametrize("fields", [{"kind": "complaint"}, {"service": "water"}, {"province": "BO"}])
def test_a_rule_about_something_else_gives_nothing(paolo, fields):
    rule(person=paolo, **fields)
    assert by_rule().owner is None


@pytest.mark.parametrize(
    "fields",
    [
        {"valid_from": TODAY + timedelta(days=1)},
        {"valid_from": TODAY - timedelta(days=9), "valid_to": TODAY - timedelta(days=1)},
    ],
)
def test_a_rule_that_does_not_hold_today_gives_nothing(paolo, fields):
    rule(person=paolo, **fields)
    assert by_rule().owner is None


def test_in_an_office_who_has_the_least_gets_it(paolo, sara, office):
    User.objects.update(office=office)
    asking.asked(owner=paolo, due_on=DUE)
    rule(office=office)
    assert [by_rule().owner for _ in range(3)] == [sara, paolo, sara]


def test_who_is_away_is_stood_in_for(paolo, sara):
    Absence.objects.create(person=paolo, first_day=TODAY, last_day=DUE, substitute=sara, entered_at=NOW)
    rule(person=paolo)
    assert by_rule().owner == sara


def test_of_an_office_nobody_of_which_is_there_it_is_the_offices(paolo, office):
    User.objects.update(office=office)
    Absence.objects.create(person=paolo, first_day=TODAY, entered_at=NOW)
    rule(office=office)
    given = by_rule()
    assert (given.owner, given.office, given.status) == (None, office, "new")
    assert addresses() == ["reclami@example.it"]


def test_a_rule_gives_nobody_what_is_his_own(paolo, sara, office):
    User.objects.update(office=office)
    factories.access(paolo, asking.household("C7"))
    rule(office=office)
    assert by_rule(code="C7").owner == sara
    assert by_rule(code="C7").owner == sara


# --- who goes away ---------------------------------------------------------------------------------------------------


def test_all_that_one_has_goes_to_his_substitute_with_its_calendar(activity, boss, paolo, sara):
    give(paolo, by=boss)
    asking.asked("A-26000002", owner=paolo, status="taken", due_on=DUE)
    asking.asked("A-26000003", owner=paolo, status="executed", executed_at=NOW)
    assigning.go_away(paolo, first_day=TODAY, last_day=DUE, substitute=sara, by=boss, now=NOW)
    assert [asking.now(f"A-2600000{n}").owner for n in (1, 2, 3)] == [sara, sara, paolo]
    assert asking.now("A-26000002").status == "taken"
    assert {each.attendee for each in Entry.objects.standing()} == {sara}
    assert Absence.objects.get().moved_at == NOW


def test_without_a_substitute_it_is_the_offices(boss, paolo, office):
    User.objects.filter(pk=paolo.pk).update(office=office)
    asking.asked(owner=paolo, status="taken", due_on=DUE)
    assigning.go_away(User.objects.get(pk=paolo.pk), first_day=TODAY, last_day=None, substitute=None, by=boss, now=NOW)
    moved = asking.now()
    assert (moved.owner, moved.office, moved.status) == (None, office, "new")


def test_a_substitute_does_not_get_what_is_his_own(activity, boss, paolo, sara):
    give(paolo, by=boss)
    factories.access(sara, activity.of_customer)
    assigning.go_away(paolo, first_day=TODAY, last_day=DUE, substitute=sara, by=boss, now=NOW)
    assert asking.now().owner is None


def test_who_goes_later_keeps_it_until_then(activity, boss, paolo, sara):
    give(paolo, by=boss)
    first = TODAY + timedelta(days=2)
    assigning.go_away(paolo, first_day=first, last_day=None, substitute=sara, by=boss, now=NOW)
    assert assigning.begin_absences(now=NOW) == 0
    assert asking.now().owner == paolo
    later = NOW + timedelta(days=2)
    assert assigning.begin_absences(now=later) == 1
    assert assigning.begin_absences(now=later) == 0
    assert asking.now().owner == sara


def test_nobody_stands_in_who_is_away_himself(boss, paolo, sara):
    Absence.objects.create(person=sara, first_day=TODAY, entered_at=NOW)
    with pytest.raises(assigning.Away):
        assigning.go_away(paolo, first_day=TODAY, last_day=None, substitute=sara, by=boss, now=NOW)
    with pytest.raises(assigning.Away):
        assigning.go_away(paolo, first_day=TODAY, last_day=None, substitute=paolo, by=boss, now=NOW)


def test_who_is_back_may_be_given_something(activity, boss, paolo):
    absence = assigning.go_away(
        paolo, first_day=TODAY - timedelta(days=3), last_day=None, substitute=None, by=boss, now=NOW
    )
    assigning.come_back(absence, on=TODAY, by=boss, now=NOW)
    assert give(paolo, by=boss).owner == paolo
