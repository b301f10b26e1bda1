"""The first page, and the stylesheet with the company's colour."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from sportello.desks.policies import PUBLIC, SIGNED_IN, customers_of
from sportello.ui.theme import stylesheet

post_only = require_POST


@SIGNED_IN
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Sends everybody to the page of his own."""
    if customers_of(request):
        return redirect("overview")
    if request.user.is_authenticated and request.user.is_staff:
        return redirect("staff_home")
    return render(request, "website/nothing_yet.html")


@PUBLIC
@require_safe
def theme(request: HttpRequest, colour: str) -> HttpResponse:
    """The company's colour as a stylesheet; the colour is in the address, so it can be kept for ever."""
    if f"#{colour}" != settings.COMPANY_COLOUR:
        raise Http404
    response = HttpResponse(stylesheet(settings.COMPANY_COLOUR), content_type="text/css")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
