"""Who works on requests, how much each has in hand, who is away and who stands in for him."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from sportello.desks.policies import MANAGERS
from sportello.domain.activities import assigning
from sportello.domain.activities.kinds.base import NOT_ON_OFFER
from sportello.domain.activities.models import Activity, Away
from sportello.domain.journal.models import record
from sportello.domain.people.models import DESK, Absence, Office, Role, User

FURTHEST: Final = date(2100, 1, 1)
DAY_WORDS = {"invalid": gettext_lazy("Enter a day, such as 24/11/2026.")}
NO_SUBSTITUTE = gettext_lazy("Nobody: to the office's list")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    person: User
    roles: Sequence[str | Promise]
    has: int
    late: int
    absences: Sequence[Absence]
    away: bool  # today


def staff() -> Any:
    """Who may be given something, once he is at work."""
    return User.objects.filter(is_active=True, roles__overlap=[*DESK, Role.AGENT])


class AbsenceForm(forms.Form):
    """From when to when, and who stands in; an empty last day is for who leaves, or of whom nobody knows."""

    first_day = forms.DateField(
        label=gettext_lazy("First day"), error_messages=DAY_WORDS, widget=forms.DateInput(format="%Y-%m-%d")
    )
    last_day = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        error_messages=DAY_WORDS,
        widget=forms.DateInput(format="%Y-%m-%d"),
    )
    substitute = forms.ChoiceField(
        label=gettext_lazy("Who stands in"), required=False, error_messages={"invalid_choice": NOT_ON_OFFER}
    )

    def __init__(self, data: Any = None, *, person: User, today: date) -> None:
        self.today = today
        super().__init__(data, auto_id="absence-%s", initial={"first_day": today})
        self.fields["last_day"].help_text = _("Empty for who leaves the company, or where nobody knows yet.")
        others = User.objects.at_work(today).filter(roles__overlap=list(DESK)).exclude(pk=person.pk)
        self.others = {str(each.pk): each for each in others.order_by("last_name", "first_name")}
        choices = [(code, each.get_full_name()) for code, each in self.others.items()]
        cast(forms.ChoiceField, self.fields["substitute"]).choices = [("", NO_SUBSTITUTE), *choices]

    def clean_first_day(self) -> date:
        day: date = self.cleaned_data["first_day"]
        if not self.today <= day <= FURTHEST:
            raise ValidationError(_("Today or a later day."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day is before the first."))
        return cleaned

    @property
    def stands_in(self) -> User | None:
        """After ``is_valid()``."""
        return self.others.get(self.cleaned_data["substitute"])


class OfficeForm(forms.Form):
    office = forms.ModelChoiceField(
        label=gettext_lazy("Office"),
        queryset=Office.objects.filter(is_active=True),
        required=False,
        empty_label=gettext_lazy("None"),
        error_messages={"invalid_choice": NOT_ON_OFFER},
    )


@MANAGERS
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    return render(request, "backoffice/team.html", {"tab": "team", "members": members(timezone.localdate())})


def members(today: date) -> list[Member]:
    people = list(staff().select_related("office").order_by("last_name", "first_name", "username"))
    has = assigning.load_of(people)
    late = assigning.load_of(people, Activity.objects.filter(due_on__lt=today))
    absences = list(Absence.objects.to_come(today).filter(person__in=people).select_related("substitute"))
    away = {each.person_id for each in absences if each.first_day <= today}
    return [
        Member(
            person=each,
            roles=[Role(role).label for role in each.roles],
            has=has.get(each.pk, 0),
            late=late.get(each.pk, 0),
            absences=[absence for absence in absences if absence.person_id == each.pk],
            away=each.pk in away,
        )
        for each in people
    ]


@MANAGERS
@require_http_methods(["GET", "HEAD", "POST"])
def member(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them: his office, and when he is away."""
    person = get_object_or_404(staff().select_related("office"), pk=pk)
    today, now = timezone.localdate(), timezone.now()
    verb = request.POST.get("verb", "")
    away = AbsenceForm(request.POST if verb == "away" else None, person=person, today=today)
    office = OfficeForm(
        request.POST if verb == "office" else None, initial={"office": person.office_id}, auto_id="office-%s"
    )
    if request.method == "POST" and verb == "away" and away.is_valid() and _go_away(request, person, away):
        return redirect("staff_team")
    if request.method == "POST" and verb == "office" and office.is_valid():
        _put_into(request, person, office.cleaned_data["office"])
        return redirect("staff_team")
    found = next(each for each in members(today) if each.person.pk == person.pk)
    context = {
        "tab": "team",
        "member": found,
        "away": away,
        "office": office,
        "failed": next((form for form in (away, office) if form.errors), None),
        "today": today,
        "now": now,
    }
    return render(request, "backoffice/team_member.html", context)


def _go_away(request: HttpRequest, person: User, form: AbsenceForm) -> bool:
    cleaned, user, now = form.cleaned_data, cast(User, request.user), timezone.now()
    same = Absence.objects.filter(person=person, first_day=cleaned["first_day"], last_day=cleaned["last_day"])
    if same.exists():  # pressed twice
        return True
    try:
        absence = assigning.go_away(
            person,
            first_day=cleaned["first_day"],
            last_day=cleaned["last_day"],
            substitute=form.stands_in,
            by=user,
            now=now,
        )
    except Away:
        form.add_error("substitute", _("This person is not at work then: choose somebody else."))
        return False
    moved = Activity.objects.filter(assignments__at=now, assignments__was_owner=person).distinct().count()
    if absence.first_day > timezone.localdate(now):
        told = _("%(who)s gets nothing new from %(day)s on; what is in hand then moves on that day.")
        messages.success(request, told % {"who": person.get_full_name(), "day": f"{absence.first_day:%d/%m/%Y}"})
    else:
        words = ngettext(
            "%(who)s gets nothing new; %(num)s request has moved.",
            "%(who)s gets nothing new; %(num)s requests have moved.",
            moved,
        )
        messages.success(request, words % {"who": person.get_full_name(), "num": moved})
    return True


def _put_into(request: HttpRequest, person: User, office: Office | None) -> None:
    if person.office_id != (office.pk if office else None):
        User.objects.filter(pk=person.pk).update(office=office)
        record(
            "people.office_changed",
            now=timezone.now(),
            actor_id=request.user.pk,
            about=("user", str(person.pk)),
            office=office.pk if office else 0,
        )
    messages.success(request, _("Saved."))


@MANAGERS
@require_http_methods(["GET", "HEAD", "POST"])
def back(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends an absence as of today. To look here leads to the team."""
    absence = get_object_or_404(Absence.objects.to_come(timezone.localdate()).select_related("person"), pk=pk)
    if request.method == "POST":
        assigning.come_back(absence, on=timezone.localdate(), by=cast(User, request.user), now=timezone.now())
        messages.success(request, _("%(who)s is at work again.") % {"who": absence.person.get_full_name()})
    return redirect("staff_team")
