"""Files that came with a request or what was said about it, for its customer and the staff who deal with requests."""

from csp.constants import HEADER
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from sportello.desks.policies import CUSTOMER, REQUEST_STAFF, either
from sportello.domain.activities.models import Attachment
from sportello.domain.activities.models.requests import AttachmentQuerySet
from sportello.domain.activities.opening import ATTACHMENT
from sportello.domain.journal.models import record


@either(CUSTOMER, REQUEST_STAFF)
@require_safe
def request_file(request: HttpRequest, key: str) -> HttpResponse:
    """To be saved, never shown here: its sender may be anybody. ``key`` is the request's number, a hyphen and the position."""
    found = get_object_or_404(visible(request).select_related("file", "activity"), file__kind=ATTACHMENT, file__key=key)
    if REQUEST_STAFF.admits(request):
        record(
            "documents.request_file_seen",
            now=timezone.now(),
            actor_id=request.user.pk,
            about=("activity", found.activity.number),
            customer_code=found.activity.customer_code,
            position=found.position,
        )
    response = HttpResponse(bytes(found.file.content), content_type=found.file.media_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, found.name) or "attachment"
    response.headers["Content-Length"] = str(found.file.size)
    response.headers[HEADER] = (
        "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def visible(request: HttpRequest) -> AttachmentQuerySet:
    """All for the staff who deal with requests; for everybody else what is within his reach, and no notes' files."""
    if REQUEST_STAFF.admits(request):
        return Attachment.objects.all()
    return Attachment.objects.within_reach_of(request.user).for_the_customer()
