"""What a customer does with a request of his that is open, or was: writes about it, takes it back, opens it again."""

import hashlib
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from sportello.desks.limits import PHOTOS_OF_USER, REQUESTS_OF_USER
from sportello.desks.policies import CUSTOMER
from sportello.desks.portal.conversation import ReopenForm, SayForm
from sportello.desks.portal.page import frame, person_of
from sportello.desks.portal.requests import page_of, within_reach
from sportello.domain.activities import handling
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.models import OVER, Activity, IllegalMove, Status

MEANWHILE = gettext_lazy("Something has happened to this request meanwhile: please look at how it stands now.")
form_page = require_http_methods(["GET", "HEAD", "POST"])


def mine(request: HttpRequest, number: str) -> Activity:
    """Raises Http404 for a foreign one as for one that is not there."""
    return get_object_or_404(within_reach(request.user), number=number)


@CUSTOMER
@form_page
def say(request: HttpRequest, number: str) -> HttpResponse:
    return write(request, number, "say", SayForm, handling.say, _("We have received your message."))


@CUSTOMER
@form_page
def reopen(request: HttpRequest, number: str) -> HttpResponse:
    return write(request, number, "reopen", ReopenForm, handling.reopen, _("Your request is open again."))


def write(
    request: HttpRequest, number: str, name: str, form_class: type[SayForm], verb: Callable[..., Activity], done: str
) -> HttpResponse:
    """Does it once the form is right, and leads back to the request; shows the request with the form where it is not."""
    activity = mine(request, number)
    if request.method != "POST" or activity.kind not in KINDS:
        return redirect("request", number)
    user = person_of(request)
    REQUESTS_OF_USER.count(str(user.pk))
    for _upload in request.FILES.getlist("files")[:5]:
        PHOTOS_OF_USER.count(str(user.pk))
    form = form_class(request.POST, request.FILES, prefix=name)
    if not form.is_valid():
        return page_of(request, activity, **{name: form})
    once = own(f"{user.pk}:{number}", form.cleaned_data["once"])
    text, now = form.cleaned_data["text"], timezone.now()
    try:
        verb(number, text=text, files=form.attached, by=user, now=now, once=once)
    except IllegalMove:
        messages.warning(request, MEANWHILE)
    else:
        messages.success(request, done)
    return redirect("request", number)


def own(whose: str, carried: str) -> str:
    """What the form carries, made this person's and this request's own: nobody can name another's."""
    return hashlib.sha256(f"{whose}:{carried}".encode()).hexdigest()[:40] if carried else ""


@CUSTOMER
@form_page
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """Asks once more, then takes it back; a second press is told the same as the first."""
    activity = mine(request, number)
    pressed_again = request.method == "POST" and activity.status == Status.CANCELLED
    if activity.kind not in KINDS or (activity.status in OVER and not pressed_again):
        return redirect("request", number)
    if request.method == "POST":
        try:
            handling.cancel(number, by=person_of(request), now=timezone.now())
        except IllegalMove:
            messages.warning(request, _("It is too late to cancel this request: it is being carried out."))
        else:
            messages.success(request, _("Your request is cancelled."))
        return redirect("request", number)
    if not handling.may_be_cancelled(activity):
        return redirect("request", number)
    context = frame(request, "requests", [activity.of_customer]) | {"activity": activity}
    return render(request, "portal/request_cancel.html", context)
