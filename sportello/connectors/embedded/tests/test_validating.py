from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sportello.connectors.embedded import models
from sportello.connectors.embedded.loading import load
from sportello.connectors.embedded.tests.factories import metered, reading, shown
from sportello.connectors.embedded.validating import UNLIKELY, validate

pytestmark = pytest.mark.django_db(databases=["billing"])

NOW = datetime(2026, 4, 1, 10, tzinfo=UTC)
DAY = date(2026, 3, 20)


@pytest.fixture(autouse=True)
def home():
    load(metered())


def pending(value: int = 1080, code: str = "P1", **values: Any) -> None:
    load([reading(code, value, values.pop("on", DAY), origin="self", validation="pending", **values)])
    models.MeterReading.objects.filter(code=code).update(received_at=NOW)


def judged(code: str = "P1", **values: Any) -> tuple[str, str]:
    validate(now=NOW, **values)
    found = models.MeterReading.objects.get(code=code)
    return found.validation, found.validation_reason


def test_most_readings_are_accepted():
    pending()
    assert judged() == ("valid", "")
    assert models.MeterReading.objects.get(code="P1").judged_at == NOW


def test_only_those_that_wait_for_long_enough():
    pending()
    assert judged(before=NOW - timedelta(seconds=1)) == ("pending", "")
    assert judged(before=NOW) == ("valid", "")


def test_of_those_that_came_otherwise_the_day_of_the_reading_counts():
    pending()
    models.MeterReading.objects.update(received_at=None)
    assert judged(arrived=True) == ("pending", "")
    assert judged(before=NOW - timedelta(days=12)) == ("pending", "")
    assert judged(before=NOW - timedelta(days=11)) == ("valid", "")


def test_some_are_refused_always_the_same():
    pending(1077)
    assert judged() == ("refused", UNLIKELY)


def test_far_too_much_is_refused():
    models.Supply.objects.update(annual_consumption=Decimal(960))  # 50 in nineteen days
    pending(1490)
    pending(1470, code="P2", on=date(2026, 3, 19))
    assert judged() == judged("P2") == ("refused", UNLIKELY)


def test_a_winter_month_is_not_far_too_much():
    models.Supply.objects.update(annual_consumption=Decimal(960))
    pending(1200)
    assert judged() == ("valid", "")


@pytest.mark.parametrize(("value", "outcome"), [(1060, "refused"), (1050, "valid"), (1040, "valid")])
@pytest.mark.parametrize("on", [DAY, date(2026, 3, 25)])
def test_a_later_actual_reading_decides(value, outcome, on):
    pending(value)
    load([reading("R2", 1050, on)])
    validation, reason = judged()
    assert validation == outcome
    assert ("Smentita dalla lettura del distributore del" in reason) == (outcome == "refused")


def test_an_actual_reading_before_it_that_came_late_decides_too():
    pending(1040)
    load([reading("R2", 1050, date(2026, 3, 10))])
    assert judged() == ("refused", "Smentita dalla lettura del distributore del 10/03/2026")


def test_a_roll_over_is_no_contradiction():
    models.MeterReading.objects.update(values=[{"register": "1", "value": "99980"}])
    pending(35)
    assert judged() == ("valid", "")


def test_a_valid_one_gives_way_to_the_distributors_own_of_that_day():
    pending(1050)
    load([reading("R2", 1050, DAY)])
    assert judged()[0] == "valid"
    assert models.MeterReading.objects.get(code="P1").superseded_by_id == "R2"


def test_a_valid_one_does_away_with_estimates_and_a_refused_one_does_not():
    load([reading("E1", 1300, date(2026, 3, 31), origin="estimated", consumption=Decimal("1.000"))])
    pending(1077)
    judged()
    assert models.MeterReading.objects.get(code="E1").superseded_by_id is None
    assert models.MeterReading.objects.get(code="E1").consumption == Decimal("310.467"), "since what still stands"
    pending(1080, code="P2")
    judged("P2")
    assert models.MeterReading.objects.get(code="E1").superseded_by_id == "P2"


def test_one_that_the_customer_replaced_is_not_judged():
    load([reading("P2", origin="self", validation="pending", values=shown(1085))])
    pending(superseded_by="P2")
    assert judged() == ("pending", "")
