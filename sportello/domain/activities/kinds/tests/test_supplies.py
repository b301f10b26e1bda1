"""What is asked about a supply: to close it, that somebody else takes over."""

from datetime import date

import pytest
from django.utils import translation

from sportello.domain.activities import handling
from sportello.domain.activities.kinds import change_of_holder, supply_closure
from sportello.domain.activities.kinds.base import scope_of
from sportello.domain.activities.kinds.tests.bills import TAKES_ALL, TODAY, codes, day, form_of, household, opened
from sportello.domain.activities.models import Bound
from sportello.domain.customers.models import Customer, Supply
from sportello.domain.ledger.models import LedgerRow
from sportello.domain.people.models import Role
from tests.factories import NOW, meter, reading, supply, user

pytestmark = pytest.mark.django_db
CLOSURE, HOLDER = supply_closure.KIND, change_of_holder.KIND
CLOSE = {
    "supply": "S-C1", "ends_on": "2026-12-31", "street": "Via Emilia", "street_number": "1/A", "postcode": "41121",
    "municipality": "Modena", "province": "mo", "country": "IT", "phone": "0535 12345", "value_R-total": "1300",
}  # fmt: skip
NEXT = {
    "supply": "S-C1", "name": "Luca Bianchi", "tax_code": "BNCLCU85C15F257Z", "phone": "333 1234567",
    "starts_on": "2026-12-01", "title": "tenant",
}  # fmt: skip


@pytest.fixture(autouse=True)
def english(settings):
    settings.BILLING_CONNECTOR = TAKES_ALL
    with translation.override("en"):
        yield


@pytest.fixture
def anna():
    person = household()
    point = Supply.objects.get()
    meter(point)
    reading(point, values=1234)
    return person


# --- closing ---------------------------------------------------------------------------------------------------------


def test_billing_closes_it_when_an_operator_says_so(anna):
    activity = opened(anna, CLOSURE, **CLOSE)
    assert (activity.supply_id, activity.account_code) == ("S-C1", "A-C1")
    handling.execute(activity.number, seen=0, answer="Chiusa.", by=user("olga", roles=[Role.BACK_OFFICE]), now=NOW)
    row = LedgerRow.objects.get()
    assert (row.name, row.command["ends_on"], row.command["meter_code"]) == ("CloseSupply", "2026-12-31", "M-S-C1")
    assert row.command["values"] == [{"register": "R-total", "value": "1300"}]
    assert row.command["forwarding"] == {
        "street": "Via Emilia", "number": "1/A", "postcode": "41121", "municipality": "Modena", "province": "MO", "country": "IT"
    }  # fmt: skip
    shown = [(str(line.label), line.value) for line in CLOSURE.form.lines(activity.asked)]
    assert shown[:3] == [
        ("Last day of the supply", "31/12/2026"), ("Last reading, Meter", "1300 m³"),
        ("Where the last invoice goes", "Via Emilia 1/A, 41121 Modena (MO)"),
    ]  # fmt: skip


def test_the_last_day_is_bounded_on_both_sides(anna):
    for days, good in ((-1, False), (0, False), (6, False), (7, True), (180, True), (181, False)):
        assert form_of(anna, CLOSURE, **{**CLOSE, "ends_on": day(days)}).is_valid() is good, days
    Bound.objects.create(name="closing_notice", valid_from=date(2020, 1, 1), value=1)
    assert form_of(anna, CLOSURE, **{**CLOSE, "ends_on": day(1)}).is_valid()
    Bound.objects.create(name="closing_notice", service="gas", valid_from=date(2020, 1, 1), value=10)
    assert not form_of(anna, CLOSURE, **{**CLOSE, "ends_on": day(9)}).is_valid()
    assert form_of(anna, CLOSURE, **{**CLOSE, "ends_on": day(10)}).is_valid()


@pytest.mark.parametrize(
    ("typed", "warned"),
    [("1300", []), ("", ["no_reading"]), ("1200", ["smaller"]), ("1234", ["equal"])],
)
def test_the_last_reading_is_judged_and_may_be_left_out(anna, typed, warned):
    assert codes(form_of(anna, CLOSURE, **{**CLOSE, "value_R-total": typed})) == warned
    activity = opened(anna, CLOSURE, **{**CLOSE, "value_R-total": typed})
    assert ("read" in activity.asked) is bool(typed)
    assert activity.asked.get("by_hand", False) is (warned in (["smaller"], ["equal"]))


@pytest.mark.parametrize("typed", ["12,5", "-3", "abc", "123456"])
def test_what_is_no_reading_is_told_beside_the_dial(anna, typed):
    assert "value_R-total" in form_of(anna, CLOSURE, **{**CLOSE, "value_R-total": typed}).errors


def test_a_dial_that_is_not_there_is_not_asked_for(anna):
    activity = opened(anna, CLOSURE, **CLOSE, **{"value_R-other": "7", "value_x": "8"})
    assert [each["register"] for each in activity.asked["read"]] == ["R-total"]
    assert not [name for name in activity.asked if name.startswith("value_")]


def test_where_nobody_reads_the_meter_nothing_is_asked(anna):
    Supply.objects.get().meters.update(remote_read=True)
    form = form_of(anna, CLOSURE, **CLOSE)
    assert form.readings == [] and form.is_valid() and not form.warnings


def test_of_several_supplies_the_dials_come_with_the_choice(anna):
    books = Supply.objects.get().billing_account
    meter(supply(books, "S-2", service="water"))
    scope = scope_of(anna, Customer.objects.get(), today=TODAY)
    assert CLOSURE.form(scope).readings == []
    assert CLOSURE.form(scope, initial={"supply": "S-2"}).readings == ["value_R-total"]
    typed = {name: value for name, value in CLOSE.items() if not name.startswith("value_")}
    form = form_of(anna, CLOSURE, **{**typed, "supply": "S-2"})
    assert codes(form) == ["no_reading"] and form.readings == ["value_R-total"]


@pytest.mark.parametrize(
    ("field", "typed"),
    [("postcode", "4112"), ("province", "Modena"), ("province", "BO"), ("country", "Italia"), ("phone", "call me"),
     ("street", ""), ("phone", ""), ("ends_on", "31/02/2027"), ("supply", "S-C9")],
)  # fmt: skip
def test_what_is_wrong_is_told_beside_its_field(anna, field, typed):
    assert field in form_of(anna, CLOSURE, **{**CLOSE, field: typed}).errors


def test_abroad_there_are_no_provinces(anna):
    away = {"country": "CH", "province": "", "postcode": "6900", "municipality": "Lugano"}
    assert form_of(anna, CLOSURE, **{**CLOSE, **away}).is_valid()


@pytest.mark.parametrize("fields", [{"status": "closed"}, {"status": "activating"}, {"ended_on": date(2026, 12, 1)}])
@pytest.mark.parametrize(("kind", "typed"), [(CLOSURE, CLOSE), (HOLDER, NEXT)])
def test_only_of_what_lives(anna, fields, kind, typed):
    Supply.objects.update(**fields)
    assert "supply" in form_of(anna, kind, **typed).errors
    assert not kind.offered(scope_of(anna, Customer.objects.get(), today=TODAY))


def test_asked_twice_the_second_is_told_of_the_first(anna):
    first = opened(anna, CLOSURE, **CLOSE)
    form = form_of(anna, CLOSURE, **CLOSE)
    assert codes(form) == ["another"] and first.number in form.warnings[0].text


# --- another holder --------------------------------------------------------------------------------------------------


def test_an_operator_does_the_rest(anna):
    activity = opened(anna, HOLDER, **NEXT)
    assert HOLDER.commands(activity) == () and not LedgerRow.objects.exists()
    shown = {str(line.label): line.value for line in HOLDER.form.lines(activity.asked)}
    assert shown["From"] == "01/12/2026" and shown["The new holder is"] == "Tenant"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"phone": ""}, "phone"),
        ({"tax_code": "BNCLCU85C15F257A"}, "tax_code"),
        ({"tax_code": "RSSMRA80A01F257G"}, "tax_code"),  # the present holder's
        ({"email": "luca@"}, "email"),
        ({"starts_on": "2062-12-01"}, "starts_on"),
        ({"starts_on": "1926-12-01"}, "starts_on"),
        ({"title": "king"}, "title"),
        ({"name": " "}, "name"),
    ],
)
def test_what_does_not_fit_is_told_beside_its_field(anna, typed, field):
    assert field in form_of(anna, HOLDER, **{**NEXT, **typed}).errors


def test_one_way_to_reach_him_is_enough(anna):
    assert form_of(anna, HOLDER, **{**NEXT, "phone": "", "email": "luca@example.it"}).is_valid()


def test_what_is_past_wants_a_confirmation(anna):
    assert codes(form_of(anna, HOLDER, **{**NEXT, "starts_on": day(-1)})) == ["past"]
    assert codes(form_of(anna, HOLDER, **{**NEXT, "starts_on": day(0)})) == []
