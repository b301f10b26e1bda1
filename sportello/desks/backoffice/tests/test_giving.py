"""Requests given to people and offices on their page and many at once, and what an agent sees of those given to him."""

from datetime import timedelta

import pytest

from sportello.domain.activities import assigning
from sportello.domain.activities.models import Activity, Assignment, Remark, SavedView
from sportello.domain.activities.routing import Target
from sportello.domain.messages.models import Message
from sportello.domain.people.models import Absence, Office, User
from tests import asking, factories
from tests.asking import DECIDE, LIST, PATH, WRITE, carried, plain, post

TODAY = factories.NOW.date()
DUE = TODAY + timedelta(days=9)


@pytest.fixture
def sara(db) -> User:
    office = Office.objects.create(name="Reclami", calendar_address="reclami@example.it")
    return factories.user("sara", last_name="Bruni", email="sara@example.it", roles=["back_office"], office=office)


def given(client, who: User, **fields):
    return post(client, "assign", to=f"person:{who.pk}", due_on=DUE.isoformat(), **fields)


def test_a_manager_gives_it_and_the_calendars_are_told(manager, sara):
    asking.asked()
    reply = given(manager, sara, why="Per favore.")
    assert reply.status_code == 302
    activity = asking.now()
    assert (activity.owner, activity.office, activity.due_on) == (sara, sara.office, DUE)
    assert sorted(Message.objects.values_list("address", flat=True)) == ["reclami@example.it", "sara@example.it"]
    page = plain(manager.get(PATH))
    assert "Given to Sara Bruni" in page and "Office: Reclami" in page and "In the calendar of Sara Bruni" in page
    assert "Given to Sara Bruni, Reclami, due by 03/12/2026" in page and "Per favore." in page


def test_the_list_offers_who_is_at_work_with_how_much_each_has(manager, sara):
    asking.asked(owner=sara)
    away = factories.user("gino", last_name="Neri", roles=["back_office"])
    Absence.objects.create(person=away, first_day=TODAY, entered_at=factories.NOW)
    factories.user("agostino", last_name="Agenti", roles=["agent"])
    page = manager.get(PATH).content.decode()
    assert "Sara Bruni (1 open)" in page and "Agostino Agenti (0 open)" in page and "Gino Neri" not in page


def test_back_office_gives_to_no_agent(paolo):
    asking.asked()
    agent = factories.user("agostino", last_name="Agenti", roles=["agent"])
    assert "Agostino" not in paolo.get(PATH).content.decode().split("giving")[1].split("</select>")[0]
    assert "Choose one from the list." in plain(given(paolo, agent))
    assert asking.now().owner is None


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"to": ""}, "Choose somebody, or an office."),
        ({"to": "person:999999"}, "Choose one from the list."),
        ({"due_on": "2020-01-01"}, "This day is over."),
        ({"due_on": "tomorrow"}, "Enter a day, such as"),
        ({"due_on": (TODAY + timedelta(days=40)).isoformat()}, "The regulator&#39;s limit is".replace("&#39;", "'")),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(manager, sara, fields, words):
    asking.asked(limit_on=TODAY + timedelta(days=30))
    typed = {"to": f"person:{sara.pk}", "due_on": DUE.isoformat(), "why": "Parole tenute", **fields}
    page = post(manager, "assign", **typed)
    assert words.split("'")[0] in plain(page) and "Parole tenute" in page.content.decode()
    assert asking.now().owner is None


def test_who_went_away_meanwhile_gets_nothing(manager, sara):
    asking.asked()
    hidden = carried(manager)
    Absence.objects.create(person=sara, first_day=TODAY, entered_at=factories.NOW)
    reply = manager.post(DECIDE, {"verb": "assign", "to": f"person:{sara.pk}", "due_on": "", **hidden})
    assert reply.status_code == 200 and asking.now().owner is None


def test_who_comes_second_keeps_what_he_typed(manager, sara):
    asking.asked()
    hidden = carried(manager)
    given(manager, sara)
    reply = manager.post(
        DECIDE, {"verb": "assign", "to": f"office:{sara.office_id}", "why": "Mio testo", **hidden, "once": "z"}
    )
    assert reply.status_code == 409 and "Mio testo" in reply.content.decode()


# --- many ------------------------------------------------------------------------------------------------------------


def test_many_at_once_and_back_again(manager, sara):
    for number in (1, 2, 3):
        asking.asked(f"A-2600000{number}", f"C{number}", due_on=DUE)
    page = manager.get(LIST).content.decode()
    once = page.split('name="once" value="')[1].split('"')[0]
    typed = {"number": ["A-26000001", "A-26000003"], "to": f"person:{sara.pk}", "due_on": "", "once": once}
    reply = manager.post("/staff/requests/give/", typed)
    assert manager.post("/staff/requests/give/", typed).status_code == 302
    assert Assignment.objects.count() == 2
    shown = manager.get(reply.headers["Location"])
    assert "2 requests have been given to Sara Bruni." in plain(shown) and "Undo" in plain(shown)
    batch = Assignment.objects.first().batch
    manager.post("/staff/requests/undo/", {"batch": batch})
    assert not Activity.objects.exclude(owner=None).exists()
    assert "Nothing could be undone" in plain(manager.post("/staff/requests/undo/", {"batch": batch}, follow=True))


def test_nothing_ticked_and_nobody_chosen(manager, sara):
    asking.asked()
    assert "Nothing is ticked." in plain(manager.post("/staff/requests/give/", {"to": ""}, follow=True))
    reply = manager.post("/staff/requests/give/", {"number": [asking.NUMBER], "to": "", "once": "o"}, follow=True)
    assert "Choose somebody, or an office." in plain(reply)


def test_what_could_not_be_given_is_told_by_its_number(manager, sara):
    asking.asked(status="executed", executed_at=factories.NOW)
    typed = {"number": [asking.NUMBER], "to": f"person:{sara.pk}", "once": "o"}
    assert f"{asking.NUMBER}: it is over" in plain(manager.post("/staff/requests/give/", typed, follow=True))


# --- the list --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("?whose={sara}", 1), ("?office={office}", 1), ("?office=none", 1), ("?words=contratto", 2), ("?words=contratto+gas", 0),
        ("?service=gas", 2), ("?service=water", 0), ("?channel=telephone", 1), ("?since=2026-11-20", 1), ("?until=2026-11-20", 1),
        ("?state=all&term=kept", 0), ("?words=contratto&whose={sara}&since=2026-09-01", 1),
    ],
)  # fmt: skip
def test_to_what_the_list_is_narrowed(paolo, sara, question, count):
    asking.asked("A-26000001", "C1", owner=sara, office=sara.office, days=10)
    asking.asked("A-26000002", "C2", channel="telephone")
    page = paolo.get(LIST + question.format(sara=sara.pk, office=sara.office_id)).content.decode()
    assert f'<span class="soft">{count}</span></h1>' in page


def test_a_list_is_kept_under_a_name_and_shared(paolo, manager):
    question = "?kind=complaint&due=late"
    paolo.post(f"/staff/requests/views/{question}", {"name": "Reclami tardi", "shared": "on"})
    paolo.post(f"/staff/requests/views/{question}", {"name": "Reclami tardi", "shared": "on"})
    view = SavedView.objects.get()
    assert (view.question, view.shared) == (question, True)
    assert "Reclami tardi" in plain(manager.get(LIST))
    assert manager.post(f"/staff/requests/views/{view.pk}/remove/").status_code == 404
    paolo.post(f"/staff/requests/views/{view.pk}/remove/")
    assert not SavedView.objects.exists()


# --- agents ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def agent(staff):
    return staff("luca", "agent")


def test_an_agent_sees_what_he_was_given_and_no_more(agent, manager):
    asking.asked("A-26000001", "C1", due_on=DUE)
    asking.asked("A-26000002", "C2", due_on=DUE)
    boss, luca = User.objects.get(username="elena"), User.objects.get(username="luca")
    assigning.assign("A-26000001", target=Target(person=luca), by=boss, now=factories.NOW, once="o")
    listed = plain(agent.get(LIST))
    assert "A-26000001" in listed and "A-26000002" not in listed
    assert agent.get(PATH).status_code == 200
    for path in (
        f"{LIST}A-26000002/",
        f"{LIST}A-26000002/write/",
        DECIDE,
        "/staff/customers/",
        f"{LIST}give/",
        "/staff/team/",
    ):
        assert agent.get(path).status_code == 404, path
        assert agent.post(path, {"verb": "note", "text": "x"}).status_code in (404, 405), path
    page = plain(agent.get(PATH))
    assert "Is it done?" in page and "Answer the customer" not in page
    assert agent.get(LIST + "?q=A-26000002").status_code == 200


def test_an_agent_says_it_is_done_and_sees_it_no_more(agent, manager):
    asking.asked(due_on=DUE)
    boss, luca = User.objects.get(username="elena"), User.objects.get(username="luca")
    assigning.assign(asking.NUMBER, target=Target(person=luca), by=boss, now=factories.NOW, once="o")
    reply = post(agent, "said_done", path=WRITE, text="Contatore visto.")
    assert (reply.status_code, reply.headers["Location"]) == (302, LIST)
    assert agent.get(PATH).status_code == 404
    assert asking.now().owner == boss and Remark.objects.get().text == "Contatore visto."


def test_on_the_day_itself_it_is_asked_whether_it_is_done(paolo):
    me = User.objects.get(username="paolo")
    asking.asked(owner=me, status="taken", due_on=TODAY)
    assert "Is it done?" in plain(paolo.get(PATH))
    post(paolo, "said_missing", path=WRITE, text="Manca il distributore.")
    assert "Said that something is missing" in plain(paolo.get(PATH))
    asking.asked("A-26000002", "C2", owner=me, status="taken", due_on=DUE)
    assert "Is it done?" not in plain(paolo.get(f"{LIST}A-26000002/"))
