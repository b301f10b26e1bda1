"""Invoices of an account shall be paid by direct debit (domiciliazione, once RID, now SEPA SDD)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sportello.billing.commands import Command, RequestDirectDebit
from sportello.domain.accounts import notices
from sportello.domain.activities.kinds.bank_details import IbanField, TaxCodeField, masked
from sportello.domain.activities.kinds.base import MISSING, Line, RequestForm, RequestKind, Scope
from sportello.domain.activities.kinds.words import account_in_words
from sportello.domain.activities.models import OPEN, Activity, ActivityKind, Status
from sportello.domain.customers.models import BillingAccount, DirectDebitMandate
from sportello.domain.customers.models.parties import CustomerKind
from sportello.italy import codice_fiscale, iban

HOLDER, OTHER = "holder", "other"
CORE, B2B = "core", "b2b"
FROM_WHEN = _(
    "The debit does not begin at once. Invoices issued already, and those issued until your bank has answered, you pay as "
    "before: the first one that is debited is the first that we issue after its answer."
)
FROM_WHEN_CHANGED = _(
    "Until the new bank has accepted, your invoices are debited from the present account; from the first invoice that we issue "
    "after its answer, from the new one."
)
ABOUT_DEBITS = (ActivityKind.DIRECT_DEBIT, ActivityKind.DIRECT_DEBIT_REVOCATION)
LATELY = notices.FORMER_FOR  # since when those who are told of a change would be told of one before
ONCE_SHOWN = 8  # of the form's digest, in a mandate's reference


class DirectDebitForm(RequestForm):
    """``bank`` may be left empty where the IBAN tells it."""

    about = "account"
    confirms = True
    sometimes = frozenset({"signatory_name", "signatory_tax_code"})
    sections = [
        (_("The bank account"), ["account", "iban", "bank", "branch", "branch_address"]),
        (_("Whose account it is"), ["holder_last_name", "holder_first_name", "holder_tax_code"]),
        (_("Who signs"), ["signatory", "signatory_name", "signatory_tax_code", "scheme", "agreed"]),
    ]

    iban = IbanField(
        help_text=_("It stands on your statement and in your bank's app. An account in any SEPA country will do.")
    )
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

    def on_offer(self) -> Sequence[tuple[str, str]]:
        return in_words(self.scope.accounts)

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
        if number := cleaned.get("iban"):
            cleaned["bank"] = cleaned.get("bank") or iban.bank_name(number) or ""
        if not self.errors:
            self.say_what_it_means(cleaned)
        return cleaned

    def say_what_it_means(self, cleaned: Mapping[str, Any]) -> None:
        """A mandate is signed by sending it: what it is, and from when it holds, is read once more before that."""
        found = iban.bank_name(cleaned["iban"])
        if found:
            self.warn(
                "bank",
                _("By its IBAN the account is at %(bank)s, or at the bank that has taken it over.") % {"bank": found},
            )
        else:
            self.warn("no bank", _("The IBAN is right, but its bank is not on our list: check it once more."))
        account = self.account
        self.warn("begins", from_when(account))
        if account is not None and is_protected(account.code, at=timezone.now()):
            self.warn(
                "protected",
                _("This changes the bank account: before it does, we tell all addresses that we have of you."),
            )
        self.warn_of_another(ActivityKind.DIRECT_DEBIT)

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
    return is_protected(activity.account_code, at=activity.opened_at, but=activity.number)


def from_when(account: BillingAccount | None) -> Promise:
    """From which invoice a new mandate of this account holds, in words."""
    debited = account is not None and account.payment_method == "direct_debit"
    return FROM_WHEN_CHANGED if debited else FROM_WHEN


def is_debited(account_code: str) -> bool:
    """Or soon will be: a mandate that the bank has not answered yet is one that somebody might want to replace."""
    debited = BillingAccount.objects.filter(code=account_code, payment_method="direct_debit")
    return debited.exists() or DirectDebitMandate.objects.holding().filter(billing_account=account_code).exists()


def is_protected(account_code: str, *, at: datetime, but: str = "") -> bool:
    """Debited, or somebody has asked for that or for its end lately: whoever wants to change the bank account unnoticed would
    revoke the present debit first, or be quicker than billing or the bank. ``but`` is the number of the request itself."""
    asked = Activity.objects.filter(kind__in=ABOUT_DEBITS, account_code=account_code).exclude(number=but)
    lately = asked.exclude(status__in=(Status.REFUSED, Status.CANCELLED)).filter(
        Q(status__in=OPEN) | Q(executed_at__gt=at - LATELY)
    )
    return is_debited(account_code) or lately.exists()


def in_words(accounts: Sequence[BillingAccount]) -> list[tuple[str, str]]:
    """Each account with the bank account from which it is debited, masked, as a form offers them."""
    holding = DirectDebitMandate.objects.holding().filter(billing_account__in=accounts).order_by("signed_on", "code")
    known = {each.billing_account_id: each.iban or "" for each in holding}
    return [
        (
            each.code,
            ", ".join(part for part in (account_in_words(each), known.get(each.code)) if part),
        )
        for each in accounts
    ]


KIND = RequestKind(
    code=ActivityKind.DIRECT_DEBIT,
    sentence=_("Have your invoices paid from your bank account on the day they are due."),
    beforehand=(
        FROM_WHEN,
        _("Whoever signs must be allowed to dispose of the account; it need not be yours."),
        _(
            "If you are debited already, this changes the account: until the new bank has accepted, the present one pays."
        ),
    ),
    done=_(
        "Your bank has your mandate or is about to get it. The debit begins with the first invoice that we issue after its "
        "answer; invoices issued before you pay as before. Until then your request says how the mandate stands."
    ),
    form=DirectDebitForm,
    term="direct_debit",
    commands=commands,
    forget=without_iban,
    protected=changes_bank,
)
