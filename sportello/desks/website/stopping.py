"""Whoever is told of a request that he has not made stops it with one press."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from sportello.desks import limits
from sportello.desks.policies import PUBLIC
from sportello.desks.secret_addresses import form_page, secret_address
from sportello.domain.activities import protecting
from sportello.domain.activities.kinds.direct_debit import ABOUT_DEBITS
from sportello.domain.activities.models import IllegalMove
from sportello.domain.activities.models.states import Status
from sportello.domain.activities.protecting import DeadStop


@PUBLIC
@secret_address
@form_page
def stop_request(request: HttpRequest, token: str) -> HttpResponse:
    """A visit shows a button; only its press stops the request or objects to it, so that no mail scanner does."""
    now = timezone.now()
    limits.limit(request, limits.STOP_OF_ADDRESS)
    try:
        link = protecting.stop(token, now=now) if request.method == "POST" else protecting.found(token, now=now)
    except DeadStop:
        return render(request, "website/stop_dead.html", {"late": False}, status=404)
    except IllegalMove:
        return render(request, "website/stop_dead.html", {"late": True}, status=409)
    used = link.used_at is not None
    context = {
        "activity": link.activity,
        "stopped": used and link.activity.status == Status.CANCELLED,
        "objected": used and link.activity.status != Status.CANCELLED,
        "stops": link.activity.not_before is not None,
        "money": link.activity.kind in ABOUT_DEBITS,
    }
    return render(request, "website/stop_request.html", context)
