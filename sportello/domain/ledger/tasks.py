"""The jobs of the ledger; each may run twice or be killed at any point."""

from django.utils import timezone
from procrastinate.contrib.django import app

from sportello.domain.ledger import jobs, sending
from sportello.domain.ledger.expiring import expire


@app.task(name=jobs.SEND)
def send_rows(*, customer_code: str) -> None:
    sending.send(customer_code, clock=timezone.now)


@app.task(name=jobs.PROBE)
def probe_billing() -> None:
    sending.probe(clock=timezone.now)


@app.periodic(cron="* * * * *")
@app.task(name=jobs.SWEEP, queueing_lock=jobs.SWEEP)
def sweep_rows(timestamp: int) -> None:
    """Takes up rows whose time has come and that have lost their job or their worker."""
    del timestamp  # when it was due; it may run later
    sending.sweep(now=timezone.now())


@app.periodic(cron="23 3 * * *")
@app.task(name="ledger.expire", queueing_lock="ledger.expire")
def expire_rows(timestamp: int) -> None:
    """Gives up what had to be done by a day that is over."""
    del timestamp
    expire(now=timezone.now())
