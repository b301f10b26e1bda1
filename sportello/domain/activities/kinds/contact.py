"""Calls, visits, letters and inspections outside the standard requests: what was said or done, and what comes next and when."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from sportello.domain.activities.kinds.base import LONGEST_TEXT, RequestForm, RequestKind
from sportello.domain.activities.models import ActivityKind

DIRECTIONS: Final = [("in", _("From the customer")), ("out", _("From us"))]
SORTS: Final = [
    ("call", _("Telephone call")),
    ("visit", _("Visit, appointment")),
    ("letter", _("Letter or e-mail")),
    ("mailing", _("Mailing")),
    ("inspection", _("Technical inspection")),
    ("meter", _("Work on the meter")),
    ("other", _("Something else")),
]
OUTCOMES: Final = [
    ("settled", _("Settled")),
    ("informed", _("Information given")),
    ("interested", _("Interested in an offer")),
    ("not_interested", _("Not interested")),
    ("not_reached", _("Not reached")),
    ("to_do", _("Something is still to be done")),
]
FURTHEST: Final = timedelta(days=3 * 366)
NEXT = ("next_step", "next_on")


class ContactForm(RequestForm):
    about = "supply"
    optional_about = True
    sometimes = frozenset(NEXT)

    direction = forms.ChoiceField(label=_("Who got in touch"), choices=DIRECTIONS)
    sort = forms.ChoiceField(label=_("What it was"), choices=[("", _("Choose")), *SORTS])
    text = forms.CharField(
        label=_("What was said, or is to be done"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 5})
    )
    outcome = forms.ChoiceField(label=_("Outcome"), choices=[("", _("Choose")), *OUTCOMES])
    next_step = forms.CharField(label=_("Next step"), required=False, max_length=200)
    next_on = forms.DateField(
        label=_("On which day"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d"),
        error_messages={"invalid": _("Enter a day, such as 24/11/2026.")},
    )

    def clean_next_on(self) -> date | None:
        day: date | None = self.cleaned_data["next_on"]
        if day is not None and not self.scope.today <= day <= self.scope.today + FURTHEST:
            raise ValidationError(_("Today or a later day, within three years."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        step, day = cleaned.get("next_step"), cleaned.get("next_on")
        if step and not day and "next_on" not in self.errors:
            self.add_error("next_on", _("Say on which day."))
        if not day and cleaned.get("outcome") == "to_do" and "next_on" not in self.errors:
            self.add_error("next_on", _("Say on which day it is to be done."))
        return cleaned


def due(asked: Mapping[str, Any]) -> date | None:
    return date.fromisoformat(asked["next_on"]) if asked.get("next_on") else None


KIND = RequestKind(
    code=ActivityKind.CONTACT,
    sentence=_("What was said or done with a customer outside his requests, and what comes next."),
    then=_("Where there is a next step it stays open until that is done; otherwise it is filed."),
    form=ContactForm,
    customers=False,
    of_the_house=True,
    own_due=due,
)
