"""Mails that come in: each is handled once, and what they say of a mail of ours goes to the room that sent it.

What somebody writes to one of the company's own addresses becomes a request. What is neither that nor a report about one of our
mails is left where somebody reads it: in the mailbox, or, where it was piped in, here.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import structlog
from django.db import IntegrityError, transaction

from sportello.domain.messages import calendar_replies, incoming, jobs
from sportello.domain.messages.bounces import LONGEST, Read, read
from sportello.domain.messages.calendar_replies import Replied
from sportello.domain.messages.models import Message, ReceivedMail
from sportello.domain.messages.sending import without_personal_data

log = structlog.get_logger("sportello.messages")

KEPT_FOR: Final = timedelta(days=90)  # what nobody could match


def receive(raw: bytes, *, keeps: bool, now: datetime) -> ReceivedMail:
    """Handles one mail; the same again gives what the first time gave. ``keeps``: it lies nowhere else."""
    digest = sha256(raw).hexdigest()
    if known := ReceivedMail.objects.filter(digest=digest).first():
        return known
    found = read(raw)
    try:
        with transaction.atomic():
            return _received(found, digest, raw, keeps=keeps, now=now)
    except IntegrityError:  # another process was handed the same one
        return ReceivedMail.objects.get(digest=digest)


def _received(found: Read, digest: str, raw: bytes, *, keeps: bool, now: datetime) -> ReceivedMail:
    message = None if found.sort == ReceivedMail.Sort.OTHER else _ours(found)
    if found.sort == ReceivedMail.Sort.OTHER and (replied := calendar_replies.read(raw)):
        return _from_a_calendar(digest, replied, now=now)
    if found.sort == ReceivedMail.Sort.OTHER and incoming.is_for_us(raw):
        return _for_a_request(digest, raw, now=now)
    content = raw if keeps else None
    row = ReceivedMail.objects.create(
        digest=digest,
        sort=found.sort,
        message=message,
        at=now,
        subject="" if message else found.subject,
        content=None if message or content is None else content[:LONGEST],
    )
    log.info("mail_received", sort=found.sort.value, message=message.pk if message else None)
    if message:
        why = without_personal_data(found.why, message)
        jobs.defer_bounced(message.pk, failed=found.sort == ReceivedMail.Sort.FAILED, why=why)
    return row


def _from_a_calendar(digest: str, replied: Replied, *, now: datetime) -> ReceivedMail:
    """Goes to the room of calendars, which knows what it is about."""
    row = ReceivedMail.objects.create(digest=digest, sort=ReceivedMail.Sort.REPLY, at=now)
    log.info("mail_received", sort=row.sort, message=None)
    jobs.defer_replied(replied.uid, replied.answer)
    return row


def _for_a_request(digest: str, raw: bytes, *, now: datetime) -> ReceivedMail:
    """Kept whole until the room above has opened the request."""
    row = ReceivedMail.objects.create(digest=digest, sort=ReceivedMail.Sort.REQUEST, at=now, content=raw)
    log.info("mail_received", sort=row.sort, message=None)
    jobs.defer_mail_in(row.pk)
    return row


def _ours(found: Read) -> Message | None:
    """One mail, whatever else is named: the first that is known."""
    known = {each.message_id: each for each in Message.objects.mails().filter(message_id__in=found.ids)}
    return next((known[each] for each in found.ids if each in known), None)


def forget(*, now: datetime) -> int:
    """Deletes the content of what nobody has looked after for long; says of how many."""
    old = ReceivedMail.objects.filter(content__isnull=False, at__lt=now - KEPT_FOR)
    return old.update(content=None)
