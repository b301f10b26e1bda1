"""The supplies of a customer, and one with its meters, its balance and latest invoices."""

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.db.models import Count, F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from sportello.billing.services import SERVICES
from sportello.desks.policies import CUSTOMER, customers_of
from sportello.desks.portal.debits import payment_of
from sportello.desks.portal.offers import ways
from sportello.desks.portal.page import frame, person_of, today
from sportello.desks.portal.rows import invoice_rows
from sportello.domain.activities.models import ActivityKind
from sportello.domain.customers.balances import balance_of
from sportello.domain.customers.counting import dials_of
from sportello.domain.customers.models import Invoice, Meter, MeterReading, Supply
from sportello.domain.customers.models.meters import ReadingOrigin, RegisterRole
from sportello.domain.people.models import User

PAGE = 30
LATEST = 6


class SupplySearch(forms.Form):
    q = forms.CharField(label=_("Address, POD or PDR"), required=False, max_length=60)


@CUSTOMER
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    supplies = (
        Supply.objects.within_reach_of(request.user)
        .select_related("billing_account")
        .order_by(F("ended_on").desc(nulls_first=True), "code")
    )
    search = SupplySearch(request.GET, auto_id="filter-%s")
    if search.is_valid() and (q := search.cleaned_data["q"].strip()):
        for word in q.split():
            supplies = supplies.filter(
                Q(street__icontains=word)
                | Q(street_number__iexact=word)
                | Q(municipality__icontains=word)
                | Q(point_code__icontains=word)
                | Q(code__icontains=word)
            )
    page = Paginator(supplies, PAGE).get_page(request.GET.get("page"))
    names = {customer.code: customer.name for customer in customers_of(request)}
    context = frame(request, "supplies") | {"search": search, "page": page, "names": names, "services": SERVICES}
    context["rows"] = [(supply, balance_of([supply.billing_account], supply)) for supply in page.object_list]
    context["shared"] = on_account(request.user, {supply.billing_account_id for supply in page.object_list})
    return render(request, "portal/supplies.html", context)


def on_account(user: User | AnonymousUser, accounts: set[str]) -> dict[str, int]:
    """How many supplies each of these accounts has."""
    supplies = Supply.objects.within_reach_of(user).filter(billing_account_id__in=accounts).order_by()
    return dict(supplies.values_list("billing_account_id").annotate(Count("code")))


ABOUT = [
    (ActivityKind.SUPPLY_CLOSURE, _("Close this supply")),
    (ActivityKind.CHANGE_OF_HOLDER, _("Change the holder")),
    (ActivityKind.INFORMATION, _("Ask about it")),
]


@CUSTOMER
@require_safe
def detail(request: HttpRequest, code: str) -> HttpResponse:
    supplies = Supply.objects.within_reach_of(request.user).select_related("customer", "billing_account")
    supply = get_object_or_404(supplies, code=code)
    invoices = Invoice.objects.within_reach_of(request.user).filter(customer_id=supply.customer_id)
    latest = invoices.of_supply(code).newest_first()[:LATEST]
    meters = Meter.objects.within_reach_of(request.user).filter(supply=supply).installed_on(today())
    readings = MeterReading.objects.within_reach_of(request.user).filter(supply=supply)
    context = frame(request, "supplies", [supply.customer]) | {
        "supply": supply,
        "service": SERVICES[supply.service],
        "meters": [(meter, dials_of(meter.registers)) for meter in meters.order_by("installed_on", "code")],
        "read": readings.standing().newest_first().first(),
        "origins": dict(ReadingOrigin.choices),
        "roles": dict(RegisterRole.choices),
        "shared": on_account(request.user, {supply.billing_account_id})[supply.billing_account_id] > 1,
        "balance": balance_of([supply.billing_account], supply),
        "rows": invoice_rows(latest, user=request.user, supplies={}, today=today()),
    }
    context["payment"] = payment_of(person_of(request), supply.billing_account)
    context["ways"] = ways(ABOUT, customer=supply.customer_id, supply=code)
    return render(request, "portal/supply.html", context)
