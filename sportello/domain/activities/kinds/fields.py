"""Fields that forms of several kinds have: days and amounts of money."""

import re
from decimal import Decimal
from typing import Any, Final
from unicodedata import normalize

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

DAYS: Final = ("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d.%m.%Y", "%d-%m-%Y")
NO_DAY = _("This is not a day, like 24/11/2026.")
CENT: Final = Decimal("0.01")
LARGEST_AMOUNT: Final = Decimal(10_000_000)
# Thousands and cents never have the same mark: 1.234 is more than a thousand, 1.23 little more than one.
AMOUNT = re.compile(r"(\d+|\d{1,3}(?:(?:\.\d{3})+|(?:,\d{3})+|(?:'\d{3})+))(?:([.,])(\d{1,2}))?", re.ASCII)


class DayField(forms.DateField):
    """A day, as a browser's calendar or a person writes it."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(**{"input_formats": DAYS, "widget": widget, **options})
        self.error_messages["invalid"] = NO_DAY


class AmountField(forms.CharField):
    """Euro and cents, more than nothing; ``clean`` gives a Decimal with two places, None where it may be left empty."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(**{"max_length": 40, "widget": widget, **options})

    def clean(self, value: Any) -> Any:
        typed: str = super().clean(value)
        return amount_in(typed) if typed else None


def amount_in(typed: str) -> Decimal:
    """1.234,56 and 1,234.56, with or without €. Raises ValidationError."""
    text = "".join(normalize("NFKC", typed).split()).casefold()
    found = AMOUNT.fullmatch(text.removeprefix("€").removeprefix("eur").removesuffix("€").removesuffix("euro"))
    if not found or (found[2] and found[2] in found[1]):
        raise ValidationError(_("Enter an amount in euro, like 121,40."), code="not_an_amount")
    whole = "".join(character for character in found[1] if character.isdigit())
    amount = Decimal(f"{whole}.{found[3] or '0'}")
    if not 0 < amount < LARGEST_AMOUNT:
        raise ValidationError(_("Enter an amount of more than nothing and less than ten million euro."), code="amount")
    return amount.quantize(CENT)


def euro(amount: Decimal) -> str:
    """As the present language writes it: 1.234,56 €."""
    text = number_format(amount, 2, use_l10n=True, force_grouping=True)
    return f"{text} €" if (get_language() or "it").startswith("it") else f"€{text}"
