"""Simulated people: customers who look at their pages and give readings, staff who look at theirs."""

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from tests.load.browser import LINK, TOKEN, Answer, Browser

THINK = 5.0  # seconds between two pages, on average
# How often each is done, of a hundred steps.
CUSTOMERS = {
    "overview": 18, "invoices": 20, "invoice": 18, "consumption": 10, "pdf": 6, "supplies": 6, "readings": 5, "reading": 3,
    "requests": 6, "account": 4, "leave": 4,
}  # fmt: skip
STAFF = {"desk": 30, "queue": 50, "queued": 20}
FIELD = re.compile(r'<input [^>]*name="(value_[^"]+)"')
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
DAY = re.compile(r'name="read_on" value="([^"]*)"')
CODE = re.compile(r'<b class="code">(\d+)</b>')


@dataclass(slots=True)
class Given:
    """A reading that somebody sent: ``number`` is that of the request on the receipt, "" where he never saw one."""

    username: str
    supply: str
    once: str
    number: str = ""


@dataclass(slots=True)
class Person:
    """One login and what he has seen of his pages. ``given`` collects the readings of all."""

    username: str
    password: str
    browser: Browser
    given: list[Given]
    steps: dict[str, int]
    rng: random.Random
    signed_in: bool = False
    links: dict[str, list[str]] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    failed: list[Answer] = field(default_factory=list)

    async def live(self, until: float, *, think: float = THINK) -> None:
        """Goes from page to page until the time has come, by the monotonic clock."""
        await asyncio.sleep(self.rng.uniform(0, think))
        while time.monotonic() < until:
            await self.step()
            await asyncio.sleep(self.rng.uniform(think / 2, think * 3 / 2))
        await self.browser.close()

    async def step(self) -> None:
        if not self.signed_in:
            self.signed_in = await self.browser.sign_in(self.username, self.password)
            return
        (what,) = self.rng.choices(list(self.steps), weights=list(self.steps.values()))
        do: Callable[[], Awaitable[object]] = getattr(self, what)
        await do()

    async def open(self, path: str, name: str) -> Answer:
        answer = await self.browser.get(path, name)
        if answer.status == 302 and answer.location == "/sign-in/":
            self.signed_in = False
        return answer

    async def _linked(self, pattern: str, listing: str, name: str) -> str | None:
        """One of the addresses on the listing page that look like this; the page is opened where it has not been yet."""
        if pattern not in self.links:
            page = await self.open(listing, name)
            if page.status != 200:
                return None
            found = LINK.findall(page.text)
            self.links[pattern] = sorted({link for link in found if re.fullmatch(pattern, link)})
        return self.rng.choice(self.links[pattern]) if self.links[pattern] else None

    # --- customers -----------------------------------------------------------------------------------------------------

    async def overview(self) -> None:
        await self.open("/overview/", "overview")

    async def invoices(self) -> None:
        await self.open("/invoices/", "invoices")

    async def invoice(self) -> None:
        if path := await self._linked(r"/invoices/[^/]+/", "/invoices/", "invoices"):
            await self.open(path, "invoice")

    async def pdf(self) -> None:
        if path := await self._linked(r"/documents/invoices/[^/]+\.pdf", "/invoices/", "invoices"):
            await self.open(path, "pdf")

    async def supplies(self) -> None:
        await self.open("/supplies/", "supplies")

    async def consumption(self) -> None:
        if path := await self._linked(r"/supplies/[^/]+/consumption/", "/supplies/", "supplies"):
            await self.open(path, "consumption")

    async def readings(self) -> None:
        await self.open("/readings/", "readings")

    async def requests(self) -> None:
        await self.open("/requests/", "requests")

    async def account(self) -> None:
        await self.open("/account/", "account")

    async def leave(self) -> None:
        page = await self.open("/overview/", "overview")
        if token := TOKEN.search(page.text):
            await self.browser.post("/sign-out/", "sign-out", {"csrfmiddlewaretoken": token[1]})
            self.signed_in = False

    async def reading(self) -> None:
        """Reads a meter that he has not read yet; each supply once."""
        await self._linked(r"/readings/[A-Z][^/]*/", "/readings/", "readings")
        left = [path for path in self.links.get(r"/readings/[A-Z][^/]*/", []) if path not in self.read]
        if not left:
            return
        path = self.rng.choice(left)
        form = await self.open(path, "reading form")
        fields = typed(form.text) if form.status == 200 else {}
        if not fields:
            if form.status == 200:
                self.read.add(path)
            return
        self.read.add(path)
        given = Given(self.username, path.split("/")[2], fields["once"])
        self.given.append(given)
        await self._send(path, fields, given)

    async def _send(self, path: str, fields: dict[str, str], given: Given) -> None:
        """Presses the button, again where there was no answer or none that says what became of it, until there is a receipt."""
        for _ in range(40):
            answer = await self.browser.post(path, "reading", fields)
            if answer.status == 302 and answer.location == "/sign-in/":
                self.signed_in = await self.browser.sign_in(self.username, self.password)
                token = TOKEN.search((await self.open(path, "reading form")).text)
                fields = fields | {"csrfmiddlewaretoken": token[1] if token else ""}
            elif answer.status == 302:
                receipt = await self.open(answer.location, "receipt")
                if receipt.status == 200:
                    given.number = answer.location.split("/")[2]
                    return
            elif answer.status == 200 and 'name="confirmed"' in answer.text:
                fields = fields | dict(HIDDEN.findall(last_form(answer.text)))
                continue
            elif answer.status == 200:
                self.failed.append(answer)
                return
            await asyncio.sleep(self.rng.uniform(0.5, 1.0))

    # --- staff ---------------------------------------------------------------------------------------------------------

    async def desk(self) -> None:
        await self.open("/staff/", "staff home")

    async def queue(self) -> None:
        await self.open("/staff/readings/", "staff queue")

    async def queued(self) -> None:
        self.links.clear()
        if path := await self._linked(r"/staff/readings/[^/]+/", "/staff/readings/", "staff queue"):
            await self.open(path, "staff reading")


def last_form(page: str) -> str:
    return page[page.rfind("<form") :]


def typed(page: str) -> dict[str, str]:
    """What somebody types into a reading's form: what the page expects, or one more than it was; {} where there is none."""
    form = last_form(page)
    values = FIELD.findall(form)
    if not values:
        return {}
    fields = dict(HIDDEN.findall(form))
    day = DAY.search(form)
    fields["read_on"] = day[1] if day else ""
    for name in values:
        hint = re.search(rf'id="id_{name}-hint">(.*?)</p>', form, re.DOTALL)
        numbers = [int(number) for number in CODE.findall(hint[1])] if hint else []
        fields[name] = str((numbers[1] + numbers[2]) // 2 if len(numbers) == 3 else numbers[0] + 1 if numbers else 1)
    return fields


# --- all together ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Crowd:
    """What everybody asked and was answered, the readings given, and what it took to play them."""

    answers: list[Answer] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    cpu: float = 0.0  # seconds of processor that the simulation itself took

    def add(
        self, port: int, names: Sequence[str], password: str, steps: dict[str, int], *, seed: int = 1, **headers: str
    ) -> None:
        for name in names:
            browser = Browser(port, self.answers, headers)
            self.people.append(Person(name, password, browser, self.given, steps, random.Random(f"{seed}{name}")))

    async def live(self, seconds: float, *, think: float = THINK) -> None:
        until = time.monotonic() + seconds
        began = time.process_time()
        await asyncio.gather(*(person.live(until, think=think) for person in self.people))
        self.cpu += time.process_time() - began


def percentile(answers: Sequence[Answer], share: float) -> float:
    """Seconds within which this share of the answers came."""
    ordered = sorted(answer.seconds for answer in answers)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
