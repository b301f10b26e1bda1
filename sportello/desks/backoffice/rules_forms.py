"""The form of one row of rules for self-readings, each field in words."""

from decimal import Decimal
from itertools import pairwise
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sportello.billing.services import SERVICES
from sportello.desks.backoffice.dated_forms import DatedForm
from sportello.domain.activities.kinds.base import NOT_ON_OFFER
from sportello.domain.activities.models import ReadingRules
from sportello.domain.activities.models.reading_rules import Outside
from sportello.domain.customers.models.parties import Service

READ_SERVICES = [service for service in Service.values if SERVICES[service].dial]
LABELS = {
    "accept_from": gettext_lazy("Accepted from … times the expected consumption"),
    "accept_to": gettext_lazy("Accepted up to … times the expected consumption"),
    "confirm_from": gettext_lazy("Sent after one confirmation from … times"),
    "confirm_to": gettext_lazy("Sent after one confirmation up to … times"),
    "slack": gettext_lazy("Units of the dial that are never unusual"),
    "allow_equal": gettext_lazy("A reading may equal the one before"),
    "roll_over_share": gettext_lazy("A dial may begin anew in the last … of its range"),
    "corrector_tolerance": gettext_lazy("Corrector and meter may go apart by … of the last time"),
    "opens_day": gettext_lazy("Readings are wanted from day … of the month"),
    "closes_day": gettext_lazy("Readings are wanted until day … of the month"),
    "outside": gettext_lazy("A reading outside these days"),
}
HINTS = {
    "confirm_from": gettext_lazy("What is below or above is kept for an operator."),
    "roll_over_share": gettext_lazy("0.10 is a tenth: of five digits, from 90,000 on."),
    "corrector_tolerance": gettext_lazy("0.20 is a fifth."),
    "opens_day": gettext_lazy("Leave both days empty where readings are always wanted."),
}
SHARES = ("confirm_from", "accept_from", "accept_to", "confirm_to")  # each at least the one before


class RulesForm(DatedForm):
    of = ("service",)
    day_hint = gettext_lazy(
        "Tomorrow at the earliest: readings already judged stay explained by the rules of their day."
    )
    taken = gettext_lazy("There are rules of this service from this day already: change those.")

    service = forms.ChoiceField(
        label=gettext_lazy("Service"),
        choices=[(code, Service(code).label) for code in READ_SERVICES],
        error_messages={"invalid_choice": NOT_ON_OFFER},
    )
    outside = forms.ChoiceField(label=LABELS["outside"], choices=Outside.choices)

    class Meta:
        model = ReadingRules
        fields = ("service", "valid_from", *LABELS)
        labels = LABELS
        help_texts = HINTS
        localized_fields: ClassVar[tuple[str, ...]] = (*SHARES, "slack", "roll_over_share", "corrector_tolerance")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("opens_day", "closes_day"):
            self.fields[name] = forms.IntegerField(
                label=LABELS[name], help_text=HINTS.get(name, ""), required=False, min_value=1, max_value=31
            )
        self.order_fields(self.Meta.fields)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self._check_shares(cleaned)
        self._check_window(cleaned)
        return cleaned

    def _check_shares(self, cleaned: dict[str, Any]) -> None:
        for name in (*SHARES, "slack", "roll_over_share", "corrector_tolerance"):
            if cleaned.get(name) is not None and cleaned[name] < 0:
                self.add_error(name, _("Zero at least."))
        if (share := cleaned.get("roll_over_share")) is not None and share > Decimal("0.5"):
            self.add_error("roll_over_share", _("Half of the range (0.5) at most."))
        given = [(name, cleaned[name]) for name in SHARES if cleaned.get(name) is not None]
        for (before, low), (name, value) in pairwise(given):
            if value < low:
                self.add_error(name, _("At least as much as “%(before)s”.") % {"before": self.fields[before].label})

    def _check_window(self, cleaned: dict[str, Any]) -> None:
        for name, other in (("opens_day", "closes_day"), ("closes_day", "opens_day")):
            if name not in self.errors and cleaned.get(name) is None and cleaned.get(other) is not None:
                self.add_error(name, _("Both days, or none."))
