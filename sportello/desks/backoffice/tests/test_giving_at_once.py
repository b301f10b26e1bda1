"""Two people at one request in the same moment, in all orders: one of them acts, the other is told, and calendars follow."""

import random
from collections.abc import Callable

import pytest

from sportello.domain.activities import assigning, handling
from sportello.domain.activities.models import Activity, IllegalMove, Remark
from sportello.domain.activities.routing import Target
from sportello.domain.calendars.models import Entry
from sportello.domain.journal.models import Event
from sportello.domain.people.models import User
from tests import asking, factories
from tests.at_once import at_once

NOW = factories.NOW
Act = Callable[[int, User, list[User], str], Activity]


def give(seen: int, by: User, people: list[User], once: str) -> Activity:
    to = people[(people.index(by) + 1) % len(people)]
    return assigning.assign(asking.NUMBER, target=Target(person=to), seen=seen, by=by, now=NOW, once=once)


def take(seen: int, by: User, people: list[User], once: str) -> Activity:
    return handling.take(asking.NUMBER, seen=seen, by=by, now=NOW)


def note(seen: int, by: User, people: list[User], once: str) -> Activity:
    return handling.note(asking.NUMBER, seen=seen, text="Nota", files=(), by=by, now=NOW, once=once)


def give_back(seen: int, by: User, people: list[User], once: str) -> Activity:
    return handling.give_back(asking.NUMBER, seen=seen, by=by, now=NOW)


def execute(seen: int, by: User, people: list[User], once: str) -> Activity:
    return handling.execute(asking.NUMBER, seen=seen, answer="Ecco.", by=by, now=NOW)


ACTS: list[Act] = [give, take, note, give_back, give, execute]


def interleave(seed: int, people: list[User]) -> None:
    chance = random.Random(seed)
    asking.asked(due_on=NOW.date())
    for turn in range(3):
        seen = asking.now().version
        acts = [chance.choice(ACTS[:-1] if turn < 2 else ACTS) for _ in range(2)]

        def act(number: int, seen: int = seen, acts: list[Act] = acts, turn: int = turn) -> str:
            try:
                acts[number](seen, people[number], people, f"{seed}-{turn}-{number}")
            except IllegalMove:
                return "told"
            return "done"

        outcomes = at_once(2, act)
        assert set(outcomes) <= {"done", "told"}, (seed, turn, outcomes)
        changes = asking.now().version - seen
        assert changes <= min(1, outcomes.count("done")), (seed, turn, acts, outcomes)
    check(asking.now())


def check(activity: Activity) -> None:
    """Each change has its line; what stands in calendars is whose it is; no remark without its line."""
    lines = Event.objects.filter(about_key=activity.number, name__startswith="activities.")
    assert lines.count() == activity.version
    standing = set(Entry.objects.standing().values_list("attendee", flat=True))
    assert standing == ({activity.owner_id} - {None} if not activity.is_over else set())
    assert Remark.objects.count() == lines.filter(name__endswith="_note").count()


def interleavings(seeds: range) -> None:
    people = [factories.user(f"operator-{number}", roles=["back_office"]) for number in range(2)]
    for seed in seeds:
        interleave(seed, people)
        Event.objects.all().delete()
        Entry.objects.all().delete()
        Activity.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_of_two_one_acts_and_nothing_is_lost():
    asking.household("C1")
    interleavings(range(20))


@pytest.mark.torture
@pytest.mark.django_db(transaction=True)
def test_of_two_one_acts_in_two_hundred_orders():
    asking.household("C1")
    interleavings(range(1_000, 1_200))
