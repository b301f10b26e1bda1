from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from sportello.billing.errors import BillingError, Conflict, NotThere, Refused, Unavailable
from sportello.connectors.sap.answers import Answer, Asked, Passing, SessionOver, TokenMissing, entity, pdf, seconds

ASKED = Asked(kind="customer", code="1001")
SAP_SAYS = b'{"error":{"code":"ZUMC/012","message":{"lang":"it","value":"Conto bloccato"}}}'
XML_SAYS = b'<error xmlns="x"><code>ZUMC/012</code><message xml:lang="it">Conto bloccato</message></error>'
GATEWAY = b'{"error":{"code":"/IWFND/MED/170","message":{"lang":"en","value":"No service found"}}}'


def answer(status=200, content_type="application/json", body=b'{"d": {}}', **rest):
    return Answer(status=status, content_type=content_type, body=body, **rest)


@pytest.mark.parametrize(
    ("given", "error", "reason"),
    [
        (answer(302, "text/html", b""), SessionOver, "elsewhere"),
        (answer(401, "text/html", b"<html>"), Unavailable, "does not let our user in"),
        (answer(403), Unavailable, "does not let our user in"),
        (answer(403, csrf="Required"), TokenMissing, "token"),
        (answer(404, body=SAP_SAYS), NotThere, "customer"),
        (answer(404, "application/xml", XML_SAYS), NotThere, "customer"),
        (answer(404, "text/html", b"<html>"), Unavailable, "does not answer there"),
        (answer(404, body=GATEWAY), Unavailable, "does not answer there"),
        (answer(404, body=b""), Unavailable, "does not answer there"),
        (answer(400, body=SAP_SAYS), Refused, "Conto bloccato"),
        (answer(400, "application/xml", XML_SAYS), Refused, "Conto bloccato"),
        (answer(400, "text/html", b"<html>"), Unavailable, "does not answer there"),
        (answer(409, body=SAP_SAYS), Conflict, "Conto bloccato"),
        (answer(412, body=SAP_SAYS), Conflict, "Conto bloccato"),
        (answer(429), Unavailable, "busy"),
        (answer(500), Passing, "failed"),
        (answer(501, body=SAP_SAYS), Unavailable, "does not answer there"),
        (answer(503), Passing, "failed"),
        (answer(content_type="text/html", body=b"<html>"), SessionOver, "web page"),
        (answer(body=b"\n <!DOCTYPE html>"), SessionOver, "web page"),
        (answer(content_type="application/atom+xml", body=b"<entry/>"), Unavailable, "not JSON"),
        (answer(body=b'{"d": {"A": "'), Passing, "breaks off"),
        (answer(body=b"\xff\xfe"), Passing, "breaks off"),
        (answer(body=b"[" * 100_000), Passing, "breaks off"),
        (answer(body=b"[]"), Unavailable, "no OData V2"),
        (answer(body=b'{"value": []}'), Unavailable, "no OData V2"),
    ],
)
def test_what_is_no_answer(given, error, reason):
    with pytest.raises(error, match=reason):
        entity(given, asked=ASKED)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (answer(404, body=SAP_SAYS), NotThere),
        (answer(body=b"", content_type="application/pdf"), Unavailable),
        (answer(body=b"<html>", content_type="text/html"), SessionOver),
        (answer(body=b'{"d": {}}'), Unavailable),
        (answer(body=b"%PDF-1.4 and no end", content_type="application/pdf"), Passing),
    ],
)
def test_what_is_no_pdf(given, error):
    with pytest.raises(error):
        pdf(given, asked=ASKED)


def test_a_long_message_of_saps_is_cut():
    with pytest.raises(Refused) as refused:
        entity(answer(400, body=SAP_SAYS.replace(b"Conto", b"x" * 5000)), asked=ASKED)
    assert len(refused.value.reason) == 200


@pytest.mark.parametrize(
    "body", [b"null", b"[]", b'{"error": 1}', b'{"error": {"code": 1}}', b'{"error": null}', b"\x00"]
)
@pytest.mark.parametrize("status", [400, 404, 500, 299, 600])
def test_any_error_body_is_one_of_the_ports_errors(body, status):
    with pytest.raises(BillingError):
        entity(answer(status, body=body), asked=ASKED)


def test_how_long_to_wait():
    in_a_minute = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert seconds("120") == 120
    assert 55 < seconds(in_a_minute) <= 60
    assert seconds("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert [seconds(unclear) for unclear in ("", "soon", "-5", "²")] == [None] * 4
