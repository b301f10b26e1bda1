"""Invoices of an account shall be paid by direct debit (domiciliazione, once RID, now SEPA SDD)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sportello.billing.commands import Command, RequestDirectDebit
from sportello.domain.activities.kinds.bank_details import IbanField, TaxCodeField, masked
from sportello.domain.activities.kinds.base import MISSING, Line, RequestForm, RequestKind, Scope
from sportello.domain.activities.models import Activity, ActivityKind
from sportello.domain.customers.models import BillingAccount
from sportello.domain.customers.models.parties import CustomerKind
from sportello.italy import codice_fiscale, iban

HOLDER, OTHER = "holder", "other"
CORE, B2B = "core", "b2b"
ONCE_SHOWN = 8  # of the form's digest, in a mandate's reference


class DirectDebitForm(RequestForm):
    """``bank`` may be left empty where the IBAN tells it."""

    about = "account"
    sections = [
        (_("The bank account"), ["account", "iban", "bank", "branch", "branch_address"]),
        (_("Whose account it is"), ["holder_last_name", "holder_first_name", "holder_tax_code"]),
        (_("Who signs"), ["signatory", "signatory_name", "signatory_tax_code", "scheme", "agreed"]),
    ]

    iban = IbanField(help_text=_("It stands on your statement and in your bank's app."))
    bank = forms.CharField(
        label=_("Bank"), max_length=100, required=False, help_text=_("You may leave it to us: the IBAN tells it.")
    )
    branch = forms.CharField(label=_("Branch"), max_length=100, required=False)
    branch_address = forms.CharField(label=_("Address of the branch"), max_length=200, required=False)
    holder_last_name = forms.CharField(label=_("Last name or company name of the account holder"), max_length=100)
    holder_first_name = forms.CharField(label=_("First name of the account holder"), max_length=100, required=False)
    holder_tax_code = TaxCodeField(label=_("Tax code of the account holder"))
    signatory = forms.ChoiceField(
        label=_("Who signs the mandate"),
        choices=[(HOLDER, _("The account holder")), (OTHER, _("Somebody else who may sign for the account"))],
        initial=HOLDER,
        widget=forms.RadioSelect,
    )
    signatory_name = forms.CharField(
        label=_("Name of who signs"), max_length=100, required=False, help_text=_("Only if it is not the holder.")
    )
    signatory_tax_code = TaxCodeField(
        label=_("Tax code of who signs"), required=False, help_text=_("Only if it is not the holder.")
    )
    scheme = forms.ChoiceField(
        label=_("Kind of debit"),
        choices=[
            (CORE, _("SDD Core: can be given back within eight weeks")),
            (B2B, _("SDD B2B: cannot be given back")),
        ],
        initial=CORE,
        help_text=_("A B2B mandate has to be registered with your bank before the first debit."),
    )
    agreed = forms.BooleanField(
        label=_("I authorise the company to debit this account, and the bank to carry its debits out."),
        error_messages={"required": _("Without this authorisation we cannot debit the account.")},
    )

    def __init__(self, scope: Scope, data: Any = None, files: Any = None, **options: Any) -> None:
        customer = scope.customer
        initial = {}
        if customer is not None:
            initial = {
                "holder_last_name": customer.company_name or customer.last_name,
                "holder_first_name": customer.first_name,
                "holder_tax_code": customer.tax_code or "",
            }
        options["initial"] = {**initial, **(options.get("initial") or {})}
        super().__init__(scope, data, files, **options)
        if customer is None or customer.kind != CustomerKind.COMPANY:
            del self.fields["scheme"]  # B2B is not for consumers

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("signatory") == OTHER:
            for name in ("signatory_name", "signatory_tax_code"):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, MISSING)
        else:
            cleaned["signatory_name"] = cleaned["signatory_tax_code"] = ""
        code = cleaned.get("holder_tax_code")
        if code and not codice_fiscale.is_personal(code) and cleaned.get("signatory") == HOLDER:
            self.add_error("signatory", _("A company or body signs by a person: say who."))
        number = cleaned.get("iban")
        if number and not cleaned.get("bank"):
            cleaned["bank"] = iban.bank_name(number) or ""
        return cleaned

    @classmethod
    def lines(cls, asked: Mapping[str, Any]) -> list[Line]:
        said = [line for line in super().lines({**asked, "iban": masked(asked.get("iban", ""))}) if line.value]
        if asked.get("signatory") == HOLDER:
            said = [line for line in said if line.label != cls.base_fields["signatory"].label]
        return [line for line in said if line.label != cls.base_fields["agreed"].label]


def reference(activity: Activity) -> str:
    """The mandate's own (UMR), of letters, digits and hyphens: unique even where a number is given once more after a
    restore."""
    return f"{activity.number}-{(activity.once or '')[:ONCE_SHOWN].upper()}".strip("-")


def commands(activity: Activity) -> Sequence[Command]:
    """None where the IBAN has been masked already: then it is an operator's to enter what a new request says."""
    asked = activity.asked
    if not iban.is_valid(asked["iban"]):
        return ()
    return (
        RequestDirectDebit(
            customer_code=activity.customer_code,
            account_code=activity.account_code,
            mandate_reference=reference(activity),
            scheme=asked.get("scheme", CORE),
            iban=asked["iban"],
            holder=f"{asked['holder_first_name']} {asked['holder_last_name']}".strip(),
            holder_tax_code=asked["holder_tax_code"],
            signatory=asked["signatory_name"],
            signatory_tax_code=asked["signatory_tax_code"],
            bank=asked["bank"],
            branch=asked["branch"],
            branch_address=asked["branch_address"],
            signed_on=signed_on(activity),
        ),
    )


def signed_on(activity: Activity) -> date:
    """The day on which the form was sent, in Italy."""
    return timezone.localdate(activity.opened_at)


def without_iban(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept when the request is over."""
    return {**asked, "iban": masked(asked["iban"])}


def changes_bank(activity: Activity) -> bool:
    """Whether the account is debited already: then somebody else might want the money to come from his victim."""
    account = BillingAccount.objects.filter(code=activity.account_code).first()
    return account is not None and account.payment_method == "direct_debit"


KIND = RequestKind(
    code=ActivityKind.DIRECT_DEBIT,
    sentence=_("Have your invoices paid from your bank account on the day they are due."),
    form=DirectDebitForm,
    term="direct_debit",
    commands=commands,
    forget=without_iban,
    protected=changes_bank,
)
