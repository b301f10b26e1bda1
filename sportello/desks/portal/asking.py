"""Asking for something: what there is to ask, and one form for each of it up to its receipt."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sportello.desks.limits import PHOTOS_OF_USER, REQUESTS_OF_USER
from sportello.desks.policies import CUSTOMER, customers_of
from sportello.desks.portal.offers import grouped, icon_of
from sportello.desks.portal.page import frame, person_of, today
from sportello.domain.activities import drafts, modes
from sportello.domain.activities.kinds.base import RequestForm, RequestKind, Scope, no_effect, scope_of
from sportello.domain.activities.kinds.catalogue import kind_of
from sportello.domain.activities.models import Activity, Channel, Draft, Status
from sportello.domain.activities.opening import open_request, opened_before, why_by_hand
from sportello.domain.customers.models import Customer

LONGEST_KEPT = 6_000  # characters of one field of a draft
MOST_KEPT = 50  # choices of one field of a draft
A_MOMENT = timedelta(hours=1)  # within which the same once more is a second press, from whatever tab
BACK = "back_to_the_form"
NEVER_KEPT = ("once", "confirmed", "files")
form_page = require_http_methods(["GET", "HEAD", "POST"])


@CUSTOMER
@require_safe
def choices(request: HttpRequest) -> HttpResponse:
    """Everything that this customer can ask."""
    customer = customer_of(request)
    if customer is None:
        return ask_whose(request, _("What do you want to ask?"))
    scope = scope_of(person_of(request), customer, today=today())
    context = frame(request, "requests", [customer]) | {"customer": customer, "groups": grouped(scope)}
    return render(request, "portal/request_new.html", context)


def customer_of(request: HttpRequest) -> Customer | None:
    """Whose request it is to be; None for a person with several who has not said. Raises Http404 for a foreign one."""
    mine = customers_of(request)
    code = request.GET.get("customer", "")
    if not code:
        return mine[0] if len(mine) == 1 else None
    found = next((each for each in mine if each.code == code), None)
    if found is None:
        raise Http404
    return found


def ask_whose(request: HttpRequest, title: object) -> HttpResponse:
    context = frame(request, "requests") | {"customers": customers_of(request), "title": title}
    return render(request, "portal/request_whose.html", context)


# --- one form --------------------------------------------------------------------------------------------------------


@CUSTOMER
@form_page
def one(request: HttpRequest, kind: str) -> HttpResponse:
    """The form; what is unlikely is shown again to be confirmed; then the request with its number."""
    wanted, customer = kind_wanted(kind), customer_of(request)
    if customer is None:
        return ask_whose(request, wanted.title)
    scope = scope_of(person_of(request), customer, today=today())
    if not modes.is_offered(wanted) or not wanted.offered(scope):
        messages.warning(request, _("This cannot be asked for here at the moment. Here is what you can ask."))
        return redirect(f"{reverse('request_new')}?{urlencode({'customer': customer.code})}")
    if request.method != "POST":
        return form_anew(request, wanted, scope)
    count_try(request)
    form = wanted.form(scope, request.POST, request.FILES)
    valid = (
        form.is_valid()
    )  # looked at first: what the first of two presses has just opened is no reason to doubt the second
    if done := opened_before(form, person_of(request)):
        return receipt(request, done, same=valid and is_same(done, form))
    if not valid or BACK in request.POST:
        return show(request, wanted, form, draft=None)
    if form.needs_confirmation:
        return ask_to_confirm(request, wanted, form)
    if done := asked_already(request, wanted, form):
        return receipt(request, done, same=True)
    activity = open_request(wanted, form, user=person_of(request), channel=Channel.PORTAL, now=timezone.now())
    drafts.forget(person_of(request), wanted.code, customer.code)
    return receipt(request, activity, same=True)


def kind_wanted(code: str) -> RequestKind:
    """Raises Http404 for what is none, and for what only others can ask."""
    kind = kind_of(code)
    if kind is None or not kind.customers:
        raise Http404
    return kind


def count_try(request: HttpRequest) -> None:
    """Raises TooManyTries."""
    user = str(person_of(request).pk)
    REQUESTS_OF_USER.count(user)
    for _upload in request.FILES.getlist("files")[:5]:
        PHOTOS_OF_USER.count(user)


def receipt(request: HttpRequest, activity: Activity, *, same: bool) -> HttpResponse:
    """Its page. A form that is sent again has no second effect, and says so where something else stands in it."""
    number = {"number": activity.number}
    if same:
        messages.success(request, _("We have received your request. Its number is %(number)s.") % number)
    else:
        messages.warning(
            request,
            _("With this form you had sent a request already, %(number)s, and that one holds. "
              "For another one please open the form anew.") % number,
        )  # fmt: skip
    return redirect("request", activity.number)


def is_same(activity: Activity, form: RequestForm) -> bool:
    return bool(activity.asked == form.kept()) and about_of(form) == {
        "supply_id": activity.supply_id, "account_code": activity.account_code, "invoice_number": activity.invoice_number,
    }  # fmt: skip


def about_of(form: RequestForm) -> dict[str, Any]:
    return {
        "supply_id": form.supply.pk if form.supply else None,
        "account_code": form.account.code if form.account else "",
        "invoice_number": form.invoice.number if form.invoice else "",
    }


def asked_already(request: HttpRequest, kind: RequestKind, form: RequestForm) -> Activity | None:
    """The very same, sent a moment ago from another tab, with as many files. What takes effect here may be wanted as it was
    before: of that only the newest counts."""
    mine = Activity.objects.within_reach_of(request.user).filter(
        kind=kind.code, customer=form.scope.customer, opened_by=person_of(request),
        opened_at__gt=timezone.now() - A_MOMENT, **about_of(form),
    )  # fmt: skip
    mine = mine.exclude(status=Status.CANCELLED).order_by("-opened_at", "-pk")
    activity = (mine if kind.effect is not no_effect else mine.filter(asked=form.kept())).first()
    if (
        activity is None
        or activity.asked != form.kept()
        or activity.attachments.filter(remark=None).count() != len(form.attached)
    ):
        return None
    return activity


# --- what is shown ---------------------------------------------------------------------------------------------------


def form_anew(request: HttpRequest, kind: RequestKind, scope: Scope) -> HttpResponse:
    """With what he has chosen on the page that he comes from, or what he typed last time and never sent."""
    chosen = preselected(request, scope)
    draft = draft_of(request, kind, scope, chosen)
    form = kind.form(scope, initial=kept_values(draft, kind, scope) | chosen if draft else chosen)
    return show(request, kind, form, draft=draft)


def preselected(request: HttpRequest, scope: Scope) -> dict[str, str]:
    """What the address names, as far as it is this customer's."""
    known = {
        "invoice": {each.number for each in scope.invoices},
        "supply": {each.code for each in scope.supplies},
        "account": {each.code for each in scope.accounts},
    }
    asked = {name: request.GET.get(name, "") for name in known}
    return {name: value for name, value in asked.items() if value in known[name]}


def show(request: HttpRequest, kind: RequestKind, form: RequestForm, *, draft: Draft | None) -> HttpResponse:
    context = form_context(request, kind, form) | {
        "draft": draft,
        "again": bool(request.FILES),
        "present": form.at_present(),
    }
    if form.is_bound and form.errors:
        keep(request, kind, form)
    return render(request, "portal/request_form.html", context)


def ask_to_confirm(request: HttpRequest, kind: RequestKind, form: RequestForm) -> HttpResponse:
    """What was typed, in words, and why it is unlikely."""
    keep(request, kind, form)
    reasons = why_by_hand(kind, form.kept())
    context = form_context(request, kind, form) | {
        "about": about_lines(form),
        "lines": form.compared(form.asked(), form.before()),
        "by_hand": bool(reasons),
        "looked_at_for": kind.parts_named(reasons),
        "posted": posted(form),
        "back": BACK,
        "chosen_files": [each.name for each in form.attached],
    }
    return render(request, "portal/request_confirm.html", context)


def about_lines(form: RequestForm) -> list[tuple[Any, str]]:
    """What was chosen, as the form offers it."""
    if not form.about or not form.cleaned_data.get(form.about):
        return []
    words = dict(form.on_offer())
    return [(form.fields[form.about].label, str(words.get(form.cleaned_data[form.about], "")))]


def form_context(request: HttpRequest, kind: RequestKind, form: RequestForm) -> dict[str, Any]:
    customer = form.scope.customer
    question = urlencode({"customer": customer.code if customer else ""})
    return frame(request, "requests", [customer] if customer else None) | {
        "kind": kind,
        "icon_name": icon_of(kind.code),
        "form": form,
        "customer": customer,
        "address": f"{reverse('request_form', args=[kind.code])}?{question}",
        "draft_address": f"{reverse('request_draft', args=[kind.code])}?{question}",
        "choices_address": f"{reverse('request_new')}?{question}",
    }


def posted(form: RequestForm) -> list[tuple[str, str]]:
    """What the form came with, to be sent once more when it is confirmed."""
    names = [name for name in form.fields if name not in ("confirmed", "files")]
    return [(name, value) for name in names for value in values_of(form, name)]


def values_of(form: RequestForm, name: str) -> Sequence[str]:
    return cast(QueryDict, form.data).getlist(name)


# --- forms that are not sent -----------------------------------------------------------------------------------------


@CUSTOMER
@form_page
def draft(request: HttpRequest, kind: str) -> HttpResponse:
    """What stands in the form now, kept for later; or forgotten, for who begins again. Opened, it leads to the form."""
    wanted, customer = kind_wanted(kind), customer_of(request)
    if customer is None:
        return redirect("request_form", wanted.code)
    if request.method != "POST" or "discard" in request.POST:
        if request.method == "POST":
            drafts.forget(person_of(request), wanted.code, customer.code)
        return redirect(f"{reverse('request_form', args=[wanted.code])}?{urlencode({'customer': customer.code})}")
    scope = scope_of(person_of(request), customer, today=today())
    keep(request, wanted, wanted.form(scope, request.POST))
    return HttpResponse(status=204)


def keep(request: HttpRequest, kind: RequestKind, form: RequestForm) -> None:
    """Only what was typed, and where anything was; ``once`` tells later whether it has been sent after all.

    An IBAN is not kept: who comes back types it anew.
    """
    customer = form.scope.customer
    names = [name for name in form.fields if name not in NEVER_KEPT and not name.endswith("iban")]
    typed = {name: [value[:LONGEST_KEPT] for value in values_of(form, name)[:MOST_KEPT]] for name in names}
    typed = {name: values for name, values in typed.items() if any(values)}
    if customer and typed and not opened_before(form, person_of(request)):
        once = form.data.get("once", "")[:40]
        drafts.keep(person_of(request), kind.code, customer.code, {**typed, "once": once}, timezone.now())


def draft_of(request: HttpRequest, kind: RequestKind, scope: Scope, chosen: dict[str, str]) -> Draft | None:
    """What he began last time, unless it was about something else, or has been sent a moment after it was kept."""
    if scope.customer is None:
        return None
    draft = drafts.find(person_of(request), kind.code, scope.customer.code)
    if draft is None or any(draft.data.get(name, [value]) != [value] for name, value in chosen.items()):
        return None
    begun = kind.form(scope, {"once": str(draft.data.get("once", ""))})
    return None if opened_before(begun, person_of(request)) else draft


def kept_values(draft: Draft, kind: RequestKind, scope: Scope) -> dict[str, Any]:
    """Of a draft, only what this form still asks: a list where the field takes several."""
    fields = kind.form(scope).fields
    several = {name: getattr(each.widget, "allow_multiple_selected", False) for name, each in fields.items()}
    return {
        name: values if several[name] else str(values[-1])
        for name, values in draft.data.items()
        if name in several and name not in NEVER_KEPT and isinstance(values, list) and values
    }
