"""Numbers that bound what may be asked: what holds is shown, what is to come is changed, what is wrong is told."""

import re
from datetime import date
from decimal import Decimal

import pytest

from sportello.desks.backoffice.tests.test_rules import errors, plain
from sportello.domain.activities.models import Bound, Bounding
from sportello.domain.activities.models.bounds import DEFAULTS
from sportello.domain.journal.models import Event

LIST, ADD = "/staff/administration/bounds/", "/staff/administration/bounds/add/"
GOOD = {"name": "closing_notice", "service": "gas", "valid_from": "2026-12-01", "value": "10"}


def bound(**fields) -> Bound:
    values = {"name": "closing_notice", "service": "", "valid_from": date(2026, 12, 1), "value": 9}
    return Bound.objects.create(**{**values, **fields})


def address(row: Bound, what: str = "") -> str:
    return f"{LIST}{row.pk}/{what}"


def seen(client, row: Bound) -> str:
    found = re.search(r'name="seen" value="(\w+)"', client.get(address(row)).content.decode())
    assert found
    return found[1]


def test_past_present_and_what_is_to_come_are_told_apart(ada):
    assert plain(ada.get(LIST).content).count("As delivered:") == len(Bounding)
    bound(valid_from=date(2025, 1, 1), value=5)
    bound(valid_from=date(2026, 1, 1), value=6)
    bound(service="gas", valid_from=date(2027, 1, 1), value=8)
    page = plain(ada.get(LIST).content)
    for words in (
        "01/01/2026 In force today All services 6", "01/01/2025 No longer in force All services 5",
        "01/01/2027 Not yet in force Gas 8 Change",
    ):  # fmt: skip
        assert words in page, page
    assert page.count("As delivered:") == len(Bounding) - 1


def test_what_is_added_begins_from_today_and_holds_from_its_day(ada):
    form = ada.get(f"{ADD}?name=closing_notice&service=gas").content.decode()
    assert f'value="{DEFAULTS["closing_notice"]}"' in form
    assert ada.post(ADD, GOOD).headers["Location"] == LIST
    row = Bound.objects.get()
    assert Bound.objects.in_force("closing_notice", row.valid_from, service="gas") == 10
    event = Event.objects.get(name="activities.bound_added")
    assert event.detail["value"] and event.detail["name"] == "closing_notice"
    assert "Days of notice before a supply is closed, from 01/12/2026: saved." in plain(ada.get(LIST).content)
    assert "such a number from this day already" in plain(ada.post(ADD, GOOD).content)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"valid_from": "2026-11-24"}, "valid_from"), ({"valid_from": "soon"}, "valid_from"), ({"value": ""}, "value"),
        ({"value": "-1"}, "value"), ({"value": "91"}, "value"), ({"value": "1,5"}, "value"), ({"value": "1.5"}, "value"), ({"value": "NaN"}, "value"), ({"value": "9" * 30}, "value"),
        ({"name": "instalments_most", "service": "", "value": "1"}, "value"),
        ({"name": "visitor_months", "service": "", "value": "25"}, "value"),
        ({"name": "instalments_most", "value": "5"}, "service"), ({"name": "x"}, "name"), ({"service": "x"}, "service"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_beside_its_field(ada, typed, field):
    answer = ada.post(ADD, {**GOOD, **typed})
    assert field in errors(answer.content) and not Bound.objects.exists()


def test_an_amount_may_have_cents_in_the_readers_own_writing(ada, staff):
    italian = staff("ada", "administrator", language="it")
    sent = {"name": "instalment_least", "service": "", "valid_from": "2026-12-01", "value": "25,50"}
    assert italian.post(ADD, sent).headers["Location"] == LIST
    assert Bound.objects.amount_in_force("instalment_least", date(2026, 12, 1)) == Decimal("25.50")
    assert (
        " 25,5 " in plain(italian.get(LIST).content)
        and 'value="25,50"' in italian.get(address(Bound.objects.get())).content.decode()
    )
    assert "value" in errors(ada.post(ADD, {**sent, "valid_from": "2026-12-02", "value": "25.505"}).content)


def test_only_what_is_to_come_is_changed_or_removed(ada):
    holds, later = bound(valid_from=date(2026, 11, 24)), bound()
    for what in ("", "delete/"):
        ada.post(address(holds, what), {**GOOD, "service": ""})
    assert Bound.objects.get(pk=holds.pk).value == 9
    changed = {**GOOD, "service": "", "seen": seen(ada, later)}
    assert ada.post(address(later), changed).headers["Location"] == LIST
    again = ada.post(address(later), {**changed, "value": "11"})
    assert again.status_code == 409 and "10 → 11" in plain(again.content)
    assert ada.get(address(later, "delete/")).headers["Location"] == LIST
    ada.post(address(later, "delete/"))
    assert list(Bound.objects.all()) == [holds]
    assert Event.objects.filter(name__startswith="activities.bound_").count() == 2


def test_others_do_not_find_it(client, ada):
    assert client.get(LIST).status_code in (302, 404)
    assert ada.get(f"{LIST}999999/").status_code == 404
