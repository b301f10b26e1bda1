"""The balancer before two web servers, as small as can be: each request goes to the next of them by a connection of its
own. One that refuses the connection is passed over; what has been sent is not sent to the other."""

import asyncio
from collections.abc import Sequence
from itertools import count

HEAD_END = b"\r\n\r\n"


class Balancer:
    """``port`` is set once it listens; ``refused`` counts connections that a server would not take."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.ports = ports
        self.port = 0
        self.refused = 0
        self._turns = count()

    async def __aenter__(self) -> "Balancer":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await self._request(reader):
                writer.write(await self._answer(request))
                await writer.drain()
        except (OSError, EOFError):
            pass  # the browser sees it: its connection ends without an answer
        finally:
            writer.close()

    async def _request(self, reader: asyncio.StreamReader) -> bytes:
        try:
            head = await reader.readuntil(HEAD_END)
        except asyncio.IncompleteReadError:
            return b""
        return head + await reader.readexactly(length_in(head))

    async def _answer(self, request: bytes) -> bytes:
        reader, writer = await self._connect()
        try:
            writer.write(request)
            head = await reader.readuntil(HEAD_END)
            return head + await reader.readexactly(length_in(head))
        finally:
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        turn = next(self._turns)
        for number in range(len(self.ports)):
            try:
                return await asyncio.open_connection("127.0.0.1", self.ports[(turn + number) % len(self.ports)])
            except ConnectionRefusedError:
                self.refused += 1
        raise ConnectionRefusedError("no server takes it")


def length_in(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
