"""Keeps the PDF of a mandate for as long as it says what its request says: with the whole IBAN no longer than that has it."""

import json
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import configure_task

from sportello.deferring import job_manager
from sportello.domain.activities.kinds.direct_debit import reference, signed_on
from sportello.domain.activities.mandates import mandate, set_mandate
from sportello.domain.activities.models import Activity, ActivityKind, Status
from sportello.domain.customers.documents.asking import FIRST, defer
from sportello.domain.files.models import KeptFile

KIND: Final = "mandate_pdf"  # of a kept file; its key is the request's number
TASK: Final = "activities.keep_mandate"
LAYOUT: Final = 1  # of the letter; a new number makes the copies anew


def has_mandate(activity: Activity) -> bool:
    """Whether there is a mandate to be printed: not of what was refused or cancelled, but of what was stopped until somebody
    has made sure; and not where the company has no identifier by which banks would know who debits."""
    return _is_printed(activity) and (activity.was_stopped or not _came_to_nothing(activity))


def had_mandate(activity: Activity) -> bool:
    """Whether there was one, which is not kept because the request came to nothing."""
    return _is_printed(activity) and _came_to_nothing(activity) and not activity.was_stopped


def _is_printed(activity: Activity) -> bool:
    return activity.kind == ActivityKind.DIRECT_DEBIT and bool(settings.COMPANY_CREDITOR_ID)


def _came_to_nothing(activity: Activity) -> bool:
    return activity.status in (Status.REFUSED, Status.CANCELLED)


def copy_of(activity: Activity) -> KeptFile | None:
    """The copy that says what the request says now, None as long as no worker has made it."""
    return KeptFile.objects.filter(kind=KIND, key=activity.number, version=version_of(activity)).first()


def ask_for(activity: Activity) -> None:
    """Has a worker keep the copy, before those that are asked for by the hundred; twice is once."""
    task = configure_task(name=TASK, job_manager=job_manager, queueing_lock=f"{TASK}:{activity.number}", priority=FIRST)
    with suppress(AlreadyEnqueued):
        defer([task.make_new_job(number=activity.number)])


def keep(*, number: str, now: datetime) -> None:
    """Sets the mandate and keeps it, unless that is done. For workers; not inside a transaction.

    What was set while the request ended, and its IBAN went, is thrown away.
    """
    wanted = Activity.objects.select_related("customer").filter(number=number)
    activity = wanted.first()
    if activity is None or not has_mandate(activity) or copy_of(activity):
        return
    said = _said(activity)
    content = set_mandate(said)
    with transaction.atomic():
        present = wanted.select_for_update(of=("self",)).get()
        version = _version(said)
        if has_mandate(present) and version_of(present) == version:
            KeptFile.objects.keep(
                kind=KIND, key=number, version=version, media_type="application/pdf", content=content, now=now
            )


def forget(activity: Activity) -> None:
    """For whoever takes the IBAN out of the request, in the same transaction."""
    KeptFile.objects.filter(kind=KIND, key=activity.number).delete()


def version_of(activity: Activity) -> str:
    """That of the copy that says what the request says now."""
    return _version(_said(activity))


def _said(activity: Activity) -> dict[str, Any]:
    return mandate(activity, reference=reference(activity), signed_on=signed_on(activity))


def _version(said: dict[str, Any]) -> str:
    return sha256(json.dumps([LAYOUT, said], sort_keys=True).encode()).hexdigest()
