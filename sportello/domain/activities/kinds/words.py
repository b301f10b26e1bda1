"""What is asked, said in words: values of forms, and what customers choose from."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sportello.domain.activities.kinds.fields import AmountField, euro
from sportello.domain.customers.models import BillingAccount, Invoice, Supply


def plain(value: Any) -> Any:
    """As JSON holds it: days and amounts as text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else str(value)


def words_of(each: forms.Field, value: Any) -> str:
    """A kept value as its field would say it."""
    choices = dict(each.choices) if isinstance(each, forms.ChoiceField) else {}  # type: ignore[arg-type]
    if isinstance(each, forms.DateField):
        return f"{date.fromisoformat(value):%d/%m/%Y}"
    if isinstance(each, AmountField):
        return euro(Decimal(value))
    if isinstance(each, forms.BooleanField):
        return str(_("Yes"))
    values = value if isinstance(value, list) else [value]
    return ", ".join(str(choices.get(one, one)) for one in values)


def supply_in_words(supply: Supply) -> str:
    where = supply.short_address or supply.code
    return f"{supply.get_service_display()}, {where}"


def account_in_words(account: BillingAccount) -> str:
    """Its name where it has one, with the code by which it is told from others of the same name."""
    return f"{account.description} ({account.code})" if account.description else account.code


def invoice_in_words(invoice: Invoice) -> str:
    return f"{invoice.number}, {invoice.issued_on:%d/%m/%Y}"
