"""Commands whose sense has a last day are not kept beyond it, for what they hold may be secret."""

from datetime import datetime

from django.db import connection
from django.utils import timezone

from sportello.billing.commands import COMMANDS
from sportello.domain.ledger.encoding import secrets

_EXPIRE = """
    UPDATE ledger_ledgerrow
    SET state = 'cancelled', settled_at = %(now)s, taken_until = NULL, reason = 'expired',
        command = command - %(secrets)s::text[]
    WHERE state IN ('queued', 'dead', 'held') AND command ->> 'expires_on' < %(today)s
"""


def expire(*, now: datetime) -> int:
    """Cancels what had to be done by a day that is over; says how many."""
    everything = sorted(set().union(*(secrets(name) for name in COMMANDS)))
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRE, {"now": now, "secrets": everything, "today": timezone.localdate(now).isoformat()})
        return int(cursor.rowcount)
