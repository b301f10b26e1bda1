"""How much longer the portal's pages take with 200,000 customers than with 1,000 (with ``SIZE=full``, with 500,000).

Both companies are made by the same command, so each customer of the small one has copies in the large one with just as
many supplies, readings and invoices: the same people's pages are asked of both, one after the other, in turn. In each
round they are other copies, whose rows nobody has read before. Pages are asked one at a time, without other load.
"""

import http.client
import os
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from random import Random
from statistics import median

from benchmarks import serving
from benchmarks.serving import Server, postgres_cpu
from benchmarks.sized import Person, Sized, people, sized
from sportello.demo.chance import chance

SMALL, LARGE, FULL = 1_000, 200_000, 500_000
ROUNDS, PEOPLE = 5, 16
FIRST_PERSON, PERSONS = 700_101, 440  # of the crowd of the demo
CROWD = 490
TARGET = 1.2
SLOWEST = 8


@dataclass(slots=True)
class Side:
    """One of the two companies and the server that shows it. ``taken``: milliseconds by page, of one round."""

    company: Sized
    server: Server
    connection: http.client.HTTPConnection = field(init=False)
    people: list[Person] = field(default_factory=list)
    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def visited_by(self, people: list[Person]) -> None:
        """From here on it is them, over a new connection."""
        self.people, self.taken = people, defaultdict(list)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)

    def ask(self, person: Person, page: str) -> tuple[float, int]:
        """Milliseconds, and the status."""
        began = time.perf_counter()
        self.connection.request("GET", person.pages[page], headers=person.headers)
        answer = self.connection.getresponse()
        answer.read()
        return (time.perf_counter() - began) * 1000, answer.status

    def cpu(self) -> float:
        return self.server.cpu() + postgres_cpu(self.company.postmaster)

    @property
    def all_taken(self) -> list[float]:
        return [one for taken in self.taken.values() for one in taken]


def run() -> dict[str, dict[str, object]]:
    large = FULL if os.environ.get("SIZE") == "full" else LARGE
    luck = chance("flat")
    with ExitStack() as stack:
        sides = [_side(stack, customers) for customers in (SMALL, large)]
        rounds = [_round(sides, luck) for _ in range(ROUNDS + 1)][1:]  # the first one warms up
    return _told(rounds, large)


def _side(stack: ExitStack, customers: int) -> Side:
    company = stack.enter_context(sized(customers))
    server = stack.enter_context(serving.served(serving.product(), **company.environ))
    return Side(company, server)


def _round(sides: Sequence[Side], luck: Random) -> "Round":
    originals = sorted(luck.sample(range(FIRST_PERSON, FIRST_PERSON + PERSONS), PEOPLE))
    for side in sides:
        copies = max(1, (side.company.customers - CROWD) // CROWD)
        numbers = [luck.randrange(1, copies + 1, 2) for _ in originals]
        side.visited_by(people(side.company, originals, numbers))
    before = [side.cpu() for side in sides]
    for turn, pair in enumerate(zip(*(side.people for side in sides), strict=True)):
        for page in sorted(set.intersection(*(set(person.pages) for person in pair))):
            answers = {place: sides[place].ask(pair[place], page) for place in ((0, 1) if turn % 2 else (1, 0))}
            statuses = {status for _, status in answers.values()}
            if statuses == {200}:
                for place, (took, _) in answers.items():
                    sides[place].taken[page].append(took)
            elif not statuses <= {302} and not statuses <= {404}:  # a step that is not this person's turn is no page
                raise RuntimeError(f"{page} of {pair[0].original} answered {statuses}")
    requests = len(sides[0].all_taken)
    cpu = [(side.cpu() - began) * 1000 / requests for side, began in zip(sides, before, strict=True)]
    print(
        f"{requests} pages of each: p95 {p95(sides[0].all_taken):.1f} and {p95(sides[1].all_taken):.1f} ms", flush=True
    )
    return Round([side.taken for side in sides], cpu, requests)


@dataclass(frozen=True, slots=True)
class Round:
    """Of each side: milliseconds by page, and of processor a page."""

    taken: list[dict[str, list[float]]]
    cpu: list[float]
    requests: int

    def p95(self, place: int) -> float:
        return p95([one for taken in self.taken[place].values() for one in taken])


def p95(values: Sequence[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


def _told(rounds: Sequence[Round], large: int) -> dict[str, dict[str, object]]:
    value = median(one.p95(1) / one.p95(0) for one in rounds)
    pages = _pages(rounds)
    for name, (few, many) in sorted(pages.items(), key=lambda one: -one[1][1])[:SLOWEST]:
        print(f"  {name:24} median {few:7.2f} ms, with {large:,} customers {many:7.2f} ms")
    return {
        "portal_p95_flat": {
            "value": round(value, 3),
            "unit": "ratio",
            "target": f"<={TARGET}",
            "holds": value <= TARGET,
            "customers": large,
            "p95_ms": [round(median(one.p95(place) for one in rounds), 2) for place in (0, 1)],
            "by_cpu": round(median(one.cpu[1] / one.cpu[0] for one in rounds), 3),
            "cpu_ms": [round(median(one.cpu[place] for one in rounds), 2) for place in (0, 1)],
            "pages": len(pages),
            "requests": sum(one.requests for one in rounds),
            "slowest": {name: pages[name] for name in sorted(pages, key=lambda name: -pages[name][1])[:SLOWEST]},
        }
    }


def _pages(rounds: Sequence[Round]) -> dict[str, tuple[float, float]]:
    """Each page's median with few and with many customers."""
    found = {}
    for name in rounds[0].taken[0]:
        few, many = ([one for each in rounds for one in each.taken[place].get(name, [])] for place in (0, 1))
        found[name] = (round(median(few), 2), round(median(many), 2))
    return found
