"""Hands many mails to the mail server over one connection that stays open, several commands in one write (RFC 2920).

What ``transport`` says of one mail is true here: until its content leaves, a fault has sent nothing; from then on a lost
answer may have been a yes. A server that does not offer PIPELINING is asked one command after the other.
"""

import smtplib
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from sportello.domain.messages.transport import (
    ACCEPTING,
    HANDSHAKE,
    STEP,
    NotSent,
    Server,
    connected,
    dot_stuffed,
    in_words,
    introduce,
    is_for_ever,
    not_taken,
)

TICK: Final = 4.0  # seconds between two calls of ``tick`` while the server is waited for
HANDING: Final = 120.0  # seconds in which a mail must have left
LONGEST_LINE: Final = 8_192  # bytes of an answer
CLOSING: Final = 421


class Unreachable(Exception):
    """No mail server, or none that goes on after its greeting: nothing was tried. ``reason`` has no address in it."""

    def __init__(self, reason: str, *, code: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One mail for one recipient. ``head`` may have dots at the start of a line, ``rest`` has none; both end in CRLF."""

    key: int
    recipient: str
    utf8: bool
    head: bytes
    rest: bytes = b""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``error`` None: the server has taken it."""

    key: int
    error: NotSent | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the server has said to sender, recipient and DATA. ``waits``: it waits for content, be there a recipient or not."""

    error: NotSent | None
    waits: bool


class Pipe:
    """A connection to the mail server, made when it is first needed and kept until ``close``.

    ``tick`` is called every few seconds while the server is waited for.
    """

    def __init__(self, server: Server, *, sender: str, tick: Callable[[], None] = lambda: None) -> None:
        self.server = server
        self.sender = sender
        self.tick = tick
        self._smtp: smtplib.SMTP | None = None
        self._pipelines = False
        self._buffer = b""
        self._asked_since = 0  # mails, over this connection
        self._unfinished = False  # a mail was begun that the server does not expect the content of
        self._resets = False  # the answer to a RSET comes first

    def hand_over(self, parcels: Sequence[Parcel], *, is_mine: Callable[[int], bool]) -> Iterator[Outcome]:
        """What became of each, in their order, as soon as it is known. Raises ``Unreachable`` where nothing was tried.

        ``is_mine`` is asked just before a mail's content leaves; where one is not any more, the connection is given up.
        Of a mail that was not tried, as after a lost connection, there is no outcome.
        """
        if not parcels:
            return
        smtp = self._connect()
        if any(one.utf8 for one in parcels) and not smtp.has_extn("smtputf8"):
            reason = "the mail server does not take addresses of this kind (SMTPUTF8)"
            yield from (Outcome(one.key, NotSent(reason, permanent=True)) for one in parcels if one.utf8)
            parcels = [one for one in parcels if not one.utf8]
        ahead = False
        for parcel, following in zip_longest(parcels, parcels[1:]):
            first = self._asked_since == 0
            self._asked_since += 1
            try:
                asked = self._asked(parcel, ahead=ahead)
            except _Closed as closed:
                self._drop()
                if closed.tried or first:
                    yield Outcome(parcel.key, closed.error)
                return
            ahead = self._pipelines and following is not None
            if asked.error is None and not is_mine(parcel.key):
                self._drop()  # a mail without content would be one
                return
            error = self._content(parcel, asked, b"" if following is None or not ahead else self._asking(following))
            yield Outcome(parcel.key, error)
            if self._smtp is None:
                return

    def close(self) -> None:
        """Says goodbye, and does not wait for the answer."""
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._socket.settimeout(1)
                self._socket.sendall(b"QUIT\r\n")
            self._drop()

    # --- the connection ------------------------------------------------------------------------------------------

    def _connect(self) -> smtplib.SMTP:
        if self._smtp is not None:
            return self._smtp
        smtp = None
        try:
            smtp = connected(self.server)
            introduce(smtp, self.server, time.monotonic() + HANDSHAKE)
        except NotSent as error:
            if smtp is not None:
                smtp.close()
            raise Unreachable(error.reason, code=error.code) from None
        self._smtp, self._pipelines, self._buffer = smtp, smtp.has_extn("pipelining"), b""
        self._asked_since, self._unfinished, self._resets = 0, False, False
        self._socket.settimeout(TICK)
        with suppress(OSError):
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return smtp

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None

    @property
    def _socket(self) -> socket.socket:
        if self._smtp is None or self._smtp.sock is None:
            raise ConnectionError
        return self._smtp.sock

    # --- one mail ------------------------------------------------------------------------------------------------

    def _asking(self, parcel: Parcel) -> bytes:
        """The commands up to DATA, with what ends a mail that was begun and came to nothing."""
        return b"".join(f"{command}\r\n".encode() for command in self._commands(parcel))

    def _commands(self, parcel: Parcel) -> list[str]:
        self._resets, self._unfinished = self._unfinished, False
        options = " SMTPUTF8 BODY=8BITMIME" if parcel.utf8 else ""
        commands = [f"MAIL FROM:<{self.sender}>{options}", f"RCPT TO:<{parcel.recipient}>", "DATA"]
        return ["RSET", *commands] if self._resets else commands

    def _asked(self, parcel: Parcel, *, ahead: bool) -> _Asked:
        """``ahead``: the commands have been sent already. Raises ``_Closed``."""
        if not self._pipelines:
            return self._asked_in_steps(parcel)
        tried = False
        try:
            if not ahead:
                self._write(self._asking(parcel))
            if self._resets:
                self._reply(STEP)
            code, text = self._reply(STEP)
            mail = None if code == 250 else NotSent(text, code=code)
            tried = code != CLOSING
            code, text = self._reply(STEP)
            rcpt = None if code in (250, 251, 252) else NotSent(text, code=code, permanent=is_for_ever(code))
            code, text = self._reply(STEP)
        except (OSError, ValueError) as error:
            raise _Closed(NotSent(in_words(error)), tried=tried) from None
        data = None if code == 354 else NotSent(text, code=code, permanent=is_for_ever(code))
        self._unfinished = code != 354
        if mail and code == 354 and rcpt is None:  # it would take a mail without content, and deliver it
            raise _Closed(mail, tried=True)
        return _Asked(mail or rcpt or data, code == 354)

    def _asked_in_steps(self, parcel: Parcel) -> _Asked:
        tried = False
        try:
            for command in self._commands(parcel):
                self._write(f"{command}\r\n".encode())
                code, text = self._reply(STEP)
                verb = command[:4]
                tried = tried or (verb == "MAIL" and code != CLOSING)
                if code not in {"RSET": (250,), "MAIL": (250,), "RCPT": (250, 251, 252), "DATA": (354,)}[verb]:
                    final = verb in ("RCPT", "DATA") and is_for_ever(code)
                    self._unfinished = True
                    return _Asked(NotSent(text, code=code, permanent=final), waits=False)
        except (OSError, ValueError) as error:
            raise _Closed(NotSent(in_words(error)), tried=tried) from None
        return _Asked(None, waits=True)

    def _content(self, parcel: Parcel, asked: _Asked, ahead: bytes) -> NotSent | None:
        """Sends the mail, or nothing where it was refused, and what is asked ``ahead``; says why it was not taken."""
        try:
            if asked.error is None:
                self._write(dot_stuffed(parcel.head) + parcel.rest + b".\r\n" + ahead)
                code, text = self._reply(ACCEPTING)
                return None if code in range(200, 300) else self._not_taken(code, text)
            self._write((b".\r\n" if asked.waits else b"") + ahead)
            if asked.waits:  # the server ends it with a no: there is nobody to give it to
                self._reply(ACCEPTING)
        except (OSError, ValueError) as error:
            self._drop()
            return asked.error or NotSent(in_words(error), perhaps=True)
        if asked.error.code == CLOSING:
            self._drop()
        return asked.error

    def _not_taken(self, code: int, text: str) -> NotSent:
        if code == CLOSING:
            self._drop()
        return not_taken(code, text)

    # --- bytes ---------------------------------------------------------------------------------------------------

    def _write(self, content: bytes) -> None:
        deadline = time.monotonic() + HANDING
        rest = memoryview(content)
        while rest:
            try:
                rest = rest[self._socket.send(rest) :]
            except TimeoutError:
                self._go_on_until(deadline)

    def _reply(self, seconds: float) -> tuple[int, str]:
        """Code and text of the next answer. Raises OSError, or ValueError where it is none."""
        deadline = time.monotonic() + seconds
        words = []
        while True:
            line = self._line(deadline)
            words.append(line[4:].strip().decode("utf-8", "replace"))
            if line[3:4] != b"-":
                return int(line[:3]), " ".join(words)

    def _line(self, deadline: float) -> bytes:
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > LONGEST_LINE:
                raise ValueError("an answer without an end")
            try:
                came = self._socket.recv(65_536)
            except TimeoutError:
                self._go_on_until(deadline)
                continue
            if not came:
                raise ConnectionError("closed")
            self._buffer += came
        line, self._buffer = self._buffer[:end], self._buffer[end + 1 :]
        return line

    def _go_on_until(self, deadline: float) -> None:
        if time.monotonic() > deadline:
            raise TimeoutError("no answer in time")
        self.tick()


class _Closed(Exception):
    """The connection went while a mail was asked for. ``tried``: the server had begun to look at it."""

    def __init__(self, error: NotSent, *, tried: bool) -> None:
        super().__init__(error.reason)
        self.error = error
        self.tried = tried
