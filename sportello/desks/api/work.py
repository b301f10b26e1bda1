"""What waits for the worker, and whether one is there: cheap to ask however much there is, so no more than MOST are counted."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

MOST: Final = 100_000
ALIVE: Final = timedelta(minutes=1)  # they give a sign every ten seconds


@dataclass(frozen=True, slots=True)
class Due:
    """How many jobs of a task could run now, and since when the first of them could."""

    task: str
    count: int
    since: datetime


# Where a job has no time of its own, it could run from the moment it was deferred.
_DUE = """
    SELECT task_name, due.count, least(due.scheduled_at, (
        SELECT min(at) FROM procrastinate_events WHERE job_id = due.first AND type = 'deferred'
    ), %(now)s)
    FROM (
        SELECT task_name, count(*), min(scheduled_at) AS scheduled_at, min(id) FILTER (WHERE scheduled_at IS NULL) AS first
        FROM (
            SELECT id, task_name, scheduled_at FROM procrastinate_jobs
            WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= %(now)s)
            ORDER BY priority DESC, id LIMIT %(most)s
        ) AS waiting GROUP BY task_name
    ) AS due
"""
_FAILED = """
    SELECT task_name, count(*) FROM (
        SELECT task_name FROM procrastinate_jobs WHERE status = 'failed' LIMIT %(most)s
    ) AS failed GROUP BY task_name
"""


def due(*, now: datetime) -> list[Due]:
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"now": now, "most": MOST})
        return [Due(*row) for row in cursor.fetchall()]


def failed() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_FAILED, {"most": MOST})
        return dict(cursor.fetchall())


def workers(*, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > %s", [now - ALIVE])
        (count,) = cursor.fetchone() or (0,)
    return int(count)
