"""Letters about one request as they go into the envelope: one sheet each, the newest first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from sportello.desks.backoffice import own
from sportello.desks.backoffice.requests.filters import kept
from sportello.desks.policies import REQUEST_STAFF
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.models import Activity
from sportello.domain.journal.models import record
from sportello.domain.messages.composing import words_of
from sportello.domain.messages.models import Channel, Message, State


@REQUEST_STAFF
@require_safe
def letters(request: HttpRequest, number: str) -> HttpResponse:
    """All of them, or the one that ``letter`` asks for."""
    activity = get_object_or_404(Activity, number=number, kind__in=KINDS)
    if own.is_own(request, activity):
        return own.page(request, activity, tab="requests")
    found = Message.objects.about("activity", number).filter(channel=Channel.LETTER).order_by("-pk")
    asked = request.GET.get("letter", "")
    shown = [each for each in found if asked in ("", str(each.pk))]
    record(
        "backoffice.request_letters_seen",
        now=timezone.now(),
        actor_id=request.user.pk,
        about=("activity", number),
        customer_code=activity.customer_code,
    )
    context = {
        "tab": "requests",
        "activity": activity,
        "letters": [(each, words_of(each, hidden=each.hides_its_code_from(request.user.pk))) for each in shown],
        "to_print": [each for each in shown if each.state == State.QUEUED and each.printed_at is None],
        "kept": kept(request),
    }
    return render(request, "backoffice/request_letters.html", context)
