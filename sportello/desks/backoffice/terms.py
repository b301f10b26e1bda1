"""By when requests are answered: terms in force, past and to come; Administration adds and changes only the latter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sportello.desks.backoffice import dated
from sportello.desks.backoffice.dated import ChangedMeanwhile, InForce, Sort
from sportello.desks.backoffice.rules_forms import default_day
from sportello.desks.backoffice.terms_forms import TermsForm, values_of
from sportello.desks.policies import ADMINISTRATORS
from sportello.domain.activities import deadlines
from sportello.domain.activities.deadlines import Deadline
from sportello.domain.activities.kinds.terms_named import kinds_of, terms_named
from sportello.domain.activities.models import Terms
from sportello.domain.customers.models.parties import Service

SORT = Sort(model=Terms, event="terms", of=("term", "service"), values=values_of)
FOR_ALL = ["", *Service.values]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """``state`` is past, now or to come; ``example`` is by when a request of today is answered, where it holds."""

    terms: Terms
    state: str
    example: Deadline | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """All rows of one term, those of all services first. ``kinds`` are the kinds of request that it is for."""

    term: str
    name: str | Promise
    kinds: list[str | Promise]
    rows: list[Row]

    @property
    def is_missing(self) -> bool:
        """Requests of these kinds have no deadline today."""
        return bool(self.kinds) and not any(row.state == "now" for row in self.rows)


@ADMINISTRATORS
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    rows = list(Terms.objects.order_by("-valid_from"))
    groups = [
        Group(term=term, name=name, kinds=kinds_of(term), rows=rows_of(term, rows, today))
        for term, name in terms_named().items()
    ]
    context = {"tab": "administration", "groups": groups, "today": today}
    return render(request, "backoffice/terms.html", context)


def rows_of(term: str, newest_first: Sequence[Terms], today: date) -> list[Row]:
    rows = []
    for service in FOR_ALL:
        own = [terms for terms in newest_first if (terms.term, terms.service) == (term, service)]
        for terms, state in dated.states(own, today):
            example = deadlines.by(terms, today) if state == "now" else None
            rows.append(Row(terms=terms, state=state, example=example))
    return rows


@ADMINISTRATORS
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Begins from the terms that hold today, for the term and service that were asked for."""
    today = timezone.localdate()
    if request.method != "POST":
        return form_page(request, TermsForm(initial=beginning(request, today), today=today))
    form = TermsForm(request.POST, today=today)
    if not form.is_valid():
        return form_page(request, form)
    try:
        dated.insert(SORT, form, actor_id=request.user.pk)
    except IntegrityError:  # somebody has added the same day since the form looked; now it sees that
        return form_page(request, TermsForm(request.POST, today=today))
    messages.success(request, told(form.instance))
    return redirect("terms")


@ADMINISTRATORS
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    today = timezone.localdate()
    terms = dated.found(SORT, pk)
    if terms.valid_from <= today:
        return too_late(request)
    if request.method != "POST":
        return form_page(request, TermsForm(instance=terms, initial={"term": terms.term}, today=today))
    form = TermsForm(request.POST, instance=dated.found(SORT, pk), today=today)
    if not form.is_valid():
        return form_page(request, form, terms=terms)
    try:
        dated.change(SORT, form, pk=pk, today=today, actor_id=request.user.pk)
    except InForce:
        return too_late(request)
    except IntegrityError:
        return form_page(request, TermsForm(request.POST, instance=dated.found(SORT, pk), today=today), terms=terms)
    except ChangedMeanwhile:
        return form_page(request, form, terms=dated.found(SORT, pk), meanwhile=True)
    messages.success(request, told(form.instance))
    return redirect("terms")


@ADMINISTRATORS
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """To look here leads to the list, where the button is."""
    terms = dated.found(SORT, pk)
    if request.method != "POST":
        return redirect("terms")
    try:
        dated.remove(SORT, pk=pk, today=timezone.localdate(), actor_id=request.user.pk)
    except InForce:
        return too_late(request)
    messages.success(request, _("%(term)s: the terms from %(day)s are removed.") % words_of(terms))
    return redirect("terms")


def beginning(request: HttpRequest, today: date) -> dict[str, Any]:
    named = terms_named()
    term, service = request.GET.get("term", ""), request.GET.get("service", "")
    term = term if term in named else next(iter(named))
    service = service if service in FOR_ALL else ""
    terms = Terms.objects.in_force(term, service, today) or Terms()
    values = {name: getattr(terms, name) for name in values_of(terms)}
    return {**values, "term": term, "service": service, "valid_from": default_day()}


def form_page(
    request: HttpRequest, form: TermsForm, *, terms: Terms | None = None, meanwhile: bool = False
) -> HttpResponse:
    """``terms`` is the row as it is, ``form.instance`` as it would be. ``meanwhile``: somebody else has changed it."""
    row = terms or (form.instance if form.instance.pk else None)
    context = {
        "tab": "administration",
        "form": form,
        "row": row,
        "seen": dated.seen(SORT, row) if row else "",
        "meanwhile": dated.changes(SORT, row, form.instance) if row and meanwhile else None,
    }
    return render(request, "backoffice/terms_form.html", context, status=409 if meanwhile else 200)


def too_late(request: HttpRequest) -> HttpResponse:
    messages.error(request, _("These terms are in force already. Add new ones that follow them."))
    return redirect("terms")


def told(terms: Terms) -> str:
    return _("%(term)s: the terms from %(day)s are saved.") % words_of(terms)


def words_of(terms: Terms) -> dict[str, str]:
    return {"term": str(terms_named().get(terms.term, terms.term)), "day": f"{terms.valid_from:%d/%m/%Y}"}
