"""One invoice as operators see it: to whom it was mailed, what has become of that, and one press to send it again; and all
that did not arrive."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from sportello.desks.policies import REQUEST_STAFF
from sportello.domain.activities.models import Activity, ActivityKind
from sportello.domain.customers.documents.keeping import issued
from sportello.domain.customers.models import Invoice, InvoiceSubscription
from sportello.domain.invoice_mail import log, resending
from sportello.domain.invoice_mail.models import LONGEST_ADDRESS, Sending
from sportello.domain.invoice_mail.resending import NobodyToSendTo, NoPdfYet
from sportello.domain.journal.models import record
from sportello.domain.messages.models import Channel, Message

PAGE = 50
MOST = 100  # sendings and messages that are shown of one invoice
LARGEST = 2**63 - 1


class ResendForm(forms.Form):
    """``seen`` is what the page had of this invoice's sendings, ``to`` one address, "" for all."""

    seen = forms.IntegerField(min_value=0, max_value=LARGEST)
    to = forms.CharField(required=False, max_length=LONGEST_ADDRESS)


@REQUEST_STAFF
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """That somebody has looked is written down."""
    invoice = get_object_or_404(Invoice.objects.select_related("customer"), number=number)
    record(
        "backoffice.invoice_seen",
        now=timezone.now(),
        actor_id=request.user.pk,
        about=("invoice", number),
        customer_code=invoice.customer_id,
    )
    sendings = list(Sending.objects.of_invoice(number).order_by("-asked_at", "pk")[:MOST])
    goes_to = InvoiceSubscription.objects.deliveries([number])
    others = Message.objects.about("invoice", number).exclude(pk__in=[each.message_id for each in sendings])
    context = {
        "tab": "customers",
        "invoice": invoice,
        "customer": invoice.customer,
        "today": timezone.localdate(),
        "entries": log.log_of(sendings),
        "seen": resending.last_of(number),
        "goes_to": goes_to,
        "reached": {each.address.lower() for each in goes_to},
        "has_pdf": bool(issued([number])),
        "waits": log.waits_for_pdf(number),
        "others": list(others.order_by("-pk")[:MOST]),
        "undelivered": undelivered_of(number),
    }
    return render(request, "backoffice/invoice.html", context)


def undelivered_of(number: str) -> Sequence[Activity]:
    mine = Activity.objects.filter(kind=ActivityKind.INVOICE_UNDELIVERED, invoice_number=number)
    return list(mine.order_by("-pk")[:5])


@REQUEST_STAFF
@require_http_methods(["GET", "HEAD", "POST"])
def resend(request: HttpRequest, number: str) -> HttpResponse:
    """To look here leads to the invoice, where the buttons are. Twice pressed, it is sent once."""
    invoice = get_object_or_404(Invoice, number=number)
    form = ResendForm(request.POST)
    if request.method == "POST" and form.is_valid():
        tell(request, invoice, form.cleaned_data)
    return redirect("staff_invoice", number)


def tell(request: HttpRequest, invoice: Invoice, asked: dict[str, Any]) -> None:
    try:
        count = resending.resend(
            invoice.number, to=asked["to"], seen=asked["seen"], by_id=request.user.pk, now=timezone.now()
        )
    except NobodyToSendTo:
        messages.error(request, _("Nothing has been sent: the invoice does not go to this address now."))
    except NoPdfYet:
        messages.error(
            request, _("Nothing has been sent: the PDF is not here yet. With it the invoice goes by itself.")
        )
    else:
        if count:
            said = ngettext("The invoice goes to %(num)s address.", "The invoice goes to %(num)s addresses.", count)
            messages.success(request, said % {"num": count})
        else:
            messages.info(request, _("It has been sent again already: you see it below."))


@REQUEST_STAFF
@require_safe
def undelivered(request: HttpRequest) -> HttpResponse:
    """The latest first; those of which the same address has got the invoice later are marked."""
    page = Paginator(Sending.objects.failed().select_related("invoice__customer"), PAGE).get_page(
        request.GET.get("page")
    )
    rows = log.log_of(page.object_list)
    numbers = {row.sending.invoice_id for row in rows}
    later = Sending.objects.filter(invoice__in=numbers, failed_at=None, message__sent_at__isnull=False)
    arrived = {
        (number, address): repeat
        for number, address, repeat in later.order_by("repeat").values_list("invoice_id", "address", "repeat")
    }
    on_paper = Message.objects.filter(about_kind="invoice", about_key__in=numbers, channel=Channel.LETTER)
    activities = Activity.objects.filter(kind=ActivityKind.INVOICE_UNDELIVERED, invoice_number__in=numbers)
    context = {
        "tab": "customers",
        "page": page,
        "rows": [(row, is_mended(row, arrived)) for row in rows],
        "letters": {each.about_key: each for each in on_paper.order_by("pk")},
        "requests": {each.invoice_number: each for each in activities.order_by("pk")},
    }
    return render(request, "backoffice/undelivered.html", context)


def is_mended(row: log.Entry, arrived: dict[tuple[str, str], int]) -> bool:
    return arrived.get((row.sending.invoice_id, row.address), -1) > row.sending.repeat
