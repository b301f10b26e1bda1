"""The numbers that judge self-readings: which hold today, which will; Administration adds and changes only the latter."""

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
from sportello.desks.backoffice.dated import Sort
from sportello.desks.backoffice.dated_editor import Editor
from sportello.desks.backoffice.rules_forms import LABELS, READ_SERVICES, RulesForm
from sportello.desks.policies import ADMINISTRATORS
from sportello.domain.activities.models import ReadingRules
from sportello.domain.customers.models.parties import Service

SORT = Sort(model=ReadingRules, event="reading_rules", of=RulesForm.of, fields=("valid_from", *LABELS))


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


def beginning(request: HttpRequest, today: date) -> dict[str, Any]:
    """The rules that hold today, for the service that was asked for."""
    service = request.GET.get("service", "")
    service = service if service in READ_SERVICES else READ_SERVICES[0]
    rules = ReadingRules.objects.in_force(service, today)
    return {**{name: getattr(rules, name) for name in LABELS}, "service": service}


def words_of(rules: ReadingRules) -> dict[str, str]:
    return {"service": str(Service(rules.service).label), "day": f"{rules.valid_from:%d/%m/%Y}"}


EDITOR = Editor(
    sort=SORT,
    form=RulesForm,
    home="reading_rules",
    template="backoffice/rules_form.html",
    tab="rules",
    begins=beginning,
    words=words_of,
    saved=gettext_lazy("%(service)s: the rules from %(day)s are saved."),
    removed=gettext_lazy("The rules from %(day)s are removed."),
    too_late=gettext_lazy("These rules are in force already. Add new ones that follow them."),
)
add, edit, delete = EDITOR.views(ADMINISTRATORS)
