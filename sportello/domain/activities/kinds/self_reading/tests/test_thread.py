from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from sportello.domain.activities.kinds.self_reading import deciding
from sportello.domain.activities.kinds.self_reading.settling import settle
from sportello.domain.activities.kinds.self_reading.tests.cast import TAKES_NOTHING, gas, given
from sportello.domain.activities.kinds.self_reading.thread import thread_of
from sportello.domain.activities.models import Activity, SelfReading
from sportello.domain.ledger.models import LedgerRow
from tests.factories import NOW, user

pytestmark = pytest.mark.django_db


def states(activity: Activity) -> list[str]:
    fresh = Activity.objects.get(pk=activity.pk)
    return [f"{step.code} {step.state}" for step in thread_of(fresh)]


def executed() -> Activity:
    activity = given(gas())
    LedgerRow.objects.update(state="acknowledged", attempts=1, settled_at=NOW)
    settle(["C1"], now=NOW + timedelta(minutes=1))
    return activity


def test_just_sent():
    activity = given(gas())
    assert states(activity) == [
        "received done", "checked done", "sent current", "accepted waiting", "used waiting",
    ]  # fmt: skip
    assert thread_of(activity)[0].at == NOW


def test_kept():
    activity = given(gas(), 9000)
    assert states(activity)[1:3] == ["checked current", "sent waiting"]
    with translation.override("en"):
        assert "billing" in thread_of(activity)[1].detail


def test_to_be_entered_by_hand(settings):
    settings.BILLING_CONNECTOR = TAKES_NOTHING
    assert thread_of(given(gas()))[1].state == "current"


@pytest.mark.parametrize("attention", ["refused", "dead"])
def test_stopped_at_billing_the_customer_need_not_worry(attention):
    activity = given(gas())
    Activity.objects.update(attention=attention)
    assert states(activity)[1:3] == ["checked done", "sent current"]


def test_in_billing_before_it_is_in_the_mirror_nothing_is_promised():
    activity = executed()
    assert states(activity)[2:] == ["sent done", "accepted current", "used waiting"]


@pytest.mark.parametrize(
    ("fields", "last"),
    [
        ({}, ["accepted done", "used waiting"]),
        ({"validation": "pending"}, ["accepted current", "used waiting"]),
        ({"validation": "valid", "validated_at": NOW}, ["accepted done", "used waiting"]),
        ({"validation": "valid", "invoice_number": "2026/G/1", "used_at": NOW}, ["accepted done", "used done"]),
        ({"validation": "refused", "validation_reason": "Non plausibile"}, ["accepted failed"]),
    ],
)
def test_what_billing_makes_of_it(fields, last):
    activity = executed()
    SelfReading.objects.update(reading_code="B1", **fields)
    assert states(activity)[3:] == last
    steps = thread_of(Activity.objects.get(pk=activity.pk))
    if "invoice_number" in fields:
        assert "2026/G/1" in steps[-1].label and steps[-1].at == NOW
    if fields.get("validation") == "refused":
        assert "Non plausibile" in steps[-1].detail


def test_refused_by_an_operator_says_why():
    activity = given(gas(), 9000)
    deciding.refuse(activity.number, answer="Rilegga il contatore.", by=user("olga"), now=NOW)
    assert states(activity) == ["received done", "checked failed"]
    assert thread_of(Activity.objects.get())[-1].detail == "Rilegga il contatore."


def test_corrected_by_an_operator_says_so():
    activity = given(gas(), 9000)
    deciding.correct(
        activity.number, values={"R-total": Decimal(1100)}, note="Si legge 1100.", by=user("olga"), now=NOW
    )
    step = thread_of(Activity.objects.get(pk=activity.pk))[1]
    assert step.state == "done" and step.at == NOW and "Si legge 1100." in step.detail


def test_replaced_before_it_went_out():
    of = gas()
    first = given(of, 1100)
    given(of, 1101)
    assert states(first) == ["received done", "checked failed"]
