"""Lists that somebody has given a name: kept as the question of the list's address, for himself or for everybody."""

from typing import Any, Final, cast

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from sportello.desks.backoffice.requests.filters import kept
from sportello.desks.policies import REQUEST_READERS
from sportello.domain.activities.models import SavedView
from sportello.domain.people.models import DESK, User

MOST: Final = 30  # of one person
LONGEST: Final = 500  # characters of a question


class ViewForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name of this list"), max_length=60)
    shared = forms.BooleanField(label=gettext_lazy("For everybody"), required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="view-%s")


def views_of(user: User) -> QuerySet[SavedView]:
    """His own, and those that others share with who works on requests."""
    shared = Q(shared=True) if user.has_role(*DESK) else Q()
    return SavedView.objects.filter(Q(person=user) | shared if shared else Q(person=user)).select_related("person")


@REQUEST_READERS
@require_http_methods(["GET", "HEAD", "POST"])
def save(request: HttpRequest) -> HttpResponse:
    """The same name again is the same list, changed. To look here leads to the list."""
    user, question = cast(User, request.user), kept(request, page="")
    here = reverse("staff_requests") + question
    form = ViewForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        if form.errors:
            messages.error(request, _("Give the list a name."))
        return redirect(here)
    mine = SavedView.objects.filter(person=user)
    if len(question) > LONGEST or (mine.count() >= MOST and not mine.filter(name=form.cleaned_data["name"]).exists()):
        messages.error(request, _("There are too many lists already: remove one first."))
        return redirect(here)
    shared = form.cleaned_data["shared"] and user.has_role(*DESK)
    SavedView.objects.update_or_create(
        person=user,
        name=form.cleaned_data["name"],
        defaults={"question": question, "shared": shared, "saved_at": timezone.now()},
    )
    messages.success(request, _("The list is kept as “%(name)s”.") % {"name": form.cleaned_data["name"]})
    return redirect(here)


@REQUEST_READERS
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """One's own. To look here leads to the list."""
    view = get_object_or_404(SavedView, pk=pk, person=request.user)
    if request.method == "POST":
        view.delete()
        messages.success(request, _("“%(name)s” is removed.") % {"name": view.name})
    return redirect("staff_requests")
