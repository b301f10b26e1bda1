"""Appointments as an operator makes, changes and cancels them."""

from datetime import timedelta

import pytest

from sportello.domain.activities.models import Appointment
from sportello.domain.people.models import User
from tests import asking, factories
from tests.asking import plain

ADD = "/staff/customers/C1/appointments/add/"
DAY = (factories.NOW + timedelta(days=7)).date().isoformat()


def typed(**fields):
    me = User.objects.get(username="paolo")
    values = {
        "subject": "Verifica",
        "day": DAY,
        "starts": "10:00",
        "ends": "11",
        "person": me.pk,
        "place": "Via Roma 1",
        "once": "o",
    }
    return {**values, **fields}


def test_one_is_made_changed_and_cancelled(paolo):
    activity = asking.asked()
    page = paolo.get(f"{ADD}?request={activity.number}")
    assert "Via Grandi 39" in page.content.decode() and activity.number in plain(page)
    for _ in range(2):
        reply = paolo.post(f"{ADD}?request={activity.number}", typed(), follow=True)
    assert "The appointment is made; everybody concerned is told." in plain(reply)
    kept = Appointment.objects.get()
    assert (kept.activity, kept.ends_at - kept.starts_at) == (activity, timedelta(hours=1))
    assert "Verifica" in plain(paolo.get(asking.PATH)) and "Appuntamento: Verifica" in plain(
        paolo.get("/staff/plan/", {"day": DAY})
    )
    path = f"/staff/appointments/{kept.pk}/"
    paolo.post(path, typed(verb="change", seen="0", subject="Sostituzione"))
    assert paolo.post(path, typed(verb="change", seen="0", subject="Altro")).status_code == 409
    paolo.post(path, {"verb": "cancel", "seen": "1"})
    assert "Cancelled" in plain(paolo.get(path))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"day": "2020-01-01"}, "Today or a later day"), ({"ends": "09:00"}, "It ends before it begins."), ({"starts": "x"}, "A time such as"),
        ({"person": "0"}, "This choice is not available."), ({"subject": ""}, "Fill in this field."), ({"place": ""}, "Fill in this field."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(paolo, fields, words):
    asking.household("C1")
    assert words in plain(paolo.post(ADD, typed(**fields)))
    assert not Appointment.objects.exists()


def test_two_at_once_want_to_be_meant(paolo):
    asking.household("C1")
    paolo.post(ADD, typed())
    page = plain(paolo.post(ADD, typed(once="b", starts="10.30", ends="12")))
    assert "there is “Appuntamento: Verifica” already" in page and "All the same" in page
    paolo.post(ADD, typed(once="b", starts="10.30", ends="12", anyhow="on"))
    assert Appointment.objects.count() == 2


def test_ones_own_are_a_colleagues(paolo):
    factories.access(User.objects.get(username="paolo"), asking.household("C1"))
    assert paolo.get(ADD).status_code == paolo.post(ADD, typed()).status_code == 403
