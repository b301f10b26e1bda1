"""How a night's run goes, for the command line, the page and who watches over it; cheap to ask however much there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count

from sportello.domain.invoice_mail.models import Run, Sending, Timetable, WaitingInvoice, Why
from sportello.domain.invoice_mail.timing import is_quiet, night_of
from sportello.domain.messages.models import FAILED, Message

LATELY: Final = timedelta(days=2)
SHOWN: Final = 20
STATES: Final = ("none", "ended", "stopped", "quiet", "trouble", "gathering", "sending")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """``run`` is the newest one, None before the first; ``state`` in one word (see ``state_of``)."""

    run: Run | None
    state: str
    timetable: Timetable
    waiting: Sequence[tuple[str, int]]
    failures: Sequence[Sending]

    @property
    def done(self) -> int:
        """Hundredths of the mails that are over."""
        if self.run is None or not self.run.queued:
            return 0
        return (self.run.queued - self.run.left) * 100 // self.run.queued


def state_of(run: Run | None, timetable: Timetable, *, now: datetime) -> str:
    """One of ``STATES``."""
    if run is None:
        return "none"
    if run.ended_at:
        return "ended"
    if run.stopped_at:
        return "stopped"
    if is_quiet(now, timetable):
        return "quiet"
    if run.trouble:
        return "trouble"
    return "sending" if run.gathered_at else "gathering"


def progress(*, now: datetime) -> Progress:
    run = shown_run()
    timetable = Timetable.objects.in_force(now)
    waiting = WaitingInvoice.objects.values_list("why").annotate(count=Count("pk")).order_by("why")
    return Progress(
        run=run,
        state=state_of(run, timetable, now=now),
        timetable=timetable,
        waiting=[(str(Why(why).label), count) for why, count in waiting],
        failures=newest_failures(now=now),
    )


def shown_run() -> Run | None:
    """The one that is stopped, else the newest."""
    stopped = Run.objects.under_way().filter(stopped_at__isnull=False).newest_first().first()
    return stopped or Run.objects.newest_first().first()


def newest_failures(*, now: datetime) -> list[Sending]:
    """What was refused or given up lately, the newest first."""
    failed = Message.objects.filter(state__in=FAILED, created_at__gt=now - LATELY, about_kind="invoice")
    return list(
        Sending.objects.filter(message__in=failed.order_by("-created_at")[:SHOWN])
        .select_related("message")
        .order_by("-pk")
    )


def late_since(*, now: datetime) -> datetime | None:
    """Since when the present night's run should have begun, where it has not though there is a night before it."""
    timetable = Timetable.objects.in_force(now)
    newest = Run.objects.filter(night__isnull=False).order_by("-night").first()
    if newest is None or newest.night is None or newest.night >= night_of(now, timetable.hour):
        return None
    return newest.started_at + timedelta(days=1)
