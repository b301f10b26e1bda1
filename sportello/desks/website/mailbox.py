"""The demo's mailbox: all mails and letters that it has written, links and codes included. Nowhere else."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from sportello.desks.policies import DEMO
from sportello.domain.messages.models import Channel
from sportello.domain.messages.reading import newest, read

PAGE = 30


@DEMO
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    page = Paginator(newest(), PAGE).get_page(request.GET.get("page"))
    return render(request, "website/mailbox.html", {"page": page, "letter": Channel.LETTER})


@DEMO
@require_safe
def message(request: HttpRequest, number: int) -> HttpResponse:
    """Its plain text, which says all that the HTML says, and where its link leads."""
    found = get_object_or_404(newest(), pk=number)
    context = {
        "message": found,
        "text": read(found).text,
        "link": found.link.url if found.link else "",
        "letter": Channel.LETTER,
    }
    return render(request, "website/mail.html", context)
