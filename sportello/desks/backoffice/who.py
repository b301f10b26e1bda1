"""Who can see a customer's data, and why: logins, roles of staff, and who has looked of late."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.core.paginator import Paginator
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from sportello.desks.policies import REQUEST_DECIDERS, REQUEST_STAFF
from sportello.domain.accounts.models import WebCode
from sportello.domain.accounts.staff import members
from sportello.domain.customers.models import Customer, CustomerAccess
from sportello.domain.journal.models import Event
from sportello.domain.people.models import Role

BACK: Final = timedelta(days=90)
PAGE: Final = 50
LOOKS: Final[dict[str, str | Promise]] = {
    "backoffice.customer_seen": gettext_lazy("The customer's page"),
    "backoffice.customer_viewed": gettext_lazy("The customer's own pages, as the customer sees them"),
    "backoffice.invoice_seen": gettext_lazy("An invoice"),
    "backoffice.invoice_pdf_seen": gettext_lazy("The PDF of an invoice"),
    "backoffice.invoice_previewed": gettext_lazy("An invoice, as a sample for a message"),
    "backoffice.letter_seen": gettext_lazy("A letter"),
    "backoffice.reading_seen": gettext_lazy("A self-reading"),
    "backoffice.request_letters_seen": gettext_lazy("The letters of a request"),
    "backoffice.request_seen": gettext_lazy("A request"),
    "documents.mandate_seen": gettext_lazy("The mandate of a direct debit"),
    "documents.reading_photo_seen": gettext_lazy("The photo of a meter"),
    "documents.request_file_seen": gettext_lazy("A file of a request"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeing:
    """A role that opens this customer's data, what of them, and how many may sign in with it today."""

    role: Role
    what: str | Promise
    people: int


@REQUEST_STAFF
@require_safe
def who(request: HttpRequest, code: str) -> HttpResponse:
    customer = get_object_or_404(Customer, code=code)
    now = timezone.now()
    looks = Event.objects.filter(customer_code=customer.code, at__gt=now - BACK, name__in=LOOKS)
    page = Paginator(looks.select_related("actor").order_by("-at", "-pk"), PAGE).get_page(request.GET.get("page"))
    context = {
        "tab": "customers",
        "customer": customer,
        "logins": logins_of(customer),
        "roles": roles(),
        "page": page,
        "looks": [(each, LOOKS[each.name], about(each)) for each in page.object_list],
        "days": BACK.days,
    }
    return render(request, "backoffice/who.html", context)


def logins_of(customer: Customer) -> list[CustomerAccess]:
    """Every access there is or was, those that hold first; ``with_code`` is when a web code of the customer opened it."""
    used = WebCode.objects.filter(customer=customer, used_by=OuterRef("user_id"), used_at__lte=OuterRef("granted_at"))
    found = CustomerAccess.objects.filter(customer=customer).select_related("user")
    annotated = found.annotate(with_code=Subquery(used.order_by("-used_at").values("used_at")[:1]))
    return sorted(annotated, key=lambda each: (each.ended_at is not None, each.granted_at))


def roles() -> list[Seeing]:
    """Only those that may open a customer's page; what the others work at has no customer in it."""
    there = [set(each) for each in members().filter(is_active=True).values_list("roles", flat=True)]
    everything, without_mandates = (
        gettext_lazy("All data, requests and files"),
        gettext_lazy("All data, requests and files, but for mandates"),
    )
    return [
        Seeing(
            role=role,
            what=everything if role in REQUEST_DECIDERS.roles else without_mandates,
            people=sum(role in each for each in there),
        )
        for role in Role
        if role in REQUEST_STAFF.roles
    ]


def about(event: Event) -> str:
    """The number of what was looked at, where it is not the customer himself."""
    return "" if event.about_kind in ("customer", "") else event.about_key
