"""Files that came with a request or what was said about it, for its customer and the staff who deal with requests."""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from sportello.desks.policies import CUSTOMER, REQUEST_STAFF, customers_of, either
from sportello.desks.saving import to_be_saved
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
    return to_be_saved(found.file, found.name)


def visible(request: HttpRequest) -> AttachmentQuerySet:
    """What is within one's reach, without the files of notes; for the staff who deal with requests all of others' as well."""
    mine = Attachment.objects.within_reach_of(request.user).for_the_customer()
    if not REQUEST_STAFF.admits(request):
        return mine
    of_others = ~Q(activity__customer__in=[customer.pk for customer in customers_of(request)])
    return Attachment.objects.filter(of_others | Q(pk__in=mine.values("pk")))
