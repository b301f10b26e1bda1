"""E-mail addresses as people write them, kept as mail can be sent to them."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from sportello.domain.messages import addresses
from sportello.domain.messages.addresses import WrongAddress


class MailField(forms.CharField):
    """Gives an address that mail can be sent to, or ""."""

    default_error_messages = {"invalid": _("This is not an e-mail address.")}

    def __init__(self, **options: Any) -> None:
        attrs = {"type": "email", "autocomplete": "email", "spellcheck": "false", "autocapitalize": "none"}
        widget = forms.TextInput(attrs=attrs)
        super().__init__(max_length=addresses.LONGEST, widget=widget, **{"label": _("E-mail"), **options})

    def clean(self, value: Any) -> str:
        typed: str = super().clean(value)
        if not typed:
            return ""
        try:
            return addresses.checked(typed)
        except WrongAddress as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error
