"""A mailbox that answers by IMAP as much as is asked of it."""

import re
import socketserver
from threading import Thread
from typing import Any


class Mails:
    """Mails by number; those that were marked as read."""

    def __init__(self) -> None:
        self.validity = 7
        self.mails: dict[int, bytes] = {}
        self.read: set[int] = set()
        self.fetched: list[int] = []
        self.asked: list[bytes] = []
        self.password = "geheim"
        self.breaks_at = 0  # while this one is fetched the connection ends

    def put(self, raw: bytes) -> int:
        number = max(self.mails, default=0) + 1
        self.mails[number] = raw
        return number


class _Handler(socketserver.StreamRequestHandler):
    server: "FakeMailbox"

    def handle(self) -> None:
        self.wfile.write(b"* OK ready\r\n")
        while line := self.rfile.readline().strip():
            tag, _, command = line.partition(b" ")
            self.server.mails.asked.append(command)
            if not self._answer(tag, command):
                return

    def _answer(self, tag: bytes, command: bytes) -> bool:
        mails = self.server.mails
        word = command.split()[0].upper()
        if word == b"CAPABILITY":
            self.wfile.write(b"* CAPABILITY IMAP4rev1\r\n")
        elif word == b"LOGIN" and mails.password.encode() not in command:
            self.wfile.write(tag + b" NO wrong password\r\n")
            return True
        elif word == b"SELECT":
            self.wfile.write(b"* %d EXISTS\r\n* OK [UIDVALIDITY %d] ok\r\n" % (len(mails.mails), mails.validity))
        elif command.upper().startswith(b"UID SEARCH"):
            since = int(re.findall(rb"UID (\d+):\*", command)[0])
            found = [number for number in mails.mails if number >= since] or list(mails.mails)[-1:]
            self.wfile.write(b"* SEARCH " + b" ".join(b"%d" % number for number in found) + b"\r\n")
        elif command.upper().startswith(b"UID FETCH"):
            number = int(command.split()[2])
            if not self._fetch(number, size=b"RFC822.SIZE" in command):
                return False
        elif command.upper().startswith(b"UID STORE"):
            mails.read.add(int(command.split()[2]))
        self.wfile.write(tag + b" OK done\r\n")
        return word != b"LOGOUT"

    def _fetch(self, number: int, *, size: bool) -> bool:
        mails = self.server.mails
        raw = mails.mails[number]
        if size:
            self.wfile.write(b"* %d FETCH (UID %d RFC822.SIZE %d)\r\n" % (number, number, len(raw)))
            return True
        if mails.breaks_at == number:
            return False
        mails.fetched.append(number)
        self.wfile.write(b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (number, number, len(raw)) + raw + b")\r\n")
        return True


class FakeMailbox(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.mails = Mails()
        self.url = f"imap://sportello:{self.mails.password}@127.0.0.1:{self.server_address[1]}/INBOX?tls=none"

    def __enter__(self) -> "FakeMailbox":
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.shutdown()
        self.server_close()
