"""Which night it is, and whether mails may leave at this hour: by the clock on the wall in Italy, whatever it does."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sportello.domain.invoice_mail.models import Timetable

ROME: Final = ZoneInfo("Europe/Rome")


def night_of(now: datetime, hour: time) -> date:
    """The day at whose ``hour`` the present night began. An hour that a day lacks, as when summer time begins, is over
    when the clock has jumped; one that comes twice belongs to one night."""
    local = now.astimezone(ROME)
    return local.date() if local.time() >= hour else local.date() - timedelta(days=1)


def is_quiet(now: datetime, timetable: Timetable) -> bool:
    """Between the quiet hours' ends, over midnight too."""
    since, until = timetable.quiet_from, timetable.quiet_until
    if since is None or until is None:
        return False
    at = now.astimezone(ROME).time()
    return since <= at < until if since < until else at >= since or at < until
