"""The jobs of the outbox, deferred by name in the caller's transaction; a message has one waiting at most."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from django.db import transaction
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job
from procrastinate.tasks import configure_task

from sportello.deferring import job_manager

SEND: Final = "messages.send"
LOCK: Final = "messages.send:"  # followed by the message's number
BOUNCED: Final = "invoice_mail.bounced"
MAIL_IN: Final = "activities.mail_in"
REPLIED: Final = "calendars.replied"


def defer_sending(numbers: Sequence[int], *, at: datetime | None = None) -> None:
    """Has a worker send these messages, as soon as ``at`` where it is given."""
    jobs = [_sending(number, at) for number in numbers]
    try:
        _defer(jobs)
    except AlreadyEnqueued:
        # Somebody else has deferred one of them in this moment.
        for job in jobs:
            with suppress(AlreadyEnqueued):
                _defer([job])


def defer_follow(name: str, *, number: int, about: tuple[str, str], outcome: str) -> None:
    """Tells the room above by the job it has named; that job may come twice and must not mind."""
    kind, key = about
    # Not by way of the app, which would first import whatever a worker can do.
    task = configure_task(name=name, job_manager=job_manager)
    task.defer(message=number, about_kind=kind, about_key=key, outcome=outcome)


def defer_bounced(number: int, *, failed: bool, why: str) -> None:
    """Tells the room above that a mail has come back, or is late; that job may come twice and must not mind."""
    task = configure_task(name=BOUNCED, job_manager=job_manager)
    task.defer(message=number, failed=failed, why=why)


def defer_mail_in(received: int) -> None:
    """Has the room above open a request from this mail; that job may come twice and must not mind."""
    configure_task(name=MAIL_IN, job_manager=job_manager).defer(received=received)


def defer_replied(uid: str, answer: str) -> None:
    """Tells the room above what a calendar has answered to an invitation; that job may come twice and must not mind."""
    configure_task(name=REPLIED, job_manager=job_manager).defer(uid=uid, answer=answer)


def _sending(number: int, at: datetime | None) -> Job:
    task = configure_task(name=SEND, job_manager=job_manager, queueing_lock=f"{LOCK}{number}", schedule_at=at)
    return task.make_new_job(message=number)


def _defer(jobs: list[Job]) -> None:
    if jobs:
        with transaction.atomic():
            job_manager.batch_defer_jobs(jobs)
