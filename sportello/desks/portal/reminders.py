"""Whether somebody wants to be reminded that a reading is wanted."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from sportello.desks.policies import SIGNED_IN
from sportello.desks.portal.account import frame, person
from sportello.domain.activities.kinds.self_reading.reminding import KIND
from sportello.domain.activities.models import ReminderChoice
from sportello.domain.people.models import User

form_page = require_http_methods(["GET", "HEAD", "POST"])


class RemindersForm(forms.Form):
    """A radio button each way: nothing is switched by a form that came without an answer."""

    reading = forms.ChoiceField(
        label=gettext_lazy("When a reading of my meter is wanted"),
        choices=[("yes", gettext_lazy("Write me an e-mail")), ("no", gettext_lazy("Do not write"))],
    )


@SIGNED_IN
@form_page
def reminders(request: HttpRequest) -> HttpResponse:
    user = person(request)
    data = request.POST if request.method == "POST" else None
    form = RemindersForm(data, initial={"reading": "yes" if wants(user) else "no"})
    if form.is_valid():
        choose(user, wanted=form.cleaned_data["reading"] == "yes")
        messages.success(request, _("Your choice is kept."))
        return redirect("reminders")
    context: dict[str, Any] = frame(request, form=form)
    return render(request, "portal/reminders.html", context)


def wants(user: User) -> bool:
    """Without a choice he is reminded."""
    return not ReminderChoice.objects.filter(user=user, kind=KIND, wanted=False).exists()


def choose(user: User, *, wanted: bool) -> None:
    ReminderChoice.objects.update_or_create(
        user=user, kind=KIND, defaults={"wanted": wanted, "changed_at": timezone.now()}
    )
