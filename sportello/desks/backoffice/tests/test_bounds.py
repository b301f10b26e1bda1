"""Numbers that bound requests: added for a day to come, taken back until then, and nothing else."""

from datetime import date

import pytest

from sportello.domain.activities import forgetting
from sportello.domain.activities.models import Bound
from sportello.domain.journal.models import Event
from tests.factories import NOW

pytestmark = pytest.mark.django_db
PATH = "/staff/administration/bounds/"
GOOD = {"act": "add", "name": "visitor_months", "service": "", "valid_from": "2026-12-01", "value": "12"}


def test_one_is_added_shown_and_removed(ada):
    assert "Built in, in force today" in ada.get(PATH).content.decode()
    assert PATH in ada.get("/staff/administration/").content.decode()
    response = ada.post(PATH, GOOD, follow=True).content.decode()
    assert "is kept: the value is saved." in response.replace("&#39;", "'")
    assert "Not yet in force" in response
    row = Bound.objects.get()
    assert (row.name, row.service, row.valid_from, row.value) == ("visitor_months", "", date(2026, 12, 1), 12)
    assert Event.objects.get(name="activities.bound_added").detail["value"] == " → 12"
    assert forgetting.kept_for(NOW) == 24
    for _ in range(2):
        ada.post(PATH, {"act": "remove", "pk": row.pk})
    assert not Bound.objects.exists()
    assert Event.objects.filter(name="activities.bound_removed").count() == 1


def test_what_is_in_force_stays(ada):
    row = Bound.objects.create(name="closing_notice", service="gas", valid_from=date(2026, 11, 24), value=5)
    assert "in force already" in ada.post(PATH, {"act": "remove", "pk": row.pk}, follow=True).content.decode()
    ada.post(PATH, {"act": "remove", "pk": "x"})
    assert Bound.objects.get() == row


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"value": "25"}, "From 1 to 24."),
        ({"value": "0"}, "From 1 to 24."),
        ({"value": ""}, "required"),
        ({"valid_from": "2026-11-24"}, "Tomorrow at the earliest."),
        ({"valid_from": "yesterday"}, "valid date"),
        ({"service": "gas"}, "for all services"),
        ({"name": "other"}, "not available"),
        ({"valid_from": "2026-12-02"}, "from this day already"),
    ],
)
def test_what_is_wrong_is_told_and_not_saved(ada, changes, says):
    Bound.objects.create(name="visitor_months", valid_from=date(2026, 12, 2), value=10)
    assert says in ada.post(PATH, {**GOOD, **changes}).content.decode()
    assert Bound.objects.count() == 1


def test_only_an_administrator_finds_it(paolo):
    assert paolo.get(PATH).status_code == 404
