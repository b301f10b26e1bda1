"""A browser as light as can be, so that what is measured is the house and not whoever presses it."""

import asyncio
import re
import time
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

AWAY = 0  # the status of what had no answer at all
PATIENCE = 40.0  # seconds for one answer
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')

LINK = re.compile(r'href="(/[^"#?]+)"')
T = TypeVar("T")
OPEN: list["Browser"] = []


def play(story: Coroutine[Any, Any, T]) -> T:
    """Runs it to its end, and closes every browser that was opened meanwhile."""

    async def played() -> T:
        try:
            return await story
        finally:
            while OPEN:
                await OPEN.pop().close()

    return asyncio.run(played())


@dataclass(frozen=True, slots=True)
class Answer:
    """``seconds`` from the first byte sent to the last one read; ``at`` is when it was asked, by the monotonic clock."""

    name: str
    status: int
    at: float
    seconds: float
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def location(self) -> str:
        return urlsplit(self.headers.get("location", "")).path


@dataclass(slots=True)
class Browser:
    """Keeps its cookies and one connection; ``answers`` holds everything that came of what it asked, without bodies."""

    port: int
    answers: list[Answer]
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    def __post_init__(self) -> None:
        OPEN.append(self)

    async def get(self, path: str, name: str) -> Answer:
        return await self._ask("GET", path, name, b"", "")

    async def post(self, path: str, name: str, fields: Mapping[str, str], **files: bytes) -> Answer:
        if not files:
            return await self._ask("POST", path, name, urlencode(fields).encode(), "application/x-www-form-urlencoded")
        boundary = uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in fields.items()
        ]
        for key, content in files.items():
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"; filename="{key}"\r\n\r\n'
            parts.append(head.encode() + content + b"\r\n")
        body = b"".join(parts) + f"--{boundary}--\r\n".encode()
        return await self._ask("POST", path, name, body, f"multipart/form-data; boundary={boundary}")

    async def close(self) -> None:
        if self._streams:
            _, writer = self._streams
            self._streams = None
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _ask(self, method: str, path: str, name: str, body: bytes, kind: str) -> Answer:
        fresh = self._streams is None
        began = time.monotonic()
        try:
            status, headers, content = await asyncio.wait_for(self._exchange(method, path, body, kind), PATIENCE)
        except (OSError, EOFError, TimeoutError, ValueError):
            await self.close()
            if not fresh and method == "GET":
                return await self._ask(method, path, name, body, kind)  # the server had closed an idle connection
            status, headers, content = AWAY, {}, b""
        seconds = time.monotonic() - began
        self.answers.append(Answer(name, status, began, seconds, headers, b""))
        return Answer(name, status, began, seconds, headers, content)

    async def _exchange(self, method: str, path: str, body: bytes, kind: str) -> tuple[int, dict[str, str], bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._streams
        writer.write(self._head(method, path, body, kind) + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        headers = {}
        for line in lines:
            key, _, value = line.partition(": ")
            if key.lower() == "set-cookie":
                self._remember(value)
            elif key:
                headers[key.lower()] = value
        status = int(first.split(" ")[1])
        content = await self._body(reader, headers) if status not in (204, 304) else b""
        if headers.get("connection", "").lower() == "close":
            await self.close()
        return status, headers, content

    def _head(self, method: str, path: str, body: bytes, kind: str) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", f"Host: localhost:{self.port}", "Accept-Language: it"]
        lines += [f"{key}: {value}" for key, value in self.headers.items()]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{key}={value}" for key, value in self.cookies.items()))
        if method == "POST":
            lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}", f"Origin: http://localhost:{self.port}"]
        return "\r\n".join([*lines, "", ""]).encode()

    def _remember(self, cookie: str) -> None:
        key, _, value = cookie.split(";", 1)[0].partition("=")
        self.cookies[key] = value

    async def _body(self, reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            return await reader.readexactly(int(headers.get("content-length", 0)))
        parts = []
        while size := int(await reader.readline(), 16):
            parts.append(await reader.readexactly(size))
            await reader.readline()
        await reader.readline()
        return b"".join(parts)

    # --- what people do first ------------------------------------------------------------------------------------------

    async def sign_in(self, username: str, password: str) -> bool:
        page = await self.get("/sign-in/", "sign-in page")
        token = TOKEN.search(page.text)
        if page.status != 200 or not token:
            return False
        fields = {"csrfmiddlewaretoken": token[1], "login": username, "password": password}
        return (await self.post("/sign-in/", "sign-in", fields)).status == 302
