"""Finding a municipality by the beginning of its name, by its province or by a postcode, for every form with an address."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sportello.desks.policies import PUBLIC
from sportello.domain.customers.models import Place

LONGEST = 100
KEPT = "public, max-age=3600"


@PUBLIC
@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """A page with a search; to a field that asks by script, only the options of its list. What was typed is the one value of
    the address, whatever the field is called."""
    typed = str(next(iter(request.GET.values()), "")).strip()[:LONGEST]
    found = Place.objects.beginning(typed)
    part = request.headers.get("HX-Request") == "true"
    template = "website/places_options.html" if part else "website/places.html"
    response = render(request, template, {"typed": typed, "found": found})
    if part:
        response.headers["Cache-Control"] = KEPT
        response.headers["Vary"] = "HX-Request, Accept-Encoding"
    return response
