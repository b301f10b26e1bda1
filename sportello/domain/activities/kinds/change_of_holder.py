"""Somebody else takes over a supply (voltura): the present holder says who and from when, an operator does the rest."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sportello.domain.activities.kinds.bank_details import TaxCodeField
from sportello.domain.activities.kinds.base import LONGEST_TEXT, RequestForm, RequestKind
from sportello.domain.activities.kinds.emails import MailField
from sportello.domain.activities.kinds.fields import DayField
from sportello.domain.activities.kinds.supply_closure import living, supplies_on_offer
from sportello.domain.activities.kinds.telephones import PhoneField
from sportello.domain.activities.models import ActivityKind

LONGEST_BACK = timedelta(days=5 * 366)
TITLES = [
    ("owner", _("Owner")),
    ("tenant", _("Tenant")),
    ("heir", _("Heir")),
    ("family", _("Member of the household")),
    ("company", _("Successor of the company")),
    ("other", _("Something else")),
]


class ChangeOfHolderForm(RequestForm):
    about = "supply"
    sometimes = frozenset({"phone", "email"})
    sections = (
        (_("Who takes over"), ["name", "tax_code", "phone", "email"]),
        (_("From when, and by what right"), ["starts_on", "title", "text"]),
    )

    name = forms.CharField(label=_("First and last name, or company name"), max_length=200)
    tax_code = TaxCodeField()
    phone = PhoneField(required=False, help_text=_("This or an e-mail address: we have to speak to who takes over."))
    email = MailField(required=False)
    starts_on = DayField(label=_("From"))
    title = forms.ChoiceField(label=_("The new holder is"), choices=[("", _("Choose")), *TITLES])
    text = forms.CharField(
        label=_("Anything we should know"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def on_offer(self) -> list[tuple[str, str]]:
        return supplies_on_offer(self.scope)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not {"phone", "email"} & set(self.errors) and not cleaned.get("phone") and not cleaned.get("email"):
            self.add_error(
                "phone", _("Enter a telephone number or an e-mail address: we have to speak to who takes over.")
            )
        self._check_day(cleaned)
        customer = self.scope.customer
        if customer and cleaned.get("tax_code") and cleaned["tax_code"] in (customer.tax_code, customer.vat_number):
            self.add_error("tax_code", _("This is the tax code of the present holder. Enter that of who takes over."))
        if self.supply:
            self.warn_of_another(ActivityKind.CHANGE_OF_HOLDER)
        return cleaned

    def _check_day(self, cleaned: dict[str, Any]) -> None:
        day, today = cleaned.get("starts_on"), self.scope.today
        if day and not today - LONGEST_BACK <= day <= today + LONGEST_BACK:
            self.add_error("starts_on", _("This day is too far away. Check the year."))
        elif day and day < today:
            self.warn(
                "past",
                _("This day is past. Bills until now stay with the present holder unless the law says otherwise."),
            )


KIND = RequestKind(
    code=ActivityKind.CHANGE_OF_HOLDER,
    sentence=_("Somebody else takes over a supply of yours? Tell us who and from when: we contact both of you."),
    form=ChangeOfHolderForm,
    then=_("Until the new holder has a contract with us, supply and invoices stay in your name."),
    term="change_of_holder",
    offered=lambda scope: any(living(each) for each in scope.supplies),
)
