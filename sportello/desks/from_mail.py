"""Whoever has come to an invoice by the link in its mail, and signed in: that it was opened, and its PDF taken, is kept."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from sportello.domain.invoice_mail import links
from sportello.domain.invoice_mail.models import Sending

NAME = "mail"


def address(page: str, sending: Sending) -> str:
    return f"{reverse(page, args=[sending.invoice_id])}?{NAME}={sending.pk}"


def note(request: HttpRequest, number: str, *, downloaded: bool = False) -> str:
    """For pages that have found the invoice within the person's reach; gives what their own links carry on, "" for nothing.

    A browser that only looks ahead has opened nothing.
    """
    pk = request.GET.get(NAME, "")
    if not (pk.isascii() and pk.isdigit() and len(pk) < 19) or request.method != "GET" or looks_ahead(request):
        return ""
    sending = Sending.objects.filter(pk=int(pk), invoice=number).first()
    if sending is None or sending.digest is None:
        return ""
    if downloaded:
        links.downloaded(sending, now=timezone.now(), by_id=request.user.pk)
    else:
        links.opened(sending, now=timezone.now(), by_id=request.user.pk)
    return f"?{NAME}={sending.pk}"


def looks_ahead(request: HttpRequest) -> bool:
    purposes = (request.headers.get("Sec-Purpose", ""), request.headers.get("Purpose", ""))
    return any("prefetch" in each or "prerender" in each for each in purposes)
