"""Invoices of an account shall not be debited any more."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from sportello.billing.commands import Command, RevokeDirectDebit
from sportello.domain.activities.kinds.base import RequestForm, RequestKind, Scope
from sportello.domain.activities.models import Activity, ActivityKind
from sportello.domain.customers.models import BillingAccount


class RevocationForm(RequestForm):
    """Of accounts that are debited."""

    about = "account"
    takes_files = False

    reason = forms.CharField(
        label=_("Why (if you want to say)"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    agreed = forms.BooleanField(
        label=_("I know that from then on I pay each invoice myself."),
        error_messages={"required": _("Tick this, so that no invoice is left unpaid by mistake.")},
    )

    def on_offer(self) -> Sequence[tuple[str, str]]:
        debited = {account.code for account in debited_of(self.scope)}
        return [(code, words) for code, words in super().on_offer() if code in debited]


def debited_of(scope: Scope) -> list[BillingAccount]:
    return [account for account in scope.accounts if account.payment_method == "direct_debit"]


def commands(activity: Activity) -> Sequence[Command]:
    return (RevokeDirectDebit(customer_code=activity.customer_code, account_code=activity.account_code),)


KIND = RequestKind(
    code=ActivityKind.DIRECT_DEBIT_REVOCATION,
    sentence=_("Pay your invoices yourself again, by postal slip or bank transfer."),
    form=RevocationForm,
    term="direct_debit",
    commands=commands,
    offered=lambda scope: bool(debited_of(scope)),
)
