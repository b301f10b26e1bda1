"""An ordinary day, the day of the bills, and a flood of sign-ins: on two cores with everything on them, this program too.

``LOAD_ON`` names the folder of a cluster to take instead of a demo: that of ``python -m sportello size``.
"""

import asyncio
import os
import threading
import time
from collections.abc import Iterator

import pytest

from tests.load import measuring
from tests.load.browser import Answer, play
from tests.load.flood import Flood
from tests.load.house import House, house
from tests.load.people import CUSTOMERS, STAFF, Crowd, Person
from tests.running import place

pytestmark = [pytest.mark.torture, pytest.mark.alone, pytest.mark.timeout(1200)]

CORES = 2
PEOPLE, MEMBERS_OF_STAFF = 291, 9
SETTLING, SECONDS = 30, 180
BILL_DAY_PEOPLE, BILL_DAY_SECONDS = 1_000, 300
FLOOD_RATE, FLOOD_ADDRESSES, FLOOD_SECONDS = 200, 50, 60
PROXIED = {"X-Forwarded-For": "192.0.2.1"}
WELL = {200, 202, 302}


@pytest.fixture(scope="module", autouse=True)
def two_cores() -> Iterator[None]:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:CORES])
    yield
    os.sched_setaffinity(0, before)


@pytest.fixture(scope="module")
def home(two_cores: None) -> Iterator[House]:
    with (
        place() as var,
        house(var, logins=BILL_DAY_PEOPLE, persons=440, on=os.environ.get("LOAD_ON", ""), TRUSTED_PROXIES="1") as made,
    ):
        made.start_web()
        made.start_worker()
        yield made


def crowd_of(home: House, customers: int, staff: int = 0) -> Crowd:
    """Each comes from an address of his own."""
    crowd = Crowd()
    for number, name in enumerate(home.customers[:customers]):
        crowd.add(
            home.port, [name], home.password, CUSTOMERS, **{"X-Forwarded-For": f"198.51.{number // 250}.{number % 250}"}
        )
    for _ in range(staff // len(home.staff)):
        crowd.add(home.port, home.staff, home.password, STAFF, **PROXIED)
    return crowd


async def let_in(crowd: Crowd) -> None:
    """Before anything is counted."""
    for person in crowd.people:
        person.signed_in = await person.browser.sign_in(person.username, person.password)
        assert person.signed_in, person.username
    crowd.answers.clear()


def taken_since(home: House, before: dict[str, float], crowd: Crowd, seconds: float) -> dict[str, float]:
    """Cores that each part has kept busy meanwhile."""
    after = measuring.cpu(home) | {"this simulation": crowd.cpu}
    return {name: round((value - before.get(name, 0.0)) / seconds, 2) for name, value in after.items()}


def test_an_ordinary_day(home: House) -> None:
    """300 people, one page every five seconds each, while the billing office works and what it does is aligned."""
    crowd = crowd_of(home, PEOPLE, MEMBERS_OF_STAFF)
    office = threading.Thread(target=home.run_module, args=["tests.load.office", "go-on", str(SECONDS), "0.5"])

    async def day() -> tuple[float, dict[str, float]]:
        await let_in(crowd)
        await crowd.live(SETTLING)  # everybody's first look at everything
        crowd.answers.clear()
        crowd.cpu = 0.0
        office.start()
        before, began = measuring.cpu(home), time.monotonic()
        await crowd.live(SECONDS)
        return time.monotonic() - began, before

    seconds, before = play(day())
    office.join()
    found = measuring.figures(crowd.answers, seconds=seconds)
    found["cores"] = taken_since(home, before, crowd, seconds)
    found["readings"] = len(crowd.given)
    measuring.keep("ordinary day", found)
    assert [answer for answer in crowd.answers if answer.status not in WELL] == []
    assert all(given.number for given in crowd.given)
    assert found["a second"] >= 59
    assert found["milliseconds"]["p95"] < 300
    assert found["milliseconds"]["p99"] < 800


def test_the_day_of_the_bills(home: House) -> None:
    """A thousand people within five minutes, each of whom signs in, looks at the bill and its PDF, and leaves."""
    crowd = crowd_of(home, BILL_DAY_PEOPLE)

    async def come(number: int, person: Person) -> None:
        await asyncio.sleep(number * BILL_DAY_SECONDS / BILL_DAY_PEOPLE)
        for _ in range(5):
            person.signed_in = person.signed_in or await person.browser.sign_in(person.username, person.password)
            if person.signed_in:
                break
            await asyncio.sleep(5)
        for look in (person.overview, person.invoices, person.invoice, person.pdf, person.consumption, person.leave):
            await asyncio.sleep(person.rng.uniform(1, 5))
            await look()
        await person.browser.close()

    async def day() -> float:
        began = time.monotonic()
        cpu = time.process_time()
        await asyncio.gather(*(come(number, person) for number, person in enumerate(crowd.people)))
        crowd.cpu = time.process_time() - cpu
        return time.monotonic() - began

    before = measuring.cpu(home)
    seconds = play(day())
    found = measuring.figures(crowd.answers, seconds=seconds)
    found["cores"] = taken_since(home, before, crowd, seconds)
    measuring.keep("day of the bills", found)
    assert [answer for answer in crowd.answers if answer.status not in WELL] == []
    assert measuring.milliseconds(of_who_is_in(crowd.answers))["p99"] < 1500


def of_who_is_in(answers: list[Answer]) -> list[Answer]:
    return [answer for answer in answers if not answer.name.startswith("sign-in")]


def flooded(home: House, *, seconds: float = FLOOD_SECONDS) -> tuple[Crowd, Flood]:
    """A hundred people go on with what they were at while somebody tries passwords."""
    crowd = crowd_of(home, 100)
    for person in crowd.people:
        person.steps = {name: often for name, often in CUSTOMERS.items() if name != "leave"}
    addresses = [f"203.0.113.{number}" for number in range(FLOOD_ADDRESSES)]
    flood = Flood(home.port, addresses, rate=FLOOD_RATE)

    async def story() -> None:
        await let_in(crowd)
        living = asyncio.create_task(crowd.live(seconds))
        await flood.last(seconds)
        await living

    play(story())
    home.ask("DELETE FROM accounts_throttle")
    return crowd, flood


def test_a_flood_of_sign_ins(home: House) -> None:
    before = measuring.cpu(home)
    crowd, flood = flooded(home)
    found = {
        "people": measuring.figures(crowd.answers, seconds=FLOOD_SECONDS),
        "flood": measuring.figures(flood.answers, seconds=FLOOD_SECONDS),
        "cores": taken_since(home, before, crowd, FLOOD_SECONDS),
    }
    measuring.keep("flood of sign-ins", found)
    assert len(flood.answers) >= FLOOD_RATE * FLOOD_SECONDS * 0.99
    assert {answer.status for answer in flood.answers} <= {200, 429}
    turned_away = [answer for answer in flood.answers if answer.status == 429]
    assert len(turned_away) > len(flood.answers) / 2
    assert all(int(answer.headers["retry-after"]) > 0 for answer in turned_away)
    assert [answer for answer in crowd.answers if answer.status not in WELL] == []
    assert measuring.milliseconds(crowd.answers)["p99"] < 1500


def test_without_the_gate_people_would_wait(home: House) -> None:
    """The control: the same flood on a house whose sign-ins take what they want."""
    web = next(part for part in home.parts if "web" in part.args)  # type: ignore[operator]
    home.stop(web)
    gateless = home.start_web_without("tests.faults.gateless:application")
    try:
        crowd, _ = flooded(home, seconds=25)
    finally:
        home.stop(gateless)
        home.start_web()
    measuring.keep("flood without the gate", {"people": measuring.figures(crowd.answers, seconds=25)})
    late = measuring.milliseconds(crowd.answers)["p99"]
    assert late > 1500 or any(answer.status not in WELL for answer in crowd.answers)
