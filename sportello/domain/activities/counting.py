"""How many requests came in, of which kind and whose, how they ended and how long that took; counted by PostgreSQL in one go.

What is counted came in within a period of days, in Italy. A request is open as long as somebody has to do something about it,
late where it was answered after its last day, the regulator's or ours where he sets none. First accesses and self-readings, of
which there are many more, are counted where they are asked for by their kind.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection, models
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sportello.domain.activities.models import OPEN, Activity, Status
from sportello.domain.activities.models.heaps import OWN_PAGES

ROME: Final = "Europe/Rome"


class Grouping(models.TextChoices):
    """By what they are counted."""

    MONTH = "month", _("Month")
    WEEK = "week", _("Week")
    DAY = "day", _("Day")
    OPERATOR = "owner", _("Operator")
    OFFICE = "office", _("Office")
    KIND = "kind", _("Kind")
    SERVICE = "service", _("Service")
    CHANNEL = "channel", _("Channel")
    OUTCOME = "status", _("Outcome")
    TERM = "term", _("Term")


class Term(models.TextChoices):
    KEPT = "kept", _("Ended in time")
    BROKEN = "broken", _("Ended late")
    RUNNING = "running", _("Open, in time")
    PASSED = "passed", _("Open, late")
    NONE = "", _("Without a term")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is counted: the days from ``since`` to ``until``, both included, and by what they are narrowed, "" for nothing."""

    since: date
    until: date
    kind: str = ""
    service: str = ""
    channel: str = ""
    owner: int | None = None
    office: int | None = None
    by_hand: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One line: ``key`` as the grouping has it. Durations are in days, None where nothing has ended."""

    key: Any
    opened: int
    ended: int
    open: int
    kept: int
    late: int
    median: Decimal | None
    p90: Decimal | None

    @property
    def share_kept(self) -> Decimal | None:
        """Of those with a term that have ended, from 0 to 1."""
        told = self.kept + self.late
        return Decimal(self.kept) / told if told else None


_DAY: Final = f"COALESCE(a.received_on, (a.opened_at AT TIME ZONE '{ROME}')::date)"
_ENDED: Final = f"(COALESCE(a.executed_at, a.ended_at) AT TIME ZONE '{ROME}')::date"
_ANSWERED: Final = f"COALESCE(a.answered_on, CASE WHEN NOT a.answer_in_post THEN {_ENDED} END)"
_LAST: Final = "COALESCE(a.limit_on, a.due_on)"
_OVER: Final = "a.status IN ('executed', 'refused', 'cancelled')"
_TERM: Final = f"""
    CASE WHEN a.status = 'cancelled' OR {_LAST} IS NULL THEN ''
         WHEN {_OVER} AND COALESCE({_ANSWERED}, %(today)s) <= {_LAST} THEN 'kept'
         WHEN {_OVER} THEN 'broken'
         WHEN {_LAST} >= %(today)s THEN 'running' ELSE 'passed' END
"""
_KEYS: Final[Mapping[str, str]] = {
    Grouping.MONTH: f"date_trunc('month', {_DAY}::timestamp)::date",
    Grouping.WEEK: f"date_trunc('week', {_DAY}::timestamp)::date",
    Grouping.DAY: _DAY,
    Grouping.OPERATOR: "a.owner_id",
    Grouping.OFFICE: "a.office_id",
    Grouping.KIND: "a.kind",
    Grouping.SERVICE: "COALESCE(s.service, '')",
    Grouping.CHANNEL: "a.channel",
    Grouping.OUTCOME: "a.status",
    Grouping.TERM: _TERM,
}


def counted(asked: Asked, by: Grouping | None, *, today: date) -> list[Count]:
    """The lines of one grouping, as PostgreSQL sorts their keys; all in one line where ``by`` is None."""
    key = _KEYS[by] if by else "NULL::text"
    where, values = _narrowed(asked, today=today, grouped_by_service=by == Grouping.SERVICE)
    sql = f"""
        SELECT {key} AS key, count(*), count(*) FILTER (WHERE {_OVER}), count(*) FILTER (WHERE NOT ({_OVER})),
            count(*) FILTER (WHERE {_TERM} = 'kept'), count(*) FILTER (WHERE {_TERM} = 'broken'),
            percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY {_ANSWERED} - {_DAY})
                FILTER (WHERE {_OVER} AND a.status <> 'cancelled' AND {_ANSWERED} IS NOT NULL)
        FROM {where} GROUP BY 1 ORDER BY 1 NULLS FIRST
    """  # noqa: S608 (pieces of our own)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [_line(row) for row in cursor.fetchall()]


def _line(row: Sequence[Any]) -> Count:
    key, opened, ended, open_, kept, late, durations = row
    median, p90 = (Decimal(days) if days is not None else None for days in durations or (None, None))
    return Count(key=key, opened=opened, ended=ended, open=open_, kept=kept, late=late, median=median, p90=p90)


def _narrowed(asked: Asked, *, today: date, grouped_by_service: bool = False) -> tuple[str, dict[str, Any]]:
    """From which tables and under which conditions. By the moment of opening, which has an index; what was received on an
    earlier day than it was written down is counted on that day all the same."""
    values: dict[str, Any] = {
        "since": asked.since,
        "until": asked.until,
        "from": start_of(asked.since),
        "to": start_of(asked.until + timedelta(days=LONGEST_LATE)),
        "today": today,
        "apart": [str(kind) for kind in OWN_PAGES if kind != asked.kind],
    }
    conditions = [
        "a.opened_at >= %(from)s AND a.opened_at < %(to)s",
        f"{_DAY} BETWEEN %(since)s AND %(until)s",
        "a.kind <> ALL(%(apart)s)",
    ]
    for name, column in (
        ("kind", "a.kind"),
        ("channel", "a.channel"),
        ("owner", "a.owner_id"),
        ("office", "a.office_id"),
    ):
        if value := getattr(asked, name):
            conditions.append(f"{column} = %({name})s")
            values[name] = value
    if asked.by_hand:
        conditions.append("(NOT a.automatic OR a.attention <> '')")
    table = "activities_activity a"
    if asked.service or grouped_by_service:
        table += " LEFT JOIN customers_supply s ON s.code = a.supply_id"
    if asked.service:
        conditions.append("s.service = %(service)s")
        values["service"] = asked.service
    return f"{table} WHERE {' AND '.join(conditions)}", values


LONGEST_LATE: Final = 91  # days after it was received that something may be written down


def start_of(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """At the end of ``day``: how many had been opened and not ended."""

    day: date
    open: int


def backlog(asked: Asked, *, today: date) -> list[Backlog]:
    """At the end of each week of the period, or of each day where it is short; the last day is its last."""
    step = 1 if (asked.until - asked.since).days <= SHORT else 7
    last = min(asked.until, today)
    days = [last - timedelta(days=back) for back in range(0, max((last - asked.since).days, 0) + 1, step)]
    if not days or last < asked.since:
        return []
    moves = _moves(asked, days[-1])
    count = _same(Activity.objects.filter(status__in=OPEN), asked).count()
    found = []
    pending = sorted(moves, reverse=True)
    for day in days:
        while pending and pending[0] > day:
            count -= moves[pending.pop(0)]
        found.append(Backlog(day=day, open=count))
    return found[::-1]


SHORT: Final = 31  # days of a period of which each day is shown


def _same(found: Any, asked: Asked) -> Any:
    found = found.exclude(kind__in=[kind for kind in OWN_PAGES if kind != asked.kind])
    if asked.kind:
        found = found.filter(kind=asked.kind)
    if asked.channel:
        found = found.filter(channel=asked.channel)
    if asked.owner:
        found = found.filter(owner=asked.owner)
    if asked.office:
        found = found.filter(office=asked.office)
    if asked.service:
        found = found.filter(supply__service=asked.service)
    if asked.by_hand:
        found = found.by_hand()
    return found


def _moves(asked: Asked, since: date) -> dict[date, int]:
    """By day, from ``since`` until now: how many were opened, less those that ended."""
    start = start_of(since)
    moves: dict[date, int] = {}
    all_ = Activity.objects.all()
    for column, sign, narrowed in (
        ("opened_at", 1, all_),
        ("executed_at", -1, all_.filter(status=Status.EXECUTED)),
        ("ended_at", -1, all_),
    ):
        rows = _same(narrowed.filter(**{f"{column}__gte": start}), asked).order_by()
        days = rows.values_list(TruncDate(column)).annotate(n=models.Count("pk"))
        for day, number in days:
            moves[day] = moves.get(day, 0) + sign * number
    return moves
