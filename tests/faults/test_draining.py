"""A process that is told to end finishes what it has begun, within half a minute, while another one takes over."""

import asyncio
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from tests.faults.balancer import Balancer
from tests.faults.holding import customer_of, nobody_else_gives_readings
from tests.load.browser import AWAY, Browser, play
from tests.load.house import House, house, kill, wait_until
from tests.load.people import CUSTOMERS, Crowd, typed
from tests.running import free_port, place

pytestmark = [pytest.mark.torture, pytest.mark.alone, pytest.mark.timeout(900)]

ROUNDS = 12
PEOPLE = 60
LONGEST = 30.0  # seconds in which a process ends
FAST = 1.0  # seconds of thinking: 60 requests a second


@pytest.fixture(scope="module")
def home() -> Iterator[House]:
    with place() as var, house(var, logins=PEOPLE + 12) as made:
        yield made


def end(process: subprocess.Popen[bytes]) -> float:
    """Seconds that it takes to end."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=LONGEST + 10)
    return time.monotonic() - began


def replaced_one_by_one(
    home: House, how: Callable[[subprocess.Popen[bytes]], object], rounds: int
) -> tuple[Crowd, list[object]]:
    """What people saw through a balancer while each of two servers was ended and started again in turn."""
    ports = [free_port(), free_port()]
    webs = [home.start_web(PORT=str(port)) for port in ports]
    results: list[object] = []

    def replace() -> None:
        for turn in range(rounds):
            time.sleep(2)
            results.append(how(webs[turn % 2]))
            webs[turn % 2] = home.start_web(PORT=str(ports[turn % 2]))

    async def live() -> Crowd:
        crowd = Crowd()
        async with Balancer(ports) as balancer:
            crowd.add(balancer.port, home.customers[:PEOPLE], home.password, CUSTOMERS)
            for person in crowd.people:
                person.signed_in = await person.browser.sign_in(person.username, person.password)
            replacing = threading.Thread(target=replace)
            replacing.start()
            while replacing.is_alive():
                await crowd.live(3, think=FAST)
        return crowd

    crowd = play(live())
    home.stop(*(web for web in webs if web.poll() is None))
    return crowd, results


def test_no_request_fails_while_web_servers_are_replaced(home: House) -> None:
    crowd, seconds = replaced_one_by_one(home, end, ROUNDS)
    print(f"\n{len(crowd.answers)} answers while {ROUNDS} servers ended, each within {max(seconds):.1f} s")  # type: ignore[type-var]
    failed = [answer for answer in crowd.answers if answer.status == AWAY or answer.status >= 400]
    assert failed == []
    assert len(crowd.answers) > 500
    assert all(each <= LONGEST for each in seconds)  # type: ignore[operator]


def test_with_servers_that_are_killed_requests_would_fail(home: House) -> None:
    crowd, _ = replaced_one_by_one(home, kill, ROUNDS // 2)
    assert any(answer.status == AWAY for answer in crowd.answers)


@pytest.mark.parametrize("gently", [True, False])
def test_what_has_begun_is_answered_and_what_is_killed_is_not(home: House, gently: bool) -> None:
    username = home.customers[PEOPLE + gently]
    web = home.start_web()

    async def give() -> int:
        browser = Browser(home.port, [])
        assert await browser.sign_in(username, home.password)
        listing = await browser.get("/readings/", "readings")
        supply = listing.text.split('href="/readings/UT')[1].split("/")[0]
        path = f"/readings/UT{supply}/"
        fields = typed((await browser.get(path, "form")).text)
        with nobody_else_gives_readings(home, customer_of(home, username)):
            sending = asyncio.create_task(browser.post(path, "reading", fields))
            await asyncio.sleep(2)
            if gently:
                web.send_signal(signal.SIGTERM)
            else:
                kill(web)
            await asyncio.sleep(3)
        return (await sending).status

    assert play(give()) == (302 if gently else AWAY)
    wait_until(lambda: web.poll() is not None, "it does not end", within=LONGEST)
    home.stop()


async def give_a_reading(home: House, usernames: Sequence[str]) -> str:
    """By the first of them whose reading goes to billing without anybody's looking at it. Returns his customer."""
    for username in usernames:
        crowd = Crowd()
        crowd.add(home.port, [username], home.password, CUSTOMERS)
        (person,) = crowd.people
        assert await person.browser.sign_in(username, home.password)
        await person.reading()
        numbers = [given.number for given in crowd.given]
        if home.ask("SELECT 1 FROM ledger_ledgerrow WHERE about_key = ANY(%s)", numbers):
            return customer_of(home, username)
    raise AssertionError("nobody has a meter that can be read")


@pytest.mark.parametrize("patient", [True, False])
def test_a_worker_ends_in_time_and_its_job_is_done_by_the_next(home: House, patient: bool) -> None:
    """One whose job ends meanwhile, and one whose job goes on for longer than anybody waits."""
    home.start_web()
    worker = home.start_worker()
    customer = play(give_a_reading(home, home.customers[PEOPLE + 2 + 4 * patient :][:4]))
    status = "SELECT 1 FROM activities_activity WHERE customer_id = %s AND status = %s"
    settling = "SELECT 1 FROM procrastinate_jobs WHERE task_name = 'activities.settle' AND status = 'doing'"
    wait_until(lambda: home.ask(status, customer, "executed"), "it is not executed")
    # As if it had not been settled yet; and nobody can settle it as long as we hold the lock.
    home.ask(
        "UPDATE activities_activity SET status = 'new', executed_at = NULL, exported_at = NULL WHERE customer_id = %s",
        customer,
    )
    with nobody_else_gives_readings(home, customer):
        home.ask(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args)"
            " VALUES ('default', 'activities.settle', jsonb_build_object('customer_codes', jsonb_build_array(%s::text)))",
            customer,
        )
        wait_until(lambda: home.ask(settling), "nothing is settled")
        began = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        if not patient:
            worker.wait(timeout=LONGEST + 5)
    worker.wait(timeout=LONGEST + 5)
    took = time.monotonic() - began
    print(f"\nthe worker ended after {took:.1f} s")
    assert took <= LONGEST
    assert bool(home.ask(status, customer, "executed")) == patient
    assert bool(home.ask(settling)) != patient
    home.start_worker()
    wait_until(lambda: home.ask(status, customer, "executed"), "what was cut off is not done again")
    wait_until(lambda: not home.ask("SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'"), "a job is stuck")
    home.stop()
