"""An invoice is wrong (rettifica di fatturazione). What of it is contested is not collected until that has been decided."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from sportello.domain.activities import contesting
from sportello.domain.activities.kinds.base import LONGEST_TEXT, RequestForm, RequestKind
from sportello.domain.activities.kinds.fields import AmountField, euro
from sportello.domain.activities.models import ActivityKind
from sportello.domain.customers.models import Invoice
from sportello.domain.customers.models.invoices import InvoiceKind

DOUBLE: Final = "double"
REASONS = [
    ("reading", _("The reading on it is wrong")),
    ("estimate", _("The estimate is too high")),
    ("consumption", _("The consumption is not mine, or not possible")),
    (DOUBLE, _("The same has been billed twice, here or by another supplier")),
    ("price", _("The price is not the one agreed")),
    ("vat", _("VAT, excise duty or fees are wrong")),
    ("bonus", _("A bonus or discount is missing")),
    ("payments", _("Payments or balances are not taken into account")),
    ("data", _("Name, address or supply are wrong")),
    ("other", _("Something else")),
]
PERIODS = (InvoiceKind.PERIOD_ACTUAL, InvoiceKind.PERIOD_ESTIMATED, InvoiceKind.PERIOD_MIXED)
FOUR_MONTHS = range(105, 140)  # days of a bill's period


class InvoiceCorrectionForm(RequestForm):
    about = "invoice"

    reason = forms.ChoiceField(label=_("What is wrong?"), choices=[("", _("Choose")), *REASONS])
    text = forms.CharField(
        label=_("Why do you think so?"),
        help_text=_("For a wrong reading, write what the meter shows and on which day; a photo helps."),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    contested = AmountField(
        label=_("Contested amount"),
        help_text=_("In euro, of what is still to be paid. Leave it empty to contest all of that."),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.invoice:
            self._check_contested(self.invoice, cleaned.get("contested"))
            self.warn_of_another(ActivityKind.INVOICE_CORRECTION)
        return cleaned

    def _check_contested(self, invoice: Invoice, contested: Decimal | None) -> None:
        if contested is None or contested <= invoice.remaining:
            return
        if not invoice.remaining:
            self.add_error("contested", _("Nothing of this invoice is still to be paid: leave this empty."))
        else:
            most = {"amount": euro(invoice.remaining)}
            self.add_error("contested", _("Only %(amount)s of this invoice are still to be paid.") % most)

    def asked(self) -> dict[str, Any]:
        """With ``to_pay``, what is open of the invoice now, in euro, as text; "" where nothing is."""
        remaining = self.invoice.remaining if self.invoice else Decimal(0)
        four_monthly = bool(self.invoice and is_four_monthly(self.invoice))
        return {**super().asked(), "four_monthly": four_monthly, "to_pay": str(remaining) if remaining else ""}


def is_four_monthly(invoice: Invoice) -> bool:
    """Whether it is one of bills that come every four months."""
    if invoice.kind not in PERIODS or invoice.period_from is None or invoice.period_to is None:
        return False
    return (invoice.period_to - invoice.period_from).days in FOUR_MONTHS


def term(asked: Mapping[str, Any]) -> str:
    if asked.get("reason") == DOUBLE:
        return "double_billing"
    return "invoice_correction_4m" if asked.get("four_monthly") else "invoice_correction"


KIND = RequestKind(
    code=ActivityKind.INVOICE_CORRECTION,
    sentence=_("An invoice is wrong? Tell us why. Until we have checked it, nobody asks you for what you contest."),
    form=InvoiceCorrectionForm,
    term=term,
    at_once=contesting.suspended,
    at_end=contesting.resumed,
    offered=lambda scope: bool(scope.invoices),
)
