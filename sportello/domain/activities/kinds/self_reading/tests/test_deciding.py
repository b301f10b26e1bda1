from datetime import timedelta
from decimal import Decimal

import pytest

from sportello.domain.activities.kinds.self_reading import deciding
from sportello.domain.activities.kinds.self_reading.settling import settle
from sportello.domain.activities.kinds.self_reading.tests.cast import TAKES_NOTHING, anna, gas, given, key_of
from sportello.domain.activities.models import Activity, IllegalMove, SelfReading
from sportello.domain.journal.models import Event
from sportello.domain.ledger import by_hand
from sportello.domain.ledger.models import LedgerRow
from sportello.domain.messages.composing import compose
from sportello.domain.messages.models import Message
from tests.at_once import at_once
from tests.factories import NOW, user

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def olga(db):
    return user("olga", roles=["back_office"])


def kept(value=9000, **data) -> Activity:
    return given(gas(who=anna()), value, **data)


def stopped(state: str) -> Activity:
    activity = given(gas(who=anna()))
    settled = None if state == "dead" else NOW
    LedgerRow.objects.update(state=state, attempts=3, settled_at=settled, reason="La lettura è minore")
    settle(["C1"], now=NOW)
    return activity


def rows() -> list[tuple[str, str, bool, str | None, str]]:
    return [
        (
            row.key.rpartition("A-")[2][17:],
            row.state,
            row.command["approved"],
            row.command["replaces"],
            row.command["values"][0]["value"],
        )
        for row in LedgerRow.objects.order_by("pk")
    ]


def now_is(activity: Activity) -> tuple[str, str]:
    activity.refresh_from_db()
    return activity.status, activity.attention


def test_those_that_wait_are_in_the_queue():
    first = kept()
    assert [own.activity for own in deciding.waiting()] == [first]
    first.cancel(now=NOW)
    assert not deciding.waiting().exists()


def test_accepted_it_goes_to_billing_as_approved(olga):
    activity = kept()
    deciding.accept(activity.number, by=olga, now=LATER)
    assert now_is(activity) == ("new", "")
    assert rows() == [("", "queued", True, None, "9000")]
    own = SelfReading.objects.get()
    assert own.decided_at == LATER and own.key == key_of(activity)
    event = Event.objects.order_by("pk").last()
    assert (event.name, event.actor) == ("activities.self_reading_goes_on", olga)
    assert not Message.objects.exists()


def test_corrected_it_goes_with_the_operators_values_and_the_giver_is_told(olga):
    activity = kept()
    deciding.correct(
        activity.number, values={"R-total": Decimal(1100)}, note="Nella foto si legge 1100.", by=olga, now=LATER
    )
    assert rows() == [("", "queued", True, None, "1100")]
    own = SelfReading.objects.get()
    assert (own.values, own.corrected) == ({"R-total": "9000"}, {"R-total": "1100"})
    assert now_is(activity) == ("new", "") and activity.answer == "Nella foto si legge 1100."
    message = Message.objects.get()
    assert (message.kind, message.address) == ("reading_corrected", "anna@example.it")
    assert "1100" in compose(message).text


@pytest.mark.parametrize("values", [{}, {"R-f1": Decimal(1)}, {"R-total": Decimal("1.5")}, {"R-total": Decimal(-1)}])
def test_a_correction_is_of_the_same_dials(olga, values):
    activity = kept()
    with pytest.raises(deciding.OtherDials):
        deciding.correct(activity.number, values=values, note="", by=olga, now=LATER)
    assert now_is(activity) == ("new", "kept") and rows() == []


def test_refused_the_giver_gets_the_answer_as_it_was_written(olga):
    activity = kept()
    answer = "Rilegga {number} {{ 7*7 }} ${name} <b>, per favore."
    deciding.refuse(activity.number, answer=answer, by=olga, now=LATER)
    assert now_is(activity) == ("refused", "") and (activity.answer, activity.ended_at) == (answer, LATER)
    assert rows() == []
    message = Message.objects.get()
    assert (message.kind, message.address, message.customer_code) == ("reading_refused", "anna@example.it", "C1")
    composed = compose(message)
    assert answer in composed.text and "49" not in composed.text.replace(activity.number, "")
    assert "<b>" not in composed.html and "&lt;b&gt;" in composed.html
    assert activity.number in composed.subject


def test_it_is_written_in_the_customers_language_to_whoever_may_see_it(olga):
    activity = kept()
    activity.customer.language = "en"
    activity.customer.email = "holder@example.it"
    activity.customer.save()
    from sportello.domain.customers.models import CustomerAccess

    CustomerAccess.objects.update(ended_at=NOW)
    deciding.refuse(activity.number, answer="no", by=olga, now=LATER)
    message = Message.objects.get()
    assert (message.address, message.language) == ("holder@example.it", "en")


def test_without_any_address_the_counter_tells_it(olga):
    activity = kept()
    type(anna()).objects.update(email="")
    deciding.refuse(activity.number, answer="no", by=olga, now=LATER)
    assert not Message.objects.exists() and now_is(activity)[0] == "refused"


# --- what billing did not take ---------------------------------------------------------------------------------------


def test_what_billing_refused_is_asked_again_as_a_new_command(olga):
    activity = stopped("refused")
    deciding.replay(activity.number, by=olga, now=LATER)
    assert now_is(activity) == ("new", "")
    assert rows() == [("", "refused", False, None, "1100"), ("-2", "queued", True, None, "1100")]
    assert SelfReading.objects.get().key.endswith("-2")


def test_what_may_have_got_there_is_asked_again_with_the_same_key(olga):
    activity = stopped("dead")
    deciding.replay(activity.number, by=olga, now=LATER)
    assert now_is(activity) == ("new", "")
    assert rows() == [("", "queued", False, None, "1100")]


def test_corrected_what_may_have_got_there_is_replaced(olga):
    activity = stopped("dead")
    key = SelfReading.objects.get().key
    deciding.correct(activity.number, values={"R-total": Decimal(1099)}, note="x", by=olga, now=LATER)
    assert rows() == [("", "cancelled", False, None, "1100"), ("-2", "queued", True, key, "1099")]
    settle(["C1"], now=LATER)
    assert now_is(activity) == ("new", "")


@pytest.mark.parametrize("state", ["refused", "dead"])
def test_refused_nothing_of_it_is_tried_any_more(olga, state):
    activity = stopped(state)
    deciding.refuse(activity.number, answer="no", by=olga, now=LATER)
    assert now_is(activity) == ("refused", "")
    assert not LedgerRow.objects.waiting().exists()
    assert rows()[0][1] == {"refused": "refused", "dead": "cancelled"}[state]


@pytest.mark.parametrize("state", ["refused", "dead"])
def test_who_comes_after_the_command_line_is_too_late(olga, state):
    activity = stopped(state)
    by_hand.replay(SelfReading.objects.get().key, now=LATER)
    for decide in (
        lambda: deciding.replay(activity.number, by=olga, now=LATER),
        lambda: deciding.refuse(activity.number, answer="no", by=olga, now=LATER),
        lambda: deciding.correct(activity.number, values={"R-total": Decimal(1)}, note="", by=olga, now=LATER),
    ):
        with pytest.raises(IllegalMove):
            decide()
    assert [row[:2] for row in rows()] == [("", "queued")]
    assert not Message.objects.exists()


def test_an_operator_decides_only_on_what_waits_for_him(olga):
    activity = given(gas())
    for decide in (deciding.accept, deciding.replay):
        with pytest.raises(IllegalMove):
            decide(activity.number, by=olga, now=LATER)
    with pytest.raises(IllegalMove):
        deciding.refuse(activity.number, answer="no", by=olga, now=LATER)
    refused = stopped_other(olga)
    with pytest.raises(IllegalMove):
        deciding.accept(refused.number, by=olga, now=LATER)


def stopped_other(olga) -> Activity:
    activity = given(gas("C2"), 9000)
    deciding.refuse(activity.number, answer="no", by=olga, now=LATER)
    return activity


def test_accepted_it_takes_the_place_of_the_one_before(olga):
    of = gas()
    first = given(of, 1100)
    second = given(of, 9000)
    deciding.accept(second.number, by=olga, now=LATER)
    assert now_is(first) == ("cancelled", "")
    assert [row[1:4] for row in rows()] == [("cancelled", False, None), ("queued", True, None)]


def test_accepted_after_the_one_before_has_gone_it_names_it(olga):
    of = gas()
    first = given(of, 1100)
    second = given(of, 9000)
    LedgerRow.objects.update(state="acknowledged", attempts=1, settled_at=NOW)
    settle(["C1"], now=NOW)
    deciding.accept(second.number, by=olga, now=LATER)
    assert rows()[1][1:4] == ("queued", True, first.self_reading.key)


def test_what_billing_cannot_take_is_executed_by_hand(olga, settings):
    settings.BILLING_CONNECTOR = TAKES_NOTHING
    activity = given(gas(), 1100)
    deciding.accept(activity.number, by=olga, now=LATER)
    assert now_is(activity) == ("executed", "") and rows() == []


# --- at once ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_several_operators_at_once_one_decides(olga):
    activity = kept()
    verbs = [
        lambda: deciding.accept(activity.number, by=olga, now=LATER),
        lambda: deciding.refuse(activity.number, answer="no", by=olga, now=LATER),
        lambda: deciding.correct(activity.number, values={"R-total": Decimal(1100)}, note="x", by=olga, now=LATER),
    ]
    results = at_once(6, lambda nth: verbs[nth % 3]())
    assert sorted(type(result).__name__ for result in results) == ["Activity"] + ["IllegalMove"] * 5
    assert LedgerRow.objects.count() + Activity.objects.filter(status="refused").count() == 1
    assert Message.objects.count() <= 1


@pytest.mark.django_db(transaction=True)
def test_an_operator_and_the_customer_at_once_leave_one_reading(olga):
    of = gas(who=anna())
    first = given(of, 9000)
    from sportello.domain.activities.kinds.self_reading.submitting import submit
    from sportello.domain.activities.kinds.self_reading.tests.cast import confirmed
    from sportello.domain.activities.models import Channel

    second = confirmed(of, 1100)
    assert second.is_valid()
    verbs = [
        lambda: deciding.accept(first.number, by=olga, now=LATER),
        lambda: submit(second, user=anna(), channel=Channel.PORTAL, now=LATER),
    ]
    results = at_once(2, lambda nth: verbs[nth]())
    assert isinstance(results[1], Activity), results
    assert isinstance(results[0], Activity | IllegalMove), results
    assert LedgerRow.objects.filter(state="queued").count() == 1
    assert LedgerRow.objects.get(state="queued").command["values"][0]["value"] == "1100"


def test_the_consumption_is_that_of_the_corrected_values(olga):
    activity = kept(9000)
    deciding.correct(activity.number, values={"R-total": Decimal(1100)}, note="The photo", by=olga, now=LATER)
    own = SelfReading.objects.get()
    assert own.consumption is not None and 95 < own.consumption < 110


def test_nobody_invents_a_consumption_for_a_dial_that_went_back(olga):
    activity = kept(9000)
    deciding.correct(activity.number, values={"R-total": Decimal(5)}, note="A new meter", by=olga, now=LATER)
    assert SelfReading.objects.get().consumption is None
