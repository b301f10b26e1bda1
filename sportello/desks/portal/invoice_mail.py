"""Invoices by e-mail: what holds for each customer, whether his addresses have been confirmed, and one press to end it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sportello.desks.limits import REQUESTS_OF_USER
from sportello.desks.policies import CUSTOMER, customers_of
from sportello.desks.portal.offers import address_of
from sportello.desks.portal.page import frame, person_of, today
from sportello.desks.portal.requests import with_standing, within_reach
from sportello.domain.activities import proving
from sportello.domain.activities.kinds import invoice_mail
from sportello.domain.activities.kinds.base import scope_of
from sportello.domain.activities.kinds.words import supply_in_words
from sportello.domain.activities.models import ActivityKind, Channel
from sportello.domain.activities.opening import open_request, opened_before
from sportello.domain.customers.models import (
    Customer,
    InvoiceRecipient,
    InvoiceSubscription,
    Supply,
)

PAGE = 20  # customers
LATEST = 5
KIND = ActivityKind.INVOICE_MAIL.value
acting = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What holds for one supply, or with None for all that have no choice of their own."""

    supply: Supply | None
    subscription: InvoiceSubscription | None
    recipients: Sequence[InvoiceRecipient]
    address: str  # where it is changed
    once: str

    @property
    def words(self) -> str:
        return supply_in_words(self.supply) if self.supply else ""

    @property
    def is_on(self) -> bool:
        return self.subscription is not None and self.subscription.is_on

    @property
    def is_reached(self) -> bool:
        return any(each.is_proven for each in self.recipients)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One customer with what holds for him. ``others`` are supplies that might have a choice of their own, with where."""

    customer: Customer
    choices: Sequence[Choice]
    others: Sequence[tuple[str, str]]


@CUSTOMER
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    customers = Paginator(customers_of(request), PAGE).get_page(request.GET.get("page"))
    shown = list(customers.object_list)
    asked = within_reach(request.user).filter(kind=KIND, customer__in=shown).order_by("-opened_at", "-id")
    context = frame(request, "invoices", shown) | {
        "page": customers,
        "holders": holders(request, shown),
        "asked": with_standing(asked[:LATEST]),
        "now": timezone.now(),
    }
    return render(request, "portal/invoice_mail.html", context)


def holders(request: HttpRequest, customers: Iterable[Customer]) -> list[Holder]:
    """Three queries, however many they are."""
    customers = list(customers)
    found = InvoiceSubscription.objects.within_reach_of(request.user).filter(customer__in=customers)
    mine: dict[str, dict[str | None, InvoiceSubscription]] = defaultdict(dict)
    for each in found.prefetch_related("recipients"):
        mine[each.customer_id][each.supply_id] = each
    supplies: dict[str, list[Supply]] = defaultdict(list)
    theirs = Supply.objects.within_reach_of(request.user).filter(customer__in=customers)
    for supply in theirs.order_by("service", "code"):
        supplies[supply.customer_id].append(supply)
    return [holder_of(each, mine[each.code], supplies[each.code]) for each in customers]


def holder_of(customer: Customer, found: dict[str | None, InvoiceSubscription], supplies: Sequence[Supply]) -> Holder:
    own = [each for each in supplies if each.code in found]
    others = [each for each in supplies if each.code not in found and each.status != "closed"]
    return Holder(
        customer=customer,
        choices=[choice_of(customer, each, found) for each in (None, *own)],
        others=[(supply_in_words(each), address_of(KIND, customer=customer.code, supply=each.code)) for each in others]
        if len(supplies) > 1
        else [],
    )


def choice_of(customer: Customer, supply: Supply | None, found: dict[str | None, InvoiceSubscription]) -> Choice:
    subscription = found.get(supply.code if supply else None)
    about = {"customer": customer.code} | ({"supply": supply.code} if supply else {})
    recipients = subscription.recipients.all() if subscription else ()
    return Choice(
        supply=supply,
        subscription=subscription,
        recipients=sorted(recipients, key=lambda each: each.position),
        address=address_of(KIND, **about),
        once=uuid4().hex,
    )


@CUSTOMER
@acting
def off(request: HttpRequest) -> HttpResponse:
    """Ends it with one press, as a request like any other; pressed twice, it is asked once."""
    if request.method != "POST" or not request.POST.get("customer"):
        return redirect("invoice_delivery")
    user, customer = person_of(request), customer_in(request)
    REQUESTS_OF_USER.count(str(user.pk))
    scope = scope_of(user, customer, today=today())
    data = {"delivery": "off", "supply": request.POST.get("supply", ""), "once": request.POST.get("once", "")}
    form = invoice_mail.KIND.form(scope, data)
    done = opened_before(form, user)
    if done is None and form.is_valid():
        form = invoice_mail.KIND.form(scope, {**data, "confirmed": form.digest})
        done = open_request(invoice_mail.KIND, form, user=user, channel=Channel.PORTAL, now=timezone.now())
    if done is None:
        messages.warning(request, _("These invoices do not come by e-mail at the moment."))
    else:
        messages.success(
            request,
            _("From now on nothing is sent by e-mail here. It is your request %(number)s.") % {"number": done.number},
        )
    return redirect("invoice_delivery")


def customer_in(request: HttpRequest) -> Customer:
    """Raises Http404 for a foreign one as for none."""
    code = request.POST["customer"]
    found = next((each for each in customers_of(request) if each.code == code), None)
    if found is None:
        raise Http404
    return found


@CUSTOMER
@acting
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Writes once more to an address that nobody has confirmed yet."""
    recipient = get_object_or_404(
        InvoiceRecipient.objects.within_reach_of(request.user).select_related("subscription"), pk=pk
    )
    if request.method == "POST":
        proving.ask_again(recipient, now=timezone.now(), by_id=person_of(request).pk)
        messages.success(
            request,
            _("We have written to %(address)s. Please look among unwanted mail too.") % {"address": recipient.address},
        )
    return redirect("invoice_delivery")
