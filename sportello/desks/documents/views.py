"""One invoice as PDF or XML: the bytes where they are kept, else a page that says how far they are."""

import time
from collections.abc import Callable
from datetime import timedelta
from threading import BoundedSemaphore
from typing import TypeVar

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from sportello.desks import from_mail
from sportello.desks.documents.names import file_name
from sportello.desks.documents.pooled import lend_connection
from sportello.desks.policies import CUSTOMER
from sportello.domain.customers.documents.asking import ask_for
from sportello.domain.customers.documents.keeping import Copy, Failure, Kind, copy_of
from sportello.domain.customers.documents.versions import versioned
from sportello.domain.customers.models import Invoice
from sportello.domain.files.models import KeptFile

WAIT = 1.5  # seconds that a request stays for a copy that is being made
LOOK_EVERY = 0.04  # seconds
RECENT = timedelta(seconds=30)  # after a failure, during which the same is not asked for again
RETRY_AFTER = 60  # seconds
POLLS = 30  # of an open page, then its reader decides
ENDINGS = {Kind.PDF: "pdf", Kind.XML: "xml"}
# Waiting keeps a thread of the server busy: the others stay free, and whoever finds two waiting gets the page at once.
_waiting = BoundedSemaphore(2)
Found = TypeVar("Found")


@CUSTOMER
@require_safe
def invoice_pdf(request: HttpRequest, number: str) -> HttpResponse:
    return document(request, number, Kind.PDF)


@CUSTOMER
@require_safe
def invoice_xml(request: HttpRequest, number: str) -> HttpResponse:
    return document(request, number, Kind.XML)


def document(request: HttpRequest, number: str, kind: Kind) -> HttpResponse:
    """Foreign and missing are the same; an invoice without XML has no address for one."""
    invoices = Invoice.objects.within_reach_of(request.user).only("number", "kind", "has_xml")
    invoice = versioned(invoices).filter(number=number).first()
    if invoice is None or (kind == Kind.XML and not invoice.has_xml):
        raise Http404
    copy = find(invoice, kind, wait=not is_look(request))
    if copy.file is None:
        return not_yet(request, invoice, kind, copy)
    if is_look(request):
        # The page that was waiting goes there as a whole.
        return HttpResponse(status=204, headers={"HX-Redirect": request.path})
    if kind == Kind.PDF:
        from_mail.note(request, number, downloaded=True)
    return sent(copy.file, invoice, kind)


def find(invoice: Invoice, kind: Kind, *, wait: bool) -> Copy:
    """The copy; where it is not kept yet, workers are asked for it, and ``wait`` says whether to stay for a moment."""
    now = timezone.now()
    copy = copy_of(invoice, kind)
    if copy.file or (copy.failed_at and copy.failed_at > now - RECENT):
        return copy
    ask_for([invoice.number], now=now, kind=kind, at_once=True)

    def look() -> Copy | None:
        found = copy_of(invoice, kind)
        return found if found.file or (found.failed_at and found.failed_at >= now) else None

    return (patiently(look) if wait else None) or copy


def patiently(look: Callable[[], Found | None]) -> Found | None:
    """What ``look`` finds within a moment, looking again and again; None where too many wait already."""
    if not _waiting.acquire(blocking=False):
        return None
    try:
        until = time.monotonic() + WAIT
        while True:
            lend_connection()
            time.sleep(LOOK_EVERY)
            if (found := look()) is not None or time.monotonic() > until:
                return found
    finally:
        _waiting.release()


def sent(file: KeptFile, invoice: Invoice, kind: Kind) -> HttpResponse:
    """A PDF opens in the browser; an XML is saved, for what it looks like is for others to say."""
    name = file_name(invoice.number, kind=invoice.kind, ending=ENDINGS[kind])
    return bytes_of(file, name, saved=kind == Kind.XML)


def bytes_of(file: KeptFile, name: str, *, saved: bool) -> HttpResponse:
    content = bytes(file.content)
    response = HttpResponse(content, content_type=file.media_type)
    response.headers["Content-Disposition"] = content_disposition_header(saved, name) or "attachment"
    response.headers["Content-Length"] = str(len(content))
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def not_yet(request: HttpRequest, invoice: Invoice, kind: Kind, copy: Copy) -> HttpResponse:
    """The page that waits, and the one that says why there is nothing to wait for; htmx takes a part of either."""
    polls = asked_before(request)
    context = {
        "tab": "invoices",
        "invoice": invoice,
        "is_xml": kind == Kind.XML,
        "failure": str(copy.failure or ""),
        "poll": f"{request.path}?polls={polls + 1}" if polls < POLLS and copy.failure in (None, Failure.AWAY) else "",
    }
    status = 503 if copy.failure else 202
    response = render(request, "documents/waiting.html", context, status=200 if is_look(request) else status)
    if copy.failure:
        response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def is_look(request: HttpRequest) -> bool:
    """Whether a page that is open asks by itself how far things are."""
    return request.headers.get("HX-Request") == "true"


def asked_before(request: HttpRequest) -> int:
    """How often this open page has looked; what cannot be read counts as often enough."""
    polls = request.GET.get("polls", "0")
    return int(polls) if polls.isascii() and polls.isdigit() and len(polls) < 4 else POLLS
