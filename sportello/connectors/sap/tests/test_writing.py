"""The way to write: a token with the session that it belongs to, asked for again once, and never a second sending."""

import json
import socket

import pytest

from sportello.billing.errors import Refused, Unavailable
from sportello.connectors.sap.answers import Asked
from sportello.connectors.sap.client import Client
from sportello.connectors.sap.tests.gateway import SHORT, gateway, refused

ASKED = Asked(kind="contact", code="")
CONTACT = {"AccountID": "1001", "Note": "è"}


class Tokens:
    """What a gateway does: a new session and token on request; a write needs both."""

    def __init__(self) -> None:
        self.tokens: dict[str, str] = {}
        self.written: list[object] = []

    def __call__(self, handler) -> None:
        if handler.command == "GET":
            assert handler.headers["X-CSRF-Token"] == "Fetch"
            session = str(len(self.tokens))
            self.tokens[session] = f"token-{session}"
            return handler.answer(
                '{"d": {"EntitySets": []}}', X_CSRF_Token=self.tokens[session], Set_Cookie=f"sap-XSRF={session}; Path=/"
            )
        session = handler.headers.get("Cookie", "").partition("=")[2]
        if self.tokens.get(session, "none") != handler.headers.get("X-CSRF-Token"):
            return handler.answer("CSRF token validation failed", 403, "text/plain", X_CSRF_Token="Required")
        self.written.append(json.loads(handler.sent))
        return handler.answer('{"d": {"AccountContactID": "1"}}', 201)


@pytest.fixture
def tokens():
    return Tokens()


@pytest.fixture
def server(tokens):
    with gateway(tokens) as found:
        yield found


@pytest.fixture
def client(server):
    found = Client(url=server.url, user="u", password="p", sap_client="100", limits=SHORT)
    yield found
    found.close()


def write(client):
    return client.write("POST", "AccountContacts", CONTACT, asked=ASKED)


def test_it_fetches_a_token_once_and_sends_it_with_the_cookie(server, client, tokens):
    assert write(client) == {"AccountContactID": "1"}
    write(client)
    assert [call.command for call in server.calls] == ["GET", "POST", "POST"]
    assert tokens.written == [CONTACT, CONTACT]
    assert all(call.address.endswith("?sap-client=100") for call in server.calls)


def test_a_token_that_has_expired_is_fetched_once_more(server, client, tokens):
    write(client)
    tokens.tokens = {"gone": "x"}
    write(client)
    assert [call.command for call in server.calls] == ["GET", "POST", "POST", "GET", "POST"]
    assert len(tokens.written) == 2


def test_a_gateway_that_always_wants_another_token_is_unavailable(server, client):
    def reply(handler):
        if handler.command == "GET":
            return handler.answer('{"d": {}}', X_CSRF_Token="x")
        return handler.answer("no", 403, "text/plain", X_CSRF_Token="Required")

    server.reply = reply
    with pytest.raises(Unavailable, match="token"):
        write(client)
    assert [call.command for call in server.calls] == ["GET", "POST", "GET", "POST"]


@pytest.mark.parametrize(
    "fault",
    [
        lambda handler: handler.answer("", 500, "text/plain"),
        lambda handler: handler.answer("<html>", type_="text/html"),
        lambda handler: handler.connection.shutdown(socket.SHUT_RDWR),
    ],
)
def test_a_write_is_never_sent_twice(server, client, tokens, fault):
    write(client)
    server.reply = fault
    with pytest.raises(Unavailable):
        write(client)
    assert [call.command for call in server.calls] == ["GET", "POST", "POST"]


def test_what_billing_refuses(server, client):
    write(client)
    server.reply = lambda handler: refused(handler, 400, "ZUMC/1", "Account is blocked")
    with pytest.raises(Refused, match="Account is blocked"):
        write(client)


def test_a_change_that_says_nothing(server, client):
    write(client)
    server.reply = lambda handler: handler.answer("", 204)
    assert write(client) is None


def test_no_token_given(server, client):
    server.reply = lambda handler: handler.answer("<html>", type_="text/html")
    with pytest.raises(Unavailable, match="no CSRF token"):
        write(client)
