"""Self-readings that an operator has to decide on: the oldest first, all or those with one reason."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from sportello.billing.services import SERVICES
from sportello.desks.backoffice.dials import Line, lines_of
from sportello.desks.policies import READING_STAFF
from sportello.domain.activities.kinds.self_reading import deciding, wording
from sportello.domain.activities.kinds.self_reading.deciding import STOPPED
from sportello.domain.activities.models import SelfReading
from sportello.domain.customers.models import Meter

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    reading: SelfReading
    lines: Sequence[Line]
    reasons: Sequence[str | Promise]
    unit: str
    since: date


class QueueFilter(forms.Form):
    reason = forms.ChoiceField(
        label=gettext_lazy("Why it waits"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("This choice is not available. Choose one from the list.")},
    )

    def __init__(self, *args: Any, counts: Counter[str], **options: Any) -> None:
        """``counts`` says how many wait for each reason; only those that some wait for are on offer."""
        super().__init__(*args, **options)
        words = words_of_reasons()
        choices = [(code, f"{words[code]} ({counts[code]})") for code in words if counts[code]]
        cast(forms.ChoiceField, self.fields["reason"]).choices = [("", _("Any reason")), *choices]

    def chosen(self) -> str:
        """ "" where nothing was chosen, or nothing that is on offer."""
        self.is_valid()
        return str(self.cleaned_data.get("reason", ""))


def words_of_reasons() -> dict[str, str | Promise]:
    stopped: dict[str, str | Promise] = {str(code): code.label for code in STOPPED}
    return {**stopped, **wording.REASONS}


def reasons_of(reading: SelfReading) -> list[str]:
    """Codes of why it waits: what stopped it at billing, else what is unusual about it."""
    attention = reading.activity.attention
    return [attention] if attention in STOPPED else list(reading.reasons)


def in_words(codes: Sequence[str]) -> list[str | Promise]:
    words = words_of_reasons()
    return [words.get(code, code) for code in codes]


def counted() -> Counter[str]:
    """How many wait for each reason; one with two of them counts for both."""
    waiting = deciding.waiting().select_related("activity").only("reasons", "activity__attention")
    return Counter(code for reading in waiting for code in set(reasons_of(reading)))


@READING_STAFF
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    wanted = QueueFilter(request.GET, counts=counted(), auto_id="filter-%s")
    waiting = deciding.waiting().select_related("activity__customer", "supply")
    if reason := wanted.chosen():
        stopped = reason in STOPPED
        waiting = (
            waiting.filter(activity__attention=reason)
            if stopped
            else waiting.filter(reasons__contains=[reason]).exclude(activity__attention__in=STOPPED)
        )
    page = Paginator(waiting.order_by("activity__opened_at", "activity_id"), PAGE).get_page(request.GET.get("page"))
    context = {
        "tab": "readings",
        "today": timezone.localdate(),
        "filter": wanted,
        "reason": reason,
        "page": page,
        "rows": rows_of(page.object_list),
    }
    return render(request, "backoffice/readings.html", context)


def rows_of(readings: Iterable[SelfReading]) -> list[Row]:
    """One query more, for the meters, however many they are."""
    shown = list(readings)
    meters = Meter.objects.in_bulk([reading.meter_code for reading in shown])
    return [
        Row(
            reading=reading,
            lines=lines_of(reading, meters.get(reading.meter_code)),
            reasons=in_words(reasons_of(reading)),
            unit=SERVICES[reading.supply.service].unit,
            since=timezone.localdate(reading.activity.opened_at),
        )
        for reading in shown
    ]
