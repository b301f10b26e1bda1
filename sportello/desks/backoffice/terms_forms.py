"""The form of one row of terms: the regulator's limit, our own margin, and what is due when it is missed."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sportello.desks.backoffice.rules_forms import DAYS, text_of
from sportello.domain.activities.kinds.base import NOT_ON_OFFER
from sportello.domain.activities.kinds.terms_named import terms_named
from sportello.domain.activities.models import Days, Terms
from sportello.domain.customers.models.parties import Service

if TYPE_CHECKING:
    Base = forms.ModelForm[Terms]
else:
    Base = forms.ModelForm

LONGEST = 365  # days
LABELS = {
    "valid_from": gettext_lazy("In force from"),
    "limit": gettext_lazy("The regulator's limit, in days"),
    "days": gettext_lazy("Counted in"),
    "margin": gettext_lazy("Our margin, in days"),
    "indemnity": gettext_lazy("Indemnity for an answer after the limit, in euro"),
    "indemnity_2": gettext_lazy("After twice the limit, in euro"),
    "indemnity_3": gettext_lazy("After three times the limit, in euro"),
    "indemnity_daily": gettext_lazy("Or for each day after the limit, in euro"),
    "indemnity_most": gettext_lazy("But altogether at most, in euro"),
}
HINTS = {
    "valid_from": gettext_lazy(
        "Tomorrow at the earliest: requests that have come in already keep the terms of their day."
    ),
    "limit": gettext_lazy("Counted from the day after receipt. Leave it empty where the regulator sets none."),
    "margin": gettext_lazy(
        "So many days before the limit we want to have answered. Where there is no limit: so many days after receipt."
    ),
    "indemnity": gettext_lazy("Leave the three empty where none is due, or where it is due by the day."),
}
STEPS = ("indemnity", "indemnity_2", "indemnity_3")  # each at least the one before
DAILY = ("indemnity_daily", "indemnity_most")
AMOUNTS = (*STEPS, *DAILY)


class TermsForm(Base):
    """``seen`` is what the row was like on the page from which a change is sent."""

    service = forms.ChoiceField(
        label=gettext_lazy("Service"),
        required=False,
        choices=[("", gettext_lazy("All services")), *Service.choices],
        error_messages={"invalid_choice": NOT_ON_OFFER},
    )
    days = forms.ChoiceField(
        label=LABELS["days"], choices=Days.choices, error_messages={"invalid_choice": NOT_ON_OFFER}
    )
    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    class Meta:
        model = Terms
        fields = ("service", *LABELS)
        labels = LABELS
        help_texts = HINTS
        localized_fields: ClassVar[tuple[str, ...]] = AMOUNTS

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        self.today = today
        super().__init__(*args, **options)
        self.fields["term"] = forms.ChoiceField(
            label=_("Kind of request"),
            choices=list(terms_named().items()),
            error_messages={"invalid_choice": NOT_ON_OFFER},
        )
        self.fields["valid_from"] = forms.DateField(
            label=LABELS["valid_from"],
            help_text=HINTS["valid_from"],
            input_formats=DAYS,
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        )
        self.fields["limit"] = self._days("limit", required=False, least=1)
        self.fields["margin"] = self._days("margin", required=True, least=0)
        self.order_fields(["term", "service", *LABELS])

    @staticmethod
    def _days(name: str, *, required: bool, least: int) -> forms.IntegerField:
        hint = HINTS[name]
        return forms.IntegerField(
            label=LABELS[name], help_text=hint, required=required, min_value=least, max_value=LONGEST
        )

    def clean_valid_from(self) -> date:
        day: date = self.cleaned_data["valid_from"]
        if day <= self.today:
            raise forms.ValidationError(_("Tomorrow at the earliest."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.instance.term = cleaned.get("term", self.instance.term)
        self._check_margin(cleaned)
        self._check_amounts(cleaned)
        self._check_day(cleaned)
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """The day is looked at by ``_check_day`` alone, the sort of indemnity by ``_check_amounts``, in words of ours."""
        names: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return names | {"service", "term"}

    def _check_margin(self, cleaned: dict[str, Any]) -> None:
        margin, limit = cleaned.get("margin"), cleaned.get("limit")
        if margin is None or "limit" in self.errors:
            return
        if limit is None and margin == 0:
            self.add_error("margin", _("At least one day, where there is no limit."))
        elif limit is not None and margin >= limit:
            self.add_error("margin", _("Less than the limit, from which it is counted back."))

    def _check_amounts(self, cleaned: dict[str, Any]) -> None:
        for names in (STEPS, DAILY):
            before: Decimal | None = Decimal(0)
            for name in names:
                amount = cleaned.get(name)
                if name in self.errors:
                    return
                if amount is not None:
                    self._check_amount(name, amount, before, has_limit=cleaned.get("limit") is not None)
                before = amount
        if cleaned.get("indemnity") is not None and cleaned.get("indemnity_daily") is not None:
            self.add_error("indemnity_daily", _("Either in three steps or by the day: leave one of the two empty."))

    def _check_amount(self, name: str, amount: Decimal, before: Decimal | None, *, has_limit: bool) -> None:
        if amount < 0:
            self.add_error(name, _("Zero at least."))
        elif not has_limit and "limit" not in self.errors:
            self.add_error(name, _("Only where there is a limit: without one nothing can be late."))
        elif before is None:
            self.add_error(name, _("First fill in the one above."))
        elif amount < before:
            self.add_error(name, _("At least as much as the one above."))

    def _check_day(self, cleaned: dict[str, Any]) -> None:
        term, service, day = cleaned.get("term"), cleaned.get("service"), cleaned.get("valid_from")
        if term is None or service is None or day is None:
            return
        same = Terms.objects.filter(term=term, service=service, valid_from=day)
        if same.exclude(pk=self.instance.pk).exists():
            self.add_error("valid_from", _("There are such terms from this day already: change those."))


def values_of(terms: Terms) -> dict[str, str]:
    """Each field as text, the same whether it comes from a form or from the database."""
    names = ("term", "service", *LABELS)
    return {
        field.name: text_of(field.to_python(getattr(terms, field.name)))
        for field in terms._meta.fields
        if field.name in names
    }
