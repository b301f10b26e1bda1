"""Billing shall know another telephone number or e-mail address."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from sportello.billing.commands import ChangePersonalData, Command
from sportello.domain.activities.kinds.base import Line, RequestKind, Scope
from sportello.domain.activities.kinds.changing import ChangeForm
from sportello.domain.activities.kinds.telephones import PhoneField
from sportello.domain.activities.models import Activity, ActivityKind
from sportello.domain.messages import addresses
from sportello.domain.messages.addresses import WrongAddress

NOTHING_NEW = _("This is what we have already: change something, or go back.")


class MailField(forms.CharField):
    """Gives an address that mail can be sent to, or ""."""

    default_error_messages = {"invalid": _("This is not an e-mail address.")}

    def __init__(self, **options: Any) -> None:
        attrs = {"type": "email", "autocomplete": "email", "spellcheck": "false"}
        super().__init__(max_length=320, widget=forms.TextInput(attrs=attrs), **{"label": _("E-mail"), **options})

    def clean(self, value: Any) -> str:
        typed: str = super().clean(value)
        if not typed:
            return ""
        try:
            return addresses.checked(typed)
        except WrongAddress as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


class ContactsForm(ChangeForm):
    takes_files = False

    phone = PhoneField(required=False)
    email = MailField(
        required=False, help_text=_("Where billing writes. The address of your login is changed under My access.")
    )

    @classmethod
    def known(cls, scope: Scope) -> dict[str, str]:
        customer = scope.customer
        return {"phone": (customer and customer.phone) or "", "email": (customer and customer.email) or ""}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self.changed():
            raise ValidationError(NOTHING_NEW, code="nothing_new")
        return cleaned

    def asked(self) -> dict[str, Any]:
        return self.changed()

    @classmethod
    def lines(cls, asked: Mapping[str, Any]) -> list[Line]:
        labels = {"phone": _("Telephone"), "email": _("E-mail")}
        return [Line(labels[name], value or str(_("none any more"))) for name, value in asked.items() if name in labels]


def commands(activity: Activity) -> Sequence[Command]:
    asked = activity.asked
    return (
        ChangePersonalData(customer_code=activity.customer_code, phone=asked.get("phone"), email=asked.get("email")),
    )


KIND = RequestKind(
    code=ActivityKind.CONTACTS,
    sentence=_("Give us the telephone number and e-mail address by which we reach you about invoices."),
    form=ContactsForm,
    automatic=True,
    term="personal_data",
    commands=commands,
    notice=True,
)
