"""Whoever reads an address says that invoices may be sent there."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from sportello.desks import limits
from sportello.desks.policies import PUBLIC
from sportello.desks.secret_addresses import form_page, secret_address
from sportello.domain.activities import proving
from sportello.domain.activities.proving import DeadProof


@PUBLIC
@secret_address
@form_page
def prove_invoice_address(request: HttpRequest, token: str) -> HttpResponse:
    """A visit shows a button; only its press confirms the address, so that no mail scanner does. No customer is named."""
    limits.limit(request, limits.PROOF_OF_ADDRESS)
    now = timezone.now()
    try:
        recipient = proving.prove(token, now=now) if request.method == "POST" else proving.found(token, now=now)
    except DeadProof:
        return render(request, "website/invoice_address_dead.html", status=404)
    return render(request, "website/invoice_address.html", {"recipient": recipient})
