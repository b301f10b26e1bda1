"""The form of one number that bounds what may be asked, with the day from which it holds."""

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sportello.desks.backoffice.rules_forms import DAYS, text_of
from sportello.domain.activities.kinds.base import NOT_ON_OFFER
from sportello.domain.activities.models import Bound, Bounding
from sportello.domain.activities.models.bounds import OF_A_SERVICE, RANGES
from sportello.domain.customers.models.parties import Service

if TYPE_CHECKING:
    Base = forms.ModelForm[Bound]
else:
    Base = forms.ModelForm

LABELS = {"valid_from": gettext_lazy("In force from"), "value": gettext_lazy("Number")}


class BoundForm(Base):
    """``seen`` is what the row was like on the page from which a change is sent."""

    name = forms.ChoiceField(
        label=gettext_lazy("What it bounds"), choices=Bounding.choices, error_messages={"invalid_choice": NOT_ON_OFFER}
    )
    service = forms.ChoiceField(
        label=gettext_lazy("Service"),
        required=False,
        choices=[("", gettext_lazy("All services")), *Service.choices],
        error_messages={"invalid_choice": NOT_ON_OFFER},
    )
    valid_from = forms.DateField(
        label=LABELS["valid_from"],
        help_text=gettext_lazy("Tomorrow at the earliest: what has been asked already is not touched."),
        input_formats=DAYS,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    value = forms.IntegerField(label=LABELS["value"])
    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    class Meta:
        model = Bound
        fields: ClassVar[tuple[str, ...]] = ("name", "service", *LABELS)

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        self.today = today
        super().__init__(*args, **options)

    def clean_valid_from(self) -> date:
        day: date = self.cleaned_data["valid_from"]
        if day <= self.today:
            raise forms.ValidationError(_("Tomorrow at the earliest."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        name, value = cleaned.get("name"), cleaned.get("value")
        if name and value is not None:
            least, most = RANGES[name]
            if not least <= value <= most:
                words = {"least": least, "most": most}
                self.add_error("value", _("A number from %(least)s to %(most)s.") % words)
        if name and cleaned.get("service") and name not in OF_A_SERVICE:
            self.add_error("service", _("This holds for all services alike."))
        self._check_day(cleaned)
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """The day is looked at by ``_check_day`` alone, in words of ours."""
        names: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return names | {"name", "service"}

    def _check_day(self, cleaned: dict[str, Any]) -> None:
        if not {"name", "service", "valid_from"} <= cleaned.keys():
            return
        same = Bound.objects.filter(**{each: cleaned[each] for each in ("name", "service", "valid_from")})
        if same.exclude(pk=self.instance.pk).exists():
            self.add_error("valid_from", _("There is such a number from this day already: change that one."))


def values_of(bound: Bound) -> dict[str, str]:
    """Each field as text, the same whether it comes from a form or from the database."""
    names = ("name", "service", *LABELS)
    return {
        field.name: text_of(field.to_python(getattr(bound, field.name)))
        for field in bound._meta.fields
        if field.name in names
    }
