"""A reminder came for an invoice that has been paid; whoever paid it says when and where, and shows the receipt."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sportello.domain.activities.kinds.base import LONGEST_TEXT, RequestForm, RequestKind
from sportello.domain.activities.kinds.fields import AmountField, DayField, euro
from sportello.domain.activities.kinds.files import FilesField
from sportello.domain.activities.kinds.words import invoice_in_words
from sportello.domain.activities.models import ActivityKind
from sportello.domain.customers.models.invoices import PaymentChannel

WHERE = [
    (each.value, each.label)
    for each in (
        PaymentChannel.POST,
        PaymentChannel.TRANSFER,
        PaymentChannel.DIRECT_DEBIT,
        PaymentChannel.MAV,
        PaymentChannel.SHOP,
        PaymentChannel.COUNTER,
        PaymentChannel.CARD,
        PaymentChannel.PAGOPA,
        PaymentChannel.OTHER,
    )
]


class AlreadyPaidForm(RequestForm):
    about = "invoice"

    paid_on = DayField(label=_("Paid on"))
    amount = AmountField(label=pgettext_lazy("of a payment", "Amount paid"), help_text=_("In euro, as on the receipt."))
    where = forms.ChoiceField(label=_("Where did you pay?"), choices=[("", _("Choose")), *WHERE])
    reference = forms.CharField(
        label=_("Number of the payment"),
        help_text=_("CRO or TRN of a transfer, VCYL of a postal slip, IUV of pagoPA: it is on the receipt."),
        required=False,
        max_length=80,
    )
    text = forms.CharField(
        label=_("Anything we should know"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["files"] = FilesField(
            label=_("Receipt of the payment"),
            help_text=_("PDF or photos, up to five, 10 MB each. Without it we need longer."),
        )

    def on_offer(self) -> Sequence[tuple[str, str]]:
        return [
            (each.number, f"{invoice_in_words(each)}: {euro(each.remaining)}")
            for each in self.scope.invoices
            if each.remaining
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        paid_on, amount = cleaned.get("paid_on"), cleaned.get("amount")
        if paid_on and paid_on > self.scope.today:
            self.add_error("paid_on", _("This day is still to come. Enter the day on which you paid."))
        if self.invoice:
            if paid_on and paid_on < self.invoice.issued_on:
                issued = {"day": f"{self.invoice.issued_on:%d/%m/%Y}"}
                self.warn("before_invoice", _("This is before the invoice was issued, on %(day)s.") % issued)
            if isinstance(amount, Decimal) and amount != self.invoice.remaining:
                to_pay = {"amount": euro(self.invoice.remaining)}
                self.warn(
                    "other_amount", _("Of this invoice %(amount)s are to be paid, which is another amount.") % to_pay
                )
            self.warn_of_another(ActivityKind.ALREADY_PAID)
        if not cleaned.get("files"):
            self.warn("no_proof", _("You have attached no receipt. With it we find your payment at once."))
        return cleaned


KIND = RequestKind(
    code=ActivityKind.ALREADY_PAID,
    sentence=_("You have paid an invoice that still shows as unpaid? Send us the receipt."),
    form=AlreadyPaidForm,
    then=_(
        "We look for your payment. Do not pay a second time. Until we have found it, the invoice stands as not paid, and a "
        "reminder may still reach you."
    ),
    term="already_paid",
    offered=lambda scope: any(each.remaining for each in scope.invoices),
)
