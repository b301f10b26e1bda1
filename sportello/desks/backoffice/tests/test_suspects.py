"""What looks like a machine's is dealt with many at once: only that, as it was seen, and without a word to anybody."""

import pytest

from sportello.domain.activities.models import Activity, Status
from sportello.domain.activities.suspects import ANSWER
from sportello.domain.journal.models import Event
from sportello.domain.messages.models import Message
from sportello.domain.people.models import User
from tests.asking import LIST, visit
from tests.factories import NOW, customer

pytestmark = pytest.mark.django_db
PATH = f"{LIST}suspects/"


def suspect(number: int, **changes) -> Activity:
    activity = visit(f"A-2600010{number}", visitor={"email": "victim@example.it"})
    Activity.objects.filter(pk=activity.pk).update(asked={"text": "<b>Spam", "suspect": ["trap"]}, **changes)
    return Activity.objects.get(pk=activity.pk)


def ticked(*activities: Activity) -> list[str]:
    return [f"{each.number}:{each.version}" for each in activities]


def test_many_are_refused_at_once_and_nobody_is_written_to(paolo):
    two = [suspect(1), suspect(2)]
    listed = paolo.get(PATH).content.decode()
    assert "&lt;b&gt;Spam" in listed
    assert "filled in a field that nobody sees" in listed
    assert PATH in paolo.get(f"{LIST}?who=suspect").content.decode()
    for _ in range(2):  # two presses
        response = paolo.post(PATH, {"act": "refuse", "seen": ticked(*two)}, follow=True)
    assert "0 requests are refused" in response.content.decode()
    for activity in two:
        activity.refresh_from_db()
        assert (activity.status, activity.answer.split()[0]) == (Status.REFUSED, "La")
    assert str(ANSWER)[:4] == "Your"
    assert not Message.objects.exists()
    assert Event.objects.filter(name="activities.information_refused", actor__username="paolo").count() == 2


def test_real_ones_are_put_among_the_others(paolo):
    one = suspect(1)
    assert one.number not in paolo.get(LIST).content.decode()
    paolo.post(PATH, {"act": "clear", "seen": ticked(one)})
    one.refresh_from_db()
    assert (one.status, one.asked) == (Status.NEW, {"text": "<b>Spam"})
    assert one.number in paolo.get(LIST).content.decode()
    assert "Not from a machine" in paolo.get(f"{LIST}{one.number}/").content.decode()


def test_nothing_but_suspects_as_they_were_seen_is_touched(paolo):
    honest = visit("A-26000200")
    changed, taken = suspect(1, version=7), suspect(2, status=Status.TAKEN)
    owned = suspect(3, owner=User.objects.get(username="paolo"))
    customers = suspect(4, customer=customer("C1"))
    over = suspect(5, status=Status.EXECUTED, executed_at=NOW)
    seen = [*ticked(honest, taken, owned, customers, over), f"{changed.number}:6", "A-1:0"]
    before = list(Activity.objects.order_by("pk").values())
    for act in ("refuse", "clear"):
        paolo.post(PATH, {"act": act, "seen": seen})
    assert list(Activity.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(
    "sent", [{}, {"act": "refuse"}, {"act": "delete", "seen": "A-26000101:0"}, {"act": "refuse", "seen": "x"},
             {"act": "refuse", "seen": "A-26000101:²"}, {"act": "clear", "seen": "A-26000101:" + "9" * 60}],
)  # fmt: skip
def test_what_is_no_choice_changes_nothing(paolo, sent):
    one = suspect(1)
    assert 'role="alert"' in paolo.post(PATH, sent).content.decode()
    one.refresh_from_db()
    assert one.status == Status.NEW


def test_who_may_not_decide_does_not_find_it(staff):
    suspect(1)
    telephone = staff("tina", "call_center")
    assert telephone.get(PATH).status_code == 404
    assert PATH not in telephone.get(f"{LIST}?who=suspect").content.decode()
