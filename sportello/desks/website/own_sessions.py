"""The list of a person's sessions, and the end of one or of all others."""

from typing import cast

from allauth.usersessions.internal import flows
from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from sportello.desks.policies import SIGNED_IN
from sportello.desks.sessions import device


@SIGNED_IN
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """All sessions of this person, this one first; a POST ends the others."""
    if request.method == "POST":
        flows.sessions.end_other_sessions(request, request.user)
        return redirect("usersessions_list")
    living = cast("list[UserSession]", UserSession.objects.purge_and_list(request.user))
    living.sort(key=lambda session: (session.is_current(), session.last_seen_at), reverse=True)
    rows = [(session, device(session.user_agent)) for session in living]
    return render(request, "website/sessions.html", {"rows": rows})


@SIGNED_IN
def end(request: HttpRequest, session: int) -> HttpResponseBase:
    """Ends one; the present one is signed out."""
    ending = get_object_or_404(UserSession, pk=session, user=request.user)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    flows.sessions.end_sessions(request, [ending])
    return redirect("usersessions_list")
