"""Somebody complains in writing; he need not be a customer. The subjects are those of the regulator's statistics (TIQV)."""

from django import forms
from django.utils.translation import gettext_lazy as _

from sportello.domain.activities.kinds.base import LONGEST_TEXT, RequestForm, RequestKind
from sportello.domain.activities.models import ActivityKind

SUBJECTS = [
    ("contracts", _("Contract: conclusion, withdrawal, change of holder, changed conditions")),
    ("arrears", _("Reminders of payment, suspension for non-payment")),
    ("market", _("Change of supplier, offers, sales practices")),
    ("billing", _("Invoices: amounts, consumption, payments, refunds")),
    ("metering", _("Meter and readings")),
    ("connection", _("Connection, works, interruptions, pressure or voltage")),
    ("bonus", _("Social bonus")),
    ("service", _("Customer service: answers, waiting, appointments")),
    ("other", _("Something else")),
]
REASONS = [
    ("wrong", _("Something is wrong")),
    ("late", _("Something is late, or was never done")),
    ("unanswered", _("I got no answer, or not to what I had asked")),
    ("not_agreed", _("It is not what was agreed")),
    ("not_told", _("I was not told, or told wrongly")),
    ("conduct", _("How I was treated")),
    ("other", _("Something else")),
]


class ComplaintForm(RequestForm):
    about = "supply"
    optional_about = True

    subject = forms.ChoiceField(label=_("What is it about?"), choices=[("", _("Choose")), *SUBJECTS])
    reason = forms.ChoiceField(label=_("Why do you complain?"), choices=[("", _("Choose")), *REASONS])
    text = forms.CharField(
        label=_("What has happened, and what do you ask for?"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 8}),
    )


KIND = RequestKind(
    code=ActivityKind.COMPLAINT,
    sentence=_("Something has gone wrong? Write to us: you get a reasoned answer in writing."),
    form=ComplaintForm,
    term="complaint",
    visitors=True,
    in_writing=True,
)
