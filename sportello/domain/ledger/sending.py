"""Sends what waits of one customer: claim, send, record, each committed before the next, so that no crash loses anything.

Who crashes after the claim leaves it to run out; the command is then sent again with the same key, which billing knows.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection, transaction

from sportello.billing.errors import Conflict, NotThere, Refused, Unavailable
from sportello.billing.loading import connector
from sportello.domain.ledger import jobs, outages, recording
from sportello.domain.ledger.encoding import Unreadable, decode
from sportello.domain.ledger.models import LedgerRow

Clock = Callable[[], datetime]

LEASE: Final = timedelta(seconds=90)  # of a claim: longer than a connector takes
MOST_AT_ONCE: Final = 20  # of one customer, before others have their turn
MOST_SWEPT: Final = 5_000


def send(customer_code: str, *, clock: Clock) -> None:
    """Sends the customer's rows that may go, one after the other. Not inside a transaction."""
    for _ in range(MOST_AT_ONCE):
        row = claim(customer_code, now=clock())
        if row is None:
            return
        deliver(row, clock=clock)
    jobs.defer_sending([customer_code])


def probe(*, clock: Clock) -> None:
    """While billing is away: sends one row, the one whose turn has waited longest, and lets the rest go if that succeeds."""
    until = outages.take_probe(now=clock())
    if until is None:
        return
    customer_code = next_to_try(now=clock())
    if customer_code is None:
        outages.nothing_to_probe_with()
        return
    row = claim(customer_code, now=clock(), early=True)
    if row is not None:
        deliver(row, clock=clock)
    outages.probe_at_once(taken_until=until, now=clock())


# A row may not go while an earlier one about the same, or the one that it replaces, has not come to its end. Of those that
# may go the one that a worker has, or had when it was killed, comes first, then the oldest: one of a customer at a time.
_FREE = """
    NOT EXISTS (
        SELECT FROM ledger_ledgerrow AS earlier
        WHERE earlier.customer_code = waiting.customer_code AND earlier.id < waiting.id
            AND earlier.state IN ('queued', 'sent', 'dead', 'held')
            AND (earlier.key = waiting.command ->> 'replaces'
                OR waiting.about_key <> '' AND earlier.about_kind = waiting.about_kind
                    AND earlier.about_key = waiting.about_key)
    )
"""
_DUE = {
    False: f"next_attempt_at <= %(now)s AND NOT EXISTS ({outages.ON})",
    True: "(taken_until IS NULL OR taken_until <= %(now)s)",
}
_CLAIM = """
    UPDATE ledger_ledgerrow
    SET state = 'sent', attempts = attempts + 1, errors = errors + CASE WHEN state = 'sent' THEN 1 ELSE 0 END,
        sent_at = %(now)s, taken_until = %(until)s, next_attempt_at = %(until)s
    WHERE id = (
        SELECT id FROM ledger_ledgerrow AS waiting
        WHERE customer_code = %(customer)s AND state IN ('queued', 'sent') AND {free}
        ORDER BY state = 'sent' DESC, id LIMIT 1
    ) AND state IN ('queued', 'sent') AND {due}
    RETURNING *
"""


def claim(customer_code: str, *, now: datetime, early: bool = False) -> LedgerRow | None:
    """The customer's oldest row that may go, ours alone until its lease is over; None where it is another's or not due, or
    billing is away.

    ``early`` takes it though it is not due yet, and to find out whether billing is back.
    """
    with transaction.atomic(durable=True):
        rows = LedgerRow.objects.raw(
            _CLAIM.format(free=_FREE, due=_DUE[early]),
            {"customer": customer_code, "now": now, "until": now + LEASE},
        )
        return next(iter(rows), None)


_NEXT_TO_TRY = """
    SELECT customer_code FROM ledger_ledgerrow AS waiting
    WHERE state IN ('queued', 'sent') AND (taken_until IS NULL OR taken_until <= %(now)s) AND {free} AND NOT EXISTS (
        SELECT FROM ledger_ledgerrow AS earlier
        WHERE earlier.customer_code = waiting.customer_code AND earlier.state IN ('queued', 'sent')
            AND earlier.id <> waiting.id AND (earlier.id < waiting.id OR earlier.state = 'sent')
    )
    ORDER BY next_attempt_at LIMIT 1
"""


def next_to_try(*, now: datetime) -> str | None:
    """The customer whose turn has waited longest; each failure puts its own to the end."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_TO_TRY.format(free=_FREE), {"now": now})
        found = cursor.fetchone()
    return found[0] if found else None


def deliver(row: LedgerRow, *, clock: Clock) -> None:
    """Hands a claimed row over and records what came of it."""
    billing = connector(settings.BILLING_CONNECTOR)
    if row.name not in billing.capabilities.commands:
        recording.refused(row, reason=recording.NOT_OFFERED, now=clock())
        return
    if row.errors > recording.MOST_ERRORS:
        recording.dead(row, reason="given up after several crashes")  # it may be what they come from
        return
    try:
        receipt = billing.execute(decode(row.name, row.command), key=row.key)
    except Unreadable as error:
        recording.dead(row, reason=f"cannot be read: {error}")
    except Unavailable as error:
        recording.unavailable(row, retry_after=error.retry_after, now=clock())
    except Refused as error:
        recording.refused(row, reason=error.reason, field=error.field, now=clock(), by_billing=True)
    except NotThere as error:
        recording.refused(row, reason=str(error), field=error.kind, now=clock(), by_billing=True)
    except Conflict as error:
        recording.refused(row, reason=str(error), now=clock(), by_billing=True)
    except Exception as error:
        # Of any kind, with anything in its message: only what kind it was is kept and logged.
        recording.failed(row, error=type(error).__name__, now=clock())
    else:
        recording.acknowledged(row, receipt, now=clock(), feed=billing.capabilities.feed)


_LEFT_BEHIND = """
    SELECT customer_code FROM ledger_ledgerrow AS waiting
    WHERE state IN ('queued', 'sent') AND next_attempt_at <= %(now)s AND {free} AND NOT EXISTS (
        SELECT FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = %(lock)s || customer_code
    )
    GROUP BY customer_code ORDER BY min(id) LIMIT %(most)s
"""


def sweep(*, now: datetime) -> int:
    """Defers jobs anew for customers whose rows should be under way and have none; says for how many. While billing is away
    it only sees to it that somebody finds out when it is back. Not inside a transaction."""
    if outages.is_on():
        outages.keep_probing()
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_LEFT_BEHIND.format(free=_FREE), {"now": now, "lock": jobs.LOCK, "most": MOST_SWEPT})
        codes = [code for (code,) in cursor.fetchall()]
    for code in codes:
        # Each by itself: who holds several locks at once may wait for somebody who waits for him.
        with transaction.atomic():
            jobs.defer_sending([code])
    if len(codes) == MOST_SWEPT:
        jobs.defer_sweep()
    return len(codes)
