"""The jobs of this room, deferred by name in the caller's transaction; of each there is one waiting at most."""

from collections.abc import Collection
from contextlib import suppress
from typing import Any, Final

from django.db import transaction
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import configure_task

from sportello.deferring import job_manager

GATHER: Final = "invoice_mail.gather"
SEND: Final = "invoice_mail.send"  # followed by the number of the place
SETTLE: Final = "invoice_mail.settle"


def defer_gathering() -> None:
    _defer(GATHER, lock=GATHER)


def defer_sending(place: int) -> None:
    _defer(SEND, lock=f"{SEND}:{place}", place=place)


def defer_settling(messages: Collection[int]) -> None:
    """Has it looked after that these mails will not arrive."""
    task = configure_task(name=SETTLE, job_manager=job_manager)
    numbers: list[Any] = sorted(messages)
    task.defer(messages=numbers)


def _defer(name: str, *, lock: str, **arguments: Any) -> None:
    task = configure_task(name=name, job_manager=job_manager, queueing_lock=lock)
    with suppress(AlreadyEnqueued), transaction.atomic():
        task.defer(**arguments)
