"""What the forms of rows that hold from a day on have in common: whose numbers they are, and a day that is free and to come."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sportello.domain.activities.kinds.base import NOT_ON_OFFER
from sportello.domain.customers.models.parties import Service

if TYPE_CHECKING:
    Base = forms.ModelForm[Any]
else:
    Base = forms.ModelForm

DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d.%m.%Y", "%d-%m-%Y")
ALL_SERVICES = ("", gettext_lazy("All services"))


class DatedForm(Base):
    """``of`` are the columns that say whose numbers they are, ``taken`` is told where one of them has this day already.

    ``seen`` is what the row was like on the page from which a change is sent.
    """

    of: ClassVar[tuple[str, ...]]
    day_hint: ClassVar[str | Promise]
    taken: ClassVar[str | Promise]

    valid_from = forms.DateField(
        label=gettext_lazy("In force from"),
        input_formats=DAYS,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        self.today = today
        super().__init__(*args, **options)
        self.fields["valid_from"].help_text = str(self.day_hint)
        self.order_fields(list(self._meta.fields or ()))

    def clean_valid_from(self) -> date:
        day: date = self.cleaned_data["valid_from"]
        if day <= self.today:
            raise forms.ValidationError(_("Tomorrow at the earliest."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._check_day(cleaned)
        return cleaned

    def _check_day(self, cleaned: dict[str, Any]) -> None:
        names = (*self.of, "valid_from")
        if not set(names) <= cleaned.keys():
            return
        same = self._meta.model._default_manager.filter(**{name: cleaned[name] for name in names})
        if same.exclude(pk=self.instance.pk).exists():
            self.add_error("valid_from", str(self.taken))

    def _get_validation_exclusions(self) -> set[str]:
        """The day is looked at by ``_check_day`` alone, in words of ours."""
        names: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return names | set(self.of)


def service_field() -> forms.ChoiceField:
    """One service, or all."""
    return forms.ChoiceField(
        label=gettext_lazy("Service"),
        required=False,
        choices=[ALL_SERVICES, *Service.choices],
        error_messages={"invalid_choice": NOT_ON_OFFER},
    )


def default_day() -> date:
    return timezone.localdate() + timedelta(days=1)
