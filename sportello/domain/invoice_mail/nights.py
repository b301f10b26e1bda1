"""The life of a night's run: begun once a night, stopped and continued by hand, ended and told of.

Whatever is interrupted goes on by ``look``, which a worker calls every few seconds: it begins what is due, has done what
is to be done, and writes to the administrators when all is over.
"""

from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from sportello.domain.customers.documents.wording import day, number
from sportello.domain.invoice_mail import jobs, sending, texts
from sportello.domain.invoice_mail.models import Run, Timetable, WaitingInvoice
from sportello.domain.invoice_mail.timing import ROME, night_of
from sportello.domain.journal.models import record
from sportello.domain.messages.addresses import WrongAddress
from sportello.domain.messages.links import Link
from sportello.domain.messages.models import OPEN, Message
from sportello.domain.messages.writing import write
from sportello.domain.people.models import Role, User

log = structlog.get_logger("sportello.invoice_mail")

AHEAD: Final = timedelta(hours=12)  # a run that began so far in what is still to come was begun by a wrong clock


class NothingToStop(Exception):
    """No run is under way, or it has been stopped already."""


class NothingToContinue(Exception):
    """No run has been stopped."""


def look(*, now: datetime) -> None:
    """Begins the night's run where it is due, and has done what is next; may come at any time and often."""
    begin_if_due(now=now)
    for run in Run.objects.under_way().order_by("started_at"):
        if run.stopped_at is None and run.gathered_at is None:
            jobs.defer_gathering()
        elif run.stopped_at is None and is_over(run):
            end(run.pk, now=now)
    if sending.is_due(now):
        for place in range(Timetable.objects.in_force(now).workers):
            jobs.defer_sending(place)


def begin_if_due(*, now: datetime) -> Run | None:
    """The run of the present night, where it had not begun yet; None where it had."""
    hour = Timetable.objects.in_force(now).hour
    night = night_of(now, hour)
    _set_right(now)
    # A clock that was put back leads to a night that is over: once is enough.
    if Run.objects.filter(night__gte=night).exists():
        return None
    try:
        with transaction.atomic():
            run = Run.objects.create(night=night, hour=hour, started_at=now)
            record("invoice_mail.run_began", now=now, about=("invoice_mail_run", str(run.pk)), night=str(night))
    except IntegrityError:  # another worker was first
        return None
    log.info("run_began", night=str(night))
    return run


def _set_right(now: datetime) -> None:
    """What a clock that was ahead has begun was no run of the night that is still to come."""
    Run.objects.filter(started_at__gt=now + AHEAD, night__isnull=False).update(night=None)


def is_over(run: Run) -> bool:
    """Each of its mails has been tried once at least; what is tried again later, or waits for a PDF, does not hold it up."""
    mails = Message.objects.filter(state__in=OPEN, sending__run=run).exclude(lane="")
    return run.gathered_at is not None and not (mails.filter(attempts=0) | mails.filter(state="claimed")).exists()


@transaction.atomic
def end(pk: int, *, now: datetime) -> None:
    """Once: who comes second finds it ended."""
    ended = Run.objects.under_way().filter(pk=pk, stopped_at=None, gathered_at__isnull=False)
    if not ended.update(ended_at=now, told_at=now):
        return
    run = Run.objects.get(pk=pk)
    record(
        "invoice_mail.run_ended",
        now=now,
        about=("invoice_mail_run", str(pk)),
        queued=run.queued,
        sent=run.sent,
        failed=run.failed,
        withdrawn=run.withdrawn,
    )
    if run.queued or WaitingInvoice.objects.exists():
        _tell(run, now=now)


def _tell(run: Run, *, now: datetime) -> None:
    """Writes each administrator the summary."""
    values = summary(run)
    people = User.objects.filter(roles__contains=[Role.ADMINISTRATOR], is_active=True).exclude(email="")
    for person in people.order_by("pk"):
        try:
            write(
                texts.SUMMARY,
                to=person.email,
                name=person.get_full_name(),
                language=person.language,
                values=values,
                now=now,
                link=Link("invoice_mail"),
                about=("invoice_mail_run", str(run.pk)),
            )
        except WrongAddress:
            log.warning("summary_not_written", person=person.pk)


def summary(run: Run) -> dict[str, str]:
    """The placeholders of the summary."""
    counts = {"queued": run.queued, "sent": run.sent, "failed": run.failed, "withdrawn": run.withdrawn}
    counts |= {"later": run.left, "twice": run.twice, "waiting": WaitingInvoice.objects.count()}
    began, ended = run.started_at.astimezone(ROME), (run.ended_at or timezone.now()).astimezone(ROME)
    return {
        "night": day(run.night or began.date()),
        "began": f"{began:%H:%M}",
        "ended": f"{ended:%H:%M}",
        **{name: number(str(count)) for name, count in counts.items()},
    }


@transaction.atomic
def stop(*, by_id: int | None, now: datetime) -> Run:
    """Nothing more of the run goes out until it is continued; what is in hand in this second still does.

    Raises ``NothingToStop``.
    """
    run = Run.objects.under_way().filter(stopped_at=None).newest_first().first()
    if run is None or not _change(run, stopped_at=None, to={"stopped_at": now, "stopped_by_id": by_id}):
        raise NothingToStop
    record("invoice_mail.run_stopped", now=now, actor_id=by_id, about=("invoice_mail_run", str(run.pk)))
    run.refresh_from_db()
    return run


@transaction.atomic
def go_on(*, by_id: int | None, now: datetime) -> list[Run]:
    """Whatever was stopped goes on from where it was. Raises ``NothingToContinue``."""
    stopped = list(Run.objects.under_way().filter(stopped_at__isnull=False).order_by("pk"))
    done = [
        run for run in stopped if _change(run, stopped_at=run.stopped_at, to={"stopped_at": None, "stopped_by": None})
    ]
    if not done:
        raise NothingToContinue
    for run in done:
        record("invoice_mail.run_continued", now=now, actor_id=by_id, about=("invoice_mail_run", str(run.pk)))
    return done


def _change(run: Run, *, stopped_at: datetime | None, to: dict[str, Any]) -> bool:
    return bool(Run.objects.under_way().filter(pk=run.pk, stopped_at=stopped_at).update(**to))


def gathered(run: Run, *, now: datetime) -> None:
    Run.objects.filter(pk=run.pk, gathered_at=None).update(gathered_at=now)


def is_stopped(run: Run) -> bool:
    return Run.objects.filter(pk=run.pk, stopped_at__isnull=False).exists()
