"""Forgets what visitors have told us, so many months after their request is over: people who are no customers of ours.

How many is a row of bounds, ``VISITOR_MONTHS``. Everything that holds their words goes, files and letters too; what stays is
the journal, which knows the request by its number alone.
"""

from calendar import monthrange
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from sportello.domain.activities.models import Activity, Attachment, Bound, Bounding
from sportello.domain.activities.opening import ATTACHMENT
from sportello.domain.files.models import KeptFile
from sportello.domain.journal.models import record
from sportello.domain.messages.models import Message

BATCH = 100


def kept_for(now: datetime) -> int:
    """Months."""
    return Bound.objects.in_force(Bounding.VISITOR_MONTHS, timezone.localdate(now))


def sweep(*, now: datetime) -> int:
    """Forgets all whose time has come, a batch a transaction; how many they were. What is still open stays."""
    ended_before = months_before(now, kept_for(now))
    forgotten = 0
    while count := _forget(ended_before=ended_before, now=now):
        forgotten += count
    return forgotten


@transaction.atomic
def _forget(*, ended_before: datetime, now: datetime) -> int:
    """One batch. One that somebody has before him at this moment is left for the next night."""
    due = Activity.objects.of_visitors().ended_before(ended_before).order_by("opened_at", "pk")
    found = list(due.select_for_update(skip_locked=True, of=("self",))[:BATCH])
    if not found:
        return 0
    numbers = [each.number for each in found]
    files = list(Attachment.objects.filter(activity__in=found).values_list("file_id", flat=True))
    Activity.objects.filter(
        pk__in=[each.pk for each in found]
    ).delete()  # who he is, what was said and attached go along
    KeptFile.objects.filter(pk__in=files, kind=ATTACHMENT).delete()
    Message.objects.filter(about_kind="activity", about_key__in=numbers).delete()
    for each in found:
        about = ("activity", each.number)
        record(f"activities.{each.kind}_forgotten", now=now, about=about, number=each.number)
    return len(found)


def months_before(moment: datetime, months: int) -> datetime:
    """The same day of an earlier month, or its last where it has no such day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))
