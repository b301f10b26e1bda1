"""How requests go, for who watches over them: cheap to ask however much there is, so no more than MOST rows are counted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

MOST: Final = 100_000


@dataclass(frozen=True, slots=True)
class UnderWay:
    """How many requests of a kind are in this state, waiting for an operator where ``attention`` says why; the oldest was
    opened at ``oldest``."""

    kind: str
    status: str
    attention: str
    count: int
    oldest: datetime


_UNDER_WAY = """
    SELECT kind, status, attention, count(*), min(opened_at) FROM (
        SELECT kind, status, attention, opened_at FROM activities_activity
        WHERE status IN ('new', 'exported') ORDER BY opened_at LIMIT %(most)s
    ) AS under_way GROUP BY kind, status, attention
"""


def under_way() -> list[UnderWay]:
    with connection.cursor() as cursor:
        cursor.execute(_UNDER_WAY, {"most": MOST})
        return [UnderWay(*row) for row in cursor.fetchall()]
