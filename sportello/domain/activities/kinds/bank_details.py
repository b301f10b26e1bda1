"""Fields that ask for a bank account and whose it is: checked as their owners write them, each mistake in words."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum.exceptions import InvalidChecksum, InvalidLength
from stdnum.exceptions import ValidationError as WrongNumber

from sportello.italy import codice_fiscale, iban

LONGEST_TYPED = 60


class IbanField(forms.CharField):
    """Gives the compact IBAN of any SEPA country."""

    default_error_messages = {
        "length": _("An IBAN of this country has more or fewer characters: an Italian one has 27."),
        "outside": _("We can only debit accounts of the SEPA countries."),
        "checksum": _("This IBAN has a wrong digit somewhere: compare it with your bank's papers."),
        "format": _("This is not an IBAN. It begins with two letters, as IT, and two digits."),
    }

    def __init__(self, **options: Any) -> None:
        attrs = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}
        super().__init__(
            max_length=LONGEST_TYPED, widget=forms.TextInput(attrs=attrs), **{"label": _("IBAN"), **options}
        )

    def clean(self, value: Any) -> str:
        typed: str = super().clean(value)
        if not typed:
            return ""
        try:
            return iban.validate(typed)
        except WrongNumber as error:
            code = what_is_wrong(error)
            raise ValidationError(self.error_messages[code], code=code) from error


def what_is_wrong(error: WrongNumber) -> str:
    if isinstance(error, iban.OutsideSepa):
        return "outside"
    if isinstance(error, InvalidLength):
        return "length"
    return "checksum" if isinstance(error, InvalidChecksum) else "format"


class TaxCodeField(forms.CharField):
    """Gives the compact codice fiscale: of a person, or eleven digits of a body."""

    default_error_messages = {
        "length": _("A tax code has 16 characters, that of a company or body 11 digits."),
        "checksum": _("This tax code has a wrong character somewhere: compare it with the card."),
        "format": _("This is not a tax code."),
    }

    def __init__(self, **options: Any) -> None:
        attrs = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}
        super().__init__(
            max_length=LONGEST_TYPED, widget=forms.TextInput(attrs=attrs), **{"label": _("Tax code"), **options}
        )

    def clean(self, value: Any) -> str:
        typed: str = super().clean(value)
        if not typed:
            return ""
        try:
            return codice_fiscale.validate(typed)
        except WrongNumber as error:
            code = "format"
            if isinstance(error, InvalidLength):
                code = "length"
            elif isinstance(error, InvalidChecksum):
                code = "checksum"
            raise ValidationError(self.error_messages[code], code=code) from error


def masked(number: str) -> str:
    """IT60 **** 3456, from a whole IBAN or one that is masked already."""
    return f"{number[:4]} **** {number[-4:]}" if number else ""
