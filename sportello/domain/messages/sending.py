"""Sends one message: claim, send, record, each committed before the next, so that a crash anywhere loses nothing.

Who crashes after the claim leaves it to run out; the message is then sent again under the same Message-ID and marked
as a possible duplicate.
"""

import os
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat
from procrastinate.contrib.django.models import ProcrastinateJob

from sportello.domain.messages import jobs, transport
from sportello.domain.messages.composing import mail, needs_utf8, sender
from sportello.domain.messages.models import OPEN, Channel, Message, MessageQuerySet, State

log = structlog.get_logger("sportello.messages")

Clock = Callable[[], datetime]

# Before each further attempt: 25 hours in all, so that greylisting and a day's outage pass.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 240, 240, 240, 480))
LEASE = timedelta(seconds=90)  # of a claim: longer than a handshake, and than the answer to a mail
MOST_CRASHES = 4
MOST_SWEPT = 1_000


class ClaimLost(Exception):
    """Somebody else has taken the message up meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why it was not sent: SMTP's code, and words without an address in them."""

    text: str
    code: int | None = None
    permanent: bool = False
    perhaps_sent: bool = False


def send(number: int, *, clock: Clock) -> None:
    """Sends the message of this number, if it is due and nobody else is at it. Not inside a transaction."""
    message = claim(number, now=clock())
    if message is None:
        return
    try:
        failure = attempt(message, clock=clock)
    except ClaimLost:
        log.warning("claim_lost", message=number)
        return
    if failure is None:
        record_sent(message, now=clock())
    else:
        record_failure(message, failure, now=clock())


_CLAIM = """
    UPDATE outbox_message
    SET state = 'claimed', claimed_at = %(now)s, claimed_by = %(by)s, next_attempt_at = %(until)s,
        attempts = attempts + 1, possible_duplicate = possible_duplicate OR state = 'claimed'
    WHERE id = (
        SELECT id FROM outbox_message
        WHERE id = %(id)s AND channel = 'mail' AND state IN ('queued', 'claimed') AND next_attempt_at <= %(now)s
        FOR UPDATE SKIP LOCKED
    )
    RETURNING *
"""


def claim(number: int, *, now: datetime) -> Message | None:
    """The message, ours alone until its lease is over; None where there is nothing to do."""
    by = f"{socket.gethostname()[:50]}/{os.getpid()}/{uuid4().hex[:12]}"
    with transaction.atomic(durable=True):
        rows = Message.objects.raw(_CLAIM, {"id": number, "now": now, "until": now + LEASE, "by": by})
        return next(iter(rows), None)


def keep_claim(message: Message, *, now: datetime) -> None:
    """Renews the claim just before the mail leaves; raises ``ClaimLost`` where it is another's by now."""
    if not _claimed(message).update(claimed_at=now, next_attempt_at=now + LEASE):
        raise ClaimLost


def attempt(message: Message, *, clock: Clock) -> Failure | None:
    """Hands the message over; says why that was not possible, if it was not."""
    if message.attempts > len(PAUSES) + MOST_CRASHES:
        return Failure(text="given up after several crashes")  # it may be what they come from
    try:
        content = mail(message).as_bytes()
    except Exception as error:
        # A text, a value or a page is missing: perhaps only in this process, while versions change.
        return Failure(text=f"could not be composed: {type(error).__name__}")
    return _hand_over(message, content, clock=clock)


def _hand_over(message: Message, content: bytes, *, clock: Clock) -> Failure | None:
    server = transport.server()
    if server is None:
        return None if settings.DEMO else Failure(text="no mail server is set (MAIL_URL)")
    try:
        transport.deliver(
            server,
            sender=sender(),
            recipient=message.address,
            content=content,
            utf8=needs_utf8(message),
            before_content=lambda: keep_claim(message, now=clock()),
        )
    except transport.NotSent as error:
        text = without_personal_data(error.reason, message)
        return Failure(text=text, code=error.code, permanent=error.permanent, perhaps_sent=error.perhaps)
    return None


def record_sent(message: Message, *, now: datetime) -> None:
    """The server has taken it: that holds whoever has the claim by now."""
    log.info("message_sent", **_for_log(message))
    _finish(message, state=State.SENT, sent_at=now, failure="", failure_code=None)


def record_failure(message: Message, failure: Failure, *, now: datetime) -> bool:
    """Another attempt later, or the end; only while the claim is ours. Says whether it is the end."""
    log.warning("message_not_sent", **_for_log(message), code=failure.code, permanent=failure.permanent)
    why: dict[str, Any] = {"failure": failure.text, "failure_code": failure.code}
    if failure.perhaps_sent:
        why["possible_duplicate"] = True
    if failure.permanent:
        return _finish(message, state=State.REFUSED, ours=True, **why)
    if message.attempts > len(PAUSES):
        return _finish(message, state=State.DEAD, ours=True, **why)
    _try_again(message, at=now + PAUSES[message.attempts - 1], **why)
    return False


def record_posted(message: Message, *, on: date, by_id: int | None, now: datetime) -> None:
    """A letter has left the house."""
    if message.channel != Channel.LETTER:
        raise ValueError("only a letter is posted")
    _finish(message, state=State.SENT, sent_at=now, posted_on=on, posted_by_id=by_id)


def sweep(*, now: datetime) -> int:
    """Defers jobs anew for messages that should be under way and have none; says for how many."""
    lock = Concat(Value(jobs.LOCK), Cast("pk", CharField()))
    waiting = ProcrastinateJob.objects.filter(status="todo", queueing_lock=OuterRef("lock"))
    late = Message.objects.due(now).alias(lock=lock).filter(~Exists(waiting)).order_by("next_attempt_at")
    lost = list(late.values_list("pk", flat=True)[:MOST_SWEPT])
    jobs.defer_sending(lost)
    return len(lost)


def without_personal_data(text: str, message: Message) -> str:
    """A server's answer without the address it repeats, links, or anything secret of the message."""
    text = re.sub(r"https?://\S*|\S*@\S*", "…", text)
    local = message.address.rpartition("@")[0]
    secrets = [*(message.secrets or {}).values(), *map(str, (message.link_arguments or {}).values())]
    for word in (local, message.name, *secrets):
        if len(word) > 2:
            text = re.sub(re.escape(word), "…", text, flags=re.IGNORECASE)
    return "".join(character if character.isprintable() else " " for character in text)[:200]


def _try_again(message: Message, *, at: datetime, **why: Any) -> None:
    with transaction.atomic():
        changed = _claimed(message).update(
            state=State.QUEUED, claimed_at=None, claimed_by="", next_attempt_at=at, **why
        )
        if changed and not message.lane:
            jobs.defer_sending([message.pk], at=at)


def _finish(message: Message, *, state: State, ours: bool = False, **columns: Any) -> bool:
    """The final state, the wiping and the job that follows, in one transaction; once, whoever comes first.

    Says whether that was here.
    """
    rows = _claimed(message) if ours else Message.objects.filter(pk=message.pk, state__in=OPEN)
    with transaction.atomic():
        changed = rows.update(state=state, claimed_at=None, claimed_by="", **wiped(), **columns)
        if changed and message.follows:
            about = (message.about_kind, message.about_key)
            jobs.defer_follow(message.follows, number=message.pk, about=about, outcome=state.value)
    return bool(changed)


def wiped() -> dict[str, None]:
    """What is taken from a message once it has gone out, or never will."""
    # The demo shows its mails to who tries it, links and all.
    return {} if settings.DEMO else {"secrets": None, "link_arguments": None}


def _claimed(message: Message) -> MessageQuerySet:
    return Message.objects.filter(pk=message.pk, state=State.CLAIMED, claimed_by=message.claimed_by)


def _for_log(message: Message) -> dict[str, Any]:
    return {
        "message": message.pk,
        "kind": message.kind,
        "attempt": message.attempts,
        "possible_duplicate": message.possible_duplicate,
    }
