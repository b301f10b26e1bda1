"""An open invoice shall be paid in equal parts, a month apart."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sportello.billing.commands import ArrangeInstalments, Command
from sportello.billing.instalments import plan
from sportello.domain.activities.kinds.base import LONGEST_TEXT, Line, RequestForm, RequestKind, Scope
from sportello.domain.activities.kinds.fields import DayField, euro
from sportello.domain.activities.kinds.words import invoice_in_words
from sportello.domain.activities.models import Activity, ActivityKind, Bound, Bounding
from sportello.domain.customers.models import Invoice
from sportello.domain.customers.models.invoices import Collection

FEWEST = 2


class InstalmentsForm(RequestForm):
    about = "invoice"
    takes_files = False
    confirms = True

    parts = forms.TypedChoiceField(label=_("How many instalments?"), coerce=int)
    first_due_on = DayField(label=_("First instalment by"), help_text=_("The others follow a month after one another."))
    text = forms.CharField(
        label=_("Anything we should know"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, scope: Scope, *arguments: Any, **options: Any) -> None:
        super().__init__(scope, *arguments, **options)
        self.most = max(self._bound(Bounding.INSTALMENTS_MOST), FEWEST)
        numbers = [(str(number), str(number)) for number in range(FEWEST, self.most + 1)]
        self.fields["parts"].choices = [("", _("Choose")), *numbers]  # type: ignore[attr-defined]

    def _bound(self, name: Bounding) -> int:
        return Bound.objects.in_force(name, self.scope.today)

    def on_offer(self) -> Sequence[tuple[str, str]]:
        return [
            (each.number, f"{invoice_in_words(each)}: {euro(each.remaining)}")
            for each in self.scope.invoices
            if may_be_divided(each)
        ]

    def clean_first_due_on(self) -> date:
        day: date = self.cleaned_data["first_due_on"]
        last = self.scope.today + timedelta(days=self._bound(Bounding.FIRST_INSTALMENT))
        if day < self.scope.today:
            raise forms.ValidationError(_("This day is past."), code="past")
        if day > last:
            raise forms.ValidationError(
                _("The first instalment is due by %(day)s at the latest."), "too_late", {"day": f"{last:%d/%m/%Y}"}
            )
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        parts, least = cleaned.get("parts"), Bound.objects.amount_in_force(Bounding.INSTALMENT_LEAST, self.scope.today)
        if self.invoice and parts and self.invoice.remaining < least * parts:
            said = {"amount": euro(least)}
            self.add_error("parts", _("An instalment is %(amount)s at least. Choose fewer.") % said)
        if self.invoice:
            self.warn_of_another(ActivityKind.INSTALMENTS)
        return cleaned

    def asked(self) -> dict[str, Any]:
        """With the plan as it is told before it is sent, by what is open today: a day and an amount for each instalment."""
        asked = super().asked()
        if self.invoice and asked.get("parts") and self.cleaned_data.get("first_due_on"):
            told = plan(self.invoice.remaining, asked["parts"], first_due_on=self.cleaned_data["first_due_on"])
            asked["plan"] = [[each.due_on.isoformat(), str(each.amount)] for each in told]
        return asked

    @classmethod
    def lines(cls, asked: Mapping[str, Any]) -> list[Line]:
        """With the plan, where it was told."""
        each = [in_words(date.fromisoformat(day), Decimal(amount)) for day, amount in asked.get("plan", ())]
        told = super().lines(asked)
        return [*told[:2], Line(_("Instalments"), "\n".join(each), written=True), *told[2:]] if each else told


def in_words(day: date, amount: Decimal) -> str:
    return str(_("%(amount)s by %(day)s") % {"amount": euro(amount), "day": f"{day:%d/%m/%Y}"})


def may_be_divided(invoice: Invoice) -> bool:
    return bool(invoice.remaining) and invoice.collection not in (Collection.INSTALMENTS, Collection.DIRECT_DEBIT)


def arranged(activity: Activity) -> Sequence[Command]:
    asked = activity.asked
    return [
        ArrangeInstalments(
            customer_code=activity.customer_code,
            invoice_number=activity.invoice_number,
            instalments=asked["parts"],
            first_due_on=date.fromisoformat(asked["first_due_on"]),
        )
    ]


KIND = RequestKind(
    code=ActivityKind.INSTALMENTS,
    sentence=_("An invoice is too much at once? Ask to pay it by instalments."),
    form=InstalmentsForm,
    then=_("When the instalments are arranged, you find them on the page of the invoice. Until then its date holds."),
    term="instalments",
    commands=arranged,
    offered=lambda scope: any(may_be_divided(each) for each in scope.invoices),
)
