"""A worker goes on when its database comes back, and takes up what others have left."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, connections
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.contrib.django.utils import connector_params

from sportello import wiring, working
from tests.workers import elsewhere

pytestmark = pytest.mark.django_db(transaction=True)

NOTHING = "accounts.start_recovery"  # for user 0 it does nothing, in a thread with a connection of Django's


@pytest.fixture(autouse=True)
def threads_leave_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    monkeypatch.setattr(working, "PAUSE", 0.02)


def wait_until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def at_work(run: Callable[[asyncio.Event], object]) -> Iterator[threading.Thread]:
    """``run`` in a thread, until the block ends."""
    ready = threading.Event()
    told: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def live() -> None:
        told.append((asyncio.get_running_loop(), asyncio.Event()))
        ready.set()
        await run(told[0][1])  # type: ignore[misc]

    thread = threading.Thread(target=lambda: asyncio.run(live()))
    thread.start()
    ready.wait(10)
    try:
        yield thread
    finally:
        if thread.is_alive():
            told[0][0].call_soon_threadsafe(told[0][1].set)
        thread.join(60)
        assert not thread.is_alive()


def defer() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args)"
            " VALUES ('default', %s, '{\"user\": 0, \"by_post\": false}') RETURNING id",
            [NOTHING],
        )
        return int(cursor.fetchone()[0])


def is_done(number: int) -> bool:
    return not ProcrastinateJob.objects.filter(pk=number).exists()


def end_all_connections() -> None:
    """But our own: as when the server is restarted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def workers() -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM procrastinate_workers")
        return {number for (number,) in cursor.fetchall()}


def test_it_goes_on_after_its_connections_were_ended() -> None:
    with at_work(working.keep_working):
        for _ in range(3):
            number = defer()
            wait_until(lambda number=number: is_done(number))
            end_all_connections()
        last = defer()
        wait_until(lambda: is_done(last))  # who is told to end while the database is away cannot sign off there
    assert workers() == set()


def test_it_begins_once_the_database_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def parameters() -> dict[str, object]:
        tries.append(1)
        if len(tries) < 4:
            return {"host": "/nowhere"}
        return connector_params()

    monkeypatch.setattr(working, "connector_params", parameters)
    number = defer()
    with at_work(working.keep_working):
        wait_until(lambda: is_done(number))
    assert len(tries) == 4


def test_a_worker_by_itself_would_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what the loop is there for."""

    async def once(told: asyncio.Event) -> None:
        with pytest.raises(working.AWAY):
            await working._run(working._worker(), told, before=None)

    monkeypatch.setattr(working, "PATIENCE", 0.1)
    with at_work(once) as thread:
        wait_until(lambda: workers())
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE procrastinate_workers RENAME TO gone_for_a_moment")
        try:
            thread.join(60)
            assert not thread.is_alive()
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE gone_for_a_moment RENAME TO procrastinate_workers")


# --- what others have left -------------------------------------------------------------------------------------------


def take_up() -> None:
    async def once() -> None:
        with app.replace_connector(app.connector.get_worker_connector()) as running:
            async with running.open_async():
                await wiring.take_up_stalled(running.job_manager)

    elsewhere(lambda: asyncio.run(once()))


def left(*, heartbeat: str | None, started: str = "1 minute", lock: str | None = None) -> int:
    """A job that was begun, ``started`` ago; ``heartbeat`` is how long ago its worker was last heard of, None for one
    that the database does not know any more."""
    number = defer()
    with connection.cursor() as cursor:
        worker = None
        if heartbeat:
            cursor.execute(
                "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval) RETURNING id",
                [heartbeat],
            )
            worker = cursor.fetchone()[0]
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s, queueing_lock = %s WHERE id = %s",
            [worker, lock, number],
        )
        cursor.execute(
            "UPDATE procrastinate_events SET at = now() - %s::interval WHERE job_id = %s AND type = 'started'",
            [started, number],
        )
    return number


def states() -> dict[int, str]:
    return dict(ProcrastinateJob.objects.values_list("pk", "status"))


@pytest.mark.parametrize("heartbeat", [None, "40 seconds"])
def test_the_job_of_a_worker_that_is_gone_is_done_again(heartbeat: str | None) -> None:
    number = left(heartbeat=heartbeat)
    take_up()
    assert states() == {number: "todo"}


def test_the_job_of_a_worker_that_lives_is_left_to_it() -> None:
    number = left(heartbeat="5 seconds")
    take_up()
    assert states() == {number: "doing"}


def test_a_job_whose_end_could_not_be_written_is_done_again() -> None:
    number = left(heartbeat="5 seconds", started="31 minutes")
    take_up()
    assert states() == {number: "todo"}


def test_where_the_same_waits_already_one_of_the_two_is_enough() -> None:
    left(heartbeat=None, lock="the same")
    other = left(heartbeat=None)
    waiting = defer()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET queueing_lock = 'the same' WHERE id = %s", [waiting])
    take_up()
    assert states() == {waiting: "todo", other: "todo"}


def test_a_worker_takes_them_up_when_it_begins() -> None:
    number = left(heartbeat=None)
    with at_work(working.keep_working):
        wait_until(lambda: is_done(number))


def test_without_that_it_would_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(manager: object) -> None:
        pass

    monkeypatch.setattr(working, "take_up_stalled", nothing)
    monkeypatch.setattr(wiring, "take_up_stalled", nothing)
    number = left(heartbeat=None)
    other = defer()
    with at_work(working.keep_working):
        wait_until(lambda: is_done(other))
    assert states()[number] == "doing"


def test_what_nobody_else_looks_after_is_tried_again_when_the_database_was_away() -> None:
    from django.db import InterfaceError, OperationalError
    from procrastinate.jobs import Job

    job = Job(
        id=1, status="doing", queue="default", lock=None, queueing_lock=None, task_name="", priority=0, attempts=0
    )
    for name in ("accounts.start_recovery", "accounts.send_web_code"):
        for error in (OperationalError(), InterfaceError()):
            assert app.tasks[name].get_retry_exception(exception=error, job=job)
        assert app.tasks[name].get_retry_exception(exception=ValueError(), job=job) is None
