"""The form of one number that bounds what may be asked, with the day from which it holds."""

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sportello.desks.backoffice.dated_forms import DatedForm, service_field
from sportello.domain.activities.kinds.base import NOT_ON_OFFER
from sportello.domain.activities.models import Bound, Bounding
from sportello.domain.activities.models.bounds import IN_EURO, OF_A_SERVICE, RANGES


class BoundForm(DatedForm):
    of = ("name", "service")
    day_hint = gettext_lazy("Tomorrow at the earliest: what has been asked already is not touched.")
    taken = gettext_lazy("There is such a number from this day already: change that one.")

    name = forms.ChoiceField(
        label=gettext_lazy("What it bounds"), choices=Bounding.choices, error_messages={"invalid_choice": NOT_ON_OFFER}
    )
    service = service_field()
    value = forms.DecimalField(label=gettext_lazy("Number"), max_digits=7, decimal_places=2, localize=True)

    class Meta:
        model = Bound
        fields: ClassVar[tuple[str, ...]] = ("name", "service", "valid_from", "value")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            self.initial["value"] = plain(self.instance.value)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        name, value = cleaned.get("name"), cleaned.get("value")
        if name and value is not None:
            least, most = RANGES[name]
            if not least <= value <= most:
                words = {"least": least, "most": most}
                self.add_error("value", _("A number from %(least)s to %(most)s.") % words)
            elif name not in IN_EURO and value != int(value):
                self.add_error("value", _("A whole number."))
        if name and cleaned.get("service") and name not in OF_A_SERVICE:
            self.add_error("service", _("This holds for all services alike."))
        return cleaned


def plain(value: Decimal) -> Decimal | int:
    """Without cents where there are none."""
    return int(value) if value == int(value) else value
