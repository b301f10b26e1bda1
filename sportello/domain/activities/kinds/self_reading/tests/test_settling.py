from datetime import timedelta

import pytest

from sportello.domain.activities.kinds.self_reading.settling import settle, sweep
from sportello.domain.activities.kinds.self_reading.tests.cast import TODAY, anna, gas, given
from sportello.domain.activities.models import Activity, IllegalMove, SelfReading
from sportello.domain.customers.models import MeterReading
from sportello.domain.journal.models import Event
from sportello.domain.ledger.models import LedgerRow
from sportello.domain.messages.models import Message
from tests.at_once import at_once
from tests.factories import NOW, reading

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=1)


def answered(state: str, **fields) -> None:
    settled = state in ("acknowledged", "refused", "cancelled")
    LedgerRow.objects.update(state=state, attempts=1, settled_at=NOW if settled else None, **fields)


def names() -> list[str]:
    return [
        name.removeprefix("activities.self_reading_")
        for name in Event.objects.order_by("pk").values_list("name", flat=True)
    ]


def now_is(activity: Activity) -> tuple[str, str]:
    activity.refresh_from_db()
    return activity.status, activity.attention


def test_acknowledged_is_exported_and_executed():
    activity = given(gas())
    answered("acknowledged")
    settle(["C1"], now=LATER)
    assert now_is(activity) == ("executed", "")
    assert activity.exported_at == activity.executed_at == LATER
    assert names() == ["opened", "exported", "executed"]


@pytest.mark.parametrize("state", ["queued", "sent"])
def test_what_billing_has_not_answered_waits(state):
    activity = given(gas())
    answered(state)
    settle(["C1"], now=LATER)
    assert now_is(activity) == ("new", "") and names() == ["opened"]


@pytest.mark.parametrize(("state", "attention"), [("refused", "refused"), ("dead", "dead"), ("cancelled", "dead")])
def test_what_billing_does_not_take_goes_to_an_operator(state, attention):
    activity = given(gas())
    answered(state)
    settle(["C1"], now=LATER)
    assert now_is(activity) == ("new", attention)
    # Sent again from the command line, it is nobody's work any more; and a late acknowledgement ends it.
    answered("queued")
    settle(["C1"], now=LATER)
    assert now_is(activity) == ("new", "")
    answered("acknowledged")
    settle(["C1"], now=LATER)
    assert now_is(activity) == ("executed", "")
    assert names() == ["opened", f"waits_{attention}", "goes_on", "exported", "executed"]


def test_again_and_by_others_it_changes_nothing():
    activity = given(gas())
    answered("acknowledged")
    for _ in range(3):
        settle(["C1"], now=LATER)
    sweep(now=LATER)
    assert now_is(activity) == ("executed", "") and len(names()) == 3


def test_only_of_these_customers():
    mine, other = given(gas("C1")), given(gas("C2"))
    answered("acknowledged")
    settle(["C1"], now=LATER)
    assert (now_is(mine)[0], now_is(other)[0]) == ("executed", "new")
    sweep(now=LATER)
    assert now_is(other)[0] == "executed"


def arrived(activity: Activity, **fields) -> MeterReading:
    own = activity.self_reading
    values = {"read_on": own.read_on, "values": int(own.values["R-total"]), "origin": "self", "key": own.key}
    return reading(own.supply, "B1", **{**values, **fields})


def test_it_follows_what_becomes_of_it_in_billing():
    activity = given(gas(who=anna()))
    answered("acknowledged")
    row = arrived(activity, validation="pending")
    settle(["C1"], now=LATER)
    own = SelfReading.objects.get()
    assert (own.reading_code, own.validation, own.invoice_number) == ("B1", "pending", "")
    assert own.validated_at is None
    MeterReading.objects.filter(pk=row.pk).update(validation="valid")
    settle(["C1"], now=LATER + timedelta(days=5))
    MeterReading.objects.filter(pk=row.pk).update(invoice_number="2026/G/0001")
    settle(["C1"], now=LATER + timedelta(days=9))
    own.refresh_from_db()
    assert (own.validation, own.validated_at) == ("valid", LATER + timedelta(days=5))
    assert (own.invoice_number, own.used_at) == ("2026/G/0001", LATER + timedelta(days=9))
    assert names()[-2:] == ["validated", "used"]
    assert not Message.objects.exists()


def test_who_gave_it_is_told_when_the_distributor_refuses_it():
    activity = given(gas(who=anna()))
    answered("acknowledged")
    arrived(activity, validation="refused", validation_reason="Lettura non coerente {{ 7*7 }} {name}")
    for _ in range(2):
        settle(["C1"], now=LATER)
    message = Message.objects.get()
    assert (message.kind, message.address, message.language) == ("reading_not_valid", "anna@example.it", "it")
    assert message.values["reason"] == "Lettura non coerente {{ 7*7 }} {name}"
    assert message.link_name == "request"
    assert now_is(activity) == ("executed", "")


def test_where_billing_keeps_no_key_it_is_known_by_its_day_and_values():
    activity = given(gas())
    answered("acknowledged")
    other = arrived(activity, values=1101, key=None)
    settle(["C1"], now=LATER)
    assert SelfReading.objects.get().reading_code == ""
    MeterReading.objects.filter(pk=other.pk).delete()
    arrived(activity, key=None)
    settle(["C1"], now=LATER)
    assert SelfReading.objects.get().reading_code == "B1"


def test_another_supplys_reading_is_not_mistaken_for_it():
    activity = given(gas("C1"))
    stranger = gas("C2")
    reading(stranger, "B9", read_on=TODAY, values=1100, origin="self")
    answered("acknowledged")
    settle(["C1", "C2"], now=LATER)
    assert SelfReading.objects.get(activity=activity).reading_code == ""


def test_what_gave_way_is_not_touched():
    of = gas()
    first, second = given(of, 1100), given(of, 1105)
    LedgerRow.objects.filter(key=second.self_reading.key).update(state="acknowledged", settled_at=NOW)
    settle(["C1"], now=LATER)
    assert (now_is(first), now_is(second)) == (("cancelled", ""), ("executed", ""))


def test_the_job_moves_it_on():
    from sportello.domain.activities import tasks

    activity = given(gas())
    answered("acknowledged")
    tasks.settle(customer_codes=["C1"])
    assert now_is(activity)[0] == "executed"
    tasks.sweep(timestamp=0)


# --- moves -----------------------------------------------------------------------------------------------------------


def test_only_the_moves_of_the_table_are_made():
    activity = given(gas())
    activity.execute(now=NOW)
    for move in (activity.execute, activity.cancel, activity.export):
        with pytest.raises(IllegalMove):
            move(now=NOW)
    with pytest.raises(IllegalMove):
        activity.refuse(answer="no", now=NOW)
    assert names() == ["opened", "executed"]


def test_who_has_read_it_before_somebody_moved_it_is_too_late():
    activity = given(gas())
    stale = Activity.objects.get()
    activity.cancel(now=NOW)
    for late in (stale.execute, stale.export):
        with pytest.raises(IllegalMove):
            late(now=NOW)
    assert names() == ["opened", "cancelled"]


@pytest.mark.django_db(transaction=True)
def test_settled_at_once_by_many_it_happens_once():
    activity = given(gas())
    answered("acknowledged")
    results = at_once(6, lambda _: settle(["C1"], now=LATER))
    assert results == [None] * 6
    assert now_is(activity) == ("executed", "") and names() == ["opened", "exported", "executed"]
