"""Work of this room that runs in a worker: reading one customer anew, and following billing's feed."""

import logging
import threading
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import InterfaceError, OperationalError, connections, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import configure_task

from sportello.billing.errors import BillingError, Unavailable
from sportello.billing.loading import connector
from sportello.billing.port import BillingSystem
from sportello.deferring import job_manager
from sportello.domain.customers.alignment import align, refresh
from sportello.domain.customers.models import Refresh

REFRESH: Final = "customers.refresh"
PAUSE: Final = 1.0  # seconds between two looks at the feed
LONGEST_PAUSE: Final = 30.0  # while billing is away

logger = logging.getLogger(__name__)


@app.task(name=REFRESH)
def refresh_customer(*, customer_code: str, asked_at: str) -> None:
    """Reads a customer anew, unless that has happened since ``asked_at``, an ISO date and time."""
    asked = datetime.fromisoformat(asked_at)
    if Refresh.objects.filter(customer_code=customer_code, as_of__gte=asked).exists():
        return
    try:
        refresh(billing=connector(settings.BILLING_CONNECTOR), customer_code=customer_code, now=timezone.now())
    except BillingError as error:
        # It is written down where pages look for it; the next page that is opened asks again.
        logger.warning("customer not refreshed: %s", type(error).__name__)


def ask_for_refresh(*, customer_codes: Iterable[str], now: datetime) -> None:
    """Has these customers read anew, each once however often it is asked for."""
    locks = {f"refresh-{code}": code for code in customer_codes}
    waiting = ProcrastinateJob.objects.filter(status="todo", queueing_lock__in=locks)
    for queued in waiting.values_list("queueing_lock", flat=True):
        del locks[queued]
    for lock, code in locks.items():
        job = configure_task(name=REFRESH, job_manager=job_manager, lock=lock, queueing_lock=lock)
        try:
            with transaction.atomic():
                job.defer(customer_code=code, asked_at=now.isoformat())
        except AlreadyEnqueued:
            pass  # by another page, just now


def follow(
    stop: threading.Event, *, billing: BillingSystem, pause: float = PAUSE, longest: float = LONGEST_PAUSE
) -> None:
    """Follows billing's feed until ``stop`` is set, whatever fails meanwhile; for a thread of the worker.

    The pauses are in seconds. They double with each failure up to ``longest``, and are short again after a success. Our
    own database is asked at the same pace as ever, for it is back at once.
    """
    failures = 0
    started = False
    while billing.capabilities.feed and not stop.is_set():
        try:
            align(billing=billing, now=timezone.now(), try_again=not started)
            started, failures = True, 0
            stop.wait(pause)
        except Exception as error:
            # The message may hold anything; its kind is enough here, and what billing says stands with the feed.
            logger.warning("alignment failed: %s", type(error).__name__)
            failures = 0 if isinstance(error, OperationalError | InterfaceError) else failures + 1
            # A connection that has failed is not used again.
            connections.close_all()
            stop.wait(_pause(error, failures, pause=pause, longest=longest))
    connections.close_all()


def _pause(error: Exception, failures: int, *, pause: float, longest: float) -> float:
    asked_for = (error.retry_after or 0.0) if isinstance(error, Unavailable) else 0.0
    return min(max(pause * 2.0 ** min(failures, 10), asked_for), longest)
