"""The jobs of the nightly run; each may run twice, or be killed at any point."""

import time
from typing import Final

from django.utils import timezone
from procrastinate.contrib.django import app

from sportello.domain.invoice_mail import gathering, jobs, nights, reminding, settling, undelivered
from sportello.domain.invoice_mail.models import Run
from sportello.domain.invoice_mail.sending import place as held_place
from sportello.domain.invoice_mail.sending import send_for
from sportello.domain.messages.jobs import BOUNCED

SLICE: Final = 10.0  # seconds that a job takes at most before the next one goes on: a worker that ends need not wait
GATHERER: Final = -1  # its place


@app.periodic(cron="* * * * * */10")
@app.task(name="invoice_mail.look", queueing_lock="invoice_mail.look")
def look(timestamp: int) -> None:
    """Begins, goes on with and ends a night's run."""
    del timestamp  # when it was due; it may run later
    nights.look(now=timezone.now())


@app.task(name=jobs.GATHER)
def gather() -> None:
    with held_place(GATHERER) as ours:
        run = Run.objects.under_way().filter(gathered_at=None, stopped_at=None).order_by("started_at").first()
        more = ours and run is not None and not gather_for(SLICE, run)
    if more:
        jobs.defer_gathering()


def gather_for(seconds: float, run: Run) -> bool:
    """Says whether all is gathered."""
    until = time.monotonic() + seconds
    while gathering.gather(run, now=timezone.now()):
        if time.monotonic() > until or nights.is_stopped(run):
            return False
    while gathering.fetch(run, clock=timezone.now):
        if time.monotonic() > until or nights.is_stopped(run):
            return False
    nights.gathered(run, now=timezone.now())
    return True


@app.task(name=jobs.SEND)
def send(*, place: int) -> None:
    with held_place(place) as ours:
        more = ours and send_for(SLICE, clock=timezone.now)
    if more:
        jobs.defer_sending(place)


@app.task(name=jobs.SETTLE)
def settle(*, messages: list[int]) -> None:
    """Follows what will not arrive."""
    settling.settle(messages, now=timezone.now())


@app.periodic(cron="*/20 * * * *")
@app.task(name="invoice_mail.remind", queueing_lock="invoice_mail.remind")
def remind(timestamp: int) -> None:
    """Reminds of what will be due, and of direct debits that have come back."""
    del timestamp
    reminding.remind(now=timezone.now())


@app.task(name=BOUNCED)
def bounced(*, message: int, failed: bool, why: str) -> None:
    """Follows what has come back."""
    undelivered.bounced(message, failed=failed, why=why, now=timezone.now())
