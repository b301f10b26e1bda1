"""Telephone numbers as people write them, kept in one form: +39 and the number, the leading nought of a fixed line with it."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum.exceptions import InvalidComponent
from stdnum.exceptions import ValidationError as WrongNumber

from sportello.italy import telephone


class PhoneField(forms.CharField):
    """Gives +390535000123 or "". Services' numbers (800, 199) are nobody's own."""

    default_error_messages = {
        "invalid": _("This is not a telephone number: write it with its area code, as 0535 000123 or 333 1234567."),
        "service": _("This is the number of a service, not your own."),
    }

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})
        super().__init__(max_length=40, widget=widget, **{"label": _("Telephone"), **options})

    def clean(self, value: Any) -> str:
        typed: str = super().clean(value)
        if not typed:
            return ""
        try:
            return telephone.validate(typed)
        except WrongNumber as error:
            code = "service" if isinstance(error, InvalidComponent) else "invalid"
            raise ValidationError(self.error_messages[code], code=code) from error
