"""What members of staff see of the requests that they have made as customers: that a colleague deals with them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sportello.desks.policies import customers_of
from sportello.domain.activities.models import Activity


def is_own(request: HttpRequest, activity: Activity) -> bool:
    return activity.customer_id in {customer.code for customer in customers_of(request)}


def page(request: HttpRequest, activity: Activity, *, tab: str) -> HttpResponse:
    """Neither what colleagues have noted nor what can be done."""
    return render(request, "backoffice/own_request.html", {"tab": tab, "activity": activity}, status=403)
