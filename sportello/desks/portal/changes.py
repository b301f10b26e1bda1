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
from sportello.desks.portal.differences import BY_BANK, OF_ACCOUNT, OF_CUSTOMER, OF_INVOICES, differences_of
from sportello.desks.portal.offers import icon_of
from sportello.desks.portal.page import frame, person_of
from sportello.domain.activities.kinds.base import Line
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.models import Activity, ActivityKind
from sportello.domain.journal.models import Event
from sportello.domain.people.models import User

PAGE = 30
WORDS: Final[dict[str, Promise]] = {
    "opened": pgettext_lazy("what happened to a request", "received"),
    "taken": pgettext_lazy("what happened to a request", "taken in charge"),
    "message": pgettext_lazy("what happened to a request", "a message to us"),
    "answer": pgettext_lazy("what happened to a request", "a message from us"),
    "waits_refused": pgettext_lazy("what happened to a request", "passed on to one of us"),
    "waits_dead": pgettext_lazy("what happened to a request", "passed on to one of us"),
    "due_changed": pgettext_lazy("what happened to a request", "another day by which we answer"),
    "reopened": pgettext_lazy("what happened to a request", "opened again"),
    "waiting": pgettext_lazy("what happened to a request", "we have asked you something"),
    "exported": pgettext_lazy("what happened to a request", "sent to billing"),
    "executed": pgettext_lazy("what happened to a request", "executed"),
    "refused": pgettext_lazy("what happened to a request", "not accepted"),
    "cancelled": pgettext_lazy("what happened to a request", "cancelled"),
    "validated": pgettext_lazy("what happened to a request", "accepted by the distributor"),
    "not_valid": pgettext_lazy("what happened to a request", "refused by the distributor"),
    "used": pgettext_lazy("what happened to a request", "used on an invoice"),
}
ANSWERED = pgettext_lazy("what happened to a request", "answered")
TELLING: Final = ("opened", "executed")  # at these it is said what is changed
OF_DATA: Final = (*OF_CUSTOMER, *OF_ACCOUNT, *OF_INVOICES, *BY_BANK)
OF_BILLING: Final = ("exported", "executed", "validated", "not_valid", "used", "waits_refused", "waits_dead")
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
    events = events.exclude(name__endswith="_due_changed", actor=None)  # goes along with being opened again
    page = Paginator(events.order_by("-at", "-id"), PAGE).get_page(request.GET.get("page"))
    rows = changes_of(list(page.object_list), user=person_of(request), names=names)
    context = frame(request, "account") | {"page": page, "rows": rows}
    return render(request, "portal/changes.html", context)


def changes_of(events: Iterable[Event], *, user: User, names: dict[str, str]) -> list[Change]:
    """One query, for the requests that they are about."""
    events = list(events)
    numbers = {str(event.detail.get("number", "")) for event in events}
    requests = {each.number: each for each in Activity.objects.within_reach_of(user).filter(number__in=numbers)}
    return [change_of(event, requests.get(str(event.detail.get("number", ""))), user, names) for event in events]


def change_of(event: Event, request: Activity | None, user: User, names: dict[str, str]) -> Change:
    code, what = NAMES[event.name]
    told = request is not None and code in KINDS and what in TELLING
    return Change(
        at=event.at,
        icon=icon_of(code),
        title=str(ActivityKind(code).label),
        word=word_of(event, what),
        lines=lines_of(what, request) if told and request else (),
        who=who_did(event, what, user),
        channel=channel_of(event, request, what),
        number=request.number if request else "",
        customer=names.get(event.customer_code, ""),
    )


def lines_of(what: str, request: Activity) -> Sequence[Line]:
    """When it was asked all of it; when it was done only what is another since."""
    changed = list(differences_of(request))
    if what == "opened":
        return [Line(_("Invoice"), request.invoice_number), *changed] if request.invoice_number else changed
    return changed if request.kind in OF_DATA else []


def word_of(event: Event, what: str) -> str | Promise:
    """Whoever takes a request that waited for the customer is the customer himself."""
    return ANSWERED if what == "taken" and not is_staff(event) else WORDS[what]


def is_staff(event: Event) -> bool:
    return event.actor is not None and bool(event.actor.roles)


def stopped_by_mail(event: Event, what: str) -> bool:
    """By the link that went to those whom a request concerns: nobody has signed in for that."""
    return what == "cancelled" and event.actor_id is None and NAMES[event.name][0] in KINDS


def who_did(event: Event, what: str, user: User) -> str:
    if stopped_by_mail(event, what):
        return _("who was told of it by e-mail")
    if event.actor_id is None:
        return _("by itself")
    if event.actor_id == user.pk:
        return _("you")
    if event.actor is not None and is_staff(event):
        name = event.actor.first_name
        return _("%(name)s, our office") % {"name": name} if name else _("our office")
    return _("another person who sees this customer")


def channel_of(event: Event, request: Activity | None, what: str) -> str:
    """Where it came in, or where it was done."""
    if request is not None and what == "opened":
        return str(request.get_channel_display())
    if stopped_by_mail(event, what):
        return _("Link in an e-mail")
    if event.actor is not None:
        return _("Our office") if is_staff(event) else _("Online counter")
    return _("Billing") if what in OF_BILLING else ""
