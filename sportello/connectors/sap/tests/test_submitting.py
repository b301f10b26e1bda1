"""A reading goes to SAP once, whatever happens on the way: none is lost, and none counts twice."""

import json
import logging
import threading
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import count

import pytest

from sportello.billing.commands import PublishWebCode, SubmitReading
from sportello.billing.errors import BillingError, Conflict, ForeignRows, NotThere, Refused, Unavailable
from sportello.billing.records import MeterReadingRecord, RegisterValue
from sportello.connectors.sap import submitting
from sportello.connectors.sap.breaker import Breaker
from sportello.connectors.sap.client import Limits
from sportello.connectors.sap.tests.cast import ALICE, BOB, GAS_METER, POWER_METER
from sportello.connectors.sap.tests.gateway import SHORT, SITE, billing, gateway, refused, say
from sportello.connectors.sap.tests.taking import Taking
from sportello.connectors.sap.tests.test_faults import FAULTS, nothing

DAY = date(2026, 5, 20)
BOTH = [("001", "300"), ("002", "358.5")]


def values(*pairs):
    return tuple(RegisterValue(register=register, value=Decimal(value)) for register, value in pairs)


READING = SubmitReading(
    customer_code=ALICE, supply_code="3001", meter_code=GAS_METER, read_on=DAY, values=values(*BOTH)
)


@pytest.fixture
def taking():
    return Taking()


@pytest.fixture
def server(taking):
    with gateway(taking) as found:
        found.over = threading.Event()
        yield found
        found.over.set()


@pytest.fixture
def sap(server):
    # The circuit has tests of its own: here a minute goes by whenever it looks at the clock.
    breaker = Breaker(failures=100, clock=count(step=60).__next__)
    with billing(server.url, limits=replace(SHORT, tries=1), breaker=breaker) as found:
        yield found


def send(sap, command=READING, key="self-reading:A-1"):
    return sap.execute(command, key=key)


# --- what is sent ------------------------------------------------------------------------------------------------------
def test_both_registers_go_with_one_request(sap, server, taking):
    receipt = send(sap)
    assert (receipt.reference, receipt.duplicate) == (taking.taken[0]["MeterReadingResultID"], False)
    assert [call.command for call in server.calls] == ["GET", "GET", "POST"]
    assert taking.bodies == [
        {
            "DeviceID": GAS_METER,
            "RegisterID": "001",
            "ReadingResult": "300",
            "ReadingDateTime": "/Date(1779235200000)/",
            "DependentMeterReadingResults": [
                {
                    "DeviceID": GAS_METER,
                    "RegisterID": "002",
                    "ReadingResult": "358.5",
                    "ReadingDateTime": "/Date(1779235200000)/",
                }
            ],
        }
    ]


def test_it_is_there_when_the_customer_is_read_again(sap):
    send(sap)
    last = [record for record in sap.snapshot(ALICE).records if isinstance(record, MeterReadingRecord)][-1]
    assert (last.read_on, last.origin, last.validation, last.values) == (DAY, "self", "valid", values(*BOTH))


def test_a_meter_with_one_register_has_nothing_below(sap, taking):
    send(sap, replace(READING, values=values(("001", "300"))))
    assert "DependentMeterReadingResults" not in taking.bodies[0]


def test_three_bands(sap, taking):
    command = SubmitReading(
        customer_code=BOB,
        supply_code="3002",
        meter_code=POWER_METER,
        read_on=DAY,
        values=values(("001", "1"), ("002", "2"), ("003", "3")),
    )
    send(sap, command)
    assert taking.shown == [("001", "1"), ("002", "2"), ("003", "3")]
    assert len(taking.bodies) == 1


@pytest.mark.parametrize(("value", "sent"), [("1E+3", "1000"), ("12.50", "12.50"), ("0", "0"), ("1E-3", "0.001")])
def test_a_number_is_sent_as_it_is_read(sap, taking, value, sent):
    send(sap, replace(READING, values=values(("001", value))))
    assert taking.shown == [("001", sent)]


def test_properties_go_under_the_sites_own_names(server, taking):
    names = {"MeterReadingResults": "ZResults", "MeterReadingResult.ReadingResult": "ZResult"}
    taking.take = lambda body: [body]

    def reply(handler):
        if handler.command == "POST":
            taking.bodies.append((handler.address.partition("?")[0], json.loads(handler.sent)))
            return handler.answer(json.dumps({"d": {"DeviceID": GAS_METER, "MeterReadingResultID": "1"}}), 201)
        if "Devices" not in handler.address:
            return taking(handler)

        def change(answer):
            for row in answer["MeterReadingResults"]["results"]:
                row["ZResult"] = row.pop("ReadingResult")
            return answer

        return say(handler, taking.rows, change=change)

    server.reply = reply
    with billing(server.url, site=replace(SITE, names=names)) as sap:
        send(sap)
    (path, body) = taking.bodies[0]
    assert path == "ZResults"
    assert [body["ZResult"], body["DependentMeterReadingResults"][0]["ZResult"]] == ["300", "358.5"]


# --- once --------------------------------------------------------------------------------------------------------------
def test_the_same_again_sends_nothing_and_gives_the_same_receipt(sap, taking):
    first, again = send(sap), send(sap)
    assert (again.duplicate, again.reference) == (True, first.reference)
    assert taking.shown == BOTH


def test_without_the_look_it_would_go_twice(sap, taking, monkeypatch):
    """The control of the one above, and of all below."""
    monkeypatch.setattr(submitting, "_latest", lambda *_: None)
    send(sap)
    assert not send(sap).duplicate
    assert taking.shown == BOTH * 2


def test_the_same_values_on_another_day_are_another_reading(sap, taking):
    send(sap)
    assert not send(sap, replace(READING, read_on=date(2026, 5, 21))).duplicate
    assert len(taking.taken) == 4


def test_what_is_there_is_recognised_however_it_is_written(sap, taking):
    send(sap)
    for row in taking.rows["MeterReadingResults"]:
        row.update(ReadingResult=f"{Decimal(row['ReadingResult']):.14f}", RegisterID=row["RegisterID"].lstrip("0"))
        if row["ReadingDateTime"] == "/Date(1779235200000)/":
            row["ReadingDateTime"] = "/Date(1779289200000)/"  # the same day, in the afternoon
    assert send(sap).duplicate


def test_a_register_that_is_missing_is_sent_alone(sap, taking):
    send(sap, replace(READING, values=READING.values[:1]))
    assert not send(sap).duplicate
    assert taking.shown == BOTH


def test_a_reading_that_differs_in_one_register_is_sent_whole(sap, taking):
    send(sap)
    other = replace(READING, values=values(BOTH[0], ("002", "359")))
    send(sap, other)
    assert send(sap, other).duplicate
    assert taking.shown == [*BOTH, BOTH[0], ("002", "359")]
    found = [one for one in sap.snapshot(ALICE).records if isinstance(one, MeterReadingRecord) and one.read_on == DAY]
    assert [one.values for one in found if one.superseded_by is None] == [other.values]


def test_another_value_for_the_same_day_is_sent_and_counts_from_then_on(sap, taking):
    """And back to the first one: the newest word of the day is what is compared."""
    send(sap)
    other = replace(READING, values=values(("001", "301"), ("002", "359")), replaces="self-reading:A-1")
    assert not send(sap, other, key="self-reading:A-2").duplicate
    assert send(sap, other, key="self-reading:A-2").duplicate
    assert not send(sap, READING, key="self-reading:A-3").duplicate
    assert taking.shown == [*BOTH, ("001", "301"), ("002", "359"), *BOTH]


# --- what goes wrong ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_happens_to_the_request_the_next_sending_puts_it_right(sap, taking, fault):
    """SAP has done nothing, or has done it and cannot say so: either way it has the reading once in the end."""
    taking.instead = FAULTS[fault]
    if fault == "403 CSRF":
        taking.token = "second"
        assert not send(sap).duplicate  # asked for a token and went on
    else:
        with pytest.raises(Unavailable):
            send(sap)
        assert taking.taken == []
    send(sap)
    assert taking.shown == BOTH


@pytest.mark.parametrize("fault", [name for name in FAULTS if name != "403 CSRF"])
def test_an_answer_that_was_lost_does_not_make_two(sap, taking, fault):
    taking.after = FAULTS[fault]
    with pytest.raises(Unavailable):
        send(sap)
    assert taking.shown == BOTH
    assert send(sap).duplicate
    assert taking.shown == BOTH


@pytest.mark.parametrize("fault", FAULTS)
def test_where_the_look_fails_nothing_is_sent(sap, server, taking, fault):
    server.reply = FAULTS[fault]
    with pytest.raises(Unavailable):
        send(sap)
    assert [call.command for call in server.calls] == ["GET"]
    server.reply = taking
    send(sap)
    assert taking.shown == BOTH


def test_nobody_listens_and_then_somebody_does(taking):
    with gateway(taking) as server:
        gone = server.url
    with billing(gone) as sap, pytest.raises(Unavailable, match="cannot be reached"):
        send(sap)
    with gateway(taking) as server, billing(server.url) as sap:
        send(sap)
    assert taking.shown == BOTH


def test_a_token_that_has_expired_is_fetched_and_nothing_is_sent_twice(sap, server, taking):
    send(sap)
    taking.token = "second"
    send(sap, replace(READING, read_on=date(2026, 5, 21)))
    assert [call.command for call in server.calls] == ["GET", "GET", "POST", "GET", "POST", "GET", "POST"]
    assert len(taking.taken) == 4


@pytest.mark.parametrize(
    "answer", ['{"d": {"DeviceID": "700002", "MeterReadingResultID": "1"}}', '{"d": {}}', '{"d": {"DeviceID": null}}']
)
def test_an_answer_about_something_else_leaves_open_what_was_done(sap, taking, answer):
    taking.after = lambda handler: handler.answer(answer, 201)
    with pytest.raises(Unavailable):
        send(sap)
    assert send(sap).duplicate
    assert taking.shown == BOTH


def test_an_answer_without_words_is_a_receipt(sap, taking):
    taking.after = lambda handler: handler.answer("", 204)
    receipt = send(sap)
    assert (receipt.reference, receipt.duplicate) == ("", False)


# --- SAP is still at work on a request that was given up ---------------------------------------------------------------
def test_a_request_that_is_still_being_worked_on_is_found_after_a_refusal(sap, taking):
    """The look came too early; SAP refuses the second, and by then shows the first."""

    def busy(handler):
        taking.take(json.loads(handler.sent), seen=False)
        nothing(handler)

    def already_there(handler):
        taking.show()
        refused(handler, 400, "EL/123", "Reading already exists")

    taking.instead = busy
    with pytest.raises(Unavailable):
        send(sap)
    taking.instead = already_there
    assert send(sap).duplicate
    assert taking.shown == BOTH


def test_a_request_that_comes_to_light_later_makes_two_that_say_the_same(sap, taking):
    """All that remains possible: the dials showed the same on the same day, said twice; then it is at rest."""

    def busy(handler):
        taking.take(json.loads(handler.sent), seen=False)
        nothing(handler)

    taking.instead = busy
    with pytest.raises(Unavailable):
        send(sap)
    assert not send(sap).duplicate
    taking.show()
    assert send(sap).duplicate
    assert taking.shown == BOTH * 2
    found = [one for one in sap.snapshot(ALICE).records if isinstance(one, MeterReadingRecord) and one.read_on == DAY]
    assert [(one.values, one.superseded_by is None) for one in found] == [(values(*BOTH), False), (values(*BOTH), True)]


# --- what SAP refuses --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("named", "field"),
    [
        ({"propertyref": "ReadingResult"}, "values"),
        ({"propertyref": "DependentMeterReadingResults/ReadingResult"}, "values"),
        ({"target": "ReadingDateTime"}, "read_on"),
        ({"propertyref": "", "target": "DeviceID"}, "meter_code"),
        ({"propertyref": "Other"}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_a_refusal_in_saps_words_with_the_field_that_it_means(sap, taking, named, field):
    details = {} if named is None else {"innererror": {"errordetails": [named]}}
    taking.instead = partial(refused, status=400, code="EL/042", message="Lettura non plausibile", **details)
    with pytest.raises(Refused) as no:
        send(sap)
    assert (no.value.reason, no.value.field) == ("Lettura non plausibile", field)
    assert taking.taken == []


@pytest.mark.parametrize("status", [400, 405, 422])
def test_a_refusal_leaves_the_circuit_closed(server, taking, status):
    with billing(server.url, breaker=Breaker(failures=1)) as sap:
        for _ in range(3):
            taking.instead = partial(refused, status=status, code="EL/042", message="no")
            with pytest.raises(Refused):
                send(sap)
        assert not send(sap).duplicate


def test_a_conflict(sap, taking):
    taking.instead = partial(refused, status=409, code="EL/043", message="Locked by user MROSSI")
    with pytest.raises(Conflict, match="Locked"):
        send(sap)
    assert not send(sap).duplicate


@pytest.mark.parametrize(
    "wrong",
    [
        {"customer_code": BOB},
        {"supply_code": "3002"},
        {"customer_code": BOB, "supply_code": "3002"},
        {"meter_code": POWER_METER},
        {"meter_code": "709999"},
        {"meter_code": "' or 1"},
        {"meter_code": "\x00"},
        {"supply_code": ""},
        {"customer_code": "9" * 1_000},
    ],
)
def test_a_meter_that_is_not_this_customers(sap, server, wrong):
    with pytest.raises(NotThere):
        send(sap, replace(READING, **wrong))
    assert "POST" not in [call.command for call in server.calls]


def test_without_the_check_it_would_be_written_to_somebody_elses_meter(sap, taking, monkeypatch):
    """The control of the one above."""
    monkeypatch.setattr(submitting, "_check_owner", lambda *_: None)
    send(sap, replace(READING, customer_code=BOB))
    assert taking.shown == BOTH


def test_an_answer_about_somebody_elses_device_is_not_used(sap, server, taking):
    def foreign(handler):
        handler.path = handler.path.replace(GAS_METER, POWER_METER)
        taking(handler)

    server.reply = foreign
    with pytest.raises(ForeignRows):
        send(sap)
    assert taking.taken == []


@pytest.mark.parametrize(
    "wrong",
    [
        (),
        values(("009", "1")),
        values(("001", "1"), ("x", "2")),
        values(("001", "1"), ("001", "2")),
        values(("001", "NaN")),
        values(("001", "sNaN")),
        values(("001", "Infinity")),
    ],
)
def test_values_that_are_not_those_of_the_meter(sap, taking, wrong):
    with pytest.raises(Refused) as no:
        send(sap, replace(READING, values=wrong))
    assert no.value.field == "values"
    assert taking.taken == []


def test_what_it_does_not_do(sap, server):
    assert "PublishWebCode" not in sap.capabilities.commands
    with pytest.raises(Refused):
        send(sap, PublishWebCode(customer_code=ALICE, web_code="X", expires_on=DAY))
    assert server.calls == []


def test_a_site_without_devices_does_not_offer_it(server):
    with billing(server.url, site=replace(SITE, omitted=frozenset({"Devices"}))) as sap:
        assert not sap.capabilities.takes(READING)
        with pytest.raises(Refused):
            send(sap)
    assert server.calls == []


def test_a_site_without_history_looks_all_the_same(server, taking):
    with billing(server.url, site=replace(SITE, omitted=frozenset({"MeterReadingResults"}))) as sap:
        send(sap)
        assert send(sap).duplicate
    assert taking.shown == BOTH


def test_many_at_once_do_not_disturb_one_another(server, taking):
    """One connector is used by several threads. Each sends for a day of its own, twice."""
    with billing(server.url, limits=Limits(), breaker=Breaker(failures=100)) as sap:
        outcomes = []

        def sender(day):
            command = replace(READING, read_on=date(2026, 5, day))
            try:
                outcomes.extend([send(sap, command).duplicate, send(sap, command).duplicate])
            except BillingError as error:  # pragma: no cover
                outcomes.append(error)

        threads = [threading.Thread(target=sender, args=(day,)) for day in range(1, 9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(outcomes) == [False] * 8 + [True] * 8
    assert len(taking.taken) == 16


def test_nothing_of_it_is_logged(sap, taking, caplog):
    taking.instead = nothing
    with caplog.at_level(logging.DEBUG, logger="sportello"), pytest.raises(Unavailable):
        send(sap)
    send(sap)
    assert "358" not in caplog.text
