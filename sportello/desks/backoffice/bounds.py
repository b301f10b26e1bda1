"""Numbers that bound what may be asked: those in force, past and to come; Administration adds and changes only the latter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sportello.desks.backoffice import dated
from sportello.desks.backoffice.bounds_forms import BoundForm, values_of
from sportello.desks.backoffice.dated import ChangedMeanwhile, InForce, Sort
from sportello.desks.backoffice.rules_forms import default_day
from sportello.desks.policies import ADMINISTRATORS
from sportello.domain.activities.models import Bound, Bounding
from sportello.domain.activities.models.bounds import DEFAULTS, OF_A_SERVICE
from sportello.domain.customers.models.parties import Service

SORT = Sort(model=Bound, event="bound", of=("name", "service"), values=values_of)
FOR_ALL = ["", *Service.values]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """All rows of one number with past, now or to come, those of all services first. ``default`` holds today where no row
    does; None where one does."""

    name: str
    label: str
    rows: Sequence[tuple[Bound, str]]
    default: int | None


@ADMINISTRATORS
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    rows = list(Bound.objects.order_by("-valid_from"))
    groups = [group_of(Bounding(name), rows, today) for name in Bounding.values]
    return render(request, "backoffice/bounds.html", {"tab": "administration", "groups": groups})


def group_of(name: Bounding, newest_first: Sequence[Bound], today: date) -> Group:
    rows: list[tuple[Bound, str]] = []
    for service in FOR_ALL:
        own = [row for row in newest_first if (row.name, row.service) == (name, service)]
        rows += dated.states(own, today)
    holds = any(state == "now" and not row.service for row, state in rows)
    return Group(name=name, label=str(name.label), rows=rows, default=None if holds else DEFAULTS[name])


@ADMINISTRATORS
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Begins from what holds today, for the number that was asked for."""
    today = timezone.localdate()
    if request.method != "POST":
        return form_page(request, BoundForm(initial=beginning(request, today), today=today))
    form = BoundForm(request.POST, today=today)
    if not form.is_valid():
        return form_page(request, form)
    try:
        dated.insert(SORT, form, actor_id=request.user.pk)
    except IntegrityError:  # somebody has added the same day since the form looked; now it sees that
        return form_page(request, BoundForm(request.POST, today=today))
    messages.success(request, _("%(name)s, from %(day)s: saved.") % words_of(form.instance))
    return redirect("bounds")


@ADMINISTRATORS
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    today = timezone.localdate()
    bound = dated.found(SORT, pk)
    if bound.valid_from <= today:
        return too_late(request)
    if request.method != "POST":
        return form_page(request, BoundForm(instance=bound, today=today))
    form = BoundForm(request.POST, instance=dated.found(SORT, pk), today=today)
    if not form.is_valid():
        return form_page(request, form, bound=bound)
    try:
        dated.change(SORT, form, pk=pk, today=today, actor_id=request.user.pk)
    except InForce:
        return too_late(request)
    except IntegrityError:
        return form_page(request, BoundForm(request.POST, instance=dated.found(SORT, pk), today=today), bound=bound)
    except ChangedMeanwhile:
        return form_page(request, form, bound=dated.found(SORT, pk), meanwhile=True)
    messages.success(request, _("%(name)s, from %(day)s: saved.") % words_of(form.instance))
    return redirect("bounds")


@ADMINISTRATORS
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """To look here leads to the list, where the button is."""
    bound = dated.found(SORT, pk)
    if request.method != "POST":
        return redirect("bounds")
    try:
        dated.remove(SORT, pk=pk, today=timezone.localdate(), actor_id=request.user.pk)
    except InForce:
        return too_late(request)
    messages.success(request, _("%(name)s, from %(day)s: removed.") % words_of(bound))
    return redirect("bounds")


def beginning(request: HttpRequest, today: date) -> dict[str, Any]:
    asked, service = request.GET.get("name", ""), request.GET.get("service", "")
    name = Bounding(asked) if asked in Bounding.values else Bounding.INSTALMENTS_MOST
    service = service if service in FOR_ALL and name in OF_A_SERVICE else ""
    value = Bound.objects.in_force(name, today, service=service)
    return {"name": name.value, "service": service, "value": value, "valid_from": default_day()}


def form_page(
    request: HttpRequest, form: BoundForm, *, bound: Bound | None = None, meanwhile: bool = False
) -> HttpResponse:
    """``bound`` is the row as it is, ``form.instance`` as it would be. ``meanwhile``: somebody else has changed it."""
    row = bound or (form.instance if form.instance.pk else None)
    context = {
        "tab": "administration",
        "form": form,
        "row": row,
        "seen": dated.seen(SORT, row) if row else "",
        "meanwhile": dated.changes(SORT, row, form.instance) if row and meanwhile else None,
    }
    return render(request, "backoffice/bounds_form.html", context, status=409 if meanwhile else 200)


def too_late(request: HttpRequest) -> HttpResponse:
    messages.error(request, _("This number is in force already. Add a new one that follows it."))
    return redirect("bounds")


def words_of(bound: Bound) -> dict[str, str]:
    return {"name": bound.get_name_display(), "day": f"{bound.valid_from:%d/%m/%Y}"}
