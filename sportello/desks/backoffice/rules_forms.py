"""The form of one row of rules for self-readings, each field in words."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sportello.billing.services import SERVICES
from sportello.domain.activities.models import ReadingRules
from sportello.domain.activities.models.reading_rules import Outside
from sportello.domain.customers.models.parties import Service

if TYPE_CHECKING:
    Base = forms.ModelForm[ReadingRules]
else:
    Base = forms.ModelForm

DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d.%m.%Y", "%d-%m-%Y")
READ_SERVICES = [service for service in Service.values if SERVICES[service].dial]
LABELS = {
    "valid_from": gettext_lazy("In force from"),
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
    "valid_from": gettext_lazy(
        "Tomorrow at the earliest: readings already judged stay explained by the rules of their day."
    ),
    "confirm_from": gettext_lazy("What is below or above is kept for an operator."),
    "roll_over_share": gettext_lazy("0.10 is a tenth: of five digits, from 90,000 on."),
    "corrector_tolerance": gettext_lazy("0.20 is a fifth."),
    "opens_day": gettext_lazy("Leave both days empty where readings are always wanted."),
}
SHARES = ("confirm_from", "accept_from", "accept_to", "confirm_to")  # each at least the one before


class RulesForm(Base):
    """``seen`` is what the row was like on the page from which a change is sent."""

    service = forms.ChoiceField(
        label=gettext_lazy("Service"),
        choices=[(code, Service(code).label) for code in READ_SERVICES],
        error_messages={"invalid_choice": gettext_lazy("This choice is not available. Choose one from the list.")},
    )
    outside = forms.ChoiceField(label=LABELS["outside"], choices=Outside.choices)
    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    class Meta:
        model = ReadingRules
        fields = ("service", *(name for name in LABELS))
        labels = LABELS
        help_texts = HINTS
        localized_fields: ClassVar[tuple[str, ...]] = (*SHARES, "slack", "roll_over_share", "corrector_tolerance")

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        self.today = today
        super().__init__(*args, **options)
        self.fields["valid_from"] = forms.DateField(
            label=LABELS["valid_from"],
            help_text=HINTS["valid_from"],
            input_formats=DAYS,
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        )
        for name in ("opens_day", "closes_day"):
            self.fields[name] = forms.IntegerField(
                label=LABELS[name], help_text=HINTS.get(name, ""), required=False, min_value=1, max_value=31
            )
        self.order_fields(["service", *LABELS])

    def clean_valid_from(self) -> date:
        day: date = self.cleaned_data["valid_from"]
        if day <= self.today:
            raise forms.ValidationError(_("Tomorrow at the earliest."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._check_shares(cleaned)
        self._check_window(cleaned)
        self._check_day(cleaned)
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """Without its service the day is not looked at by the library as well, which would tell it in words of its own."""
        names: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return names | {"service"}

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

    def _check_day(self, cleaned: dict[str, Any]) -> None:
        service, day = cleaned.get("service"), cleaned.get("valid_from")
        if service is None or day is None:
            return
        if ReadingRules.objects.filter(service=service, valid_from=day).exclude(pk=self.instance.pk).exists():
            self.add_error("valid_from", _("There are rules of this service from this day already: change those."))


def default_day() -> date:
    return timezone.localdate() + timedelta(days=1)


def values_of(rules: ReadingRules) -> dict[str, str]:
    """Each field as text, the same whether it comes from a form or from the database."""
    names = ("service", *LABELS)
    return {
        field.name: text_of(field.to_python(getattr(rules, field.name)))
        for field in rules._meta.fields
        if field.name in names
    }


def text_of(value: Any) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else "none" if value is None else str(value)
