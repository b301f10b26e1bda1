"""The checks one by one, and all of them together against an oracle that was written from the requirements alone."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportello.domain.activities.kinds.self_reading.judging import Judgement, judge
from sportello.domain.activities.kinds.self_reading.sheets import Sheet, make_sheet
from sportello.domain.activities.models import Activity, ReadingRules, SelfReading
from sportello.domain.customers.models import Meter, MeterReading, Supply
from tests.factories import register, registers

TODAY = date(2026, 11, 24)
A_DAY = timedelta(days=1)


def supply(**fields) -> Supply:
    values = {"code": "S1", "customer_id": "C1", "service": "water", "status": "active", "started_on": date(2020, 1, 1)}
    return Supply(**{**values, "annual_consumption": Decimal(365), "profile": None, **fields})


def meter(**fields) -> Meter:
    values = {"code": "M1", "customer_id": "C1", "supply_id": "S1", "serial": "SER1", "kind": "simple"}
    values |= {"registers": [register("total")], "installed_on": date(2020, 1, 1)}
    return Meter(**{**values, **fields})


def read(values, on=date(2026, 10, 31), **fields) -> MeterReading:
    shown = values if isinstance(values, dict) else {"R-total": values}
    kept = [{"register": code, "value": str(value)} for code, value in shown.items()]
    base = {"code": f"L{on:%Y%m%d}", "supply_id": "S1", "meter_code": "M1", "origin": "actual", "occasion": "periodic"}
    return MeterReading(**{**base, "read_on": on, "values": kept, **fields})


def sheet(
    *readings: MeterReading, of: Supply | None = None, on: Meter | None = None, today: date = TODAY, **rules
) -> Sheet:
    here = of or supply()
    given_rules = ReadingRules(service=here.service, valid_from=date(2020, 1, 1), **rules)
    newest = sorted(readings, key=lambda each: each.read_on, reverse=True)
    return make_sheet(here, meter=on or meter(), readings=newest, requests=(), rules=given_rules, today=today)


def judged(sheet: Sheet, values, on: date = TODAY) -> Judgement:
    shown = values if isinstance(values, dict) else {"R-total": values}
    numbers = {code: None if value is None else Decimal(str(value)) for code, value in shown.items()}
    return judge(sheet, read_on=on, values=numbers, today=sheet.latest)


def codes(judgement: Judgement) -> dict[str, list[str]]:
    return {field: [problem.code for problem in problems] for field, problems in judgement.errors.items()}


# --- what there is no reading of -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of", "on", "why"),
    [
        ({"service": "telephony"}, None, "no_readings"),
        ({"status": "closed"}, {}, "closed"),
        ({"status": "activating"}, {}, "activating"),
        ({}, None, "no_meter"),
        ({}, {"registers": []}, "no_meter"),
        ({"service": "lpg", "tank_litres": 1000}, None, "tank"),
        ({"service": "lpg", "tank_litres": 1000}, {}, ""),
        ({}, {"remote_read": True}, "remote"),
        ({"status": "suspended"}, {}, ""),
    ],
)
def test_it_says_why_there_is_nothing_to_read(of, on, why):
    rules = ReadingRules(service="water", valid_from=TODAY)
    here = make_sheet(
        supply(**of), meter=None if on is None else meter(**on), readings=[], requests=[], rules=rules, today=TODAY
    )
    assert here.why_not == why
    assert (codes(judged(here, 1)) == {"": [why]}) is bool(why)


def test_outside_the_window_it_is_accepted_or_not_by_the_rules():
    closed = {"opens_day": 1, "closes_day": 5}
    accepting, refusing = sheet(**closed), sheet(**closed, outside="refuse")
    assert not accepting.window.open and accepting.why_not == "" and not judged(accepting, 10).errors
    assert refusing.why_not == "window" and codes(judged(refusing, 10)) == {"": ["window"]}
    assert sheet(opens_day=20, closes_day=28, outside="refuse").why_not == ""


# --- what cannot be a reading ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "code"),
    [
        (TODAY + A_DAY, "future"),
        (date(9999, 12, 31), "future"),
        (date(2026, 10, 31), "not_after_last"),
        (date(2026, 10, 30), "not_after_last"),
        (date(2019, 12, 31), "before_supply"),
        (date(1, 1, 1), "before_supply"),
    ],
)
def test_days_that_cannot_be(on, code):
    assert codes(judged(sheet(read(1000)), 1010, on)) == {"read_on": [code]}


def test_the_day_after_the_last_reading_can_be():
    assert not judged(sheet(read(1000)), 1001, date(2026, 11, 1)).errors


def test_a_day_on_which_another_meter_was_there_cannot_be():
    here = sheet(on=meter(installed_on=date(2026, 11, 10)))
    assert codes(judged(here, 3, date(2026, 11, 9))) == {"read_on": ["before_meter"]}
    assert not judged(here, 3, date(2026, 11, 10)).errors


def test_where_billing_says_nothing_of_days_any_day_until_today_can_be():
    here = sheet(of=supply(started_on=None), on=meter(installed_on=None))
    assert not judged(here, 3, date(2001, 1, 1)).errors
    for day in (date(1, 1, 1), date(1969, 12, 31)):
        assert codes(judged(here, 3, day)) == {"read_on": ["before_supply"]}


def test_a_supply_that_ends_takes_no_reading_of_a_later_day():
    here = sheet(of=supply(ended_on=date(2026, 11, 10)))
    assert codes(judged(here, 3)) == {"read_on": ["after_supply"]}
    assert not judged(here, 3, date(2026, 11, 10)).errors


def test_a_supply_as_old_as_the_calendar_has_its_days_judged_all_the_same():
    here = sheet(
        read(1000), of=supply(started_on=date(1, 1, 1)), on=meter(installed_on=None), opens_day=25, closes_day=28
    )
    assert codes(judged(here, 3, date(1, 1, 1))) == {"read_on": ["not_after_last"]}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "missing"), (-1, "negative"), ("1010.5", "decimals"), (100_000, "too_many_digits"),
        (10**12, "too_many_digits"), ("NaN", "not_a_number"), ("Infinity", "not_a_number"),
    ],
)  # fmt: skip
def test_values_that_no_dial_shows(value, code):
    assert codes(judged(sheet(read(1000)), value)) == {"value_R-total": [code]}


def test_where_billing_says_no_digits_only_monsters_are_refused():
    here = sheet(read(1000), on=meter(registers=[register("total", digits=None)]))
    assert not judged(here, 999_999_999).errors
    assert codes(judged(here, 10**9)) == {"value_R-total": ["too_many_digits"]}


CORRECTOR = {"kind": "with_corrector", "registers": registers("gas", "with_corrector")}


def test_a_corrector_is_read_where_billing_has_one_and_nowhere_else():
    with_one = sheet(of=supply(service="gas"), on=meter(**CORRECTOR))
    assert codes(judged(with_one, {"R-total": 10, "R-corrected": None})) == {"value_R-corrected": ["missing_corrector"]}
    assert codes(judged(with_one, {"R-corrected": 10})) == {"value_R-total": ["missing"]}
    assert not judged(with_one, {"R-total": 10, "R-corrected": 10}).errors
    assert codes(judged(sheet(), {"R-total": 10, "R-corrected": 10})) == {"": ["no_such_dial"]}


# --- what is unusual -------------------------------------------------------------------------------------------------


def test_it_is_measured_against_the_last_real_reading_of_this_meter():
    before = read(90_000, date(2026, 5, 1), meter_code="OLD")
    here = sheet(read(1000), before)
    assert [known.read_on for known in here.known] == [date(2026, 10, 31)]
    assert (here.dials[0].previous, here.dials[0].previous_on) == (1000, date(2026, 10, 31))
    assert judged(here, 1024).consumption == 24


def test_a_dial_that_was_not_read_the_last_time_is_measured_against_nothing():
    here = sheet(read({"R-total": 1000}), of=supply(service="gas", annual_consumption=None), on=meter(**CORRECTOR))
    judgement = judged(here, {"R-total": 1010, "R-corrected": 5})
    assert (judgement.verdict, judgement.reasons, judgement.consumption) == ("accepted", (), None)


def test_a_dial_of_which_nobody_knows_where_it_ends_does_not_begin_anew():
    here = sheet(read(99_980), on=meter(registers=[register("total", digits=None)]))
    assert judged(here, 4).reasons == ("smaller",)


def test_the_red_digits_of_the_last_reading_do_not_count():
    here = sheet(read("1000.900"), allow_equal=True)
    assert judged(here, 1000).reasons == ("low",)
    assert judged(here, 1024).consumption == 24


@pytest.mark.parametrize(
    ("previous", "value", "reasons", "used"),
    [
        (99_980, 35, ("roll_over", "high"), 55),
        (99_980, 4, ("roll_over",), 24),
        (99_999, 0, ("roll_over", "far_low"), 1),
        (90_000, 5, ("smaller",), None),  # not within the last tenth
        (90_001, 9_999, ("roll_over", "far_high"), 19_998),
        (90_001, 10_000, ("smaller",), None),  # not within the first
        (1_000, 999, ("smaller",), None),
        (1_000, 1_000, ("equal",), 0),
    ],
)
def test_smaller_values_are_kept_and_never_refused(previous, value, reasons, used):
    judgement = judged(sheet(read(previous), slack=0), value)
    assert (judgement.errors, judgement.verdict, judgement.reasons) == ({}, "kept", reasons)
    assert judgement.consumption == used


# 24 days after the last reading at one unit a day (the year has 365): 24.
@pytest.mark.parametrize(
    ("used", "verdict", "reasons"),
    [
        (24, "accepted", ()),
        (8, "accepted", ()), (7, "confirm", ("low",)), (3, "confirm", ("low",)), (2, "kept", ("far_low",)),
        (48, "accepted", ()), (49, "confirm", ("high",)), (96, "confirm", ("high",)), (97, "kept", ("far_high",)),
    ],
)  # fmt: skip
def test_bands_around_what_is_expected(used, verdict, reasons):
    flat = supply(service="gas", profile="C2")
    here = sheet(read(1000), of=flat, on=meter(registers=[register("total", coefficient="1")]), slack=0)
    assert (here.low, here.high) == (Decimal("7.2"), 48)
    judgement = judged(here, 1000 + used)
    assert (judgement.verdict, judgement.reasons) == (verdict, reasons)
    assert (judgement.low, judgement.high) == (here.low, here.high)


def test_the_edges_of_a_band_belong_to_it():
    flat = supply(service="gas", profile="C2")
    shares = {"accept_from": Decimal("0.25"), "confirm_from": Decimal("0.125")}
    here = sheet(read(1000), of=flat, on=meter(registers=[register("total", coefficient="1")]), slack=0, **shares)
    band = here.band(here.known, TODAY)
    assert (band.lowest, band.low, band.high, band.highest) == (3, 6, 48, 96)
    assert [judged(here, 1000 + used).reasons for used in (2, 3, 5, 6, 48, 49, 96, 97)] == [
        ("far_low",), ("low",), ("low",), (), (), ("high",), ("high",), ("far_high",),
    ]  # fmt: skip


def test_some_units_are_never_unusual():
    here = sheet(read(1000, TODAY - A_DAY))
    assert judged(here, 1003).verdict == "accepted"
    assert judged(sheet(read(1000, TODAY - A_DAY), slack=0), 1003).verdict == "confirm"


def test_where_nothing_is_known_nothing_is_expected():
    here = sheet(read(1000), of=supply(annual_consumption=None))
    assert (here.annual, here.low, judged(here, 90_000).verdict) == (None, None, "accepted")
    assert judged(sheet(), 90_000).verdict == "accepted"


def test_where_billing_expects_nothing_the_readings_of_a_year_say_it():
    here = sheet(read(1000), read(635, date(2025, 10, 31)), of=supply(annual_consumption=None))
    assert round(here.annual) == 365
    assert judged(here, 1100).reasons == ("far_high",)
    short = sheet(read(1000), read(900, date(2026, 10, 1)), of=supply(annual_consumption=None))
    assert short.annual is None


def test_more_than_the_meter_can_pass_is_kept():
    here = sheet(read(1000), of=supply(annual_consumption=None), on=meter(maximum_flow=Decimal("6")))
    assert judged(here, 1000 + 6 * 24 * 24).verdict == "accepted"
    assert judged(here, 1001 + 6 * 24 * 24).reasons == ("over_flow",)


def test_corrector_and_meter_go_together_as_the_last_time():
    here = sheet(
        read({"R-total": 2000, "R-corrected": 2600}),
        read({"R-total": 1000, "R-corrected": 1300}, date(2026, 5, 1)),
        of=supply(service="gas", annual_consumption=None, profile=None),
        on=meter(**CORRECTOR),
    )
    assert judged(here, {"R-total": 2100, "R-corrected": 2730}).reasons == ()
    assert judged(here, {"R-total": 2100, "R-corrected": 2758}).reasons == ()
    assert "ratio" in judged(here, {"R-total": 2100, "R-corrected": 2759}).reasons
    assert "ratio" in judged(here, {"R-total": 2100, "R-corrected": 2701}).reasons
    # Each by its own previous value and digits.
    assert judged(here, {"R-total": 2100, "R-corrected": 2500}).reasons == ("smaller",)
    assert judged(here, {"R-total": 2100, "R-corrected": 2730}).consumption == 130


def test_corrector_and_meter_may_be_off_by_a_fifth_and_their_red_digits():
    here = sheet(
        read({"R-total": 2000, "R-corrected": 4000}),
        read({"R-total": 1000, "R-corrected": 2000}, date(2026, 5, 1)),
        of=supply(service="gas", annual_consumption=None),
        on=meter(**CORRECTOR),
    )
    assert judged(here, {"R-total": 2100, "R-corrected": 4243}).reasons == ()  # 200, 40 of them, 2 and 1
    assert judged(here, {"R-total": 2100, "R-corrected": 4244}).reasons == ("ratio",)
    assert judged(here, {"R-total": 1999, "R-corrected": 4200}).reasons == ("smaller",)  # and no ratio to speak of


def test_what_the_corrector_counts_is_in_the_services_unit_whatever_it_says():
    dials = [register("total", digits=8), register("corrected", digits=8, unit="m³", coefficient=None)]
    here = sheet(
        read({"R-total": 1000, "R-corrected": 1000}),
        of=supply(service="gas", annual_consumption=None),
        on=meter(kind="with_corrector", registers=dials),
    )
    assert judged(here, {"R-total": 1100, "R-corrected": 1130}).consumption == 130


def test_time_bands_are_expected_together():
    bands = meter(registers=registers("electricity", "simple"))
    last = read({"R-f1": 100, "R-f2": 200, "R-f3": 300})
    here = sheet(last, of=supply(service="electricity", annual_consumption=Decimal(2700)), on=bands)
    assert [dial.expected_low for dial in here.dials] == [None] * 3
    judgement = judged(here, {"R-f1": 160, "R-f2": 260, "R-f3": 370})
    assert (judgement.verdict, judgement.consumption) == ("accepted", 190)
    assert judged(here, {"R-f1": 160, "R-f2": 199, "R-f3": 370}).reasons == ("smaller",)
    with_history = sheet(
        last, read({"R-f1": 0, "R-f2": 100, "R-f3": 100}, date(2026, 5, 1)),
        of=supply(service="electricity", annual_consumption=Decimal(2700)), on=bands,
    )  # fmt: skip
    low, _, twice = (dial.expected_low - dial.previous for dial in with_history.dials)
    assert low > 0 and abs(twice - 2 * low) <= 2


def test_consumption_in_other_units_is_told_only_where_billing_says_how():
    gas = supply(service="gas")
    known = sheet(read(1000), of=gas, on=meter(registers=[register("total", coefficient="1.02")]))
    unknown = sheet(read(1000), of=gas, on=meter(registers=[register("total", coefficient=None)]))
    assert judged(known, 1100).consumption == Decimal("102.00")
    assert judged(unknown, 1100).consumption is None and unknown.high is not None


def test_the_range_shown_is_the_range_accepted():
    here = sheet(read(1000))
    low, high = here.dials[0].expected_low, here.dials[0].expected_high
    assert [judged(here, value).verdict for value in (low + 1, high - 1)] == ["accepted", "accepted"]
    assert [judged(here, value).verdict for value in (low - 1, high + 1)] == ["confirm", "confirm"]


def test_no_range_is_shown_where_the_dial_begins_anew():
    assert sheet(read(99_990)).dials[0].expected_high is None


# --- what gives way --------------------------------------------------------------------------------------------------


def test_a_reading_given_elsewhere_gives_way_on_its_day_alone():
    here = sheet(read(1010, date(2026, 11, 20), origin="self"), read(1000))
    same = judged(here, 1012, date(2026, 11, 20))
    assert (same.reasons, same.replaces, same.measured_against.read_on) == (("replaces",), True, date(2026, 10, 31))
    later = judged(here, 1014)
    assert (later.reasons, later.measured_against.read_on) == ((), date(2026, 11, 20))
    assert codes(judged(here, 1009, date(2026, 11, 19))) == {"read_on": ["not_after_last"]}


def test_one_that_an_invoice_has_used_stands():
    here = sheet(read(1010, date(2026, 11, 20), origin="self", invoice_number="1"), read(1000))
    assert codes(judged(here, 1012, date(2026, 11, 20))) == {"read_on": ["not_after_last"]}
    assert here.earliest == date(2026, 11, 21)


def test_what_the_distributor_has_read_never_gives_way():
    for origin in ("actual", "corrected"):
        here = sheet(read(1010, date(2026, 11, 20), origin=origin), read(1000))
        assert codes(judged(here, 1012, date(2026, 11, 20))) == {"read_on": ["not_after_last"]}


def test_one_that_waits_for_an_operator_gives_its_place_though_nothing_is_measured_against_it():
    kept = SelfReading(
        activity=Activity(pk=1, number="A-1", attention="kept"), supply_id="S1", meter_code="M1",
        read_on=date(2026, 11, 20), values={"R-total": "9000"},
    )  # fmt: skip
    rules = ReadingRules(service="water", valid_from=date(2020, 1, 1))
    here = make_sheet(supply(), meter=meter(), readings=[read(1000)], requests=[kept], rules=rules, today=TODAY)
    judgement = judged(here, 1024)
    assert (judgement.replaces, judgement.reasons, judgement.measured_against.values) == (
        True, ("replaces",), {"R-total": 1000},
    )  # fmt: skip


# --- against an oracle -----------------------------------------------------------------------------------------------

NUMBERS = st.one_of(
    st.integers(-5, 120_000),
    st.sampled_from([0, 9_999, 10_000, 89_999, 90_000, 90_001, 99_999, 100_000, 10**12]),
    st.decimals(0, 99_999, places=1),
)


def oracle(*, digits, previous, previous_on, started, installed, today, on, value, annual, allow_equal, slack):
    """(wrong day, wrong value, kept, confirm) from the requirements' words, for one dial with a flat year."""
    wrong_day = on > today or on < started or on < installed or (previous is not None and on <= previous_on)
    wrong_value = value is None or value != int(value) or value < 0 or len(str(int(value))) > digits
    if wrong_day or wrong_value or previous is None:
        return wrong_day, wrong_value, False, False
    kept = confirm = False
    gone = int(value) - int(previous)
    if gone < 0:
        ends = 10**digits
        over = previous > Decimal("0.9") * ends and value < Decimal("0.1") * ends
        kept = True
        gone = ends - int(previous) + int(value) if over else None
    if gone == 0 and not allow_equal:
        kept = True
    if annual and gone is not None and not (gone == 0 and not allow_equal):
        expected = Decimal(0)
        day = previous_on
        while day < on:
            day += A_DAY
            lengths = 29 if (day.month == 2 and (day + timedelta(days=29 - day.day)).month == 2) else None
            weight = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][day.month - 1]
            expected += Decimal(annual) * weight / 365 / (lengths or weight)

        def share(low: str, high: int) -> bool:
            return Decimal(low) * expected - slack <= gone <= Decimal(high) * expected + slack

        if not share("0.1", 4):
            if gone == 0:
                confirm = True
            else:
                kept = True
        elif not share("0.3", 2):
            confirm = True
    return wrong_day, wrong_value, kept, confirm


@given(
    digits=st.integers(1, 8),
    previous=st.none() | st.integers(0, 99_999_999),
    previous_days=st.integers(0, 500),
    on_days=st.integers(-3, 600),
    value=st.none() | NUMBERS,
    annual=st.none() | st.integers(1, 200_000),
    allow_equal=st.booleans(),
    slack=st.integers(0, 5),
    supply_days=st.integers(0, 2000),
    meter_days=st.integers(0, 700),
    near=st.none() | st.integers(-100, 100),
)
def test_one_dial_against_the_oracle(
    digits, previous, previous_days, on_days, value, annual, allow_equal, slack, supply_days, meter_days, near
):
    if previous is not None:
        previous %= 10**digits
        if near is not None and value is not None:
            value = (previous + near) % 10**digits
    today = TODAY
    day = {name: today - timedelta(days=days) for name, days in (("supply", supply_days), ("meter", meter_days))}
    previous_on, on = today - timedelta(days=previous_days), today - timedelta(days=on_days)
    here = sheet(
        *([] if previous is None else [read(previous, previous_on)]),
        of=supply(service="gas", profile="C2", started_on=day["supply"], annual_consumption=annual and Decimal(annual)),
        on=meter(installed_on=day["meter"], registers=[register("total", digits=digits, coefficient="1")]),
        allow_equal=allow_equal,
        slack=Decimal(slack),
    )
    judgement = judged(here, value, on)
    wrong_day, wrong_value, kept, confirm = oracle(
        digits=digits, previous=previous, previous_on=previous_on, started=day["supply"], installed=day["meter"],
        today=today, on=on, value=None if value is None else Decimal(value), annual=annual, allow_equal=allow_equal, slack=slack,
    )  # fmt: skip
    assert ("read_on" in judgement.errors) is wrong_day
    assert ("value_R-total" in judgement.errors) is wrong_value
    if not judgement.errors:
        assert judgement.verdict == ("kept" if kept else "confirm" if confirm else "accepted"), judgement


@given(
    before=st.tuples(st.integers(0, 99_999), st.integers(0, 999_999)),
    after=st.tuples(st.none() | st.integers(0, 99_999), st.none() | st.integers(0, 999_999)),
)
def test_a_pair_is_judged_dial_by_dial(before, after):
    """Whatever one dial alone would be kept for, the pair is kept for; with one left out there is no reading."""
    dials = [register("total", digits=5), register("corrected", digits=6, coefficient="1")]
    of = supply(service="gas", annual_consumption=None)
    names = [dial["code"] for dial in dials]
    here = sheet(read(dict(zip(names, before, strict=True))), of=of, on=meter(kind="with_corrector", registers=dials))
    judgement = judged(here, dict(zip(names, after, strict=True)))
    assert set(judgement.errors) == {f"value_{name}" for name, value in zip(names, after, strict=True) if value is None}
    if judgement.errors:
        return
    alone = set()
    for dial, old, new in zip(dials, before, after, strict=True):
        one = sheet(read({dial["code"]: old}), of=of, on=meter(registers=[dial]))
        alone |= set(judged(one, {dial["code"]: new}).reasons)
    assert set(judgement.reasons) == alone


@given(value=st.integers(0, 99_999), old=st.integers(0, 99_999), initial=st.integers(0, 50))
def test_after_a_swap_the_old_meter_says_nothing(value, old, initial):
    new = meter(code="M2", serial="NEW", installed_on=date(2026, 11, 10))
    readings = [
        read(initial, date(2026, 11, 10), meter_code="M2", occasion="initial", code="L2"),
        read(old, date(2026, 11, 10), occasion="final"),
    ]
    here = sheet(*readings, of=supply(annual_consumption=None), on=new)
    judgement = judged(here, value)
    assert judgement.measured_against.values == {"R-total": initial}
    assert ("smaller" in judgement.reasons) is (value < initial)
