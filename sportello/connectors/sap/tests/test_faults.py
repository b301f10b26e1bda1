"""Billing that is down, slow, or answers something that is not an answer: an error of the port, soon, no row used."""

import json
import logging
import socket
import threading
import time
import traceback
from decimal import Decimal
from functools import partial

import pytest

from sportello.billing.errors import BillingError, ForeignRows, NotThere, Refused, Unavailable
from sportello.connectors.sap import rows
from sportello.connectors.sap.breaker import Breaker
from sportello.connectors.sap.client import Limits
from sportello.connectors.sap.tests.cast import ALICE, BOB
from sportello.connectors.sap.tests.gateway import SHORT, Handler, billing, gateway, refused, rightly

SOON = 2.5  # seconds, with the limits of these tests and a busy machine
LOGIN = "<!DOCTYPE html><html><title>Logon</title></html>"


def nothing(handler: Handler) -> None:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def slow(handler: Handler, seconds: float = 30) -> None:
    handler.server.over.wait(seconds)


def dribble(handler: Handler) -> None:
    """A byte now and then: no single wait is long."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    while not handler.server.over.wait(0.05):
        handler.wfile.write(b" ")


def truncated(handler: Handler, content: bytes = b'{"d": {"AccountID": "1001", "FirstN') -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(content)
    nothing(handler)


def cut_without_length(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.wfile.write(b'{"d": {"results": [{"AccountID": "10')
    handler.close_connection = True


def not_http(handler: Handler) -> None:
    handler.wfile.write(b"\x15\x03\x01\x00\x02\x02\x16 this is no HTTP at all\r\n\r\n")
    nothing(handler)


def endless(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Connection", "close")
    handler.end_headers()
    while not handler.server.over.is_set():
        handler.wfile.write(b" " * 65536)


def to_a_login_page(handler: Handler) -> None:
    if handler.path.startswith("/login"):
        return handler.answer(LOGIN, type_="text/html")
    return handler.answer("", 302, "text/html", Location="/login")


def foreign(handler: Handler) -> None:
    """The answer for Bob, whoever was asked for."""
    handler.path = handler.path.replace(f"'{ALICE}'", f"'{BOB}'")
    rightly(handler)


FAULTS = {
    "hangs up": nothing,
    "30 s slow": slow,
    "a byte now and then": dribble,
    "500": partial(refused, status=500, code="SY/530", message="dump"),
    "500 as a page": lambda handler: handler.answer("<html>500</html>", 500, "text/html"),
    "502": lambda handler: handler.answer("<html>proxy</html>", 502, "text/html"),
    "503": lambda handler: handler.answer("", 503, "text/html"),
    "503 with Retry-After": lambda handler: handler.answer("", 503, "text/html", Retry_After="7"),
    "429 with Retry-After": lambda handler: handler.answer("", 429, "text/html", Retry_After="7"),
    "200 with a login page": lambda handler: handler.answer(LOGIN, type_="text/html; charset=utf-8"),
    "200 with a page called JSON": lambda handler: handler.answer(LOGIN),
    "200 with nothing": lambda handler: handler.answer(""),
    "redirect to a login page": to_a_login_page,
    "truncated": truncated,
    "truncated without a length": cut_without_length,
    "truncated with a wrong length": lambda handler: handler.answer('{"d": {"Acc'),
    "not HTTP": not_http,
    "not JSON": lambda handler: handler.answer("hello"),
    "JSON of another shape": lambda handler: handler.answer('{"value": []}'),
    "a list for an entity": lambda handler: handler.answer('{"d": {"results": []}}'),
    "Atom": lambda handler: handler.answer("<entry/>", type_="application/atom+xml"),
    "a body without end": endless,
    "a long body": lambda handler: handler.answer(json.dumps({"d": "x" * 200_000})),
    "401": lambda handler: handler.answer("<html>401</html>", 401, "text/html"),
    "403": lambda handler: handler.answer("no", 403, "text/plain"),
    "403 CSRF": lambda handler: handler.answer("no", 403, "text/plain", X_CSRF_Token="Required"),
    "404 of another server": lambda handler: handler.answer("<html>404</html>", 404, "text/html"),
    "404 of a service that is not there": partial(refused, status=404, code="/IWFND/MED/170", message="No service"),
}


@pytest.fixture
def faulty():
    """A gateway with a fault; whatever it still does ends with the test."""
    over = threading.Event()
    opened = []

    def open_gateway(reply):
        context = gateway(reply)
        server = context.__enter__()
        server.over = over
        opened.append(context)
        return server

    yield open_gateway
    over.set()
    for context in opened:
        context.__exit__(None, None, None)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_unavailable_and_soon(faulty, fault):
    server = faulty(FAULTS[fault])
    with billing(server.url) as sap:
        began = time.monotonic()
        with pytest.raises(Unavailable):
            sap.snapshot(ALICE)
        with pytest.raises(Unavailable):
            sap.invoice_pdf("1")
        assert time.monotonic() - began < 2 * SOON


def test_a_gateway_without_fault_answers(faulty):
    """The control: the same test with nothing wrong."""
    with billing(faulty(rightly).url) as sap:
        assert len(sap.snapshot(ALICE).records) == 10
        assert sap.invoice_pdf("2026/G/0000001").startswith(b"%PDF-")


def test_nobody_listens(faulty):
    server = faulty(rightly)
    url = server.url
    server.server_close()
    with billing(url) as sap, pytest.raises(Unavailable, match="cannot be reached"):
        sap.snapshot(ALICE)


def test_another_customers_rows_are_not_used(faulty):
    with billing(faulty(foreign).url) as sap:
        with pytest.raises(ForeignRows):
            sap.snapshot(ALICE)
        assert sap.snapshot(BOB).records


def test_without_the_guard_they_would_be_used(faulty, monkeypatch):
    """The control of the one above."""
    monkeypatch.setattr(rows, "same_code", lambda one, other: True)
    with billing(faulty(foreign).url) as sap:
        assert any(getattr(record, "balance", 0) == Decimal("-5.50") for record in sap.snapshot(ALICE).records)


def test_one_foreign_invoice_spoils_the_whole_answer(faulty):
    def change(answer):
        for row in answer.get("results", [])[1:]:
            row["AccountID"] = BOB
        return answer

    with billing(faulty(partial(rightly, change=change)).url) as sap, pytest.raises(ForeignRows):
        sap.snapshot(ALICE)


@pytest.mark.parametrize("code", ["9999", "O'Hara", "a/b", "100%", "1001)", "è", "1001') or ('1"])
def test_a_code_that_billing_does_not_know(faulty, code):
    with billing(faulty(rightly).url) as sap, pytest.raises(NotThere):
        sap.snapshot(code)


@pytest.mark.parametrize("code", ["", "\x00", "1001\n", "x" * 65])
def test_a_code_that_cannot_be_one_is_not_asked_for(faulty, code):
    server = faulty(rightly)
    with billing(server.url) as sap:
        for ask in (sap.snapshot, sap.invoice_pdf):
            with pytest.raises(NotThere):
                ask(code)
    assert server.calls == []


def test_what_billing_refuses_is_not_asked_again(faulty):
    server = faulty(partial(refused, status=400, code="ZUMC/012", message="Conto bloccato"))
    with billing(server.url) as sap, pytest.raises(Refused, match="Conto bloccato"):
        sap.snapshot(ALICE)
    assert len(server.calls) == 1


# --- trying again ----------------------------------------------------------------------------------------------------
def test_what_passes_is_tried_again(faulty):
    faults = [nothing, truncated, partial(refused, status=500, code="x", message="x")]

    def reply(handler):
        (faults.pop() if faults else rightly)(handler)

    server = faulty(reply)
    with billing(server.url, limits=Limits(tries=4, pause=0.01)) as sap:
        assert sap.snapshot(ALICE).records


@pytest.mark.parametrize(("fault", "asked"), [("30 s slow", 1), ("401", 1), ("503 with Retry-After", 1), ("500", 3)])
def test_how_often_a_fault_is_asked(faulty, fault, asked):
    """A wrong password locks the user after some tries; a slow system does not get faster by asking more."""
    server = faulty(FAULTS[fault])
    with billing(server.url) as sap, pytest.raises(Unavailable):
        sap.snapshot(ALICE)
    assert len(server.calls) == asked


def test_retry_after_is_handed_on_and_kept(faulty):
    server = faulty(FAULTS["503 with Retry-After"])
    with billing(server.url) as sap:
        with pytest.raises(Unavailable) as unavailable:
            sap.snapshot(ALICE)
        assert unavailable.value.retry_after == 7
        server.reply = rightly
        with pytest.raises(Unavailable) as unavailable:
            sap.snapshot(ALICE)
        assert 6 < unavailable.value.retry_after <= 7
    assert len(server.calls) == 1


def test_a_session_that_is_over_is_left_and_the_next_one_answers(faulty):
    def reply(handler):
        if "SAP_SESSIONID=old" in handler.headers.get("Cookie", ""):
            return handler.answer(LOGIN, type_="text/html")
        return rightly(handler)

    def first(handler):
        handler.server.reply = reply
        handler.answer("", 503, "text/html", Set_Cookie="SAP_SESSIONID=old; Path=/")

    with billing(faulty(first).url) as sap:
        assert sap.snapshot(ALICE).records


# --- the circuit -----------------------------------------------------------------------------------------------------
def test_the_circuit_opens_within_five_failures_and_closes_again(faulty):
    server = faulty(FAULTS["500"])
    with billing(server.url, breaker=Breaker(failures=5, seconds=0.3)) as sap:
        for _ in range(4):
            with pytest.raises(Unavailable):
                sap.snapshot(ALICE)
        assert len(server.calls) == 5
        began = time.monotonic()
        with pytest.raises(Unavailable, match="a moment ago") as unavailable:
            sap.snapshot(ALICE)
        assert time.monotonic() - began < 0.05
        assert 0 < unavailable.value.retry_after <= 0.3
        server.reply = rightly
        time.sleep(0.3)
        assert sap.snapshot(ALICE).records
        assert sap.snapshot(ALICE).records


def test_without_the_circuit_a_dead_gateway_is_asked_for_ever(faulty):
    """The control of the one above."""
    server = faulty(FAULTS["500"])
    with billing(server.url, breaker=Breaker(failures=1_000)) as sap:
        for _ in range(4):
            with pytest.raises(Unavailable):
                sap.snapshot(ALICE)
    assert len(server.calls) == 12


def test_unknown_customers_and_refusals_do_not_open_it(faulty):
    server = faulty(rightly)
    with billing(server.url) as sap:
        for _ in range(6):
            with pytest.raises(NotThere):
                sap.snapshot("9999")
        assert sap.snapshot(ALICE).records


def test_one_broken_document_does_not_open_it(faulty):
    def reply(handler):
        handler.answer("no PDF") if "PDF" in handler.path else rightly(handler)

    with billing(faulty(reply).url) as sap:
        for _ in range(6):
            with pytest.raises(Unavailable, match="not a PDF"):
                sap.invoice_pdf("1")
        assert sap.snapshot(ALICE).records


def test_one_slow_answer_does_not_hold_up_the_others(faulty):
    def reply(handler):
        if "'slow'" in handler.path:
            slow(handler)
        rightly(handler)

    server = faulty(reply)
    with billing(server.url, limits=Limits(read=3, total=3)) as sap:
        waiting = threading.Thread(target=lambda: ends_in_an_error(sap, "slow"))
        waiting.start()
        while not server.calls:
            time.sleep(0.01)
        began = time.monotonic()
        assert sap.snapshot(ALICE).records
        assert time.monotonic() - began < 1.5
        server.over.set()
        waiting.join()


def ends_in_an_error(sap, code):
    with pytest.raises(BillingError):
        sap.snapshot(code)


def test_many_threads_at_once(faulty):
    with billing(faulty(rightly).url, limits=Limits()) as sap:
        found = []
        threads = [
            threading.Thread(target=lambda code=code: found.append((code, sap.snapshot(code).records[0].code)))
            for code in [ALICE, BOB] * 8
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(found) == sorted([(ALICE, ALICE), (BOB, BOB)] * 8)


# --- secrets ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("fault", ["hangs up", "401", "500", "not HTTP", "200 with a login page"])
def test_no_credentials_in_messages_and_logs(faulty, fault, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    with billing(faulty(FAULTS[fault]).url) as sap, pytest.raises(Unavailable) as unavailable:
        sap.snapshot(ALICE)
    told = "".join(traceback.format_exception(unavailable.value)) + caplog.text + str(capsys.readouterr())
    for secret in ("s3cret-canary", "c3BvcnRlbGxv", "Authorization"):  # base64 of "sportello"
        assert secret not in told


def test_the_limits_of_these_tests_are_short():
    assert SHORT.total < 1 < Limits().total
