"""The PDFs of many invoices as one ZIP: they are made ready, with progress to be seen, then sent in a stream."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sportello.desks.documents.names import each_once, file_name, safe
from sportello.desks.documents.zipping import Entry, Text, stream
from sportello.desks.policies import CUSTOMER, customers_of
from sportello.domain.customers.documents.asking import Progress, ask_for, progress
from sportello.domain.customers.documents.keeping import Failure, Kind
from sportello.domain.customers.filters import InvoiceFilter, years_of
from sportello.domain.customers.models import Invoice, Supply
from sportello.domain.customers.models.invoices import InvoiceQuerySet

MOST = 1_000  # documents in one file


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be put together, as the list of invoices chooses it."""

    filter: InvoiceFilter
    invoices: InvoiceQuerySet
    count: int

    @property
    def too_many(self) -> bool:
        return self.count > MOST


def choice(request: HttpRequest) -> Choice:
    reach = Invoice.objects.within_reach_of(request.user)
    supplies = list(Supply.objects.within_reach_of(request.user).order_by("code"))
    wanted = InvoiceFilter(request.GET, customers=customers_of(request), supplies=supplies, years=years_of(reach))
    invoices = wanted.apply(reach).newest_first()
    return Choice(wanted, invoices, invoices.count())


@CUSTOMER
@require_http_methods(["GET", "POST"])
def invoices_zip(request: HttpRequest) -> HttpResponse:
    """How many PDFs there are and how many are ready; POST asks for those that are not."""
    chosen = choice(request)
    if chosen.too_many or not chosen.count:
        return render(request, "documents/together.html", context(request, chosen, None))
    now = timezone.now()
    state = progress(chosen.invoices, now=now)
    if request.method == "POST":
        if not chosen.filter.errors:
            ask_for(state.wanting, now=now)
        return redirect(f"{request.path}{question(request)}")
    return render(request, "documents/together.html", context(request, chosen, state))


def context(request: HttpRequest, chosen: Choice, state: Progress | None) -> dict[str, Any]:
    return {
        "tab": "invoices",
        "filter": chosen.filter,
        "count": chosen.count,
        "most": MOST,
        "state": state,
        "query": question(request),
        "said": said(state),
    }


def question(request: HttpRequest) -> str:
    return f"?{request.GET.urlencode()}" if request.GET else ""


def said(state: Progress | None) -> str:
    """What a screen reader is told when it changes: not each step, only the end."""
    if state is None or state.under_way or not state.ready:
        return ""
    if state.wanting:
        return _("Some PDFs could not be prepared.")
    return _("All PDFs are ready.")


@CUSTOMER
@require_safe
def invoices_zip_download(request: HttpRequest) -> HttpResponseBase:
    """Those that are ready; where any are missing, a text in the file says which and why."""
    chosen = choice(request)
    if chosen.filter.errors:
        return render(request, "documents/together.html", context(request, chosen, None))
    state = None if chosen.too_many else progress(chosen.invoices, now=timezone.now())
    if state is None or not state.ready:
        return redirect(f"{reverse('invoices_zip')}{question(request)}")
    pieces = stream(Kind.PDF, entries(chosen, state), closing=missing(state))
    response = StreamingHttpResponse(pieces, content_type="application/zip")
    response.headers["Content-Disposition"] = content_disposition_header(True, archive_name(chosen)) or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def entries(chosen: Choice, state: Progress) -> list[Entry]:
    ready = set(state.ready)
    rows = [row for row in chosen.invoices.values_list("number", "kind", "issued_on") if row[0] in ready]
    names = each_once(file_name(number, kind=kind, ending="pdf") for number, kind, _day in rows)
    return [Entry(name=name, key=row[0], day=row[2]) for name, row in zip(names, rows, strict=True)]


def missing(state: Progress) -> Callable[[Sequence[str]], Text | None]:
    """The text that names what is not in the archive. Its words are found now: the archive is written when nobody knows
    any more in which language."""
    name = safe(_("missing")) + ".txt"
    title = _("These invoices are not in this file:")
    pending = _("being prepared: try again later")
    reasons = {number: reason(failure) for number, failure in state.failed.items()}
    reasons |= dict.fromkeys([*state.under_way, *state.not_asked], pending)

    def closing(lost: Sequence[str]) -> Text | None:
        all_missing = reasons | dict.fromkeys(lost, pending)
        if not all_missing:
            return None
        lines = [title, *(f"{number}: {why}" for number, why in all_missing.items())]
        return Text(name=name, content="\r\n".join(lines) + "\r\n")

    return closing


def reason(failure: Failure) -> str:
    if failure == Failure.AWAY:
        return _("billing does not answer: try again later")
    return _("no usable copy could be obtained: ask customer service")


def archive_name(chosen: Choice) -> str:
    """fatture-2026.zip; with the supply's code where one was chosen."""
    parts = [_("invoices"), *(chosen.filter.chosen(name) for name in ("customer", "supply", "year"))]
    return "-".join(safe(str(part)) for part in parts if part) + ".zip"
