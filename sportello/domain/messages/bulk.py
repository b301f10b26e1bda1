"""Sends mails that stand in a lane, many at a time: claimed, sent and recorded in sets, each committed before the next.

As with one mail nothing is lost, and whoever crashes leaves his claims to run out: all that he had in hand are sent again
under the same Message-ID and marked. So a batch is small, its lease short, and renewed while the mail server is slow.
"""

import os
import socket
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import structlog
from django.db import connection, transaction

from sportello.domain.messages import sending
from sportello.domain.messages.models import OPEN, Message, State, Wording
from sportello.domain.messages.sending import MOST_CRASHES, PAUSES, Clock, Failure, wiped, without_personal_data
from sportello.domain.messages.transport import NotSent

log = structlog.get_logger("sportello.messages")

BATCH: Final = 50  # mails: as many as one crash may send twice
LEASE: Final = timedelta(seconds=20)
RENEW: Final = 5.0  # seconds after which a claim is renewed

_CLAIM = """
    UPDATE outbox_message
    SET state = 'claimed', claimed_at = %(now)s, claimed_by = %(by)s, next_attempt_at = %(until)s,
        attempts = attempts + 1, possible_duplicate = possible_duplicate OR state = 'claimed'
    WHERE id = ANY (ARRAY(
        SELECT id FROM outbox_message
        WHERE lane = %(lane)s AND NOT (lane = '') AND next_attempt_at <= %(now)s
            AND channel = 'mail' AND state IN ('queued', 'claimed')
        ORDER BY next_attempt_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
    ))
    RETURNING *
"""
_RENEW = """
    UPDATE outbox_message SET claimed_at = %(now)s, next_attempt_at = %(until)s
    WHERE id = ANY(%(ids)s) AND state = 'claimed' AND claimed_by = %(by)s RETURNING id
"""
_RELEASE = """
    UPDATE outbox_message
    SET state = 'queued', claimed_at = NULL, claimed_by = '', attempts = attempts - 1, next_attempt_at = %(at)s,
        failure = CASE WHEN %(why)s = '' THEN failure ELSE %(why)s END
    WHERE id = ANY(%(ids)s) AND state = 'claimed' AND claimed_by = %(by)s
"""
_SENT = """
    UPDATE outbox_message
    SET state = 'sent', sent_at = %(now)s, claimed_at = NULL, claimed_by = '', failure = '', failure_code = NULL,
        secrets = CASE WHEN %(wiped)s THEN NULL ELSE secrets END,
        link_arguments = CASE WHEN %(wiped)s THEN NULL ELSE link_arguments END
    WHERE id = ANY(%(ids)s) AND state IN ('queued', 'claimed') RETURNING id, possible_duplicate
"""


@dataclass(slots=True, kw_only=True)
class Batch:
    """Mails that are ours alone while the claim lasts; ``owned`` are those that have been when it was last renewed."""

    messages: dict[int, Message]
    by: str
    clock: Clock
    owned: set[int] = field(default_factory=set)
    renewed: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.owned = set(self.messages)

    def tick(self) -> None:
        """Renews the claim where it is time to."""
        if time.monotonic() - self.renewed < RENEW or not self.owned:
            return
        now = self.clock()
        values: dict[str, Any] = {"now": now, "until": now + LEASE, "ids": list(self.owned), "by": self.by}
        with connection.cursor() as cursor:
            cursor.execute(_RENEW, values)
            self.owned = {number for (number,) in cursor.fetchall()}
        self.renewed = time.monotonic()

    def is_mine(self, number: int) -> bool:
        self.tick()
        return number in self.owned


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Numbers of messages by what has become of them now; ``twice`` are those of the sent that may have gone before."""

    sent: Collection[int] = ()
    twice: Collection[int] = ()
    failed: Collection[int] = ()


def claim(lanes: Mapping[str, int], *, clock: Clock) -> Batch:
    """Due mails of these lanes, of each as many as it says at most. A caller with a transaction commits it at once."""
    now = clock()
    by = f"{socket.gethostname()[:50]}/{os.getpid()}/{uuid4().hex[:12]}"
    found: dict[int, Message] = {}
    for lane, most in lanes.items():
        values = {"lane": lane, "now": now, "until": now + LEASE, "by": by, "most": most}
        found |= {message.pk: message for message in Message.objects.raw(_CLAIM, values)}
    _with_wordings(found.values())
    return Batch(messages=found, by=by, clock=clock)


def _with_wordings(messages: Iterable[Message]) -> None:
    """Their texts in one query, and not one each."""
    wanted = {message.wording_id for message in messages if message.wording_id}
    known: dict[Any, Wording] = Wording.objects.in_bulk(wanted) if wanted else {}
    for message in messages:
        message.wording = known.get(message.wording_id)


def has_crashed_too_often(message: Message) -> bool:
    """It may be what the crashes come from."""
    return message.attempts > len(PAUSES) + MOST_CRASHES


@transaction.atomic(savepoint=False)
def record(batch: Batch, *, errors: Mapping[int, NotSent | Failure | None], now: datetime) -> Recorded:
    """What the server has said of these mails, None for yes: a yes holds whoever has the claim by now."""
    batch.owned -= set(errors)
    sent, twice = _record_sent([number for number, error in errors.items() if error is None], now=now)
    failed = []
    for number, error in errors.items():
        if error is not None:
            message = batch.messages[number]
            if sending.record_failure(message, _failure(error, message), now=now):
                failed.append(number)
    return Recorded(sent=sent, twice=twice, failed=failed)


def _failure(error: NotSent | Failure, message: Message) -> Failure:
    if isinstance(error, Failure):
        return error
    text = without_personal_data(error.reason, message)
    return Failure(text=text, code=error.code, permanent=error.permanent, perhaps_sent=error.perhaps)


def _record_sent(numbers: list[int], *, now: datetime) -> tuple[list[int], list[int]]:
    if not numbers:
        return [], []
    with connection.cursor() as cursor:
        cursor.execute(_SENT, {"now": now, "ids": numbers, "wiped": bool(wiped())})
        rows = cursor.fetchall()
    log.info("messages_sent", count=len(rows))
    return [number for number, _ in rows], [number for number, perhaps in rows if perhaps]


def withdraw(batch: Batch, reasons: Mapping[int, str], *, now: datetime) -> list[int]:
    """What these mails tell is not so any more: they are not sent. Says which those are, as others may have them by now."""
    batch.owned -= set(reasons)
    done = []
    for number, why in reasons.items():
        rows = Message.objects.filter(pk=number, state__in=OPEN, claimed_by=batch.by)
        change: dict[str, Any] = {"state": State.WITHDRAWN, "claimed_at": None, "claimed_by": "", "failure": why}
        if rows.update(**change, **wiped()):
            done.append(number)
    return done


def release(batch: Batch, *, why: str = "", at: datetime) -> None:
    """What was not tried goes back into its lane as if it had not been claimed, until ``at``; ``why`` for who looks."""
    if batch.owned:
        with connection.cursor() as cursor:
            cursor.execute(_RELEASE, {"ids": list(batch.owned), "by": batch.by, "at": at, "why": why[:200]})
    batch.owned.clear()
