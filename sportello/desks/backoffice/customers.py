"""A customer is on the telephone: found by what he says of himself, and how his invoices come is changed for him."""

from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from sportello.desks.policies import REQUEST_STAFF
from sportello.domain.activities.calling import Identified, open_for, scope_for
from sportello.domain.activities.kinds.base import Scope
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.models import Activity, ActivityKind
from sportello.domain.activities.opening import opened_before
from sportello.domain.customers.finding import MOST, By, found_by
from sportello.domain.customers.models import Customer, Invoice, InvoiceSubscription
from sportello.domain.people.models import User

KIND = KINDS[ActivityKind.INVOICE_MAIL]
LATEST = 5
LATEST_INVOICES = 12


class CallerForm(forms.Form):
    """Nobody changes anything for a caller without saying how he knows who it is."""

    identified = forms.ChoiceField(
        label=gettext_lazy("How you know who is calling"),
        choices=[("", gettext_lazy("Choose")), *Identified.choices],
        error_messages={
            "required": gettext_lazy("Say how the caller was identified."),
            "invalid_choice": gettext_lazy("Choose one from the list."),
        },
    )


@REQUEST_STAFF
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """One that is found alone is opened at once."""
    typed = request.GET.get("q", "")[:100].strip()
    found = found_by(typed)
    if len(found) == 1 and found[0].by != By.LIKENESS:
        return redirect("staff_customer", found[0].customer.code)
    context = {"tab": "customers", "typed": typed, "found": found[:MOST], "more": len(found) > MOST}
    return render(request, "backoffice/customers.html", context)


@REQUEST_STAFF
@require_http_methods(["GET", "HEAD", "POST"])
def invoice_mail(request: HttpRequest, code: str) -> HttpResponse:
    """What holds, and the customer's own form; sent twice it is asked once."""
    customer = get_object_or_404(Customer, code=code)
    scope = scope_for(customer, today=timezone.localdate())
    if request.method != "POST":
        form = KIND.form(scope, initial=chosen(request, scope))
        return show(request, customer, form, CallerForm())
    user = cast(User, request.user)
    form, caller = KIND.form(scope, request.POST), CallerForm(request.POST)
    known = caller.is_valid()
    done = opened_before(form, user)
    if done is None and form.is_valid() and known:
        identified = Identified(caller.cleaned_data["identified"])
        done = open_for(KIND, form, by=user, identified=identified, now=timezone.now())
    if done is None:
        return show(request, customer, form, caller)
    messages.success(
        request, _("Request %(number)s is written down. The customer is told of it.") % {"number": done.number}
    )
    return redirect("staff_request", done.number)


def chosen(request: HttpRequest, scope: Scope) -> dict[str, str]:
    code = request.GET.get("supply", "")
    return {"supply": code} if code in {each.code for each in scope.supplies} else {}


def show(request: HttpRequest, customer: Customer, form: Any, caller: CallerForm) -> HttpResponse:
    subscriptions = InvoiceSubscription.objects.filter(customer=customer).select_related("supply")
    asked = Activity.objects.filter(customer=customer, kind=KIND.code).order_by("-opened_at", "-pk")
    context = {
        "tab": "customers",
        "customer": customer,
        "form": form,
        "caller": caller,
        "subscriptions": list(subscriptions.prefetch_related("recipients").order_by("supply_id")),
        "others": others(form.scope, customer),
        "asked": asked[:LATEST],
        "invoices": Invoice.objects.filter(customer=customer).newest_first()[:LATEST_INVOICES],
        "now": timezone.now(),
    }
    return render(request, "backoffice/customer.html", context)


def others(scope: Scope, customer: Customer) -> Sequence[tuple[str, str]]:
    """Where the form is of one supply alone."""
    here = reverse("staff_invoice_mail", args=[customer.code])
    if len(scope.supplies) < 2:
        return ()
    return [
        (
            f"{each.get_service_display()}, {each.short_address or each.code}",
            f"{here}?{urlencode({'supply': each.code})}",
        )
        for each in scope.supplies
    ]
