"""Seeing what a customer sees while he is on the telephone: begun on his page, ended by a button or by the clock."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from sportello.desks import looking as looks
from sportello.desks.looking import Look
from sportello.desks.policies import LOOKERS
from sportello.domain.customers import looking
from sportello.domain.customers.models import Customer
from sportello.domain.people.models import User


@LOOKERS
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest, code: str) -> HttpResponse:
    """To look here leads to the customer's page, where the button is."""
    customer = get_object_or_404(Customer, code=code)
    if request.method != "POST":
        return redirect("staff_customer", customer.code)
    until = looking.begin(customer, by=cast(User, request.user), now=timezone.now())
    looks.begin(request, Look(customer_code=customer.code, until=until))
    return redirect("overview")


@LOOKERS
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest) -> HttpResponse:
    """A second press, or a look at this address, leads to where the first press has led."""
    code = looks.end(request) if request.method == "POST" else ""
    if not code:
        return redirect("staff_customers")
    looking.end(code, by=cast(User, request.user), now=timezone.now())
    return redirect("staff_customer", code)
