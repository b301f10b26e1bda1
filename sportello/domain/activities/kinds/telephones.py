"""Telephone numbers as people write them, kept in one form: +39 and the number, the leading nought of a fixed line with it."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

ITALIAN = re.compile(r"(?:\+39|0039)?(0\d{5,10}|3\d{8,9})")
ABROAD = re.compile(r"(?:\+|00)(?!39)([1-9]\d{6,14})")
CHARGED = re.compile(r"(?:\+39|0039)?(?:8\d\d|199|89\d)\d*")
BETWEEN = re.compile(r"[\s./()-]+")


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
        typed = BETWEEN.sub("", super().clean(value))
        if not typed:
            return ""
        if CHARGED.fullmatch(typed):
            raise ValidationError(self.error_messages["service"], code="service")
        if found := ITALIAN.fullmatch(typed):
            return f"+39{found[1]}"
        if found := ABROAD.fullmatch(typed):
            return f"+{found[1]}"
        raise ValidationError(self.error_messages["invalid"], code="invalid")
