"""A small mail server on loopback that fails where it is told to."""

import socketserver
import ssl
import threading
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Self

CUT = "cut"  # closes the connection instead of answering
SILENT = "silent"  # never answers
LOST = "lost"  # takes the mail, and closes instead of saying so

DEFAULTS = {
    "connect": "220 here",
    "ehlo": "250-here\r\n250 8BITMIME",
    "mail": "250 ok",
    "rcpt": "250 ok",
    "data": "354 go on",
    "content": "250 taken",
    "rset": "250 ok",
    "middle": "",  # of the content; CUT breaks off there
    "quit": "221 bye",
}
PIPELINING = "250-here\r\n250-PIPELINING\r\n250 8BITMIME"


class Stop(Exception):
    pass


class Session(socketserver.StreamRequestHandler):
    server: "FakeServer"

    def handle(self) -> None:
        try:
            self.talk()
        except (Stop, OSError, ValueError):
            pass

    def talk(self) -> None:
        self.server.connections += 1
        self.recipient = ""
        self.answer("connect")
        while line := self.rfile.readline():
            words = line.decode().strip()
            self.server.commands.append(words)
            verb = words.split(" ")[0].lower()
            if verb in ("mail", "rcpt"):
                self.recipient = words.partition("<")[2].rstrip(">") if verb == "rcpt" else ""
            self.take(verb)
            if verb == "quit":
                return

    def take(self, verb: str) -> None:
        if verb == "starttls" and self.server.certificate:
            self.turn_tls_on()
        elif verb == "data" and self.server.wants_recipient and not self.accepted:
            self.wfile.write(b"503 no recipient\r\n")
        elif verb in DEFAULTS and self.answer(verb).startswith("354"):
            content = self.content()
            if self.server.on_content:
                self.server.on_content()
            reply = self.reply_at("content")
            if self.accepted and (reply == LOST or reply.startswith("250")):
                self.server.taken.append(content)
            if not self.accepted:
                self.wfile.write(b"554 nobody to give it to\r\n")
                return
            self.answer("content")
        elif verb not in DEFAULTS:
            self.wfile.write(b"502 unknown\r\n")

    def content(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line or (len(lines) > 4 and self.reply_at("middle") == CUT):
                raise Stop
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)

    @property
    def accepted(self) -> bool:
        return self.reply_at("rcpt").startswith("250")

    def reply_at(self, stage: str) -> str:
        own = self.server.replies_to.get(self.recipient, {})
        return own.get(stage, self.server.replies[stage])

    def answer(self, stage: str) -> str:
        reply = self.reply_at(stage)
        if reply in (CUT, LOST):
            raise Stop
        if reply == SILENT:
            self.server.released.wait(20)
            raise Stop
        self.wfile.write(reply.encode() + b"\r\n")
        return reply

    def turn_tls_on(self) -> None:
        self.wfile.write(b"220 go on\r\n")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server.certificate)
        with context.wrap_socket(self.request, server_side=True) as secure:
            self.rfile = secure.makefile("rb")
            self.wfile = secure.makefile("wb", buffering=0)
            self.server.secure += 1
            while line := self.rfile.readline():
                verb = line.decode().strip().split(" ")[0].lower()
                self.take(verb)
                if verb == "quit":
                    break
        raise Stop


class FakeServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.replies = dict(DEFAULTS)
        self.replies_to: dict[str, dict[str, str]] = {}  # by recipient
        self.wants_recipient = False  # says no to DATA where every recipient was refused
        self.taken: list[bytes] = []
        self.commands: list[str] = []
        self.connections = 0
        self.secure = 0
        self.certificate: Path | None = None
        self.on_content: Callable[[], None] | None = None
        self.released = threading.Event()
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}?tls=none"

    @property
    def starttls_url(self) -> str:
        return f"smtp://localhost:{self.server_address[1]}"

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(content, policy=policy.default) for content in self.taken]

    def wait_for(self, count: int, seconds: float = 10) -> None:
        until = time.monotonic() + seconds
        while len(self.taken) < count:
            assert time.monotonic() < until
            time.sleep(0.02)

    def offer_tls(self, certificate: Path) -> None:
        self.certificate = certificate
        self.replies["ehlo"] = "250-here\r\n250 STARTTLS"

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self.shutdown()
        self.thread.join()
        self.server_close()
