"""Asking without being registered: which kind of request, its form on one page, and the receipt."""

from typing import Any

from django import forms
from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sportello.desks import limits
from sportello.desks.policies import PUBLIC, customers_of
from sportello.desks.website import visits
from sportello.desks.website.visits import ROOM, browser_of, room_for
from sportello.domain.accounts.models.throttle import TooManyTries
from sportello.domain.activities import forgetting, opening, visiting
from sportello.domain.activities.kinds.base import RequestForm, RequestKind, Scope
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.kinds.visitor import FIELDS, PREFIX, TRAP, VisitorForm
from sportello.domain.activities.models import Activity
from sportello.domain.activities.suspects import SUSPECT
from sportello.domain.people import printed_codes

SAID_OF_HIMSELF = ("name", "answer_by", "customer_code", *(name for names in FIELDS.values() for name in names))
form_page = require_http_methods(["GET", "HEAD", "POST"])


@PUBLIC
@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Information, or a complaint."""
    return render(request, "website/ask.html", {"kinds": visiting.kinds()})


@PUBLIC
@form_page
def one(request: HttpRequest, kind: str) -> HttpResponse:
    """Who asks and what, on one page; what is unlikely is shown again to be confirmed; then the receipt."""
    wanted = offered(kind)
    if request.method != "POST":
        if goes_to_the_counter(request, wanted):
            return redirect("request_form", wanted.code)
        return show(
            request, wanted, wanted.form(scope()), VisitorForm(now=timezone.now(), in_writing=wanted.in_writing)
        )
    person = VisitorForm(request.POST, now=timezone.now(), in_writing=wanted.in_writing)
    form = wanted.form(scope(), request.POST, request.FILES if person.is_valid() else None)
    try:
        return taken(request, wanted, form, person)
    except TooManyTries as error:
        return wait(request, wanted, form, person, error.retry_after)


def offered(code: str) -> RequestKind:
    """Raises Http404 for a kind that visitors are not offered, as for one that there is not."""
    found = next((kind for kind in visiting.kinds() if kind.code == code), None)
    if found is None:
        raise Http404
    return found


def goes_to_the_counter(request: HttpRequest, kind: RequestKind) -> bool:
    """A customer who has signed in asks for the same there, with his supplies to choose from."""
    return kind.customers and bool(customers_of(request))


def scope() -> Scope:
    return Scope(customer=None, today=timezone.localdate())


def taken(request: HttpRequest, kind: RequestKind, form: RequestForm, person: VisitorForm) -> HttpResponse:
    """To the receipt, or back to what is wrong. Raises TooManyTries."""
    limits.limit(request, limits.VISITOR_FORMS_OF_ADDRESS)
    browser = browser_of(request)
    if done := opening.opened_before(form, None, browser):
        if not is_same(done, form, person):
            messages.warning(request, sent_before(done))
        return received(request, done)
    if not (person.is_valid() and form.is_valid()) or form.needs_confirmation:
        return show(request, kind, form, person)
    if form.attached and not room_for(request, form.attached):
        form.add_error("files", ROOM)
        return show(request, kind, form, person)
    limits.limit(request, limits.VISITORS_OF_ADDRESS)
    limits.VISITORS_OF_BLOCK.count(limits.block_of(request))
    limits.VISITORS_ALTOGETHER.count("all")
    language = (get_language() or "it")[:2]
    activity = visiting.open_visit(kind, form, person, browser=browser, language=language, now=timezone.now())
    return received(request, activity)


def is_same(done: Activity, form: RequestForm, person: VisitorForm) -> bool:
    """Whether what is sent again is what was sent the first time."""
    if not (person.is_valid() and form.is_valid()):
        return False
    asked = {name: value for name, value in done.asked.items() if name != SUSPECT}
    again = person.visitor(done.visitor.language)
    return form.asked() == asked and all(
        getattr(again, name) == getattr(done.visitor, name) for name in SAID_OF_HIMSELF
    )


def sent_before(done: Activity) -> str:
    return _(
        "With this form you had sent request %(number)s already, and that one holds. To ask for something else please "
        "open the form anew."
    ) % {"number": done.number}


def received(request: HttpRequest, activity: Activity) -> HttpResponse:
    visits.remember(request, activity)
    return redirect("ask_receipt")


def wait(
    request: HttpRequest, kind: RequestKind, form: RequestForm, person: VisitorForm, retry_after: int
) -> HttpResponse:
    """The same page with all that was typed: nothing is checked for who has to come back later."""
    form = kind.form(scope(), initial=as_typed(form))
    person = VisitorForm(now=timezone.now(), in_writing=kind.in_writing, initial=as_typed(person))
    response = show(request, kind, form, person, minutes=-(-retry_after // 60))
    response.status_code = 429
    response.headers["Retry-After"] = str(retry_after)
    return response


def as_typed(form: BaseForm) -> dict[str, Any]:
    """What stands in its fields, as it came; files are not kept by browsers either."""
    return {
        name: each.widget.value_from_datadict(form.data, form.files, form.add_prefix(name))
        for name, each in form.fields.items()
        if not isinstance(each, forms.FileField)
    }


def show(
    request: HttpRequest, kind: RequestKind, form: RequestForm, person: VisitorForm, *, minutes: int = 0
) -> HttpResponse:
    """``minutes`` is how long he has to wait, 0 for who need not."""
    context = {
        "kind": kind,
        "form": form,
        "person": person,
        "trap": f"{PREFIX}-{TRAP}",
        "minutes": minutes,
        "months": forgetting.kept_for(timezone.now()),
        "files_again": bool(request.FILES),
        "confirm": not minutes and person.is_bound and not person.errors and not form.errors,
    }
    return render(request, "website/ask_form.html", context)


@PUBLIC
@require_safe
def receipt(request: HttpRequest) -> HttpResponse:
    """Number, day, hour, what was asked and by when we answer; for the browser that has sent it, as long as it is open."""
    activity = visits.present(request)
    if activity is None:
        return redirect("ask_status")
    context = {
        "activity": activity,
        "visitor": activity.visitor,
        "lines": KINDS[activity.kind].form.lines(activity.asked),
        "attachments": list(activity.attachments.filter(remark=None).order_by("position")),
        "code": printed_codes.shown(visiting.code_of(activity)),
        "answer_on": activity.limit_on or activity.due_on,
    }
    return render(request, "website/ask_receipt.html", context)
