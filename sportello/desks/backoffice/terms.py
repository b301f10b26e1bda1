"""By when requests are answered: terms in force, past and to come; Administration adds and changes only the latter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from sportello.desks.backoffice import dated
from sportello.desks.backoffice.dated import Sort
from sportello.desks.backoffice.dated_editor import Editor
from sportello.desks.backoffice.terms_forms import LABELS, TermsForm
from sportello.desks.policies import ADMINISTRATORS
from sportello.domain.activities import deadlines
from sportello.domain.activities.deadlines import Deadline
from sportello.domain.activities.kinds.terms_named import kinds_of, terms_named
from sportello.domain.activities.models import Terms
from sportello.domain.customers.models.parties import Service

SORT = Sort(model=Terms, event="terms", of=TermsForm.of, fields=("valid_from", *LABELS))
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
    def services(self) -> list[str]:
        """Those that have terms of their own today."""
        return [row.terms.get_service_display() for row in self.rows if row.state == "now" and row.terms.service]

    @property
    def changes(self) -> bool:
        """Some of its rows do not hold yet."""
        return any(row.state == "to come" for row in self.rows)

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


def beginning(request: HttpRequest, today: date) -> dict[str, Any]:
    """The terms that hold today, for the term and service that were asked for."""
    named = terms_named()
    term, service = request.GET.get("term", ""), request.GET.get("service", "")
    term = term if term in named else next(iter(named))
    service = service if service in FOR_ALL else ""
    terms = Terms.objects.in_force(term, service, today) or Terms()
    return {**{name: getattr(terms, name) for name in LABELS}, "term": term, "service": service}


def words_of(terms: Terms) -> dict[str, str]:
    return {"term": str(terms_named().get(terms.term, terms.term)), "day": f"{terms.valid_from:%d/%m/%Y}"}


EDITOR = Editor(
    sort=SORT,
    form=TermsForm,
    home="terms",
    template="backoffice/terms_form.html",
    tab="administration",
    begins=beginning,
    words=words_of,
    saved=gettext_lazy("%(term)s: the terms from %(day)s are saved."),
    removed=gettext_lazy("%(term)s: the terms from %(day)s are removed."),
    too_late=gettext_lazy("These terms are in force already. Add new ones that follow them."),
)
add, edit, delete = EDITOR.views(ADMINISTRATORS)
