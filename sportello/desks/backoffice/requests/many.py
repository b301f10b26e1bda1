"""Many requests given to somebody at once, and taken back by the same person as long as nothing has happened since."""

from collections.abc import Mapping
from datetime import date
from typing import Any, cast
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from sportello.desks.backoffice.requests.filters import kept
from sportello.desks.backoffice.requests.targets import Targets
from sportello.desks.policies import REQUEST_DECIDERS
from sportello.domain.activities import assigning
from sportello.domain.activities.kinds.base import ONCE
from sportello.domain.activities.models import Assignment, Away, ChangedMeanwhile, IllegalMove
from sportello.domain.activities.own import OwnRequest
from sportello.domain.people.models import User

MOST_AT_ONCE = 50  # as many as a page shows


class GiveManyForm(forms.Form):
    to = forms.ChoiceField(
        label=gettext_lazy("Give those that are ticked to"),
        error_messages={
            "required": gettext_lazy("Choose somebody, or an office."),
            "invalid_choice": gettext_lazy("Choose one from the list."),
        },
    )
    due_on = forms.DateField(
        label=gettext_lazy("Due by"),
        required=False,
        error_messages={"invalid": gettext_lazy("Enter a day, such as 24/11/2026.")},
        widget=forms.DateInput(format="%Y-%m-%d"),
    )
    once = forms.CharField(widget=forms.HiddenInput, max_length=ONCE)

    def __init__(self, data: Any = None, *, targets: Targets) -> None:
        self.targets = targets
        super().__init__(data, auto_id="many-%s", initial={"once": uuid4().hex})
        cast(forms.ChoiceField, self.fields["to"]).choices = [("", _("Choose")), *self.targets.choices()]

    def clean_due_on(self) -> date | None:
        day: date | None = self.cleaned_data["due_on"]
        if day is not None and day < self.targets.today:
            raise ValidationError(_("This day is over. Choose today or a later one."))
        return day


def given_lately(batch: str, user: User) -> str:
    """``batch`` where this person can still undo something of it, "" otherwise."""
    mine = Assignment.objects.filter(batch=batch, by=user, undone_at=None) if batch else Assignment.objects.none()
    return batch if mine.exists() else ""


@REQUEST_DECIDERS
@require_http_methods(["GET", "HEAD", "POST"])
def give(request: HttpRequest) -> HttpResponse:
    """To look here leads to the list, where the form is."""
    here = reverse("staff_requests") + kept(request)
    numbers = request.POST.getlist("number")[:MOST_AT_ONCE]
    if request.method != "POST":
        return redirect(here)
    user, now = cast(User, request.user), timezone.now()
    form = GiveManyForm(request.POST, targets=Targets(user, timezone.localdate(now)))
    if not numbers:
        messages.error(request, _("Nothing is ticked."))
        return redirect(here)
    if not form.is_valid():
        messages.error(request, " ".join(str(words) for found in form.errors.values() for words in found))
        return redirect(here)
    target, due_on = form.targets.named(form.cleaned_data["to"]), form.cleaned_data["due_on"]
    once = f"{user.pk}-{form.cleaned_data['once']}"[:ONCE]
    many = assigning.assign_many(numbers, target=target, due_on=due_on, by=user, now=now, once=once)
    who = target.person.get_full_name() if target.person else str(target.office)
    tell(request, many, who)
    return redirect(with_batch(request, many.batch if many.done else ""))


def tell(request: HttpRequest, many: assigning.Many, who: str) -> None:
    if many.done:
        words = ngettext(
            "%(num)s request has been given to %(who)s.", "%(num)s requests have been given to %(who)s.", len(many.done)
        )
        messages.success(request, words % {"num": len(many.done), "who": who})
    for number, error in many.failed.items():
        messages.error(request, f"{number}: {in_words(error)}")


def in_words(error: IllegalMove) -> str:
    known: Mapping[type[IllegalMove], str] = {
        Away: _("this person is not at work now"),
        assigning.NotForAgents: _("it cannot be given to this person"),
        assigning.OfTheirOwn: _("this person represents its customer"),
        assigning.TooLate: _("this day is later than the regulator allows: change it on the request's page"),
        OwnRequest: _("you represent its customer yourself"),
        ChangedMeanwhile: _("somebody else has changed it meanwhile"),
    }
    return next((words for sort, words in known.items() if isinstance(error, sort)), _("it is over, or does not exist"))


@REQUEST_DECIDERS
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest) -> HttpResponse:
    """To look here leads to the list."""
    here = reverse("staff_requests") + kept(request)
    if request.method == "POST":
        try:
            count = assigning.undo(request.POST.get("batch", ""), by=cast(User, request.user), now=timezone.now())
        except assigning.NothingToUndo:
            messages.error(request, _("Nothing could be undone: it has been worked on since."))
        else:
            words = ngettext("%(num)s request is as it was before.", "%(num)s requests are as they were before.", count)
            messages.success(request, words % {"num": count})
    return redirect(here)


def with_batch(request: HttpRequest, batch: str) -> str:
    question = kept(request)
    joined = f"{question}&given={batch}" if question else f"?given={batch}"
    return reverse("staff_requests") + (joined if batch else question)
