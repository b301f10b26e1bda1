"""Invoices and letters of an account shall go to another address."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sportello.billing.commands import ChangeMailingAddress, Command
from sportello.domain.activities.kinds.addresses import AddressForm, address_of, in_words
from sportello.domain.activities.kinds.base import Line, RequestKind
from sportello.domain.activities.models import Activity, ActivityKind


class MailingAddressForm(AddressForm):
    about = "account"
    takes_files = False
    sections = [
        (_("Whose post"), ["account", "addressee"]),
        (_("Where it goes"), ["country", "street", "street_number", "postcode", "municipality", "province"]),
    ]

    addressee = forms.CharField(
        label=_("Name on the letters"),
        max_length=100,
        required=False,
        help_text=_("Only if it is not that of the contract's holder: care of somebody, an office."),
    )

    @classmethod
    def lines(cls, asked: Mapping[str, Any]) -> list[Line]:
        said = [Line(_("New mailing address"), in_words(address_of(asked)))]
        return said + ([Line(_("Name on the letters"), asked["addressee"])] if asked["addressee"] else [])


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
