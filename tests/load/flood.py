"""Somebody who tries passwords, from many addresses at once and however long an answer takes."""

import asyncio
import random
import time
from collections.abc import Sequence

from tests.load.browser import TOKEN, Answer, Browser


class Flood:
    """``rate`` sign-ins a second, from each of ``addresses`` in turn, as the balancer before the house tells them."""

    def __init__(self, port: int, addresses: Sequence[str], *, rate: float) -> None:
        self.port = port
        self.addresses = addresses
        self.rate = rate
        self.answers: list[Answer] = []
        self._idle: list[Browser] = []
        self._under_way: set[asyncio.Task[None]] = set()

    async def last(self, seconds: float) -> None:
        opening = Browser(self.port, [])
        token = TOKEN.search((await opening.get("/sign-in/", "page")).text)
        assert token
        began = time.monotonic()
        sent = 0
        while (passed := time.monotonic() - began) < seconds:
            while sent < passed * self.rate:
                trying = asyncio.create_task(self._try(sent, opening.cookies, token[1]))
                self._under_way.add(trying)
                trying.add_done_callback(self._under_way.discard)
                sent += 1
            await asyncio.sleep(0.005)
        await asyncio.gather(*self._under_way)

    async def _try(self, number: int, cookies: dict[str, str], token: str) -> None:
        browser = self._idle.pop() if self._idle else Browser(self.port, self.answers)
        browser.cookies = dict(cookies)
        browser.headers = {"X-Forwarded-For": self.addresses[number % len(self.addresses)]}
        guess = {
            "csrfmiddlewaretoken": token,
            "login": f"login-{random.randrange(10_000):05}",
            "password": f"guess-{number}",
        }
        await browser.post("/sign-in/", "flood", guess)
        self._idle.append(browser)
