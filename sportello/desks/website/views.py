"""The first page, what has the company's colour, and what search engines may read."""

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from sportello.desks.policies import HOME, PUBLIC, customers_of
from sportello.ui import theme as themes

post_only = require_POST
FOR_EVER = "public, max-age=31536000, immutable"
FOR_A_DAY = "public, max-age=86400"
# Pages are people's own; what may be found by searching is that there is a counter, and where.
ROBOTS = "User-agent: *\nAllow: /$\nAllow: /sign-in/$\nDisallow: /\n"


@HOME
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
    return coloured(colour, themes.stylesheet, "text/css")


@PUBLIC
@require_safe
def icon(request: HttpRequest, colour: str) -> HttpResponse:
    """The picture in the browser's tab, kept as long."""
    return coloured(colour, themes.icon, "image/svg+xml")


def coloured(colour: str, make: Callable[[str], str], media_type: str) -> HttpResponse:
    if f"#{colour}" != settings.COMPANY_COLOUR:
        raise Http404
    return kept(make(settings.COMPANY_COLOUR), media_type, FOR_EVER)


@PUBLIC
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look that have opened no page of ours, but a file."""
    return kept(themes.icon(settings.COMPANY_COLOUR), "image/svg+xml", FOR_A_DAY)


@PUBLIC
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return kept(ROBOTS, "text/plain", FOR_A_DAY)


def kept(content: str, media_type: str, how_long: str) -> HttpResponse:
    """The same for everybody, so that it may be kept anywhere."""
    return HttpResponse(content, content_type=media_type, headers={"Cache-Control": how_long})
