"""The link in an invoice's mail: after signing in, or with a press of a button where the company allows it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from sportello.desks import from_mail, limits
from sportello.desks.documents.names import file_name
from sportello.desks.documents.views import RETRY_AFTER, bytes_of, find
from sportello.desks.policies import PUBLIC
from sportello.desks.secret_addresses import form_page, secret_address
from sportello.domain.customers.documents.keeping import Kind
from sportello.domain.customers.documents.versions import versioned
from sportello.domain.customers.models import Invoice
from sportello.domain.invoice_mail import links
from sportello.domain.invoice_mail.links import DeadLink
from sportello.domain.invoice_mail.models import Sending


@PUBLIC
@secret_address
@form_page
def invoice_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """A visit shows a button and is not counted, so that no scanner of mails opens anything; only the press gives the PDF."""
    try:
        opening = links.find(token, now=timezone.now())
    except DeadLink:
        limits.limit(request, limits.DEAD_INVOICE_LINKS_OF_ADDRESS)
        return render(request, "documents/dead_link.html", status=404)
    sending = opening.sending
    if not opening.freely:
        return redirect(from_mail.address("invoice", sending))
    if request.method != "POST":
        return page(request, sending)
    limits.INVOICE_LINKS_OF_SENDING.count(str(sending.pk))
    return handed_over(request, sending)


def handed_over(request: HttpRequest, sending: Sending) -> HttpResponse:
    invoice = versioned(Invoice.objects.all()).get(pk=sending.invoice_id)
    copy = find(invoice, Kind.PDF, wait=True)
    if copy.file is None:
        response = page(request, sending, not_yet=True)
        response.headers["Retry-After"] = str(RETRY_AFTER)
        return response
    links.downloaded(sending, now=timezone.now())
    return bytes_of(copy.file, file_name(invoice.number, kind=invoice.kind, ending="pdf"), saved=True)


def page(request: HttpRequest, sending: Sending, *, not_yet: bool = False) -> HttpResponse:
    context = {
        "number": sending.invoice_id,
        "sign_in": from_mail.address("invoice", sending),
        "not_yet": not_yet,
    }
    return render(request, "documents/by_link.html", context, status=503 if not_yet else 200)
