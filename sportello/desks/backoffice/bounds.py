"""Numbers that bound what may be asked: those in force, past and to come; Administration adds and changes only the latter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from sportello.desks.backoffice import dated
from sportello.desks.backoffice.bounds_forms import BoundForm, plain
from sportello.desks.backoffice.dated import Sort
from sportello.desks.backoffice.dated_editor import Editor
from sportello.desks.policies import ADMINISTRATORS
from sportello.domain.activities.models import Bound, Bounding
from sportello.domain.activities.models.bounds import DEFAULTS, OF_A_SERVICE
from sportello.domain.customers.models.parties import Service

SORT = Sort(model=Bound, event="bound", of=BoundForm.of, fields=("valid_from", "value"))
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


def beginning(request: HttpRequest, today: date) -> dict[str, Any]:
    """What holds today, for the number that was asked for."""
    asked, service = request.GET.get("name", ""), request.GET.get("service", "")
    name = Bounding(asked) if asked in Bounding.values else Bounding.INSTALMENTS_MOST
    service = service if service in FOR_ALL and name in OF_A_SERVICE else ""
    return {
        "name": name.value,
        "service": service,
        "value": plain(Bound.objects.amount_in_force(name, today, service=service)),
    }


def words_of(bound: Bound) -> dict[str, str]:
    return {"name": bound.get_name_display(), "day": f"{bound.valid_from:%d/%m/%Y}"}


EDITOR = Editor(
    sort=SORT,
    form=BoundForm,
    home="bounds",
    template="backoffice/bounds_form.html",
    tab="administration",
    begins=beginning,
    words=words_of,
    saved=gettext_lazy("%(name)s, from %(day)s: saved."),
    removed=gettext_lazy("%(name)s, from %(day)s: removed."),
    too_late=gettext_lazy("This number is in force already. Add a new one that follows it."),
)
add, edit, delete = EDITOR.views(ADMINISTRATORS)
