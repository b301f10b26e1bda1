"""The jobs of the ledger, deferred by name in the caller's transaction; a customer has one waiting at most."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job
from procrastinate.tasks import configure_task

from sportello.deferring import job_manager

SEND: Final = "ledger.send"
PROBE: Final = "ledger.probe"
SWEEP: Final = "ledger.sweep"
LOCK: Final = "ledger.send:"  # followed by the customer's code

SOON: Final = 0
WHEN_IDLE: Final = -1  # what comes in thousands does not stand before what a person waits for


def defer_sending(customer_codes: Collection[str], *, at: datetime | None = None, priority: int = SOON) -> None:
    """Has a worker send what waits of these customers, as soon as ``at`` where it is given.

    A job that waits already is kept from running until the caller commits, and then sees what the caller has written;
    so whoever writes for the same customer comes after, and the numbers of a customer's rows are in the order of commits.
    """
    waiting = [*sorted(set(customer_codes))]
    while waiting:
        held = _hold([LOCK + code for code in waiting], at=at, priority=priority)
        waiting = [code for code in waiting if LOCK + code not in held]
        if _defer([_sending(code, at, priority) for code in waiting]):
            break
        # Somebody else has deferred one of them in this moment: now it can be held.


def defer_probe(*, at: datetime) -> None:
    """Has a worker see at this time, or before, whether billing is back."""
    if not _hold([PROBE], at=at):
        task = configure_task(name=PROBE, job_manager=job_manager, queueing_lock=PROBE, schedule_at=at)
        _defer([task.make_new_job()])  # if another has come in between, its time is as good


def defer_sweep() -> None:
    """Has a worker take up at once what has stayed behind."""
    if not _hold([SWEEP]):
        task = configure_task(name=SWEEP, job_manager=job_manager, queueing_lock=SWEEP)
        _defer([task.make_new_job(timestamp=0)])


def defer_follow(name: str, *, customer_code: str) -> None:
    """Tells the room above by the job it has named; that job may come twice and must not mind."""
    # Not by way of the app, which would first import whatever a worker can do.
    configure_task(name=name, job_manager=job_manager).defer(customer_codes=[customer_code])


_HOLD = """
    UPDATE procrastinate_jobs
    SET priority = greatest(priority, %(priority)s),
        scheduled_at = CASE WHEN scheduled_at > %(at)s THEN %(at)s WHEN %(at)s IS NULL THEN NULL ELSE scheduled_at END
    WHERE queueing_lock = ANY(%(locks)s) AND status = 'todo'
    RETURNING queueing_lock
"""


def _hold(locks: Sequence[str], *, at: datetime | None = None, priority: int = SOON) -> set[str]:
    """Those of these jobs that are waiting; no worker takes them until we commit, and none later than was asked for."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, {"locks": list(locks), "at": at, "priority": priority})
        return {lock for (lock,) in cursor.fetchall()}


def _sending(customer_code: str, at: datetime | None, priority: int) -> Job:
    task = configure_task(
        name=SEND,
        job_manager=job_manager,
        queueing_lock=LOCK + customer_code,
        schedule_at=at,
        priority=priority,
    )
    return task.make_new_job(customer_code=customer_code)


def _defer(jobs: list[Job]) -> bool:
    """All of them, or none where one is there already."""
    if not jobs:
        return True
    try:
        with transaction.atomic():
            job_manager.batch_defer_jobs(jobs)
    except AlreadyEnqueued:
        return False
    return True
