"""Somebody wants to know something; he need not be a customer."""

from django import forms
from django.utils.translation import gettext_lazy as _

from sportello.domain.activities.kinds.base import LONGEST_TEXT, RequestForm, RequestKind
from sportello.domain.activities.models import ActivityKind

TOPICS = [
    ("invoices", _("Invoices and payments")),
    ("contract", _("Contract and prices")),
    ("supply", _("Supply and meter")),
    ("new", _("A new supply")),
    ("other", _("Something else")),
]


class InformationForm(RequestForm):
    about = "supply"
    optional_about = True

    topic = forms.ChoiceField(label=_("About what"), choices=[("", _("Choose")), *TOPICS])
    text = forms.CharField(
        label=_("What do you want to know?"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 6})
    )


KIND = RequestKind(
    code=ActivityKind.INFORMATION,
    sentence=_("Ask us anything about invoices, contract or supply."),
    form=InformationForm,
    term="information",
    visitors=True,
)
