"""How old the shown data are; where billing tells of no changes by itself, an open page asks again for some seconds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from sportello.billing.loading import connector
from sportello.billing.port import BillingSystem
from sportello.desks.policies import CUSTOMER, customers_of
from sportello.domain.customers.freshness import data_as_of, look
from sportello.domain.customers.models import Customer

ASKS = 5  # times, a second apart


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFreshness:
    """``poll`` is where the page asks whether newer data have come, "" where there is nothing to wait for."""

    as_of: datetime | None
    away: bool
    poll: str


def page_freshness(customers: Sequence[Customer], *, read: Customer | None) -> PageFreshness:
    """How old these customers' data are; asks billing for newer ones in the background where they are too old.

    ``read`` is one of those that the request's policy has read, None where it has read none.
    """
    now = timezone.now()
    seen = look([customer.code for customer in customers], billing=_billing(), now=now, read=read)
    return PageFreshness(as_of=seen.as_of, away=seen.away, poll=_poll(now, 1) if seen.refreshing else "")


def _billing() -> BillingSystem:
    return connector(settings.BILLING_CONNECTOR)


def _poll(seen: datetime, ask: int) -> str:
    return f"{reverse('freshness')}?{urlencode({'seen': seen.isoformat(), 'ask': ask})}"


@CUSTOMER
@require_safe
def freshness(request: HttpRequest) -> HttpResponse:
    """The line about freshness again; tells the page to reload where data have changed since it was ``seen``."""
    state = data_as_of([customer.code for customer in customers_of(request)], billing=_billing())
    seen, ask = _asked(request)
    if seen and state.changed_at and state.changed_at > seen:
        response = HttpResponse(status=204)
        response.headers["HX-Refresh"] = "true"
        return response
    arrived = seen is None or (state.as_of is not None and state.as_of >= seen)
    poll = "" if arrived or seen is None or ask >= ASKS else _poll(seen, ask + 1)
    context = {
        "freshness": PageFreshness(as_of=state.as_of, away=state.away, poll=poll),
        "today": timezone.localdate(),
    }
    return render(request, "portal/freshness.html", context)


def _asked(request: HttpRequest) -> tuple[datetime | None, int]:
    """From when the page is and how often it has asked; whatever cannot be read counts as nothing to wait for."""
    try:
        seen = parse_datetime(request.GET.get("seen", ""))
    except ValueError:
        seen = None
    ask = request.GET.get("ask", "")
    valid = ask.isascii() and ask.isdigit() and len(ask) < 3
    return (seen if seen and seen.tzinfo else None), int(ask) if valid else ASKS
