"""The numbers that judge self-readings: which hold today, which will; Administration adds and changes only the latter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sportello.desks.backoffice.rules_forms import READ_SERVICES, RulesForm, default_day, seen, values_of
from sportello.desks.policies import ADMINISTRATORS
from sportello.domain.activities.models import ReadingRules
from sportello.domain.customers.models.parties import Service
from sportello.domain.journal.models import record


class InForce(Exception):
    """These rules judge readings already; they can only be followed by others."""


class ChangedMeanwhile(Exception):
    """The row is not any more what it was on the page from which the change comes."""


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
    rows: list[Row] = []
    found = False
    for rules in newest_first:
        state = "to come" if rules.valid_from > today else "past" if found else "now"
        found = found or state == "now"
        rows.append(Row(rules=rules, state=state))
    return [*rows, Row(rules=ReadingRules(service=service), state="past" if found else "now")]


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
        insert(form, actor_id=request.user.pk)
    except IntegrityError:  # somebody has added the same day since the form looked; now it sees that
        return form_page(request, RulesForm(request.POST, today=today))
    messages.success(request, told(form.instance))
    return redirect("reading_rules")


@ADMINISTRATORS
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    today = timezone.localdate()
    rules = found(pk)
    if rules.valid_from <= today:
        return too_late(request)
    if request.method != "POST":
        return form_page(request, RulesForm(instance=rules, today=today))
    form = RulesForm(request.POST, instance=found(pk), today=today)
    if not form.is_valid():
        return form_page(request, form, rules=rules)
    try:
        change(form, pk=pk, today=today, actor_id=request.user.pk)
    except InForce:
        return too_late(request)
    except IntegrityError:
        return form_page(request, RulesForm(request.POST, instance=found(pk), today=today), rules=rules)
    except ChangedMeanwhile:
        return form_page(request, form, rules=found(pk), meanwhile=True)
    messages.success(request, told(form.instance))
    return redirect("reading_rules")


@ADMINISTRATORS
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """To look here leads to the list, where the button is."""
    rules = found(pk)
    if request.method != "POST":
        return redirect("reading_rules")
    try:
        remove(pk=pk, today=timezone.localdate(), actor_id=request.user.pk)
    except InForce:
        return too_late(request)
    messages.success(request, _("The rules from %(day)s are removed.") % {"day": f"{rules.valid_from:%d/%m/%Y}"})
    return redirect("reading_rules")


def found(pk: int) -> ReadingRules:
    rules = ReadingRules.objects.filter(pk=pk).first()
    if rules is None:
        raise Http404
    return rules


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
        "seen": seen(row) if row else "",
        "meanwhile": changes(row, form.instance) if row and meanwhile else None,
    }
    return render(request, "backoffice/rules_form.html", context, status=409 if meanwhile else 200)


def too_late(request: HttpRequest) -> HttpResponse:
    messages.error(request, _("These rules are in force already. Add new ones that follow them."))
    return redirect("reading_rules")


def told(rules: ReadingRules) -> str:
    words = {"service": Service(rules.service).label, "day": f"{rules.valid_from:%d/%m/%Y}"}
    return _("%(service)s: the rules from %(day)s are saved.") % words


# --- what is written, each with its line in the journal ---------------------------------------------------------------


@transaction.atomic
def insert(form: RulesForm, *, actor_id: int | None) -> None:
    """Raises IntegrityError where the day is taken."""
    rules = form.save()
    earlier = ReadingRules.objects.filter(service=rules.service, valid_from__lt=rules.valid_from)
    before = earlier.order_by("-valid_from").first() or ReadingRules(service=rules.service)
    write_down("added", rules, before, rules, actor_id=actor_id)


@transaction.atomic
def change(form: RulesForm, *, pk: int, today: date, actor_id: int | None) -> None:
    """Raises InForce, ChangedMeanwhile, and IntegrityError where the day is taken."""
    before = locked(pk)
    if before is None or form.cleaned_data["seen"] != seen(before):
        raise ChangedMeanwhile
    if before.valid_from <= today:
        raise InForce
    rules = form.save()
    write_down("changed", rules, before, rules, actor_id=actor_id)


@transaction.atomic
def remove(*, pk: int, today: date, actor_id: int | None) -> None:
    """Raises InForce. Removed by somebody else meanwhile is as well."""
    before = locked(pk)
    if before is None:
        return
    if before.valid_from <= today:
        raise InForce
    write_down("removed", before, before, None, actor_id=actor_id)
    before.delete()


def locked(pk: int) -> ReadingRules | None:
    return ReadingRules.objects.select_for_update().filter(pk=pk).first()


def write_down(
    what: str, rules: ReadingRules, before: ReadingRules, after: ReadingRules | None, *, actor_id: int | None
) -> None:
    """Each field that differs as "0.3 → 0.25"."""
    detail = changes(before, after) if after else values_of(before)
    detail = {**detail, "service": rules.service, "valid_from": detail.get("valid_from", str(rules.valid_from))}
    about = ("reading_rules", str(rules.pk))
    record(f"activities.reading_rules_{what}", now=timezone.now(), actor_id=actor_id, about=about, **detail)


def changes(before: ReadingRules, after: ReadingRules) -> Mapping[str, str]:
    old, new = values_of(before), values_of(after)
    return {name: f"{old[name]} → {new[name]}" for name in new if old[name] != new[name]}
