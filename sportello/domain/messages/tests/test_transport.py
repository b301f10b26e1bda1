"""Where the mail server is, and that TLS is never done without."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from sportello.domain.messages import transport
from sportello.domain.messages.tests.smtp import FakeServer
from sportello.domain.messages.transport import NotSent, Server, Tls, deliver, mail_settings_can_be_read, parse


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.it", Server(host="mail.example.it", port=587, tls=Tls.STARTTLS)),
        ("smtp://localhost:25?tls=none", Server(host="localhost", port=25, tls=Tls.NONE)),
        ("smtps://mail.example.it", Server(host="mail.example.it", port=465, tls=Tls.IMPLICIT)),
        (
            "smtp://me%40x.it:p%3Aa%2Fss@mail.example.it:2525?tls=starttls",
            Server(host="mail.example.it", port=2525, tls=Tls.STARTTLS, user="me@x.it", password="p:a/ss"),
        ),
    ],
)
def test_a_url_names_the_server(url: str, expected: Server) -> None:
    assert parse(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://u:hunter2@x.it",
        "smtp://",
        "smtp://u:hunter2@x.it:port",
        "smtp://u:hunter2@x.it?tls=perhaps",
        "smtp://u:hunter2@x.it?tsl=none",
        "smtp://u:hunter2@x.it?tls=none",
        "smtp://u:hunter2@x.it?tls=implicit",
        "smtps://u:hunter2@x.it?tls=starttls",
        "smtp://u:hunter2@x.it/path",
    ],
)
def test_a_wrong_url_is_said_at_the_start_without_its_password(url: str, settings) -> None:
    settings.MAIL_URL = url
    (error,) = mail_settings_can_be_read()
    assert "hunter2" not in str(error)
    with pytest.raises(ImproperlyConfigured):
        transport.server()


def test_a_wrong_sender_is_said_at_the_start(settings) -> None:
    for address in ("", "noreply", "A <a@b.it>", "a@b.it, c@d.it", "a@b.it\nX: y"):
        settings.MAIL_FROM = address
        assert [error.id for error in mail_settings_can_be_read()] == ["sportello.E011"]


def test_a_server_does_not_show_its_password() -> None:
    assert "hunter2" not in repr(parse("smtp://u:hunter2@x.it"))


def send(url: str, *, utf8: bool = False) -> None:
    content = b"Subject: x\r\n\r\n.one\r\n..two\r\n"
    deliver(parse(url), sender="a@b.it", recipient="c@d.it", content=content, utf8=utf8, before_content=lambda: None)


def test_what_is_sent_arrives_byte_by_byte(server: FakeServer) -> None:
    send(server.url)
    assert server.taken == [b"Subject: x\r\n\r\n.one\r\n..two\r\n"]
    assert server.commands[1:3] == ["mail FROM:<a@b.it>", "rcpt TO:<c@d.it>"]


def test_a_certificate_that_is_trusted(server: FakeServer, certificate, monkeypatch: pytest.MonkeyPatch) -> None:
    server.offer_tls(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    send(server.starttls_url)
    assert server.secure == 1
    assert len(server.taken) == 1


def test_a_certificate_that_is_not(server: FakeServer, certificate) -> None:
    server.offer_tls(certificate)
    with pytest.raises(NotSent) as error:
        send(server.starttls_url)
    assert not error.value.permanent
    assert "certificate" in error.value.reason
    assert server.taken == []


def test_a_server_without_starttls_gets_nothing(server: FakeServer) -> None:
    with pytest.raises(NotSent) as error:
        send(server.starttls_url)
    assert not error.value.permanent
    assert server.commands[-1].startswith("ehlo")


def test_an_address_beyond_ascii_wants_a_server_that_takes_it(server: FakeServer) -> None:
    with pytest.raises(NotSent) as error:
        send(server.url, utf8=True)
    assert error.value.permanent
    server.replies["ehlo"] = "250-here\r\n250 SMTPUTF8"
    send(server.url, utf8=True)
    assert "mail FROM:<a@b.it> SMTPUTF8 BODY=8BITMIME" in server.commands


def test_a_slow_handshake_ends(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "HANDSHAKE", 0.0)
    with pytest.raises(NotSent) as error:
        send(server.url)
    assert "in time" in error.value.reason
