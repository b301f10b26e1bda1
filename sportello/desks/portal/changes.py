"""What was changed in a customer's data and asked in his name: when, by whom, on which channel; the journal in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from sportello.desks.policies import CUSTOMER, customers_of
from sportello.desks.portal.offers import icon_of
from sportello.desks.portal.page import frame, person_of
from sportello.domain.activities.kinds.base import Line
from sportello.domain.activities.kinds.catalogue import kind_of
from sportello.domain.activities.models import Activity, ActivityKind
from sportello.domain.journal.models import Event
from sportello.domain.people.models import User

PAGE = 30
WORDS: Final[dict[str, Promise]] = {
    "opened": pgettext_lazy("what happened to a request", "received"),
    "taken": pgettext_lazy("what happened to a request", "taken in charge"),
    "waiting": pgettext_lazy("what happened to a request", "we have asked you something"),
    "exported": pgettext_lazy("what happened to a request", "sent to billing"),
    "executed": pgettext_lazy("what happened to a request", "executed"),
    "refused": pgettext_lazy("what happened to a request", "not accepted"),
    "cancelled": pgettext_lazy("what happened to a request", "cancelled"),
    "validated": pgettext_lazy("what happened to a request", "accepted by the distributor"),
    "not_valid": pgettext_lazy("what happened to a request", "refused by the distributor"),
    "used": pgettext_lazy("what happened to a request", "used on an invoice"),
}
# What changes the customer's data: it says what, as soon as it is asked and when it is done.
OF_DATA: Final = (
    ActivityKind.PERSONAL_DATA,
    ActivityKind.MAILING_ADDRESS,
    ActivityKind.DIRECT_DEBIT,
    ActivityKind.DIRECT_DEBIT_REVOCATION,
)
NAMES: Final = {f"activities.{kind}_{what}": (kind, what) for kind in ActivityKind.values for what in WORDS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line: ``number`` is that of the request, "" where it is not here any more."""

    at: datetime
    icon: str
    title: str
    word: str | Promise
    lines: Sequence[Line]
    who: str
    channel: str
    number: str
    customer: str


@CUSTOMER
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The newest first, of all his customers."""
    names = {customer.code: customer.name for customer in customers_of(request)}
    events = Event.objects.filter(customer_code__in=names, name__in=NAMES).select_related("actor")
    page = Paginator(events.order_by("-at", "-id"), PAGE).get_page(request.GET.get("page"))
    rows = changes_of(list(page.object_list), user=person_of(request), names=names)
    context = frame(request, "account") | {"page": page, "rows": rows}
    return render(request, "portal/changes.html", context)


def changes_of(events: Iterable[Event], *, user: User, names: dict[str, str]) -> list[Change]:
    """One query, for the requests that they are about."""
    events = list(events)
    numbers = {str(event.detail.get("number", "")) for event in events}
    requests = {
        each.number: each
        for each in Activity.objects.within_reach_of(user)
        .filter(number__in=numbers)
        .only("number", "kind", "channel", "asked", "before", "automatic", "opened_by_id")
    }
    return [change_of(event, requests.get(str(event.detail.get("number", ""))), user, names) for event in events]


def change_of(event: Event, request: Activity | None, user: User, names: dict[str, str]) -> Change:
    code, what = NAMES[event.name]
    kind = kind_of(code)
    told = kind is not None and request is not None and code in OF_DATA and what in ("opened", "executed")
    return Change(
        at=event.at,
        icon=icon_of(code),
        title=str(ActivityKind(code).label),
        word=WORDS[what],
        lines=kind.form.compared(request.asked, request.before) if told and kind and request else (),
        who=who_did(event, user),
        channel=channel_of(event, request, what),
        number=request.number if request else "",
        customer=names.get(event.customer_code, ""),
    )


def who_did(event: Event, user: User) -> str:
    if event.actor_id is None:
        return _("by itself")
    if event.actor_id == user.pk:
        return _("you")
    if event.actor is not None and event.actor.roles:
        return _("one of us")
    return _("another person who sees this customer")


def channel_of(event: Event, request: Activity | None, what: str) -> str:
    """Where it came in, or where it was done."""
    if request is not None and what == "opened":
        return str(request.get_channel_display())
    if event.actor is not None:
        return _("Our office") if event.actor.roles else _("Online counter")
    return _("Billing") if what in ("exported", "executed", "validated", "not_valid", "used") else ""
