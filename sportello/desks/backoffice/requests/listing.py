"""The list of requests that operators work on: those whose term ends first come first."""

from collections.abc import Iterable
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from sportello.desks.backoffice.requests import sorting
from sportello.desks.backoffice.requests.filters import MORE, MOST, Counted, RequestFilter, counted, kept
from sportello.desks.backoffice.requests.many import GiveManyForm, given_lately
from sportello.desks.backoffice.requests.targets import Targets
from sportello.desks.backoffice.requests.views import ViewForm, views_of
from sportello.desks.policies import REQUEST_DECIDERS, REQUEST_READERS, REQUEST_STAFF
from sportello.domain.activities import deadlines
from sportello.domain.activities.deadlines import Book
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.models import Activity, ActivityKind
from sportello.domain.people.models import User

PAGE = 50
SHOWN = ("customer", "supply", "owner", "office", "visitor")


@REQUEST_READERS
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Whoever types a whole number is led to its page."""
    user, today = cast(User, request.user), timezone.localdate()
    colleagues = Targets(user, today)
    wanted = RequestFilter(request.GET, colleagues)
    if where := page_of(user, wanted.chosen("q")):
        return redirect(where[0], where[1])
    found = wanted.of(user, today=today)
    pages = Counted(found.values_list("pk", flat=True), PAGE)
    order = sorting.wanted(request.GET.get("sort", ""), short=not pages.is_more, otherwise=wanted.order)
    pages.object_list = order.of(found).values_list("pk", flat=True)
    page = pages.get_page(request.GET.get("page"))
    now, known = timezone.now(), Book()
    context = {
        "tab": "requests",
        "today": today,
        "filter": wanted,
        "counts": counted(user, today=today),
        "most": MOST,
        "page": page,
        "rows": [(each, deadlines.standing(each, now, known=known)) for each in shown(list(page.object_list))],
        "kept": kept(request),
        "order": order,
        "orders": list(sorting.choices(short=not pages.is_more)),
        "may_decide": REQUEST_DECIDERS.admits(request),
        "is_agent": not REQUEST_STAFF.admits(request),
        "giving": GiveManyForm(targets=colleagues),
        "views": list(views_of(user)),
        "view_form": ViewForm(),
        "more_fields": MORE,
        "undo": given_lately(request.GET.get("given", ""), user),
        "sorted_by": lambda code: kept(request, sort=code, page=""),
    }
    return render(request, "backoffice/requests.html", context)


def shown(keys: Iterable[int]) -> list[Activity]:
    """With all that a row of the list says. Read once it is known which they are: what is sorted is then keys alone."""
    keys = list(keys)
    found = Activity.objects.select_related(*SHOWN).in_bulk(keys)
    return [found[key] for key in keys if key in found]


def page_of(user: User, typed: str) -> tuple[str, str] | None:
    """Name and number of the page of the request with this number, whatever its kind and state; None where none has it."""
    number = "".join(typed.split()).upper()
    mine = Activity.objects.for_staff(user, timezone.localdate())
    found = mine.filter(number=number).values_list("kind", flat=True).first() if number else None
    if found == ActivityKind.SELF_READING:
        return "staff_reading", number
    return ("staff_request", number) if found in KINDS else None
