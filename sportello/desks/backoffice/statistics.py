"""Requests counted by day, operator, office, kind and so on: a chart, its table, the list behind each number, CSV and XLSX."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, cast
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from sportello.desks.policies import COUNTERS, REQUEST_STAFF
from sportello.desks.spreadsheets import Cell, csv_of, xlsx_of
from sportello.domain.activities import deadlines
from sportello.domain.activities.counting import Asked, Count, Grouping, Term, backlog, counted
from sportello.domain.activities.deadlines import Book
from sportello.domain.activities.kinds.base import NOT_ON_OFFER
from sportello.domain.activities.models import Activity, ActivityKind, Channel, Status
from sportello.domain.customers.models.parties import Service
from sportello.domain.people.models import DESK, Office, Role, User
from sportello.ui.charts import HALF, WHOLE, Bar, Chart, bar_chart
from sportello.ui.formats import day

USUAL: Final = timedelta(days=90)
LONGEST: Final = timedelta(days=3 * 366)
MOST_BARS: Final = 31
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DAY_WORDS = {"invalid": gettext_lazy("Enter a day, such as 24/11/2026.")}
OF_TIME = (Grouping.MONTH, Grouping.WEEK, Grouping.DAY)


def choice(label: Any, choices: Any = ()) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=choices, required=False, error_messages={"invalid_choice": NOT_ON_OFFER}
    )


class StatisticsFilter(forms.Form):
    """Whatever is not on offer narrows nothing, and is told beside its field."""

    by = choice(gettext_lazy("Counted by"), Grouping.choices)
    since = forms.DateField(label=gettext_lazy("Received from"), required=False, error_messages=DAY_WORDS)
    until = forms.DateField(label=gettext_lazy("Received until"), required=False, error_messages=DAY_WORDS)
    kind = choice(gettext_lazy("Kind"), [("", gettext_lazy("All kinds")), *ActivityKind.choices])
    service = choice(gettext_lazy("Service"), [("", gettext_lazy("All services")), *Service.choices])
    channel = choice(gettext_lazy("Channel"), [("", gettext_lazy("Any")), *Channel.choices])
    owner = choice(gettext_lazy("Operator"))
    office = choice(gettext_lazy("Office"))
    how = choice(
        gettext_lazy("How it goes"),
        [("", gettext_lazy("Any")), ("hand", gettext_lazy("Those that somebody has to work on"))],
    )

    def __init__(self, data: Any, *, today: date) -> None:
        self.today = today
        super().__init__(data, auto_id="statistics-%s")
        people = User.objects.filter(roles__overlap=[*DESK, Role.AGENT]).order_by("last_name", "first_name")
        self.people = {str(each.pk): each.get_full_name() for each in people}
        self.offices = {str(each.pk): each.name for each in Office.objects.all()}
        for name, known in (("owner", self.people), ("office", self.offices)):
            cast(forms.ChoiceField, self.fields[name]).choices = [("", _("Any")), *known.items()]
        self.is_valid()

    def chosen(self, name: str) -> str:
        return str(self.cleaned_data.get(name) or "")

    @property
    def by_chosen(self) -> Grouping:
        return Grouping(self.chosen("by") or Grouping.KIND)

    @property
    def asked(self) -> Asked:
        until = self.cleaned_data.get("until") or self.today
        since = self.cleaned_data.get("since") or until - USUAL
        since = max(min(since, until), until - LONGEST)
        owner, office = self.chosen("owner"), self.chosen("office")
        return Asked(
            since=since,
            until=until,
            kind=self.chosen("kind"),
            service=self.chosen("service"),
            channel=self.chosen("channel"),
            owner=int(owner) if owner else None,
            office=int(office) if office else None,
            by_hand=self.chosen("how") == "hand",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """``path`` leads to the list of what was counted, None where the list cannot be asked for that."""

    label: str
    count: Count
    path: str | None


@COUNTERS
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The page, or the same table as a file."""
    today = timezone.localdate()
    wanted = StatisticsFilter(request.GET, today=today)
    asked, by = wanted.asked, wanted.by_chosen
    lines = lines_of(counted(asked, by, today=today), by, wanted, asked, linked=REQUEST_STAFF.admits(request))
    if request.GET.get("as") in FILES:
        return FILES[request.GET["as"]](asked, head(by), rows_of(lines))
    if request.GET.get("as") == "breaches":
        return breaches(asked)
    whole = counted(asked, None, today=today)
    over_time = backlog(asked, today=today)
    bars = [Bar(axis=short(line.label), label=line.label, value=Decimal(line.count.opened)) for line in lines]
    waiting = [Bar(axis=f"{each.day:%d/%m}", label=day(each.day), value=Decimal(each.open)) for each in over_time]
    context = {
        "tab": "statistics",
        "filter": wanted,
        "asked": asked,
        "by": by,
        "lines": lines,
        "whole": whole[0] if whole else None,
        "bars": bars,
        "chart": drawn(bars),
        "narrow": drawn(bars, width=HALF),
        "waiting": waiting,
        "waiting_chart": drawn(spread(waiting)),
        "waiting_narrow": drawn(spread(waiting), width=HALF),
        "question": question(request),
    }
    return render(request, "backoffice/statistics.html", context)


def drawn(bars: Sequence[Bar], *, width: int = WHOLE) -> Chart | None:
    """None where there is nothing to draw, or too much for a chart."""
    return bar_chart(bars, width=width) if 0 < len(bars) <= MOST_BARS else None


def spread(bars: Sequence[Bar]) -> Sequence[Bar]:
    """Of many, as many as a chart holds, as far from one another as from the next."""
    step = -(-len(bars) // MOST_BARS)
    return bars[::-1][::step][::-1] if step > 1 else bars


def short(label: str) -> str:
    return label if len(label) <= 12 else f"{label[:11]}…"


def question(request: HttpRequest) -> str:
    kept = {name: value for name, value in request.GET.items() if name in StatisticsFilter.base_fields and value}
    return f"{urlencode(kept)}&" if kept else ""


def lines_of(
    counts: Sequence[Count], by: Grouping, wanted: StatisticsFilter, asked: Asked, *, linked: bool
) -> list[Line]:
    labelled = [Line(label=label_of(each.key, by, wanted), count=each, path=None) for each in counts]
    if by not in OF_TIME:
        labelled.sort(key=lambda line: (-line.count.opened, line.label))
    return [
        Line(label=line.label, count=line.count, path=list_of(line.count.key, by, asked) if linked else None)
        for line in labelled
    ]


def label_of(key: Any, by: Grouping, wanted: StatisticsFilter) -> str:
    if by == Grouping.MONTH:
        return f"{key:%m/%Y}"
    if by in OF_TIME:
        return day(key)
    if by == Grouping.OPERATOR:
        return wanted.people.get(str(key), _("Nobody")) if key else _("Nobody")
    if by == Grouping.OFFICE:
        return wanted.offices.get(str(key), _("None")) if key else _("None")
    known: Mapping[Grouping, Any] = {
        Grouping.KIND: ActivityKind,
        Grouping.SERVICE: Service,
        Grouping.CHANNEL: Channel,
        Grouping.OUTCOME: Status,
        Grouping.TERM: Term,
    }
    if by == Grouping.SERVICE and not key:
        return _("None in particular")
    return str(known[by](key).label)


def list_of(key: Any, by: Grouping, asked: Asked) -> str | None:
    """The address of the list of requests that is narrowed to this line."""
    since, until = asked.since, asked.until
    if by in OF_TIME:
        since, until = max(since, key), min(until, end_of(key, by))
    asks: dict[str, Any] = {"since": since, "until": until, "state": "all", "why": "" if asked.by_hand else "automatic"}
    asks |= {"who": "all", "kind": asked.kind, "service": asked.service, "channel": asked.channel}
    asks |= {"whose": asked.owner or "", "office": asked.office or ""}
    if by == Grouping.TERM and key in (Term.KEPT, Term.BROKEN):
        asks["term"] = key
    elif by == Grouping.OUTCOME:
        asks["state"] = key
    elif by in (Grouping.KIND, Grouping.CHANNEL):
        asks[by.value] = key
    elif by == Grouping.SERVICE and key:
        asks["service"] = key
    elif by == Grouping.OPERATOR:
        asks["whose"] = key or "nobody"
    elif by == Grouping.OFFICE:
        asks["office"] = key or "none"
    elif by not in OF_TIME:
        return None
    if asks["kind"] in (ActivityKind.SELF_READING, ActivityKind.REGISTRATION):
        return None  # they have lists of their own
    return reverse("staff_requests") + "?" + urlencode({name: value for name, value in asks.items() if value})


def end_of(first: date, by: Grouping) -> date:
    if by == Grouping.DAY:
        return first
    if by == Grouping.WEEK:
        return first + timedelta(days=6)
    return (first.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


# --- files -----------------------------------------------------------------------------------------------------------


def head(by: Grouping) -> list[str]:
    return [
        str(by.label),
        _("Received"),
        _("Ended"),
        _("Open"),
        _("In time"),
        _("Late"),
        _("Share in time"),
        _("Median, days"),
        _("Nine in ten within, days"),
    ]


def rows_of(lines: Sequence[Line]) -> list[list[Cell]]:
    return [
        [
            line.label,
            line.count.opened,
            line.count.ended,
            line.count.open,
            line.count.kept,
            line.count.late,
            None if line.count.share_kept is None else round(line.count.share_kept * 100, 1),
            line.count.median,
            line.count.p90,
        ]
        for line in lines
    ]


def as_csv(asked: Asked, titles: Sequence[str], rows: Sequence[Sequence[Cell]]) -> HttpResponse:
    return as_file(
        csv_of(titles, rows), "text/csv; charset=utf-8", f"{_('statistics')}-{asked.since}-{asked.until}.csv"
    )


def as_xlsx(asked: Asked, titles: Sequence[str], rows: Sequence[Sequence[Cell]]) -> HttpResponse:
    return as_file(xlsx_of(_("Statistics"), titles, rows), XLSX, f"{_('statistics')}-{asked.since}-{asked.until}.xlsx")


def as_file(content: bytes, media_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


FILES = {"csv": as_csv, "xlsx": as_xlsx}
MOST_BREACHES: Final = 20_000


def breaches(asked: Asked) -> HttpResponse:
    """Every request of the period that was, or is, later than the regulator allows, with what is due for it."""
    found = Activity.objects.filter(limit_on__isnull=False).exclude(status=Status.CANCELLED)
    found = found.filter(opened_at__date__gte=asked.since, opened_at__date__lte=asked.until)
    if asked.kind:
        found = found.filter(kind=asked.kind)
    if asked.service:
        found = found.filter(supply__service=asked.service)
    now, known = timezone.now(), Book()
    titles = [
        _("Number"), _("Kind"), _("Customer"), _("Service"), _("Received"), _("Regulator's limit"), _("Answered"),
        _("Days late"), _("Indemnity due"),
    ]  # fmt: skip
    rows: list[list[Cell]] = []
    late = found.late_by_the_limit(timezone.localdate(now)).select_related("supply").order_by("pk")
    for each in late[:MOST_BREACHES]:
        clock = deadlines.standing(each, now, known=known)
        if clock.late:
            service = each.supply.get_service_display() if each.supply else ""
            rows.append(
                [
                    each.number, each.get_kind_display(), each.customer_code, service, each.received_day, each.limit_on,
                    each.answered_day, clock.late, clock.indemnity,
                ]
            )  # fmt: skip
    return as_file(csv_of(titles, rows), "text/csv; charset=utf-8", f"{_('breaches')}-{asked.since}-{asked.until}.csv")
