"""The photo that came with a self-reading, for the customer who sent it and the staff who look at it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sportello.desks.documents.names import safe
from sportello.desks.policies import CUSTOMER, READING_STAFF, either
from sportello.domain.activities.models import Activity, SelfReading
from sportello.domain.activities.models.self_readings import SelfReadingQuerySet
from sportello.domain.journal.models import record

ENDINGS = {"image/jpeg": "jpg", "image/png": "png"}


@either(CUSTOMER, READING_STAFF)
@require_safe
def reading_photo(request: HttpRequest, number: str) -> HttpResponse:
    """``number`` is the request's. Foreign, missing and without a photo are the same."""
    readings = visible(request).select_related("photo", "activity")
    reading = readings.filter(activity__number=number, photo__media_type__in=ENDINGS).first()
    if reading is None or reading.photo is None:
        raise Http404
    note_if_staff(request, reading.activity)
    photo = reading.photo
    word = _("photo")
    name = f"{safe(word)}-{safe(number)}.{ENDINGS[photo.media_type]}"
    response = HttpResponse(bytes(photo.content), content_type=photo.media_type)
    response.headers["Content-Disposition"] = content_disposition_header(False, name) or "inline"
    response.headers["Content-Length"] = str(photo.size)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def visible(request: HttpRequest) -> SelfReadingQuerySet:
    """All for the staff who look at readings; for everybody else what is within his reach."""
    if READING_STAFF.admits(request):
        return SelfReading.objects.all()
    return SelfReading.objects.within_reach_of(request.user)


def note_if_staff(request: HttpRequest, activity: Activity) -> None:
    """What staff look at is written down."""
    if READING_STAFF.admits(request):
        record(
            "documents.reading_photo_seen",
            now=timezone.now(),
            actor_id=request.user.pk,
            about=("activity", activity.number),
            customer_code=activity.customer_code,
        )
