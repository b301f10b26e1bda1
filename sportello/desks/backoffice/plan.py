"""What is due and agreed in a week: one's own, a colleague's, an office's; and one's calendar read from elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from sportello.desks.policies import PUBLIC, REQUEST_STAFF, STAFF
from sportello.desks.secret_addresses import secret_address
from sportello.domain.activities.models import Activity
from sportello.domain.calendars import feeds
from sportello.domain.calendars.models import Entry, EntryQuerySet, FeedKey
from sportello.domain.messages.links import site
from sportello.domain.people.models import DESK, Absence, Office, Role, User

ROME: Final = ZoneInfo("Europe/Rome")
A_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)
MOST: Final = 500  # entries of one week that are shown
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """``over``: what it is about has been done. ``late``: it is not, and the day has passed."""

    entry: Entry
    path: str
    title: str
    over: bool
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Of a request that an entry is about: how it is called in the reader's language, and whether it has ended."""

    title: str
    over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    on: date
    lines: Sequence[Line]
    away: Sequence[str]

    @property
    def weekend(self) -> bool:
        return self.on.weekday() > 4


class Whose(forms.Form):
    """Whose plan it is, and of which week: any day of it."""

    who = forms.ChoiceField(label=gettext_lazy("Whose"), required=False)
    day = forms.DateField(label=gettext_lazy("Week of"), required=False)

    def __init__(self, data: Any, *, choices: list[tuple[str, Any]]) -> None:
        super().__init__(data, auto_id="plan-%s")
        cast(forms.ChoiceField, self.fields["who"]).choices = [("", _("Mine")), *choices]
        self.is_valid()

    @property
    def chosen(self) -> str:
        return str(self.cleaned_data.get("who") or "")

    @property
    def monday(self) -> date:
        day = self.cleaned_data.get("day") or timezone.localdate()
        day = min(max(day, EARLIEST), LATEST)
        return day - timedelta(days=day.weekday())


@STAFF
@require_safe
def week(request: HttpRequest) -> HttpResponse:
    """An agent, and whoever else does not work on requests, sees his own."""
    user, today = cast(User, request.user), timezone.localdate()
    asked = Whose(request.GET, choices=_others(user) if REQUEST_STAFF.admits(request) else [])
    monday, who = asked.monday, asked.chosen
    found = list(_between(entries_of(user, who), monday, monday + 6 * A_DAY)[: MOST + 1])
    context = {
        "tab": "plan",
        "today": today,
        "asked": asked,
        "who": who,
        "days": _days(found[:MOST], monday, today, who=who, user=user),
        "more": len(found) > MOST,
        "late": _late(user, who, today),
        "count": len(found[:MOST]),
        "monday": monday,
        "sunday": monday + 6 * A_DAY,
        "before": _address(who, monday - A_WEEK),
        "after": _address(who, monday + A_WEEK),
        "feed": FeedKey.objects.filter(person=user).first(),
        "feed_address": request.session.pop("feed_address", ""),
    }
    return render(request, "backoffice/plan.html", context)


def _others(user: User) -> list[tuple[str, Any]]:
    offices = [(f"office:{each.pk}", each.name) for each in Office.objects.filter(is_active=True)]
    people = User.objects.filter(is_active=True, roles__overlap=[*DESK, Role.AGENT]).exclude(pk=user.pk)
    named = [(f"person:{each.pk}", each.get_full_name()) for each in people.order_by("last_name", "first_name")]
    groups = [(_("Offices"), offices), (_("People"), named)]
    return [("all", _("Everybody's")), *((title, choices) for title, choices in groups if choices)]


def entries_of(user: User, who: str) -> EntryQuerySet:
    """Those that stand in the calendars that ``who`` means; an office's are its own and those of its people, each once."""
    standing = Entry.objects.standing()
    sort, _colon, number = who.partition(":")
    if sort == "person":
        return standing.filter(attendee=int(number))
    if sort == "office":
        people = standing.filter(attendee__office=int(number)).values("key")
        own = standing.filter(office=int(number)).exclude(key__in=people)
        return standing.filter(attendee__office=int(number)) | own
    if who == "all":
        return standing.filter(attendee__isnull=False) | standing.exclude(
            key__in=standing.filter(attendee__isnull=False).values("key")
        )
    return standing.filter(attendee=user)


def _between(entries: EntryQuerySet, first: date, last: date) -> EntryQuerySet:
    start = datetime.combine(first, time(), tzinfo=ROME)
    end = datetime.combine(last + A_DAY, time(), tzinfo=ROME)
    return entries.between(first, start, last, end).select_related("attendee", "office").in_order()


def _days(found: Sequence[Entry], monday: date, today: date, *, who: str, user: User) -> list[Day]:
    known = _requests(found)
    away = _away(monday, who=who, user=user)
    days = []
    for day in (monday + number * A_DAY for number in range(7)):
        mine = sorted((each for each in found if day in _taken(each)), key=Entry.sort_key)
        lines = [
            Line(
                entry=each,
                path=reverse(each.link_name, kwargs=each.link_arguments),
                title=known[each.key].title if each.key in known else each.title,
                over=each.key in known and known[each.key].over,
                late=bool(each.on and each.on < today and each.key in known and not known[each.key].over),
            )
            for each in mine
        ]
        names = [absence.person.get_full_name() for absence in away if _is_on(absence, day)]
        days.append(Day(on=day, lines=lines, away=list(dict.fromkeys(names))))
    return days


def _taken(entry: Entry) -> set[date]:
    """The days on which it stands."""
    if entry.on:
        return {entry.on}
    if entry.starts_at is None or entry.ends_at is None:
        return set()
    first, last = (
        entry.starts_at.astimezone(ROME).date(),
        (entry.ends_at - timedelta(seconds=1)).astimezone(ROME).date(),
    )
    return {first + number * A_DAY for number in range(min((last - first).days, 31) + 1)}


def _requests(found: Sequence[Entry]) -> dict[str, Known]:
    """By the keys of entries; what has ended stands in no calendar, unless it happened just now."""
    numbers = [each.key.partition(":")[2] for each in found if each.key.startswith("activity:")]
    return {
        each.calendar_key: Known(title=f"{each.get_kind_display()} {each.number}", over=each.is_over)
        for each in Activity.objects.filter(number__in=numbers).only("number", "kind", "status")
    }


def _away(monday: date, *, who: str, user: User) -> list[Absence]:
    """Of the people whose plan it is, in this week."""
    absences = Absence.objects.to_come(monday).filter(first_day__lte=monday + 6 * A_DAY).select_related("person")
    sort, _colon, number = who.partition(":")
    if sort == "person":
        absences = absences.filter(person=int(number))
    elif sort == "office":
        absences = absences.filter(person__office=int(number))
    elif who != "all":
        absences = absences.filter(person=user)
    return list(absences)


def _is_on(absence: Absence, day: date) -> bool:
    return absence.first_day <= day and (absence.last_day is None or day <= absence.last_day)


def _late(user: User, who: str, today: date) -> int:
    """How many of them were due before today and stand there still."""
    return entries_of(user, who).filter(on__lt=today).values("key").distinct().count()


def _address(who: str, day: date) -> str:
    return reverse("staff_plan") + f"?day={day}" + (f"&who={who}" if who else "")


# --- read from elsewhere ---------------------------------------------------------------------------------------------


@STAFF
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request: HttpRequest) -> HttpResponse:
    """Makes an address, which is shown once, or ends it. To look here leads to the plan."""
    user, now = cast(User, request.user), timezone.now()
    if request.method == "POST":
        if request.POST.get("verb") == "end":
            feeds.drop_key(user, now=now)
            messages.success(request, _("Your calendar is read from nowhere else any more."))
        else:
            key = feeds.new_key(user, now=now)
            request.session["feed_address"] = site() + reverse("calendar_feed", args=[key])
            messages.success(request, _("Copy the address below into your calendar: it is shown only this time."))
    return redirect(reverse("staff_plan") + "#elsewhere")


@PUBLIC
@secret_address
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """For whoever knows the address; a wrong one is like none."""
    content = feeds.feed_for(token, now=timezone.now())
    if content is None:
        raise Http404
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="sportello.ics"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
