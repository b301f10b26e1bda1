"""Where staff arrive: how billing and its mirror are doing, and which records wait for billing to mend them."""

from typing import cast

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from sportello.billing.loading import connector
from sportello.desks.backoffice.reasons import in_words, kind_in_words
from sportello.desks.backoffice.requests.filters import MOST, counted
from sportello.desks.policies import READING_STAFF, REQUEST_STAFF, STAFF
from sportello.domain.activities.kinds.self_reading import deciding
from sportello.domain.customers.amount import amounts
from sportello.domain.customers.models import Customer, Feed, Invoice, Refresh, SetAside, Supply
from sportello.domain.people.models import Role, User

PAGE = 50


@STAFF
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    billing = connector(settings.BILLING_CONNECTOR).capabilities
    feed = Feed.objects.first()
    page = Paginator(SetAside.objects.order_by("-last_seen_at", "id"), PAGE).get_page(request.GET.get("page"))
    user = cast(User, request.user)
    context = {
        "tab": "home",
        "readings": deciding.waiting().count() if READING_STAFF.admits(request) else None,
        "requests": counted(user, today=timezone.localdate()) if REQUEST_STAFF.admits(request) else None,
        "most": MOST,
        "today": timezone.localdate(),
        "roles": [Role(role).label for role in user.roles],
        "billing": billing,
        "as_of": feed.as_of if feed else Refresh.objects.order_by("-as_of").values_list("as_of", flat=True).first(),
        "failing_since": feed.failing_since if feed else None,
        "amounts": dict(zip(("customers", "supplies", "invoices"), amounts(Customer, Supply, Invoice), strict=True)),
        "page": page,
        "records": [(record, kind_in_words(record.kind), in_words(record.reason)) for record in page.object_list],
    }
    return render(request, "backoffice/home.html", context)
