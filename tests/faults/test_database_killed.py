"""PostgreSQL is killed again and again while people give readings: nobody sees an error page of a program, nothing that
was acknowledged is lost, nothing is there by half, and everything goes on as soon as the server is back."""

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from lxml import html

from tests.load.browser import Answer, play
from tests.load.house import House, house, wait_until
from tests.load.people import Crowd
from tests.running import place

pytestmark = [pytest.mark.torture, pytest.mark.alone, pytest.mark.timeout(1200)]

KILLS = 10
PEOPLE = 120
AWAY_FOR = 4.0  # seconds between the death of the server and its restart
NORMAL = 2.0  # seconds after which everything is as before
EMERGENCY = "800 900 999"
WORDS = {"it": "Torniamo fra un momento", "en": "We will be back in a moment"}
# Each reading that somebody gave: its request, its supply, and how many times it is there with its row for billing.
WRITTEN = """
    SELECT activity.number, activity.supply_id,
        (SELECT count(*) FROM activities_selfreading WHERE activity_id = activity.id) * CASE activity.attention
            WHEN 'kept' THEN 1
            ELSE (SELECT count(*) FROM ledger_ledgerrow WHERE about_kind = 'activity' AND about_key = activity.number) END
    FROM activities_activity AS activity JOIN people_user ON people_user.id = activity.opened_by_id
    WHERE people_user.username LIKE 'login-%%'
"""
READERS = {"overview": 3, "invoices": 2, "invoice": 2, "consumption": 1, "readings": 2, "reading": 5}


@pytest.fixture(scope="module")
def home() -> Iterator[House]:
    with place() as var, house(var, logins=PEOPLE + 10, persons=240) as made:
        yield made


class Outages:
    """Kills and restarts the server in a thread of its own, and notes when it was away and how soon a worker was back."""

    def __init__(self, home: House) -> None:
        self.home = home
        self.gone: list[tuple[float, float]] = []  # from the kill until connections were accepted again
        self.worked_again: list[float] = []  # seconds from then until a job was done and billing's feed was read
        self.pages: list[tuple[str, int, str]] = []  # language, status and text of what was shown meanwhile
        self.thread = threading.Thread(target=self.run)
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            for _ in range(KILLS):
                time.sleep(5)
                self.once()
        except BaseException as error:
            self.error = error

    def once(self) -> None:
        began = time.monotonic()
        self.home.kill_database()
        self.pages += [self.page(language) for language in WORDS]
        time.sleep(AWAY_FOR)
        back = self.home.restart_database()
        self.gone.append((began, back))
        self.worked_again.append(self.seconds_until_work(back))

    def page(self, language: str) -> tuple[str, int, str]:
        headers = {"Accept-Language": language, "Cookie": f"sportello={'a' * 32}"}
        request = urllib.request.Request(f"http://localhost:{self.home.port}/overview/", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return language, answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return language, error.code, error.read().decode()

    def seconds_until_work(self, back: float) -> float:
        ((number, now),) = self.home.ask(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('default', 'ledger.probe', '{}')"
            " RETURNING id, now()"
        )
        wait_until(
            lambda: not self.home.ask("SELECT 1 FROM procrastinate_jobs WHERE id = %s", number), "no job is done"
        )
        wait_until(lambda: self.home.ask("SELECT 1 FROM customers_feed WHERE as_of > %s", now), "the feed is not read")
        return time.monotonic() - back

    def is_away(self, answer: Answer) -> bool:
        """Whether the server was away, or had just come back, while this was being answered."""
        ended = answer.at + answer.seconds
        return any(answer.at < back + NORMAL and ended > began for began, back in self.gone)


async def live_through(home: House, outages: Outages) -> Crowd:
    crowd = Crowd()
    crowd.add(home.port, home.customers[:PEOPLE], home.password, READERS)
    for person in crowd.people:
        assert await person.browser.sign_in(person.username, person.password)
        person.signed_in = True
    outages.thread.start()
    while outages.thread.is_alive():
        await crowd.live(5, think=2.0)
    await crowd.live(3, think=2.0)
    return crowd


@pytest.fixture(scope="module")
def lived(home: House) -> Iterator[tuple[Crowd, Outages]]:
    home.start_web()
    home.start_worker()
    outages = Outages(home)
    crowd = play(live_through(home, outages))
    if outages.error:
        raise outages.error
    answers = crowd.answers
    away = [answer for answer in answers if outages.is_away(answer)]
    print(
        f"\n{len(outages.gone)} outages, {len(answers)} answers, {len(away)} of them meanwhile,"
        f" {sum(a.status == 503 for a in answers)} with 503; {len(crowd.given)} readings,"
        f" {sum(bool(given.number) for given in crowd.given)} with a receipt; worker back after"
        f" {max(outages.worked_again):.2f} s at most"
    )
    wait_until(
        lambda: not home.ask("SELECT 1 FROM ledger_ledgerrow WHERE state IN ('queued', 'sent')"), "rows stay behind"
    )
    yield crowd, outages


def test_while_it_is_away_the_answer_is_503_and_when_to_try_again(lived) -> None:
    crowd, _ = lived
    assert {answer.status for answer in crowd.answers} <= {200, 202, 302, 503}
    late = [answer for answer in crowd.answers if answer.status == 503]
    assert len(late) > KILLS
    assert {answer.headers["retry-after"] for answer in late} == {"15"}


def test_the_page_is_in_the_persons_language_and_has_the_emergency_number(lived) -> None:
    _, outages = lived
    for language, status, text in outages.pages:
        assert status == 503
        assert html.fromstring(text).xpath("string(//h1)") == WORDS[language]
        assert EMERGENCY in text


def test_it_is_normal_two_seconds_after_it_is_back(lived) -> None:
    crowd, outages = lived
    troubled = [answer for answer in crowd.answers if answer.status == 503 and not outages.is_away(answer)]
    assert troubled == []
    worked_again = sorted(outages.worked_again)
    assert worked_again[KILLS * 8 // 10] < NORMAL  # on a machine that others use too
    assert worked_again[-1] < 3 * NORMAL


def test_what_was_acknowledged_is_there_once_and_the_rest_whole_or_not_at_all(home: House, lived) -> None:
    crowd, _ = lived
    assert sum(bool(given.number) for given in crowd.given) > 50
    kept = {number: (supply, rows) for number, supply, rows in home.ask(WRITTEN)}
    for given in crowd.given:
        if given.number:
            assert kept[given.number][0] == given.supply
    assert {rows for _, rows in kept.values()} == {1}
    supplies = [supply for supply, _ in kept.values()]
    assert len(supplies) == len(set(supplies))
    assert set(supplies) <= {given.supply for given in crowd.given}


def test_billing_has_each_once(home: House, lived) -> None:
    keys = {key for (key,) in home.ask("SELECT key FROM activities_selfreading WHERE key <> ''")}
    in_billing = [key for (key,) in home.ask("SELECT key FROM embedded_meterreading WHERE key <> ''", billing=True)]
    assert len(in_billing) == len(set(in_billing))
    acknowledged = {key for (key,) in home.ask("SELECT key FROM ledger_ledgerrow WHERE state = 'acknowledged'")}
    assert acknowledged <= set(in_billing)
    assert keys


def test_a_server_that_does_not_wait_for_its_disk_would_lose_what_was_acknowledged(home: House, lived) -> None:
    """The control: the same questions find what is missing."""
    home.ask("ALTER SYSTEM SET synchronous_commit = off")
    home.ask("SELECT pg_reload_conf()")
    try:
        lost = [play(give_and_kill(home, username)) for username in home.customers[PEOPLE : PEOPLE + 6]]
    finally:
        home.ask("ALTER SYSTEM RESET synchronous_commit")
        home.ask("SELECT pg_reload_conf()")
    assert any(lost)


async def give_and_kill(home: House, username: str) -> bool:
    """Kills the server as soon as a receipt is there. Says whether the reading is lost."""
    crowd = Crowd()
    crowd.add(home.port, [username], home.password, READERS)
    (person,) = crowd.people
    assert await person.browser.sign_in(username, home.password)
    await person.reading()
    home.kill_database()
    home.restart_database()
    numbers = {number for number, _, _ in home.ask(WRITTEN)}
    return bool({given.number for given in crowd.given if given.number} - numbers)
