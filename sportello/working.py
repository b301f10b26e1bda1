"""Runs jobs until it is told to stop. When the database goes away work rests, and goes on as soon as it is back."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol

import psycopg
import structlog
from django.db import close_old_connections
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition
from procrastinate.psycopg_connector import PsycopgConnector
from procrastinate.worker import Worker

from sportello.wiring import take_up_stalled

log = structlog.get_logger("sportello.working")

AT_ONCE: Final = 4  # jobs
PAUSE: Final = 0.5  # seconds between two looks whether the database is back
PATIENCE: Final = 2.0  # seconds for a connection
GRACE: Final = 20  # seconds in which jobs may end by themselves
LAST: Final = 28  # seconds after which we end whatever still runs: every job may be killed at any point
AWAY: Final = (ConnectorException, psycopg.Error)


class Working(Protocol):
    """What procrastinate's worker does; it says no types itself."""

    worker_id: int | None

    def run(self) -> Coroutine[Any, Any, None]: ...

    def stop(self) -> None: ...


def work(stop: threading.Event) -> None:
    """Until SIGTERM or Ctrl-C, which set ``stop`` too."""
    asyncio.run(_work(stop))


async def _work(stop: threading.Event) -> None:
    told = asyncio.Event()

    def tell() -> None:
        stop.set()
        told.set()
        _end_at_last()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, tell)
    await keep_working(told)


def _end_at_last() -> None:
    timer = threading.Timer(LAST, os._exit, [0])
    timer.daemon = True
    timer.start()


async def keep_working(told: asyncio.Event) -> None:
    """One worker after the other, each with connections of its own, until ``told`` is set."""
    before: int | None = None  # the number of the last worker, where the database may believe it alive
    resting = False
    while not told.is_set():
        worker = _worker()
        try:
            await _run(worker, told, before=before)
            resting = False
        except AWAY as error:
            if not resting:
                log.warning("worker_rests", error=type(error).__name__)
            resting = worker.worker_id is None
        before = worker.worker_id or before
        await _until(told, PAUSE)


async def _run(worker: Working, told: asyncio.Event, *, before: int | None) -> None:
    """Until ``told`` is set or the database goes away, which may raise one of AWAY."""
    parameters = connector_params()
    async with await psycopg.AsyncConnection.connect(**parameters):
        pass  # it is there: the pool would not say so for half a minute
    connector = PsycopgConnector(kwargs=parameters, min_size=1, max_size=AT_ONCE, timeout=PATIENCE)
    with app.replace_connector(connector):
        async with app.open_async():
            if before is not None:
                await app.job_manager.unregister_worker(before)
            await take_up_stalled(app.job_manager)
            running = asyncio.create_task(worker.run())
            stopping = asyncio.create_task(told.wait())
            await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            worker.stop()
            await running


def _worker() -> Working:
    untyped: Any = app
    untyped.perform_import_paths()
    return Worker(
        app,
        concurrency=AT_ONCE,
        delete_jobs=DeleteJobCondition.SUCCESSFUL,
        shutdown_graceful_timeout=GRACE,
        install_signal_handlers=False,
        task_middleware=[with_fresh_connection],
    )


def with_fresh_connection(job: Callable[[], Any], *_context: Any) -> Any:
    """A worker's thread keeps its connection from job to job; the server may have been restarted since."""
    close_old_connections()
    try:
        return job()
    finally:
        close_old_connections()


async def _until(told: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(told.wait(), seconds)
    except TimeoutError:
        pass
