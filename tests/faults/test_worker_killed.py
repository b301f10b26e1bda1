"""The worker is killed (-9) again and again in the middle of everything it does: reading billing's feed, sending rows and
mails, making PDFs, settling, reminding. Afterwards everything has been done, each thing once."""

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from sportello.domain.messages.tests.smtp import FakeServer
from tests.load.browser import play
from tests.load.house import House, house, kill, wait_until
from tests.load.people import Crowd
from tests.running import place

pytestmark = [pytest.mark.torture, pytest.mark.alone, pytest.mark.timeout(1500)]

KILLS = 20
PEOPLE = 40
LEASES = 400  # seconds: a claim of a killed worker runs out after 90, and sweeps come once a minute
BUSY = {"overview": 2, "invoices": 1, "pdf": 12, "readings": 1, "reading": 10}
# What a worker should still do now; a reading beyond belief waits for an operator.
LEFT = """
    SELECT 'job ' || task_name || ' ' || status FROM procrastinate_jobs
    WHERE status = 'doing' OR status = 'todo' AND (scheduled_at IS NULL OR scheduled_at < now())
    UNION ALL SELECT 'row ' || state FROM ledger_ledgerrow WHERE state NOT IN ('acknowledged')
    UNION ALL SELECT 'mail ' || state FROM outbox_message WHERE channel = 'mail' AND state <> 'sent'
    UNION ALL SELECT 'request ' || status FROM activities_activity JOIN people_user ON people_user.id = opened_by_id
        WHERE username LIKE 'login-%%' AND status <> 'executed' AND attention <> 'kept'
"""
# Whatever hour it is, it is one at which people are reminded.
BY_DAY = """
import django; django.setup()
from sportello import serving
from sportello.domain.activities.kinds.self_reading import reminding
reminding.FIRST_HOUR, reminding.LAST_HOUR = 0, 24
serving.worker([])
"""


@pytest.fixture(scope="module")
def mail() -> Iterator[FakeServer]:
    with FakeServer() as server:
        yield server


@pytest.fixture(scope="module")
def home(mail: FakeServer) -> Iterator[House]:
    with place() as var, house(var, logins=PEOPLE + 60, MAIL_URL=mail.url) as made:
        # Whatever day it is, it is one on which gas is read.
        made.ask("UPDATE activities_readingrules SET opens_day = 1, closes_day = 31 WHERE service = 'gas'")
        yield made


class Killer(threading.Thread):
    """Has one worker at work, and kills it at moments that nobody knows."""

    def __init__(self, home: House) -> None:
        super().__init__()
        self.home = home
        self.error: BaseException | None = None
        self.caught: Counter[str] = Counter()  # what the killed ones were at

    def run(self) -> None:
        rng = random.Random(7)
        try:
            for _ in range(KILLS):
                worker = self.home.start_worker("-c", BY_DAY)
                time.sleep(rng.uniform(0.1, 4))
                self.home.ask(
                    "INSERT INTO procrastinate_jobs (queue_name, task_name, args)"
                    " VALUES ('default', 'activities.remind', '{\"timestamp\": 0}')"
                )
                time.sleep(rng.uniform(0.0, 0.3))
                kill(worker)
                doing = self.home.ask("SELECT task_name FROM procrastinate_jobs WHERE status = 'doing'")
                self.caught.update(name for (name,) in doing)
        except BaseException as error:
            self.error = error


async def live_through(home: House, killer: Killer) -> Crowd:
    crowd = Crowd()
    crowd.add(home.port, home.customers[:PEOPLE], home.password, BUSY)
    for person in crowd.people:
        person.signed_in = await person.browser.sign_in(person.username, person.password)
    killer.start()
    while killer.is_alive():
        await crowd.live(5, think=1.0)
    return crowd


@pytest.fixture(scope="module")
def lived(home: House) -> Crowd:
    home.start_web()
    killer = Killer(home)
    office = threading.Thread(target=home.run_module, args=["tests.load.office", "go-on", "60", "0.2"])
    office.start()
    crowd = play(live_through(home, killer))
    office.join()
    if killer.error:
        raise killer.error
    home.start_worker("-c", BY_DAY)
    began = time.monotonic()
    wait_until(lambda: not home.ask(LEFT), "something is left behind", within=LEASES, every=0.5)
    print(
        f"\n{KILLS} workers killed, caught at {dict(killer.caught)}; {len(crowd.given)} readings; all done"
        f" {time.monotonic() - began:.0f} s after the last one"
    )
    assert killer.caught
    return crowd


def test_nobody_saw_an_error(lived: Crowd) -> None:
    assert {answer.status for answer in lived.answers} <= {200, 202, 302}


def test_no_job_failed(home: House, lived: Crowd) -> None:
    assert home.ask("SELECT task_name, status FROM procrastinate_jobs WHERE status NOT IN ('todo', 'succeeded')") == []


def test_each_reading_is_in_billing_once(home: House, lived: Crowd) -> None:
    given = {each.number for each in lived.given}
    assert len(given) > 20 and "" not in given
    keys = [key for (key,) in home.ask("SELECT key FROM activities_selfreading WHERE key <> ''")]
    found = Counter(key for (key,) in home.ask("SELECT key FROM embedded_meterreading WHERE key <> ''", billing=True))
    assert {found[key] for key in keys} == {1}


def test_the_mirror_is_what_billing_has(home: House, lived: Crowd) -> None:
    billing = home.ask("SELECT code, amount, paid FROM embedded_invoice ORDER BY code", billing=True)
    wait_until(
        lambda: home.ask("SELECT number, amount, paid FROM customers_invoice ORDER BY number") == billing, "not aligned"
    )


def test_each_mail_went_out_and_each_copy_more_is_marked(home: House, mail: FakeServer, lived: Crowd) -> None:
    copies = Counter(message["Message-ID"] for message in mail.mails)
    written = dict(home.ask("SELECT message_id, possible_duplicate FROM outbox_message WHERE channel = 'mail'"))
    assert set(copies) == set(written)
    assert {name for name, number in copies.items() if number > 1} <= {
        name for name, marked in written.items() if marked
    }


def test_each_is_reminded_once(home: House, lived: Crowd) -> None:
    reminders = Counter(
        key for (key,) in home.ask("SELECT about_key FROM outbox_message WHERE kind = 'reading_reminder'")
    )
    assert reminders
    assert set(reminders.values()) == {1}


def test_each_pdf_is_kept_once_and_whole(home: House, lived: Crowd) -> None:
    files = home.ask(
        "SELECT key, substr(content, 1, 4), length(content) = size FROM files_keptfile WHERE kind = 'invoice_pdf'"
    )
    assert files
    assert {(bytes(start), whole) for _, start, whole in files} == {(b"%PDF", True)}


# --- the control -----------------------------------------------------------------------------------------------------

FORGETFUL = """
import django; django.setup()
from sportello import serving, wiring, working
async def nothing(manager): pass
wiring.take_up_stalled = working.take_up_stalled = nothing
serving.worker([])
"""


def test_with_a_worker_that_does_not_look_after_others_a_job_would_be_stuck(home: House, lived: Crowd) -> None:
    home.stop()
    ((number,),) = home.ask(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('default', 'ledger.probe', '{}') RETURNING id"
    )
    home.ask("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", number)
    forgetful = subprocess.Popen([sys.executable, "-c", FORGETFUL], env=home.environ)
    home.parts.append(forgetful)
    time.sleep(40)
    assert home.ask("SELECT status FROM procrastinate_jobs WHERE id = %s", number) == [("doing",)]
    home.stop()
    home.start_worker()
    wait_until(lambda: not home.ask("SELECT 1 FROM procrastinate_jobs WHERE id = %s", number), "it is stuck")
