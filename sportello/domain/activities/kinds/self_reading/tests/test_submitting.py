from datetime import date
from decimal import Decimal

import pytest

from sportello.domain.activities.kinds.self_reading import drafts
from sportello.domain.activities.kinds.self_reading.submitting import (
    ChangedMeanwhile,
    NotConfirmed,
    WindowClosed,
    submit,
    submit_all,
)
from sportello.domain.activities.kinds.self_reading.tests.cast import (
    TAKES_NOTHING,
    anna,
    confirmed,
    form,
    gas,
    given,
    key_of,
    photo,
)
from sportello.domain.activities.models import Activity, Channel, Draft, ReadingRules, SelfReading
from sportello.domain.files.models import KeptFile
from sportello.domain.journal.models import Event
from sportello.domain.ledger.models import LedgerRow
from tests.at_once import at_once
from tests.factories import NOW, meter, reading, user

pytestmark = pytest.mark.django_db


def rows() -> list[tuple[str, str, str | None, bool]]:
    return [
        (row.key, row.state, row.command["replaces"], row.command["approved"])
        for row in LedgerRow.objects.order_by("pk")
    ]


def events() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("name", flat=True))


def test_it_writes_request_reading_event_and_command():
    here = gas(who=anna())
    activity = given(here, 1100)
    own = SelfReading.objects.get()
    assert (activity.kind, activity.status, activity.attention, activity.supply) == ("self_reading", "new", "", here)
    assert (own.values, own.previous, own.previous_on) == ({"R-total": "1100"}, {"R-total": "1000"}, date(2026, 10, 31))
    assert (own.verdict, own.reasons, own.serial) == ("accepted", [], "SMGR036118006809")
    assert own.consumption == Decimal("103.489")
    assert own.low < own.consumption < own.high
    assert rows() == [(key_of(activity), "queued", None, False)] and own.key == rows()[0][0]
    row = LedgerRow.objects.get()
    assert (row.about_kind, row.about_key, row.follows) == ("activity", activity.number, "activities.settle")
    assert row.command["values"] == [{"register": "R-total", "value": "1100"}]
    assert events() == ["activities.self_reading_opened"]


def test_the_same_form_again_is_the_same_request():
    here = gas()
    once = confirmed(here)
    first = submit(once, user=anna(), channel=Channel.PORTAL, now=NOW)
    assert submit(once, user=anna(), channel=Channel.PORTAL, now=NOW) == first
    assert Activity.objects.count() == LedgerRow.objects.count() == Event.objects.count() == 1


def test_what_one_persons_form_carries_does_not_open_anothers():
    first, second = gas("C1"), gas("C2")
    mine = form(first, once="same")
    theirs = form(second, once="same")
    a = submit(mine, user=anna(), channel=Channel.PORTAL, now=NOW)
    b = submit(theirs, user=user("bob"), channel=Channel.PORTAL, now=NOW)
    assert a != b and a.customer_id == "C1" and b.customer_id == "C2"


@pytest.mark.parametrize(("value", "reason"), [(999, "smaller"), (1000, "equal"), (4000, "far_high")])
def test_what_is_unusual_is_kept_and_not_sent(value, reason):
    here = gas()
    activity = given(here, value, note="New meter?", files={"photo": photo()})
    own = activity.self_reading
    assert (activity.attention, own.verdict, own.reasons, own.note) == ("kept", "kept", [reason], "New meter?")
    assert own.key == "" and rows() == []
    kept = KeptFile.objects.get(kind="reading_photo", key=activity.number)
    assert own.photo_id == kept.pk and kept.media_type == "image/jpeg"


def test_nothing_unusual_goes_unconfirmed():
    here = gas()
    with pytest.raises(NotConfirmed):
        submit(form(here, 4000), user=anna(), channel=Channel.PORTAL, now=NOW)
    asked = form(here, 4000)
    assert asked.is_valid()
    for other in (
        form(here, 4001, confirmed=asked.digest),
        form(here, 4000, read_on="2026-11-23", confirmed=asked.digest),
    ):
        assert other.is_valid() and other.needs_confirmation
    with pytest.raises(NotConfirmed):
        submit(form(here, "abc"), user=anna(), channel=Channel.PORTAL, now=NOW)
    assert not Activity.objects.exists()


def test_what_billing_cannot_take_is_work_for_an_operator(settings):
    settings.BILLING_CONNECTOR = TAKES_NOTHING
    activity = given(gas(), 1100)
    assert (activity.attention, activity.self_reading.reasons, rows()) == ("kept", ["by_hand"], [])


# --- a second one ----------------------------------------------------------------------------------------------------


def test_a_second_one_of_the_month_takes_the_place_of_one_still_queued():
    here = gas()
    first = given(here, 1100)
    second = given(here, 1105)
    first.refresh_from_db()
    assert (first.status, second.status) == ("cancelled", "new")
    assert second.self_reading.replaces == first.self_reading
    assert second.self_reading.previous == {"R-total": "1000"} and second.self_reading.verdict == "accepted"
    assert rows() == [
        (key_of(first), "cancelled", None, False),
        (key_of(second), "queued", None, False),
    ]


def test_of_one_that_gave_way_no_photo_is_kept():
    here = gas()
    given(here, 4000, files={"photo": photo()})
    second = given(here, 4001, files={"photo": photo()})
    assert [kept.key for kept in KeptFile.objects.filter(kind="reading_photo")] == [second.number]


def test_one_that_has_gone_is_replaced_by_a_command_that_names_it():
    here = gas()
    first = given(here, 1100)
    LedgerRow.objects.update(state="sent", attempts=1)
    second = given(here, 1105)
    first.refresh_from_db()
    assert first.status == "new"
    assert rows()[1] == (key_of(second), "queued", key_of(first), False)
    # The third names what billing may have, not the second, which never went there.
    third = given(here, 1106)
    assert rows()[2] == (key_of(third), "queued", key_of(first), False)
    second.refresh_from_db()
    assert second.status == "cancelled"


def test_one_kept_gives_way_to_a_better_one():
    here = gas()
    first = given(here, 9999)
    second = given(here, 1100)
    first.refresh_from_db()
    assert (first.status, first.attention) == ("cancelled", "")
    assert rows() == [(key_of(second), "queued", None, False)]


def test_one_on_its_way_stands_until_an_operator_has_seen_the_second():
    here = gas()
    first = given(here, 1100)
    second = given(here, 9999)
    first.refresh_from_db()
    assert (first.status, second.attention) == ("new", "kept")
    assert rows() == [(key_of(first), "queued", None, False)]


def test_in_another_month_both_stand_and_the_second_is_measured_against_the_first():
    here = gas()
    first = given(here, 1020, today=date(2026, 11, 4))
    second = given(here, 1150, today=date(2026, 12, 3))
    assert second.self_reading.replaces is None and second.self_reading.previous == {"R-total": "1020"}
    assert [state for _, state, _, _ in rows()] == ["queued", "queued"]
    first.refresh_from_db()
    assert first.status == "new"


# --- what changes between form and submission ------------------------------------------------------------------------


def test_a_reading_that_came_meanwhile_sends_the_form_back():
    here = gas()
    filled = form(here, 1100)
    assert filled.is_valid()
    reading(here, read_on=date(2026, 11, 24), values=1090)
    with pytest.raises(ChangedMeanwhile):
        submit(filled, user=anna(), channel=Channel.PORTAL, now=NOW)
    assert not Activity.objects.exists()


def test_a_meter_swapped_meanwhile_sends_the_form_back():
    here = gas()
    filled = form(here, 1100)
    assert filled.is_valid()
    here.meters.update(removed_on=date(2026, 11, 20))
    meter(here, "M-new", installed_on=date(2026, 11, 20), serial="NEW")
    with pytest.raises(ChangedMeanwhile):
        submit(filled, user=anna(), channel=Channel.PORTAL, now=NOW)


def test_a_window_closed_meanwhile_says_so():
    here = gas()
    filled = form(here, 1100)
    assert filled.is_valid()
    ReadingRules.objects.create(service="gas", valid_from=date(2026, 1, 1), opens_day=1, closes_day=5, outside="refuse")
    with pytest.raises(WindowClosed):
        submit(filled, user=anna(), channel=Channel.PORTAL, now=NOW)


# --- several, drafts -------------------------------------------------------------------------------------------------


def test_several_supplies_go_together_or_not_at_all():
    one, other = gas("C1"), gas("C2")
    activities = submit_all([form(other, 1100), form(one, 1101)], user=anna(), channel=Channel.PORTAL, now=NOW)
    assert [activity.customer_id for activity in activities] == ["C2", "C1"]
    with pytest.raises(NotConfirmed):
        submit_all([confirmed(one, 1102), form(other, 9000)], user=anna(), channel=Channel.PORTAL, now=NOW)
    assert Activity.objects.count() == 2


def test_a_draft_is_forgotten_once_it_is_sent():
    here = gas()
    drafts.keep(anna(), here.code, {"value_R-total": "11"}, NOW)
    drafts.keep(anna(), here.code, {"value_R-total": "110"}, NOW)
    assert drafts.find(anna(), here.code).data == {"value_R-total": "110"}
    assert drafts.find(user("bob"), here.code) is None
    given(here)
    assert not Draft.objects.exists()


# --- at once ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("times", [2, 10])
def test_one_form_at_once_is_one_request_and_the_same_reply(times):
    here, who = gas(), anna()
    once = form(here, 1100, once="one")
    forms = [form(here, 1100, once="one") for _ in range(times)]
    assert all(each.is_valid() for each in [once, *forms])
    results = at_once(times, lambda nth: submit(forms[nth], user=who, channel=Channel.PORTAL, now=NOW))
    assert len({getattr(result, "number", result) for result in results}) == 1, results
    assert Activity.objects.count() == SelfReading.objects.count() == LedgerRow.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("times", [2, 10])
def test_different_forms_at_once_are_kept_in_order_and_one_stands(times):
    here, who = gas(), anna()
    forms = [form(here, 1100 + nth) for nth in range(times)]
    assert all(each.is_valid() for each in forms)
    results = at_once(times, lambda nth: submit(forms[nth], user=who, channel=Channel.PORTAL, now=NOW))
    assert all(isinstance(result, Activity) for result in results), results
    assert Activity.objects.filter(status="cancelled").count() == times - 1
    assert LedgerRow.objects.filter(state="queued").count() == 1
    last = SelfReading.objects.order_by("pk").last()
    assert last.key == LedgerRow.objects.get(state="queued").key
    chain = [own.replaces_id for own in SelfReading.objects.order_by("pk")]
    assert chain == [None, *SelfReading.objects.order_by("pk").values_list("pk", flat=True)[: times - 1]]


@pytest.mark.django_db(transaction=True)
def test_several_at_once_in_any_order_do_not_wait_for_each_other():
    supplies, who = [gas(f"C{nth}") for nth in range(4)], anna()
    orders = [supplies, supplies[::-1], supplies[2:] + supplies[:2]]
    batches = [[form(each, 1100 + nth) for each in order] for nth, order in enumerate(orders)]
    for batch in batches:
        assert all(each.is_valid() for each in batch)
    results = at_once(3, lambda nth: submit_all(batches[nth], user=who, channel=Channel.PORTAL, now=NOW))
    assert all(isinstance(result, list) for result in results), results
    assert LedgerRow.objects.filter(state="queued").count() == 4
