"""Requests are found by the words of what was asked, said and answered."""

from datetime import timedelta

import pytest

from sportello.domain.activities import handling
from sportello.domain.activities.models import Activity, wording
from tests import asking, factories

pytestmark = pytest.mark.django_db
TODAY = factories.NOW.date()


def found(typed: str, **narrow) -> list[str]:
    query = wording.asked_for(typed, **narrow)
    return list(Activity.objects.filter(words=query).order_by("number").values_list("number", flat=True))


@pytest.fixture
def two() -> None:
    asking.asked(asked={"topic": "other", "text": "La fattura di ottobre è doppia."})
    asking.asked(
        "A-26000002", asked={"topic": "other", "text": "Il contatore perde acqua."}, answer="Verrà il tecnico."
    )


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("fattura", [1]), ("fatture", [1]), ("FATTURA doppia", [1]), ("fattura contatore", []), ("tecnico", [2]),
        ("contat*", [2]), ("contat", []), ("o* fatt*", [1]), ("fattura & ! | ( '", [1]),
    ],
)  # fmt: skip
def test_all_words_are_wanted_in_whatever_form(two, typed, numbers):
    assert found(typed) == [f"A-2600000{number}" for number in numbers]


def test_without_a_word_there_is_nothing_to_look_for():
    assert wording.asked_for(" - & ") is None


def test_what_is_said_later_is_found(two):
    paolo = factories.user("paolo", roles=["back_office"])
    handling.note(asking.NUMBER, seen=0, text="Richiamare Giovedì.", files=(), by=paolo, now=factories.NOW, once="n")
    assert found("richiamato giovedì") == [asking.NUMBER]


def test_whose_it_is_and_when_it_came_are_words_too(two):
    paolo = factories.user("paolo", roles=["back_office"])
    Activity.objects.filter(number=asking.NUMBER).update(owner=paolo)
    since = TODAY - timedelta(days=90)
    assert found("fattura", owner_id=paolo.pk, since=since, until=TODAY) == [asking.NUMBER]
    assert found("fattura", owner_id=paolo.pk + 1) == []
    assert found("fattura", since=TODAY + timedelta(days=40)) == []


@pytest.mark.parametrize("days", [0, 1, 29, 30, 31, 89, 90])
def test_no_day_within_is_missed(days):
    asking.asked(days=days, asked={"topic": "other", "text": "fattura"})
    day = TODAY - timedelta(days=days)
    assert found("fattura", since=day, until=day) == [asking.NUMBER]
