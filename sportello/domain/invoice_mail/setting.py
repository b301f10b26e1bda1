"""When and how fast invoices are mailed: Administration's numbers, each change a new row that holds at once."""

from dataclasses import dataclass
from datetime import datetime, time

from django.db import connection, transaction

from sportello.domain.invoice_mail.models import Timetable
from sportello.domain.journal.models import record


class ChangedMeanwhile(Exception):
    """Somebody else has set other numbers since the page was opened from which these come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """``hour`` and quiet hours by the clock in Italy; both ends of these or none; None ``per_minute`` for no bound."""

    hour: time
    quiet_from: time | None
    quiet_until: time | None
    per_minute: int | None
    workers: int


def numbers_of(timetable: Timetable) -> Numbers:
    return Numbers(
        hour=timetable.hour,
        quiet_from=timetable.quiet_from,
        quiet_until=timetable.quiet_until,
        per_minute=timetable.per_minute,
        workers=timetable.workers,
    )


@transaction.atomic
def set_timetable(numbers: Numbers, *, seen: int | None, by_id: int | None, now: datetime) -> Timetable:
    """From now on; the same again changes nothing. ``seen``: the row that these numbers were changed from.

    Raises ``ChangedMeanwhile``.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('invoice_mail:timetable', 0))")
    present = Timetable.objects.in_force(now)
    if numbers_of(present) == numbers:
        return present
    if present.pk != seen:
        raise ChangedMeanwhile
    row = Timetable(since=now, by_id=by_id)
    for name in Numbers.__slots__:
        setattr(row, name, getattr(numbers, name))
    row.save(force_insert=True)
    detail = {name: str(getattr(numbers, name)) for name in Numbers.__slots__}
    record("invoice_mail.timetable_set", now=now, actor_id=by_id, about=("invoice_mail", "timetable"), **detail)
    return row
