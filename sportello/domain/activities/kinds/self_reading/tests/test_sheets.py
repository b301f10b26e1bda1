from datetime import date
from decimal import Decimal

import pytest

from sportello.domain.activities.kinds.self_reading.sheets import sheet_of, sheets_of
from sportello.domain.activities.kinds.self_reading.tests.cast import TODAY, gas, given
from sportello.domain.activities.models import Activity, ReadingRules, SelfReading
from sportello.domain.customers.models import Supply
from sportello.domain.customers.models.meters import RegisterRole
from tests.factories import account, customer, meter, reading, supply

pytestmark = pytest.mark.django_db


def test_it_shows_dials_what_they_showed_last_and_what_is_expected():
    here = sheet_of(gas(), today=TODAY)
    (dial,) = here.dials
    assert (dial.code, dial.role, dial.label, dial.unit, dial.digits) == (
        "R-total", "total", RegisterRole.TOTAL.label, "m³", 5
    )  # fmt: skip
    assert (dial.previous, dial.previous_on, dial.previous_origin) == (1000, date(2026, 10, 31), "actual")
    assert 1000 < dial.expected_low < dial.expected_high < 1300
    assert (here.why_not, here.earliest, here.latest, here.annual) == ("", date(2026, 11, 1), TODAY, 950)
    assert here.window.open and here.earlier is None


def test_an_estimate_is_no_last_reading():
    of = gas()
    reading(of, "E1", read_on=date(2026, 11, 20), values=1500, origin="estimated")
    here = sheet_of(of, today=TODAY)
    assert (here.dials[0].previous, here.earliest) == (1000, date(2026, 11, 1))
    assert given(of, 1100).self_reading.verdict == "accepted"


def test_what_was_superseded_or_refused_is_no_last_reading():
    of = gas()
    reading(of, "X1", read_on=date(2026, 11, 10), values=2000, superseded_by="X2")
    reading(of, "X3", read_on=date(2026, 11, 11), values=2001, origin="self", validation="refused")
    assert sheet_of(of, today=TODAY).dials[0].previous == 1000


def test_the_meter_is_the_one_installed_today():
    of = gas()
    of.meters.update(removed_on=date(2026, 11, 15))
    assert sheet_of(of, today=date(2026, 11, 14)).meter.code == f"M-{of.code}"
    assert sheet_of(of, today=TODAY).why_not == "no_meter"
    new = meter(of, "M-2", installed_on=date(2026, 11, 15), serial="NEW")
    reading(of, "I", read_on=date(2026, 11, 15), values=3, meter=new, occasion="initial")
    here = sheet_of(of, today=TODAY)
    assert (here.meter.serial, here.dials[0].previous, here.earliest) == ("NEW", 3, date(2026, 11, 16))
    assert sheet_of(of, today=date(2026, 11, 14)).meter.serial == "SMGR036118006809"


def test_what_was_given_this_month_is_told_and_gives_way():
    of = gas()
    own = given(of, 1100).self_reading
    here = sheet_of(of, today=TODAY)
    assert here.earlier == own and here.dials[0].previous == 1000
    assert sheet_of(of, today=date(2026, 12, 1)).dials[0].previous == 1100
    # Once billing has it, it is the same reading and not a second one.
    reading(of, "B1", read_on=TODAY, values=1100, origin="self", key=own.key)
    SelfReading.objects.update(reading_code="B1")
    here = sheet_of(of, today=TODAY)
    assert here.earlier == own and here.dials[0].previous == 1000
    assert [known.values["R-total"] for known in here.known] == [1100, 1000]


@pytest.mark.parametrize("attention", ["kept", "refused", "dead"])
def test_what_waits_for_an_operator_is_no_last_reading(attention):
    of = gas()
    given(of, 1100)
    Activity.objects.update(attention=attention)
    december = sheet_of(of, today=date(2026, 12, 1))
    assert december.dials[0].previous == 1000 and december.earlier is None


def test_what_the_distributor_read_after_it_is_not_replaced():
    of = gas()
    own = given(of, 1100).self_reading
    SelfReading.objects.update(reading_code="B1")
    reading(of, "B1", read_on=TODAY, values=1100, origin="self", key=own.key, superseded_by="B2")
    reading(of, "B2", read_on=TODAY, values=1101)
    here = sheet_of(of, today=date(2026, 11, 25))
    assert here.earlier is None and here.dials[0].previous == 1101


def test_a_second_one_in_a_window_over_the_month_is_of_the_same_window():
    ReadingRules.objects.create(service="gas", valid_from=date(2026, 1, 1), opens_day=25, closes_day=5)
    of = gas()
    own = given(of, 1100, today=date(2026, 11, 26)).self_reading
    assert sheet_of(of, today=date(2026, 12, 3)).earlier == own
    assert sheet_of(of, today=date(2026, 12, 25)).earlier is None


def test_rules_hold_from_their_day_on():
    of = gas()
    ReadingRules.objects.create(service="gas", valid_from=date(2026, 11, 24), accept_to=Decimal(3))
    ReadingRules.objects.create(service="gas", valid_from=date(2026, 11, 25), accept_to=Decimal(4))
    ReadingRules.objects.create(service="water", valid_from=date(2026, 1, 1), accept_to=Decimal("2.5"))
    found = [sheet_of(of, today=date(2026, 11, day)).rules.accept_to for day in (23, 24, 25)]
    assert found == [Decimal("2.00"), Decimal("3.00"), Decimal("4.00")]


def test_many_supplies_take_as_many_queries_as_one(django_assert_num_queries):
    several = [gas(f"C{nth}") for nth in range(5)]
    for of in several:
        given(of, 1100)
    several.append(supply(account(customer("C9")), service="telephony", point_code=None))
    with django_assert_num_queries(4):
        sheets = sheets_of(several, today=TODAY)
    assert [sheet.supply for sheet in sheets] == several
    with django_assert_num_queries(4):
        sheets_of(several[:1], today=TODAY)
    assert sheets_of([], today=TODAY) == []


def test_only_the_newest_readings_are_looked_at(django_assert_num_queries):
    of = gas(previous=None)
    for nth in range(30):
        reading(of, f"R{nth}", read_on=date(2024, 1, 1 + nth), values=nth)
    here = sheet_of(Supply.objects.get(pk=of.pk), today=TODAY)
    assert len(here.known) == 12 and here.dials[0].previous == 29
