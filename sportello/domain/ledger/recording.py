"""Writes down what came of sending a row, together with the job that follows; each is one transaction.

What a worker writes counts only while the row is still in its hands. An acknowledgement counts whoever has the row by now:
billing has done it, and no later answer makes that undone. Whoever needs several locks takes the customer's job first, then
the row, then the outage.
"""

import random
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import transaction
from django.utils.translation import gettext_noop

from sportello.billing.commands import Receipt
from sportello.domain.customers.tasks import ask_for_refresh
from sportello.domain.ledger import jobs, outages
from sportello.domain.ledger.models import SETTLED, LedgerRow, State
from sportello.domain.ledger.settling import settle

log = structlog.get_logger("sportello.ledger")

# Pages show a reason by gettext: this one is ours, any other is in billing's own words.
NOT_OFFERED: Final = gettext_noop("The billing system cannot do this.")
NO_REASON: Final = gettext_noop("The billing system gave no reason.")
MOST_ERRORS: Final = 4  # that nobody had foreseen; then somebody has to look
LONGEST_REASON, LONGEST_FIELD, LONGEST_REFERENCE = 300, 60, 80


@transaction.atomic
def acknowledged(row: LedgerRow, receipt: Receipt, *, now: datetime, feed: bool = True) -> None:
    """Billing has done it, perhaps long ago. Where it has no ``feed``, the customer is read anew, so that he sees it."""
    current = LedgerRow.objects.select_for_update().get(pk=row.pk)
    if current.state in SETTLED:
        log.warning("lease_lost", **_for_log(row))
    else:
        settle(
            current,
            State.ACKNOWLEDGED,
            now=now,
            reference=_line(receipt.reference, LONGEST_REFERENCE),
            duplicate=receipt.duplicate,
            reason="",
        )
        _follow(current)
        if not feed:
            ask_for_refresh(customer_codes=[current.customer_code], now=now)
        log.info("acknowledged", **_for_log(row), duplicate=receipt.duplicate)
    outages.answered()


@transaction.atomic
def refused(row: LedgerRow, *, reason: str, now: datetime, field: str = "", by_billing: bool = False) -> None:
    """Billing has said no, or cannot do such a thing at all."""
    if current := _ours(row):
        reason = _line(reason, LONGEST_REASON) or NO_REASON
        settle(current, State.REFUSED, now=now, reason=reason, field=_line(field, LONGEST_FIELD))
        _follow(current)
        log.info("refused", **_for_log(row))
    if by_billing:
        outages.answered()


@transaction.atomic
def unavailable(row: LedgerRow, *, retry_after: float | None, now: datetime) -> None:
    """Nobody knows whether billing has done it; it is asked again with the same key, for as long as it takes."""
    if _try_again(row, at=now + outages.pause(row.attempts, retry_after)):
        log.warning("billing_away", **_for_log(row))
    outages.failed(retry_after=retry_after, now=now)


@transaction.atomic
def failed(row: LedgerRow, *, error: str, now: datetime) -> None:
    """Something that nobody had foreseen, ``error`` its type: tried again a few times, then dead."""
    errors = row.errors + 1
    log.error("not_sent", **_for_log(row), error=error, errors=errors)
    if errors >= MOST_ERRORS:
        dead(row, reason=error, errors=errors)
    else:
        pause = timedelta(seconds=random.uniform(5, 10) * 4 ** (errors - 1))  # noqa: S311 (nothing to guess)
        _try_again(row, at=now + pause, errors=errors)


@transaction.atomic
def dead(row: LedgerRow, *, reason: str, **columns: Any) -> None:
    """Trying again by itself does not help; somebody has to look."""
    if current := _ours(row):
        reason = _line(reason, LONGEST_REASON)
        LedgerRow.objects.filter(pk=row.pk).update(state=State.DEAD, taken_until=None, reason=reason, **columns)
        _follow(current)
        log.error("dead", **_for_log(row))


def _ours(row: LedgerRow) -> LedgerRow | None:
    """The row as it is now, locked; None where its lease was over and somebody else has taken it since."""
    ours = LedgerRow.objects.select_for_update().filter(pk=row.pk, state=State.SENT, attempts=row.attempts).first()
    if ours is None:
        log.warning("lease_lost", **_for_log(row))
    return ours


def _try_again(row: LedgerRow, *, at: datetime, **columns: Any) -> bool:
    jobs.defer_sending([row.customer_code], at=at)
    ours = _ours(row) is not None
    if ours:
        LedgerRow.objects.filter(pk=row.pk).update(state=State.QUEUED, taken_until=None, next_attempt_at=at, **columns)
    return ours


def _follow(row: LedgerRow) -> None:
    if row.follows:
        jobs.defer_follow(row.follows, customer_code=row.customer_code)


def _line(text: str, most: int) -> str:
    """On one line that a table and a terminal can take."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:most]


def _for_log(row: LedgerRow) -> dict[str, Any]:
    return {"row": row.pk, "command": row.name, "attempt": row.attempts}
