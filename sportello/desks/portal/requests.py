"""What a customer has asked for, and how it stands."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sportello.desks.policies import CUSTOMER
from sportello.desks.portal.page import frame
from sportello.domain.activities.models import Activity

PAGE = 30


@CUSTOMER
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    reach = Activity.objects.within_reach_of(request.user).select_related("customer").order_by("-opened_at", "-id")
    page = Paginator(reach, PAGE).get_page(request.GET.get("page"))
    return render(request, "portal/requests.html", frame(request, "requests") | {"page": page})
