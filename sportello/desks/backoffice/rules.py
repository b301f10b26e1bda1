"""The numbers that judge self-readings: which hold today, which will; Administration adds and changes only the latter."""

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
from sportello.desks.backoffice.dated import ChangedMeanwhile, InForce, Sort
from sportello.desks.backoffice.rules_forms import READ_SERVICES, RulesForm, default_day, values_of
from sportello.desks.policies import ADMINISTRATORS
from sportello.domain.activities.models import ReadingRules
from sportello.domain.customers.models.parties import Service

SORT = Sort(model=ReadingRules, event="reading_rules", of=("service",), values=values_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """``state`` is past, now or to come; ``rules`` has no key where they are those that are built in."""

    rules: ReadingRules
    state: str


@ADMINISTRATORS
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    by_service: dict[str, list[ReadingRules]] = {code: [] for code in READ_SERVICES}
    for rules in ReadingRules.objects.filter(service__in=READ_SERVICES).order_by("-valid_from"):
        by_service[rules.service].append(rules)
    services = [(Service(code), rows_of(code, rows, today)) for code, rows in by_service.items()]
    return render(request, "backoffice/rules.html", {"tab": "rules", "services": services})


def rows_of(service: str, newest_first: Sequence[ReadingRules], today: date) -> list[Row]:
    """Last of all those that are built in, which hold until the first row does."""
    rows = [Row(rules=rules, state=state) for rules, state in dated.states(newest_first, today)]
    built_in = "past" if any(row.state == "now" for row in rows) else "now"
    return [*rows, Row(rules=ReadingRules(service=service), state=built_in)]


@ADMINISTRATORS
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Begins from the rules that hold today, for the service that was asked for."""
    today = timezone.localdate()
    if request.method != "POST":
        service = request.GET.get("service", "")
        service = service if service in READ_SERVICES else READ_SERVICES[0]
        initial = {**present(service, today), "service": service, "valid_from": default_day()}
        return form_page(request, RulesForm(initial=initial, today=today))
    form = RulesForm(request.POST, today=today)
    if not form.is_valid():
        return form_page(request, form)
    try:
        dated.insert(SORT, form, actor_id=request.user.pk)
    except IntegrityError:  # somebody has added the same day since the form looked; now it sees that
        return form_page(request, RulesForm(request.POST, today=today))
    messages.success(request, told(form.instance))
    return redirect("reading_rules")


@ADMINISTRATORS
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    today = timezone.localdate()
    rules = dated.found(SORT, pk)
    if rules.valid_from <= today:
        return too_late(request)
    if request.method != "POST":
        return form_page(request, RulesForm(instance=rules, today=today))
    form = RulesForm(request.POST, instance=dated.found(SORT, pk), today=today)
    if not form.is_valid():
        return form_page(request, form, rules=rules)
    try:
        dated.change(SORT, form, pk=pk, today=today, actor_id=request.user.pk)
    except InForce:
        return too_late(request)
    except IntegrityError:
        return form_page(request, RulesForm(request.POST, instance=dated.found(SORT, pk), today=today), rules=rules)
    except ChangedMeanwhile:
        return form_page(request, form, rules=dated.found(SORT, pk), meanwhile=True)
    messages.success(request, told(form.instance))
    return redirect("reading_rules")


@ADMINISTRATORS
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """To look here leads to the list, where the button is."""
    rules = dated.found(SORT, pk)
    if request.method != "POST":
        return redirect("reading_rules")
    try:
        dated.remove(SORT, pk=pk, today=timezone.localdate(), actor_id=request.user.pk)
    except InForce:
        return too_late(request)
    messages.success(request, _("The rules from %(day)s are removed.") % {"day": f"{rules.valid_from:%d/%m/%Y}"})
    return redirect("reading_rules")


def present(service: str, today: date) -> dict[str, Any]:
    """What holds today, as a form begins with it."""
    rules = ReadingRules.objects.in_force(service, today)
    return {name: getattr(rules, name) for name in values_of(rules)}


def form_page(
    request: HttpRequest, form: RulesForm, *, rules: ReadingRules | None = None, meanwhile: bool = False
) -> HttpResponse:
    """``rules`` is the row as it is, ``form.instance`` as it would be. ``meanwhile``: somebody else has changed it."""
    row = rules or (form.instance if form.instance.pk else None)
    context = {
        "tab": "rules",
        "form": form,
        "row": row,
        "seen": dated.seen(SORT, row) if row else "",
        "meanwhile": dated.changes(SORT, row, form.instance) if row and meanwhile else None,
    }
    return render(request, "backoffice/rules_form.html", context, status=409 if meanwhile else 200)


def too_late(request: HttpRequest) -> HttpResponse:
    messages.error(request, _("These rules are in force already. Add new ones that follow them."))
    return redirect("reading_rules")


def told(rules: ReadingRules) -> str:
    words = {"service": Service(rules.service).label, "day": f"{rules.valid_from:%d/%m/%Y}"}
    return _("%(service)s: the rules from %(day)s are saved.") % words
