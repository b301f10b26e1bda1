"""Invoices of an account shall not be debited any more."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sportello.billing.commands import Command, RevokeDirectDebit
from sportello.domain.activities.kinds.base import RequestForm, RequestKind, Scope
from sportello.domain.activities.kinds.direct_debit import in_words
from sportello.domain.activities.models import Activity, ActivityKind
from sportello.domain.customers.models import BillingAccount, DirectDebitMandate
from sportello.domain.customers.models.mandates import HOLDING, MandateStatus


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
        return in_words(debited_of(self.scope))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            self.warn_of_another(ActivityKind.DIRECT_DEBIT_REVOCATION)
        return cleaned


def debited_of(scope: Scope) -> list[BillingAccount]:
    """Those with a mandate that holds or that the bank has yet to answer; not those of which it is being revoked already.
    Where billing has no mandates, those that are debited."""
    mandates = DirectDebitMandate.objects.filter(billing_account__in=scope.accounts)
    status = list(mandates.values_list("billing_account_id", "status"))
    holding = {code for code, each in status if each in HOLDING}
    revoking = {code for code, each in status if each == MandateStatus.REVOKING}
    return [
        account
        for account in scope.accounts
        if account.code in holding or (account.payment_method == "direct_debit" and account.code not in revoking)
    ]


def commands(activity: Activity) -> Sequence[Command]:
    return (RevokeDirectDebit(customer_code=activity.customer_code, account_code=activity.account_code),)


KIND = RequestKind(
    code=ActivityKind.DIRECT_DEBIT_REVOCATION,
    sentence=_("Pay your invoices yourself again, by postal slip or bank transfer."),
    beforehand=(
        _(
            "Invoices whose debit your bank has been told of are still debited. Those that we issue after the revocation you "
            "pay yourself: the postal slip and the details for a bank transfer stand on each."
        ),
        _("Pay each by its due date; under “To pay” you find what is open and how to pay it."),
        _(
            "If you only want another bank account to be debited, do not revoke: ask for the direct debit with the new IBAN."
        ),
    ),
    done=_(
        "The direct debit is revoked, and your bank is told. Invoices whose debit it has been told of already are still "
        "debited; those that we issue from now on you pay yourself, by postal slip or bank transfer."
    ),
    form=RevocationForm,
    term="direct_debit",
    commands=commands,
    notice=True,
    offered=lambda scope: bool(debited_of(scope)),
)
