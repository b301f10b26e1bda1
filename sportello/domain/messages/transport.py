"""Hands one mail to the company's mail server over SMTP, and says what became of it; the one module that knows smtplib."""

import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.conf import settings
from django.core.checks import Error, register
from django.core.exceptions import ImproperlyConfigured

from sportello.domain.messages.links import site_host

STEP = 10.0  # seconds that one answer of the server may take
HANDSHAKE = 30.0  # seconds that all of them may take, up to the mail itself
WANTS_SIGN_IN = 530  # our set-up is wrong, not the recipient
ACCEPTING = 60.0  # seconds to wait for the answer to the mail itself: the server may read it first

_LINE_START_DOT = re.compile(rb"^\.", re.MULTILINE)


class Tls(StrEnum):
    STARTTLS = "starttls"
    IMPLICIT = "implicit"  # smtps
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    host: str
    port: int
    tls: Tls
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


class NotSent(Exception):
    """The server did not take the mail. ``permanent``: and never will. ``perhaps``: or it did, and its answer was lost."""

    def __init__(self, reason: str, *, code: int | None = None, permanent: bool = False, perhaps: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code if code in range(100, 1000) else None  # smtplib's -1 is no code
        self.permanent = permanent
        self.perhaps = perhaps


def server() -> Server | None:
    """The one of ``MAIL_URL``; None where none is set."""
    return parse(settings.MAIL_URL) if settings.MAIL_URL else None


@lru_cache(maxsize=4)
def parse(url: str) -> Server:
    """From smtp://user:password@host:587?tls=starttls|none or smtps://…; raises ``ImproperlyConfigured``."""
    try:
        parts = urlsplit(url)
        port = parts.port
        options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
        wanted = options.pop("tls", Tls.STARTTLS if parts.scheme == "smtp" else Tls.IMPLICIT)
        tls = Tls(wanted)
    except ValueError:
        # The URL holds a password; nothing of it is repeated.
        raise ImproperlyConfigured("MAIL_URL cannot be read") from None
    implicit = tls == Tls.IMPLICIT
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or options or parts.path not in ("", "/"):
        raise ImproperlyConfigured("MAIL_URL is smtp://user:password@host:port?tls=starttls, or smtps://…")
    if implicit != (parts.scheme == "smtps"):
        raise ImproperlyConfigured("MAIL_URL: smtps is TLS from the start, smtp starttls or none")
    if parts.password and tls == Tls.NONE and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ImproperlyConfigured("MAIL_URL: a password is not sent without TLS")
    return Server(
        host=parts.hostname,
        port=port or (465 if implicit else 587),
        tls=tls,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def deliver(
    server: Server, *, sender: str, recipient: str, content: bytes, utf8: bool, before_content: Callable[[], None]
) -> None:
    """Hands over one mail to one recipient; raises ``NotSent``. ``utf8``: an address is not all ASCII (RFC 6531).

    ``before_content`` is called when the server is ready for the mail; what it raises ends the delivery.
    Until there, what goes wrong is ours or the server's and passes; from the recipient on, a 5xx is for ever.
    """
    deadline = time.monotonic() + HANDSHAKE
    smtp = connected(server)
    try:
        introduce(smtp, server, deadline)
        _address(smtp, sender=sender, recipient=recipient, utf8=utf8, deadline=deadline)
        before_content()
        _hand_over(smtp, content)
        with suppress(OSError, smtplib.SMTPException):
            smtp.putcmd("quit")  # it is the server's mail now, whatever it answers
    finally:
        smtp.close()


def connected(server: Server) -> smtplib.SMTP:
    """A connection that the server has greeted; raises ``NotSent``."""
    # Without a name of its own smtplib would ask DNS for one, for as long as that takes.
    name = site_host()
    try:
        if server.tls == Tls.IMPLICIT:
            return smtplib.SMTP_SSL(
                server.host, server.port, local_hostname=name, timeout=STEP, context=ssl.create_default_context()
            )
        return smtplib.SMTP(server.host, server.port, local_hostname=name, timeout=STEP)
    except smtplib.SMTPResponseException as error:
        raise NotSent(text_of(error.smtp_error), code=error.smtp_code) from None
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(in_words(error)) from None


def introduce(smtp: smtplib.SMTP, server: Server, deadline: float) -> None:
    """Greets, turns TLS on and signs in; never goes on without TLS where it is wanted."""
    try:
        _wait_a_step(smtp, deadline)
        smtp.ehlo_or_helo_if_needed()
        if server.tls == Tls.STARTTLS:
            _wait_a_step(smtp, deadline)
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo()
        if server.user:
            _wait_a_step(smtp, deadline)
            smtp.login(server.user, server.password)
    except smtplib.SMTPResponseException as error:
        raise NotSent(text_of(error.smtp_error), code=error.smtp_code) from None
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise NotSent(in_words(error)) from None


def _address(smtp: smtplib.SMTP, *, sender: str, recipient: str, utf8: bool, deadline: float) -> None:
    options = ""
    if utf8:
        if not smtp.has_extn("smtputf8"):
            raise NotSent("the mail server does not take addresses of this kind (SMTPUTF8)", permanent=True)
        smtp.command_encoding = "utf-8"
        options = " SMTPUTF8 BODY=8BITMIME"
    _command(smtp, "mail", f"FROM:<{sender}>{options}", expected=(250,), deadline=deadline)
    _command(smtp, "rcpt", f"TO:<{recipient}>", expected=(250, 251, 252), deadline=deadline, final=True)
    _command(smtp, "data", "", expected=(354,), deadline=deadline, final=True)


def _command(
    smtp: smtplib.SMTP, verb: str, rest: str, *, expected: tuple[int, ...], deadline: float, final: bool = False
) -> None:
    try:
        _wait_a_step(smtp, deadline)
        code, answer = smtp.docmd(verb, rest)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise NotSent(in_words(error)) from None
    if code not in expected:
        raise NotSent(text_of(answer), code=code, permanent=final and is_for_ever(code))


def is_for_ever(code: int) -> bool:
    """Of an answer to the recipient or to what comes after him."""
    return 500 <= code <= 599 and code != WANTS_SIGN_IN


def _hand_over(smtp: smtplib.SMTP, content: bytes) -> None:
    """The mail itself; from here on a lost answer may have been a yes."""
    try:
        deadline = time.monotonic() + ACCEPTING
        _wait(smtp, deadline)
        end = b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n"
        smtp.send(dot_stuffed(content) + end)
        _wait(smtp, deadline)
        code, answer = smtp.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(in_words(error), perhaps=True) from None
    if code not in range(200, 300):
        # What is no answer at all may still have been meant as a yes.
        raise not_taken(code, text_of(answer))


def not_taken(code: int, answer: str) -> NotSent:
    """The answer to the mail itself was no; what is no answer at all may still have been meant as a yes."""
    return NotSent(answer, code=code, permanent=500 <= code <= 599, perhaps=code not in range(400, 600))


def dot_stuffed(content: bytes) -> bytes:
    return _LINE_START_DOT.sub(b"..", content)


def _wait_a_step(smtp: smtplib.SMTP, deadline: float) -> None:
    _wait(smtp, min(deadline, time.monotonic() + STEP))


def _wait(smtp: smtplib.SMTP, deadline: float) -> None:
    """Gives the next answer what time is left."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    if smtp.sock is not None:
        smtp.sock.settimeout(left)


def text_of(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer


def in_words(error: Exception) -> str:
    """In words of ours: what libraries say may hold an address or a password."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "the mail server's certificate is not valid"
    if isinstance(error, ssl.SSLError | smtplib.SMTPNotSupportedError):
        return "the mail server does not offer the TLS or sign-in that is set"
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):  # smtplib wraps it
        return "the mail server did not answer in time"
    if isinstance(error, ConnectionRefusedError | socket.gaierror):
        return "the mail server cannot be reached"
    return "the connection to the mail server was lost"


@register()
def mail_settings_can_be_read(**_: Any) -> list[Error]:
    errors = []
    try:
        server()
    except ImproperlyConfigured as error:
        errors.append(Error(str(error), id="sportello.E010"))
    if not re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[^\s@<>,;\"()]+", settings.MAIL_FROM):
        errors.append(Error("MAIL_FROM must be one plain e-mail address", id="sportello.E011"))
    return errors
