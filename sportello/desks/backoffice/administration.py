"""Where an administrator begins: what can be set, and what of it wants his eye."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.views.decorators.http import require_safe

from sportello.desks.backoffice.wordings import that_do_not_fit
from sportello.desks.policies import ADMINISTRATORS
from sportello.domain.activities import modes
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.kinds.terms_named import terms_named
from sportello.domain.activities.models import Terms


@ADMINISTRATORS
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    context = {
        "tab": "administration",
        "not_offered": [KINDS[code].title for code in sorted(modes.not_offered() & set(KINDS))],
        "without_terms": without_terms(),
        "not_fitting": that_do_not_fit(now=timezone.now()),
    }
    return render(request, "backoffice/administration.html", context)


def without_terms() -> list[str | Promise]:
    """Terms that some kind of request asks for and that have no row today that is for every service."""
    there = Terms.objects.filter(service="", valid_from__lte=timezone.localdate())
    known = set(there.values_list("term", flat=True))
    wanted = {kind.term for kind in KINDS.values() if kind.term}
    return [name for term, name in terms_named().items() if term in wanted - known]
