"""What the portal's pages cost in processor time, web workers and PostgreSQL together, beside a bare handler in the same run.

Each page is asked by people who have signed in, in Italian, over connections that are kept open, in turn with the bare
handler, round after round; of the rounds the median counts. Where ``value`` is 0.06, the bare handler answers one page in
six per cent of the time in which the product answers its own.
"""

import os
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import company, serving
from benchmarks.serving import Server, postgres_cpu

ROUNDS, REQUESTS, WARM = 9, 240, 60
ROWS, MANY = 30, 120  # invoices; whoever has more is a firm with hundreds of supplies
TARGETS = {"invoice_list": 0.06}
MOST_MEMORY = 160
BROWSER = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "it-IT,it;q=0.9,en;q=0.8",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
}


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it is asked for: by turns by each of some people. ``asked``: path and headers."""

    name: str
    asked: Sequence[tuple[str, dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of processor of one request."""

    web: float
    postgres: float

    @property
    def ms(self) -> float:
        return self.web + self.postgres


def run() -> dict[str, dict[str, object]]:
    var = Path(os.environ.get("VAR_DIR", "var")).resolve() / "bench"
    with ExitStack() as stack:
        ground = stack.enter_context(company.ground(var))
        pages = pages_of_many()
        floor = Page("bare", [("/", BROWSER)])
        product = stack.enter_context(serving.served(serving.product(), **ground.environ))
        bare = stack.enter_context(serving.served(serving.bare(), **ground.environ))
        used = memory(product, pages[0].asked[0][1])
        costs = measured([(bare, floor), *((product, page) for page in pages)], ground.postmaster)
        results = {f"{page.name}_vs_bare": told(page, costs[page.name], costs["bare"]) for page in pages}
        return results | {"web_memory_mb": used}


def pages_of_many() -> list[Page]:
    """The four pages, each of all people who have a whole page of invoices and readings."""
    from django.urls import reverse

    people = people_with_many()
    return [
        Page("invoice_list", [(reverse("invoices"), headers) for headers, _, _ in people]),
        Page("invoice_detail", [(reverse("invoice", args=[invoice]), headers) for headers, invoice, _ in people]),
        Page("overview", [(reverse("overview"), headers) for headers, _, _ in people]),
        Page("consumption", [(reverse("consumption", args=[supply]), headers) for headers, _, supply in people]),
    ]


def people_with_many() -> list[tuple[dict[str, str], str, str]]:
    """The headers of people of households who have signed in, each with an invoice and a metered supply that he may see."""
    from sportello.domain.customers.models import Invoice, MeterReading
    from sportello.domain.people.models import User

    found = []
    for user in User.objects.filter(is_active=True).order_by("pk"):
        invoices = Invoice.objects.within_reach_of(user).newest_first()
        reading = MeterReading.objects.within_reach_of(user).newest_first().first()
        if ROWS <= invoices.count() <= MANY and reading is not None:
            found.append((signed_in(user), invoices[0].number, reading.supply_id))
    if not found:
        raise RuntimeError("nobody has a whole page of invoices")
    return found


def signed_in(user: Any) -> dict[str, str]:
    """The headers of a browser in which this person has signed in and seen a page."""
    from django.test import Client

    client = Client(headers={"accept-language": BROWSER["Accept-Language"], "host": "localhost"})
    client.force_login(user)
    client.get("/overview/")
    return BROWSER | {"Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())}


def measured(asked: Sequence[tuple[Server, Page]], postmaster: int) -> dict[str, Cost]:
    """Each page's median cost; in each round every page has its turn, so that what else goes on strikes all alike."""
    for server, page in asked:
        press(server, page, WARM)
    rounds: dict[str, list[Cost]] = defaultdict(list)
    for _ in range(ROUNDS):
        for server, page in asked:
            web, postgres = server.cpu(), postgres_cpu(postmaster)
            requests = press(server, page, REQUESTS * (10 if page.name == "bare" else 1))
            web, postgres = server.cpu() - web, postgres_cpu(postmaster) - postgres
            rounds[page.name].append(Cost(web * 1000 / requests, postgres * 1000 / requests))
    return {name: sorted(costs, key=lambda cost: cost.ms)[len(costs) // 2] for name, costs in rounds.items()}


def press(server: Server, page: Page, requests: int) -> int:
    paths, headers = zip(*page.asked, strict=True)
    serving.press(server.port, paths, headers, requests=requests)
    return requests


def told(page: Page, cost: Cost, floor: Cost) -> dict[str, object]:
    value, target = floor.ms / cost.ms, TARGETS.get(page.name)
    return {
        "value": round(value, 4),
        "unit": "of bare",
        "target": f"≥{target}" if target else None,
        "holds": target is None or value >= target,
        "web_ms": round(cost.web, 2),
        "postgres_ms": round(cost.postgres, 2),
        "bare_ms": round(floor.ms, 3),
        "people": len(page.asked),
    }


def memory(product: Server, headers: dict[str, str]) -> dict[str, object]:
    """Of the two web workers, after one visit to every page of the portal that needs nothing in its address."""
    from sportello.desks.portal.urls import urlpatterns

    plain = ["/" + str(each.pattern) for each in urlpatterns if "<" not in str(each.pattern)]
    for path in plain:
        for _ in range(8):  # so that either worker has answered it
            serving.ask(product.port, path, headers)
    value = round(product.memory(), 1)
    return {
        "value": value,
        "unit": "MB",
        "target": f"≤{MOST_MEMORY}",
        "holds": value <= MOST_MEMORY,
        "pages": len(plain),
    }
