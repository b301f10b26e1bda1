"""The form of one row of terms: the regulator's limit, our own margin, and what is due when it is missed."""

from decimal import Decimal
from typing import Any, ClassVar, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sportello.desks.backoffice.dated_forms import DatedForm, service_field
from sportello.domain.activities.kinds.base import NOT_ON_OFFER
from sportello.domain.activities.kinds.terms_named import terms_named
from sportello.domain.activities.models import Days, Terms

LONGEST = 365  # days
LABELS = {
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
    "limit": gettext_lazy("Counted from the day after receipt. Leave it empty where the regulator sets none."),
    "margin": gettext_lazy(
        "So many days before the limit we want to have answered. Where there is no limit: so many days after receipt."
    ),
    "indemnity": gettext_lazy("Leave the three empty where none is due, or where it is due by the day."),
}
STEPS = ("indemnity", "indemnity_2", "indemnity_3")  # each at least the one before
DAILY = ("indemnity_daily", "indemnity_most")
AMOUNTS = (*STEPS, *DAILY)


class TermsForm(DatedForm):
    of = ("term", "service")
    day_hint = gettext_lazy("Tomorrow at the earliest: requests that have come in already keep the terms of their day.")
    taken = gettext_lazy("There are such terms from this day already: change those.")

    term = forms.ChoiceField(label=gettext_lazy("Kind of request"), error_messages={"invalid_choice": NOT_ON_OFFER})
    service = service_field()
    days = forms.ChoiceField(
        label=LABELS["days"], choices=Days.choices, error_messages={"invalid_choice": NOT_ON_OFFER}
    )

    class Meta:
        model = Terms
        fields = ("term", "service", "valid_from", *LABELS)
        labels = LABELS
        help_texts = HINTS
        localized_fields: ClassVar[tuple[str, ...]] = AMOUNTS

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        cast(forms.ChoiceField, self.fields["term"]).choices = list(terms_named().items())
        self.fields["limit"] = self._days("limit", required=False, least=1)
        self.fields["margin"] = self._days("margin", required=True, least=0)
        self.order_fields(self.Meta.fields)

    @staticmethod
    def _days(name: str, *, required: bool, least: int) -> forms.IntegerField:
        hint = HINTS[name]
        return forms.IntegerField(
            label=LABELS[name], help_text=hint, required=required, min_value=least, max_value=LONGEST
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self._check_margin(cleaned)
        self._check_amounts(cleaned)
        return cleaned

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
