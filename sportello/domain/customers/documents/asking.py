"""Asks for copies that are not kept yet, and says how far they are; quick enough for a page.

A failed job is not put back into the queue but followed by a new one: going back, it would meet the one that somebody
has asked for meanwhile, and the worker would stop at it.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, Q, Subquery
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job
from procrastinate.tasks import configure_task

from sportello.deferring import job_manager
from sportello.domain.customers.documents.keeping import Failure, Kind
from sportello.domain.customers.documents.versions import files_of, versioned
from sportello.domain.customers.models.invoices import InvoiceQuerySet

TASKS = {Kind.PDF: "customers.keep_pdf", Kind.XML: "customers.keep_xml"}
ALIVE = timedelta(seconds=30)  # since the last heartbeat of a worker that may be believed to be at work
PAUSES = (5, 15, 60, 180, 600)  # seconds before each further attempt; afterwards only when somebody asks again
FIRST = 5  # priority of one that somebody waits for, before those of a batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the copies of some invoices are; numbers in the order of the invoices."""

    ready: Sequence[str]
    under_way: Sequence[str]
    failed: dict[str, Failure]
    not_asked: Sequence[str]
    away: bool

    @property
    def total(self) -> int:
        return len(self.ready) + len(self.under_way) + len(self.failed) + len(self.not_asked)

    @property
    def wanting(self) -> Sequence[str]:
        """What asking again would help."""
        return [*self.not_asked, *self.failed]


def ask_for(numbers: Iterable[str], *, now: datetime, kind: Kind = Kind.PDF, at_once: bool = False) -> None:
    """Has workers keep the copies of these invoices; what is asked for already is not asked for twice.

    ``at_once``: before those that are asked for by the hundred.
    """
    wanted = list(dict.fromkeys(numbers))
    busy = under_way(wanted, now=now, kind=kind)
    jobs = [job(number, kind, priority=FIRST if at_once else 0) for number in wanted if number not in busy]
    if not jobs:
        return
    try:
        defer(jobs)
    except AlreadyEnqueued:
        # Somebody has asked for one of them in this moment.
        for one in jobs:
            with suppress(AlreadyEnqueued):
                defer([one])


def ask_again(number: str, *, kind: Kind, attempt: int) -> None:
    """After attempt number ``attempt`` has failed: another one later, as long as there is a pause left."""
    if attempt >= len(PAUSES):
        return
    with suppress(AlreadyEnqueued):
        defer([job(number, kind, priority=0, attempt=attempt + 1, pause=PAUSES[attempt])])


def under_way(numbers: Sequence[str], *, now: datetime, kind: Kind) -> set[str]:
    """Those of which a copy is waited for or being made."""
    locks = {lock(number, kind): number for number in numbers}
    jobs = ProcrastinateJob.objects.filter(queueing_lock__in=list(locks))
    at_work = Q(status="doing", worker__isnull=False, worker__last_heartbeat__gt=now - ALIVE)
    found = jobs.filter(status="todo").values_list("queueing_lock", flat=True)
    doing = jobs.filter(at_work).values_list("queueing_lock", flat=True)
    return {locks[name] for name in found.union(doing)}


def progress(invoices: InvoiceQuerySet, *, now: datetime, kind: Kind = Kind.PDF) -> Progress:
    """How far the copies of all these invoices are, in three queries."""
    notes = Subquery(files_of(kind.note).values("content")[:1])
    rows = versioned(invoices).annotate(is_kept=Exists(files_of(kind)), note=notes)
    states = list(rows.values_list("number", "is_kept", "note"))
    missing = {number: note for number, is_kept, note in states if not is_kept}
    busy = under_way(list(missing), now=now, kind=kind)
    failures = {number: Failure(bytes(note).decode()) for number, note in missing.items() if note is not None}
    return Progress(
        ready=[number for number, is_kept, _note in states if is_kept],
        under_way=[number for number in missing if number in busy],
        failed={number: failure for number, failure in failures.items() if number not in busy},
        not_asked=[number for number in missing if number not in busy and number not in failures],
        away=Failure.AWAY in failures.values(),
    )


def job(number: str, kind: Kind, *, priority: int, attempt: int = 0, pause: int = 0) -> Job:
    # Not by way of the app, which would first import whatever a worker can do.
    task = configure_task(
        name=TASKS[kind],
        job_manager=job_manager,
        queueing_lock=lock(number, kind),
        priority=priority,
        schedule_in={"seconds": pause} if pause else None,
    )
    return task.make_new_job(number=number, attempt=attempt)


def lock(number: str, kind: Kind) -> str:
    return f"{TASKS[kind]}:{number}"


def defer(jobs: list[Job]) -> None:
    with transaction.atomic():
        job_manager.batch_defer_jobs(jobs)
