"""Visitors' requests that may come from a machine, to be refused or put among the others many at once."""

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from sportello.desks.policies import REQUEST_DECIDERS
from sportello.domain.activities import suspects
from sportello.domain.people.models import User

PAGE = 100
SIGNS: dict[str, str | Promise] = {
    "trap": gettext_lazy("filled in a field that nobody sees"),
    "quick": gettext_lazy("sent within seconds"),
    "clock": gettext_lazy("sent without the form"),
    suspects.AGAIN: gettext_lazy("the same text again and again"),
}
ACTS: dict[str, Callable[..., int]] = {"refuse": suspects.refuse, "clear": suspects.clear}


class SeenField(forms.MultipleChoiceField):
    """Requests as "A-26000001:3": the number, and the version that was on the page. ``clean`` gives them as a mapping."""

    def valid_value(self, value: str) -> bool:
        number, colon, version = value.partition(":")
        return bool(number and colon) and version.isascii() and version.isdecimal() and len(value) <= 40

    def clean(self, value: Any) -> dict[str, int]:
        return {number: int(version) for number, _, version in (each.partition(":") for each in super().clean(value))}


class SuspectsForm(forms.Form):
    act = forms.ChoiceField(choices=[(name, name) for name in ACTS])
    seen = SeenField(error_messages={"required": gettext_lazy("Tick at least one request.")})


@REQUEST_DECIDERS
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """The oldest first; what was changed meanwhile stays as it is, and is shown again."""
    form = SuspectsForm(request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid():
        act, seen = form.cleaned_data["act"], form.cleaned_data["seen"]
        done = ACTS[act](seen, by=cast(User, request.user), now=timezone.now())
        messages.success(request, told(act, done))
        return redirect("staff_suspects")
    waiting = suspects.waiting()
    found = waiting.select_related("visitor").order_by("opened_at", "pk")[:PAGE]
    context = {
        "tab": "requests",
        "form": form,
        "count": waiting.count(),
        "rows": [(each, [SIGNS.get(sign, sign) for sign in each.asked[suspects.SUSPECT]]) for each in found],
    }
    return render(request, "backoffice/suspects.html", context)


def told(act: str, done: int) -> str:
    if act == "refuse":
        return ngettext("%(num)s request is refused.", "%(num)s requests are refused.", done) % {"num": done}
    return ngettext("%(num)s request is among the others.", "%(num)s requests are among the others.", done) % {
        "num": done
    }
