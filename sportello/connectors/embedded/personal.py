"""Who the customer is and where his post goes: changed as he asks, where it can stand on an invoice."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, get_args

from django.utils import timezone

from sportello.billing.commands import ChangeMailingAddress, ChangePersonalData, SetInvoiceDelivery
from sportello.billing.errors import Refused
from sportello.billing.records import InvoiceDelivery
from sportello.connectors.embedded import owning, rows
from sportello.connectors.embedded import text_checks as checks
from sportello.connectors.embedded.models import Customer, Supply

TEXTS = ("first_name", "last_name", "company_name", "tax_code", "vat_number", "phone", "email", "sdi_code", "pec")
LONGEST = {field.name: field.max_length or 0 for field in Customer._meta.concrete_fields if field.name in TEXTS}
LONGEST_ADDRESSEE = 200
# What an invoice cannot do without, by the customer's kind.
NEEDED = {
    "person": {"last_name": "Il cognome", "tax_code": "Il codice fiscale"},
    "company": {"company_name": "La ragione sociale"},
}
VALIDATED: dict[str, Callable[..., str]] = {
    "tax_code": checks.checked_tax_code,
    "vat_number": checks.checked_vat_number,
}
CHECKS: dict[str, Callable[..., None]] = {
    "email": checks.check_email,
    "pec": checks.check_email,
    "sdi_code": checks.check_sdi_code,
}


def change_personal_data(command: ChangePersonalData, *, key: str, now: datetime) -> str:
    """There is no code of our own for that. ``key`` leaves no trace in it."""
    customer = owning.customer(command.customer_code)
    changes: dict[str, Any] = {
        name: checked(customer, name, value) for name in TEXTS if (value := getattr(command, name)) is not None
    }
    if command.birth_date is not None:
        check_birth_date(command.birth_date, timezone.localdate(now))
        changes["birth_date"] = command.birth_date
    if command.address is not None:
        checks.check_address(command.address, field="address")
        changes["address"] = rows.address_json(command.address)
    for name, value in changes.items():
        setattr(customer, name, value)
    if changes:
        customer.save(update_fields=list(changes))
    return ""


def checked(customer: Customer, name: str, value: str) -> str:
    """The value as it is written; "" empties the field where it may be empty."""
    if not value.strip():
        if what := NEEDED[customer.kind].get(name):
            raise Refused(f"{what} è necessario sulle fatture.", field=name)
        return ""
    checks.check_text(value, field=name, longest=LONGEST[name])
    if name in CHECKS:
        CHECKS[name](value, field=name)
    return VALIDATED[name](value, field=name) if name in VALIDATED else value


def check_birth_date(born: date, today: date) -> None:
    if not date(1900, 1, 1) <= born <= today:
        raise Refused("La data di nascita non è possibile.", field="birth_date")


def change_mailing_address(command: ChangeMailingAddress, *, key: str, now: datetime) -> str:
    """There is no code of our own for that. ``key`` leaves no trace in it."""
    account = owning.account(command.customer_code, command.account_code)
    checks.check_address(command.address, field="address")
    checks.check_text(command.addressee, field="addressee", longest=LONGEST_ADDRESSEE)
    account.mailing_address = rows.address_json(command.address)
    account.addressee = command.addressee
    account.save(update_fields=["mailing_address", "addressee"])
    return ""


def set_invoice_delivery(command: SetInvoiceDelivery, *, key: str, now: datetime) -> str:
    """There is no code of our own for that. ``key`` leaves no trace in it."""
    ways = (*get_args(InvoiceDelivery), *([""] if command.supply_code else []))
    if command.delivery not in ways:
        raise Refused("Le fatture arrivano su carta o via e-mail.", field="delivery")
    if command.supply_code:
        whose: Customer | Supply = owning.supply(command.customer_code, command.supply_code)
    else:
        whose = owning.customer(command.customer_code)
    whose.invoice_delivery = command.delivery
    whose.save(update_fields=["invoice_delivery"])
    return ""
