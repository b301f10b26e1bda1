"""The mandate of a direct debit, to be printed and signed: for whoever asked for it, and for who decides on it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sportello.desks.documents.names import safe
from sportello.desks.documents.views import POLLS, asked_before, bytes_of, is_look, patiently
from sportello.desks.policies import CUSTOMER, REQUEST_DECIDERS, either
from sportello.domain.activities import mandate_copies
from sportello.domain.activities.models import Activity
from sportello.domain.activities.models.activity import ActivityQuerySet
from sportello.domain.files.models import KeptFile
from sportello.domain.journal.models import record


@either(CUSTOMER, REQUEST_DECIDERS)
@require_safe
def mandate_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """Foreign, missing and without a mandate are the same. That one of the staff has seen it is written down."""
    activity = get_object_or_404(visible(request).select_related("customer"), number=number)
    if not mandate_copies.has_mandate(activity):
        raise Http404
    file = find(activity, wait=not is_look(request))
    if file is None:
        return not_yet(request, activity)
    if is_look(request):
        # The page that was waiting goes there as a whole.
        return HttpResponse(status=204, headers={"HX-Redirect": request.path})
    if REQUEST_DECIDERS.admits(request):
        record(
            "documents.mandate_seen",
            now=timezone.now(),
            actor_id=request.user.pk,
            about=("activity", number),
            customer_code=activity.customer_code,
        )
    return bytes_of(file, f"{safe(_('mandate'))}-{safe(number)}.pdf", saved=False)


def visible(request: HttpRequest) -> ActivityQuerySet:
    """All for who decides on requests, who may have to enter it into billing by hand; else what is within reach."""
    if REQUEST_DECIDERS.admits(request):
        return Activity.objects.all()
    return Activity.objects.within_reach_of(request.user)


def find(activity: Activity, *, wait: bool) -> KeptFile | None:
    if file := mandate_copies.copy_of(activity):
        return file
    mandate_copies.ask_for(activity)
    return patiently(lambda: mandate_copies.copy_of(activity)) if wait else None


def not_yet(request: HttpRequest, activity: Activity) -> HttpResponse:
    polls = asked_before(request)
    page = "staff_request" if REQUEST_DECIDERS.admits(request) else "request"
    context = {
        "back": reverse(page, args=[activity.number]),
        "number": activity.number,
        "poll": f"{request.path}?polls={polls + 1}" if polls < POLLS else "",
    }
    return render(request, "documents/mandate_waiting.html", context, status=200 if is_look(request) else 202)
