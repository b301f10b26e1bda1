"""Invoices and letters of an account shall go to another address."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from sportello.billing.commands import ChangeMailingAddress, Command
from sportello.domain.activities.kinds.addresses import LONGEST, AddressForm, address_of, in_words
from sportello.domain.activities.kinds.base import Line, RequestKind
from sportello.domain.activities.kinds.changing import NOT_GIVEN, NOTHING_NEW
from sportello.domain.activities.kinds.words import account_in_words
from sportello.domain.activities.models import Activity, ActivityKind
from sportello.domain.customers.models import BillingAccount, Customer
from sportello.domain.customers.models.countries import ITALY
from sportello.domain.customers.models.parties import Addressed


class MailingAddressForm(AddressForm):
    about = "account"
    takes_files = False
    confirms = True
    sections = [
        (_("Whose post"), ["account", "addressee"]),
        (_("Where it goes"), ["country", *LONGEST]),
    ]

    addressee = forms.CharField(
        label=_("Name on the letters"),
        max_length=100,
        required=False,
        help_text=_("Only if it is not that of the contract's holder: care of somebody, an office."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and self.asked() == self.before():
            raise ValidationError(NOTHING_NEW, code="nothing_new")
        return cleaned

    def before(self) -> dict[str, Any]:
        return present(self.account, self.scope.customer) if self.account else {}

    def at_present(self) -> list[Line]:
        """Of each account where its post goes today."""
        several = len(self.scope.accounts) > 1
        return [
            Line(
                account_in_words(each) if several else _("Mailing address"),
                ", ".join(part for part in (each.addressee, in_words(address_of(present(each, self.scope.customer)))) if part),
            )
            for each in self.scope.accounts
        ]  # fmt: skip

    @classmethod
    def lines(cls, asked: Mapping[str, Any]) -> list[Line]:
        return [
            Line(_("Mailing address"), in_words(address_of(asked)) or str(NOT_GIVEN)),
            Line(_("Name on the letters"), asked["addressee"] or str(_("the holder's"))),
        ]


def present(account: BillingAccount, customer: Customer | None) -> dict[str, Any]:
    """Where this account's post goes today, by the names of the form's fields: to its holder where nothing else is said."""
    place: Addressed | None = account if account.street else customer
    known = {name: getattr(place, name, "") for name in LONGEST}
    return {"country": (place and place.country) or ITALY, **known, "addressee": account.addressee}


def commands(activity: Activity) -> Sequence[Command]:
    return (
        ChangeMailingAddress(
            customer_code=activity.customer_code,
            account_code=activity.account_code,
            address=address_of(activity.asked),
            addressee=activity.asked["addressee"],
        ),
    )


KIND = RequestKind(
    code=ActivityKind.MAILING_ADDRESS,
    sentence=_("Have invoices and letters sent to another address, in Italy or abroad."),
    form=MailingAddressForm,
    automatic=True,
    term="personal_data",
    commands=commands,
    notice=True,
)
