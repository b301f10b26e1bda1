"""How the outbox is, for who watches over it: cheap to ask however much there is, so no more than MOST mails are counted."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from sportello.domain.messages.models import FAILED

MOST: Final = 100_000
LATELY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mails:
    """``in_trouble`` are those of the ``waiting`` that could not be sent yet. What has failed, by state, and what may have
    gone out twice is of the last day."""

    waiting: int
    in_trouble: int
    oldest: datetime | None
    failed: dict[str, int]
    possible_duplicates: int


_WAITING = """
    SELECT count(*), count(*) FILTER (WHERE failure <> ''), min(created_at) FROM (
        SELECT failure, created_at FROM outbox_message
        WHERE channel = 'mail' AND state IN ('queued', 'claimed') AND lane = '' ORDER BY next_attempt_at LIMIT %(most)s
    ) AS waiting
"""
_FAILED = """
    SELECT state, count(*) FROM (
        SELECT state FROM outbox_message
        WHERE state IN ('refused', 'dead') AND channel = 'mail' AND created_at > %(since)s LIMIT %(most)s
    ) AS failed GROUP BY state
"""
_TWICE = """
    SELECT count(*) FROM (
        SELECT FROM outbox_message WHERE possible_duplicate AND created_at > %(since)s LIMIT %(most)s
    ) AS twice
"""


def mails(*, now: datetime) -> Mails:
    values: dict[str, int | datetime] = {"most": MOST, "since": now - LATELY}
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, values)
        waiting, in_trouble, oldest = cursor.fetchone() or (0, 0, None)
        cursor.execute(_FAILED, values)
        failed = dict(cursor.fetchall())
        cursor.execute(_TWICE, values)
        (twice,) = cursor.fetchone() or (0,)
    return Mails(
        waiting=waiting,
        in_trouble=in_trouble,
        oldest=oldest,
        failed={state.value: failed.get(state, 0) for state in FAILED},
        possible_duplicates=twice,
    )
