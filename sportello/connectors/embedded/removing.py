"""The billing office deletes what was entered by mistake and nothing else refers to."""

from django.db import transaction
from django.db.models import ProtectedError

from sportello.connectors.embedded.accounts import add_to_balance, locked
from sportello.connectors.embedded.histories import locked_supply, recount
from sportello.connectors.embedded.mistakes import Mistake, Unknown
from sportello.connectors.embedded.models import (
    Account,
    Changing,
    Customer,
    Invoice,
    Mandate,
    Meter,
    MeterReading,
    Payment,
    Supply,
    Usage,
)
from sportello.connectors.embedded.paying import undo_allocations
from sportello.connectors.embedded.routing import ALIAS

KINDS: dict[str, type[Changing]] = {
    "customer": Customer,
    "account": Account,
    "mandate": Mandate,
    "supply": Supply,
    "meter": Meter,
    "invoice": Invoice,
    "payment": Payment,
    "reading": MeterReading,
    "usage": Usage,
}


def remove(*, kind: str, code: str) -> None:
    """Deletes a record that nothing else refers to; ``kind`` is one of ``KINDS``."""
    with transaction.atomic(using=ALIAS):
        record = KINDS[kind]._default_manager.filter(code=code).first()
        if record is None:
            raise Unknown(kind, code)
        if isinstance(record, Payment):
            forget_payment(record)
        elif isinstance(record, Invoice):
            forget_invoice(record)
        elif isinstance(record, Mandate):
            check_not_holding(record)
        elif isinstance(record, Supply):
            check_not_billed(record)
        elif isinstance(record, MeterReading):
            check_not_used(record)
        try:
            record.delete()
        except ProtectedError as error:
            held = next(iter(error.protected_objects))._meta.verbose_name_plural
            raise Mistake(f"{kind} {code} still has {held}") from error
        if isinstance(record, MeterReading):
            recount(record.meter, since=record.read_on)


def forget_payment(payment: Payment) -> None:
    if payment.channel == "offset":
        raise Mistake(f"{payment.code} is an offset against a credit note and stays with it")
    account = locked(payment.account_id)
    payment.refresh_from_db()
    if payment.returned_on is None:
        undo_allocations(payment, collection="")
        add_to_balance(account, payment.amount)


def forget_invoice(invoice: Invoice) -> None:
    account = locked(invoice.account_id)
    invoice.refresh_from_db()
    if invoice.allocation_set.exists() or invoice.paid:
        raise Mistake(f"{invoice.code} has payments; remove them first")
    add_to_balance(account, -invoice.amount)


def check_not_used(reading: MeterReading) -> None:
    locked_supply(reading.supply_id)
    reading.refresh_from_db()
    if reading.invoice_id:
        raise Mistake(f"reading {reading.code} was used by invoice {reading.invoice_id}")


def check_not_holding(mandate: Mandate) -> None:
    locked(mandate.account_id)
    mandate.refresh_from_db()
    if mandate.status not in ("refused", "revoked"):
        raise Mistake(f"mandate {mandate.code} is {mandate.status}; it has to be revoked first")


def check_not_billed(supply: Supply) -> None:
    if Invoice.objects.filter(account=supply.account_id, supply_codes__contains=[supply.code]).exists():
        raise Mistake(f"supply {supply.code} has invoices")
