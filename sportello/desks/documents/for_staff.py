"""The PDF of a customer's invoice, for who looks after him: that he has looked is written down."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sportello.desks.documents.views import RETRY_AFTER, find, sent
from sportello.desks.policies import REQUEST_STAFF
from sportello.domain.customers.documents.keeping import Kind
from sportello.domain.customers.documents.versions import versioned
from sportello.domain.customers.models import Invoice
from sportello.domain.journal.models import record


@REQUEST_STAFF
@require_safe
def invoice_pdf(request: HttpRequest, number: str) -> HttpResponse:
    invoice = get_object_or_404(versioned(Invoice.objects.all()), number=number)
    record(
        "backoffice.invoice_pdf_seen",
        now=timezone.now(),
        actor_id=request.user.pk,
        about=("invoice", number),
        customer_code=invoice.customer_id,
    )
    copy = find(invoice, Kind.PDF, wait=True)
    if copy.file is None:
        words = _("The PDF of this invoice is not here at the moment. Try again in a minute.")
        headers = {"Retry-After": str(RETRY_AFTER), "Content-Type": "text/plain; charset=utf-8"}
        return HttpResponse(words, status=503, headers=headers)
    return sent(copy.file, invoice, Kind.PDF)
