"""What a customer has asked for, how each of it stands, and one request with the thread of what has become of it."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from sportello.billing.services import SERVICES
from sportello.desks.policies import CUSTOMER
from sportello.desks.portal.about_invoice import suspension_in
from sportello.desks.portal.conversation import SayForm, Talk, forms_for, talk_of
from sportello.desks.portal.debits import Debit, debit_of
from sportello.desks.portal.offers import icon_of
from sportello.desks.portal.page import frame, person_of
from sportello.desks.portal.progress import clock_of
from sportello.desks.portal.steps import Standing, standing_of, thread_of
from sportello.domain.activities import handling, telling
from sportello.domain.activities.contesting import Suspension
from sportello.domain.activities.kinds.catalogue import kind_of
from sportello.domain.activities.kinds.self_reading.thread import Step
from sportello.domain.activities.kinds.words import account_in_words
from sportello.domain.activities.models import OVER, Activity, ActivityKind, SelfReading, SentBy, Status
from sportello.domain.activities.models.activity import ActivityQuerySet
from sportello.domain.customers.models import BillingAccount, Invoice, Meter
from sportello.domain.customers.models.meters import RegisterRole
from sportello.domain.people.models import User
from sportello.prepared import SOMEBODY, Prepared, Somebody

PAGE = 30
QUICK, SLOW = 5, 30  # seconds between two looks of an open page
QUICK_LOOKS, LOOKS = 12, 50  # a minute of quick ones, twenty of slow ones; then its reader decides
UNDER_WAY = "under way"
STATES: dict[str, Sequence[str]] = {
    UNDER_WAY: [status for status in Status.values if status not in OVER],
    **{status: [status] for status in (Status.WAITING, *OVER)},
}


class RequestFilter(forms.Form):
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[
            ("", _("Any status")),
            (UNDER_WAY, pgettext_lazy("requests", "Under way")),
            (Status.WAITING.value, _("Waiting for your answer")),
            (Status.EXECUTED.value, pgettext_lazy("requests", "Executed or answered")),
            (Status.REFUSED.value, pgettext_lazy("requests", "Refused")),
            (Status.CANCELLED.value, pgettext_lazy("requests", "Cancelled")),
        ],
        error_messages={"invalid_choice": _("This choice is not available. Choose one from the list.")},
    )

    def chosen(self) -> str:
        """ "" where nothing was chosen, or nothing that is on offer."""
        self.is_valid()
        return str(self.cleaned_data.get("status", ""))


def within_reach(user: User | AnonymousUser | Somebody) -> ActivityQuerySet:
    """Requests of the person's customers, with what a line of a list says of each."""
    return Activity.objects.within_reach_of(user).select_related("customer", "supply", "self_reading__supply")


LATEST = Prepared(lambda: within_reach(SOMEBODY).order_by("-opened_at", "-id"), paged=True)
FOR_HIM = Prepared(
    lambda: within_reach(SOMEBODY).filter(status=Status.WAITING).order_by("-opened_at", "-id"), paged=True
)


def latest(person: int, limit: int) -> list[Activity]:
    """The newest, but before them those that wait for this person himself."""
    first = FOR_HIM(user=person, limit=limit, offset=0)
    newest = LATEST(user=person, limit=limit, offset=0)
    known = {each.pk for each in first}
    return [*first, *(each for each in newest if each.pk not in known)][:limit]


@CUSTOMER
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Newest first, all or those in one state."""
    wanted = RequestFilter(request.GET, auto_id="filter-%s")
    reach = within_reach(request.user).order_by("-opened_at", "-id")
    if state := wanted.chosen():
        reach = reach.filter(status__in=STATES[state])
    page = Paginator(reach, PAGE).get_page(request.GET.get("page"))
    context = frame(request, "requests") | {
        "page": page,
        "filter": wanted,
        "icon_of": icon_of,
        "rows": with_standing(list(page.object_list)),
    }
    return render(request, "portal/requests.html", context)


def with_standing(activities: Iterable[Activity]) -> list[tuple[Activity, Standing]]:
    return [(activity, standing_of(activity)) for activity in activities]


@CUSTOMER
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One request: the receipt just after it was sent, and later what has become of it."""
    return page_of(request, get_object_or_404(within_reach(request.user), number=number))


def page_of(request: HttpRequest, activity: Activity, **sent_forms: SayForm) -> HttpResponse:
    """``sent_forms`` are those that were sent with something wrong, by name."""
    context = frame(request, "requests", [activity.of_customer])
    context |= thread_context(request, activity, looks=0) | {
        "sent": None,
        "kind": None,
        "wrong": None,
        "icon_name": icon_of(activity.kind),
    }
    if activity.kind == ActivityKind.SELF_READING:
        reading = activity.self_reading
        context |= {"sent": sent(request, reading), "unit": SERVICES[reading.supply.service].unit}
    if kind := kind_of(activity.kind):
        context |= {
            "kind": kind,
            "lines": kind.form.compared(activity.asked, activity.before),
            "about_invoice": is_here(request, activity.invoice_number),
            "account": account_of(request, activity.account_code),
            "forms": forms_for(activity, **sent_forms),
            "wrong": next(iter(sent_forms.values()), None),
        }
    return render(request, "portal/request.html", context)


@CUSTOMER
@require_safe
def thread(request: HttpRequest, number: str) -> HttpResponse:
    """What an open page asks again and again: nothing new but when to ask next, or the thread as it is now."""
    activity = get_object_or_404(within_reach(request.user), number=number)
    context = thread_context(request, activity, looks=looks_of(request))
    context["changed"] = request.GET.get("seen") != context["seen"]
    return render(request, "portal/request_thread.html", context)


def thread_context(request: HttpRequest, activity: Activity, *, looks: int) -> dict[str, Any]:
    """``poll_address`` is where the page looks next, ``wait`` after how many seconds; "" where nothing more will come."""
    steps = thread_of(activity)
    kind = kind_of(activity.kind)
    talk = talk_of(request, activity) if kind else None
    suspension = suspension_in(activity)
    debit = debit_of(person_of(request), activity)
    seen = digest_of(steps, talk, suspension, debit)
    over = all(step.state in ("done", "failed") for step in steps) and not (debit and debit.goes_on)
    address = f"{reverse('request_thread', args=[activity.number])}?{urlencode({'seen': seen, 'look': looks + 1})}"
    return {
        "activity": activity,
        "standing": standing_of(activity),
        "steps": steps,
        "outlook": {
            "clock": clock_of(activity, now=timezone.now()),
            "looked_at_for": kind.parts_named(activity.by_hand_for) if kind else [],
            "suspension": suspension,
            "then": kind.then if kind else "",
            "heard": heard_of(activity, person_of(request)) if kind else "",
        },
        "talk": talk,
        "cancellable": bool(kind) and handling.may_be_cancelled(activity),
        "debit": debit,
        "seen": seen,
        "invoice": invoice_of(request, activity),
        "poll_address": "" if over or looks >= LOOKS else address,
        "wait": QUICK if looks < QUICK_LOOKS else SLOW,
        "changed": False,
    }


def heard_of(activity: Activity, viewer: User) -> str:
    """How the customer hears of what an operator does, "" where none has to do anything. The address of another person who
    sees the customer is his own."""
    if activity.status not in (Status.NEW, Status.TAKEN) or activity.automatic or activity.is_held_up:
        return ""
    way, email = telling.reached_by(activity)
    if way == SentBy.LETTER:
        return gettext("You hear from us on this page and by letter.")
    if way == SentBy.NOTHING:
        return gettext("You hear from us on this page.")
    if email in (viewer.email, activity.of_customer.email):
        return gettext("You hear from us on this page and by e-mail, at %(email)s.") % {"email": email}
    return gettext("You hear from us on this page and by e-mail.")


def digest_of(steps: Sequence[Step], talk: Talk | None, suspension: Suspension | None, debit: Debit | None) -> str:
    """Changes with whatever the thread shows, with each remark, with what is collected, and with the mandate."""
    told = [(step.code, step.state, step.at, str(step.label), str(step.detail)) for step in steps]
    shown = repr([told, [(each.at, each.who, each.text) for each in talk.said] if talk else None, suspension, debit])
    return hashlib.sha256(shown.encode()).hexdigest()[:16]


def looks_of(request: HttpRequest) -> int:
    """How often the page has looked; whatever cannot be read counts as often enough."""
    look = request.GET.get("look", "")
    return int(look) if look.isascii() and look.isdigit() and len(look) < 4 else LOOKS


def invoice_of(request: HttpRequest, activity: Activity) -> str:
    """The invoice that a reading was used on, where it is here to be looked at."""
    if activity.kind != ActivityKind.SELF_READING or not activity.self_reading.invoice_number:
        return ""
    return is_here(request, activity.self_reading.invoice_number)


def account_of(request: HttpRequest, code: str) -> str:
    """As its form offered it; its code where it is not here any more, "" where there is none."""
    found = BillingAccount.objects.within_reach_of(request.user).filter(code=code).first() if code else None
    return account_in_words(found) if found else code


def is_here(request: HttpRequest, number: str) -> str:
    """The invoice's number, "" where there is none or it cannot be looked at."""
    if not number:
        return ""
    return number if Invoice.objects.within_reach_of(request.user).filter(number=number).exists() else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A reading as it was sent: what each dial showed, and what an operator made of it."""

    reading: SelfReading
    dials: Sequence[tuple[str, str, str]]  # name, value, unit
    corrected: Sequence[tuple[str, str, str]]


def sent(request: HttpRequest, reading: SelfReading) -> Sent:
    meter = Meter.objects.within_reach_of(request.user).filter(code=reading.meter_code).first()
    registers = {str(each["code"]): each for each in meter.registers} if meter else {}

    def named(values: dict[str, Any]) -> list[tuple[str, str, str]]:
        in_order = [code for code in registers if code in values] + sorted(values.keys() - registers.keys())
        return [dial(registers.get(code, {}), code, str(values[code])) for code in in_order]

    return Sent(reading=reading, dials=named(reading.values), corrected=named(reading.corrected or {}))


def dial(register: dict[str, Any], code: str, value: str) -> tuple[str, str, str]:
    """A dial's name, what it showed, and the unit; the code for a name where billing has forgotten the meter."""
    role = register.get("role", "")
    name = str(RegisterRole(role).label) if role in RegisterRole.values else code
    return name, value, str(register.get("unit", ""))
