"""How the ledger is, for who watches over it: cheap to ask however much there is, so no more than MOST rows are counted."""

from datetime import datetime
from typing import Final

from django.db import connection

from sportello.domain.ledger.models import STOPPED, WAITING, State

MOST: Final = 100_000
WATCHED: Final = (*WAITING, *STOPPED, State.REFUSED)

# The oldest first, and what somebody has to look at before what billing has refused: beyond MOST, the rest is left out.
_ROWS = """
    SELECT state, count(*), min(queued_at) FROM (
        SELECT state, queued_at FROM ledger_ledgerrow
        WHERE state IN ('queued', 'sent') ORDER BY next_attempt_at LIMIT %(most)s
    ) AS waiting GROUP BY state
    UNION ALL
    SELECT state, count(*), min(queued_at) FROM (
        SELECT state, queued_at FROM ledger_ledgerrow
        WHERE state IN ('refused', 'dead', 'held') ORDER BY state, queued_at DESC LIMIT %(most)s
    ) AS stopped GROUP BY state
"""


def rows() -> dict[str, tuple[int, datetime | None]]:
    """How many rows there are in each state that is not their good end, and since when the oldest is in the ledger."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, {"most": MOST})
        found = {state: (count, oldest) for state, count, oldest in cursor.fetchall()}
    return {state.value: found.get(state, (0, None)) for state in WATCHED}
