"""Fills the embedded billing with records that exist elsewhere, keeping their codes; what is owed it reckons itself."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db import connections, transaction
from django.db.models import Model

from sportello.billing.records import (
    BillingAccountRecord,
    CustomerRecord,
    InvoiceRecord,
    MandateRecord,
    MeterReadingRecord,
    MeterRecord,
    PaymentRecord,
    Record,
    SupplyRecord,
    UsageRecord,
)
from sportello.connectors.embedded import models, numbering, rows
from sportello.connectors.embedded.mandate_rows import mandate_row
from sportello.connectors.embedded.routing import ALIAS

STAMPS = {"id", "created_in", "changed_in"}


def is_empty() -> bool:
    """Whether there is no customer at all."""
    return not models.Customer.objects.exists()


def load(records: Iterable[Record]) -> int:
    """Adds ``records``, in whatever order, all or none; returns how many there were.

    ``paid`` of an invoice and ``balance`` of an account are reckoned from the payments; only that of a credit note is
    taken as it stands. A code that is there already raises IntegrityError. New numbers go on after the highest loaded.
    """
    found: dict[type, list[Any]] = defaultdict(list)
    for record in records:
        found[type(record)].append(record)
    accounts = [rows.account_row(record) for record in found[BillingAccountRecord]]
    invoices = [rows.invoice_row(record) for record in found[InvoiceRecord]]
    allocations = allocation_rows(found[PaymentRecord])
    reckon(accounts, invoices, found[PaymentRecord])
    with transaction.atomic(using=ALIAS):
        copy(models.Customer, [rows.customer_row(record) for record in found[CustomerRecord]])
        copy(models.Account, accounts)
        copy(models.Mandate, [mandate_row(record) for record in found[MandateRecord]])
        copy(models.Supply, [rows.supply_row(record) for record in found[SupplyRecord]])
        copy(models.Meter, [rows.meter_row(record) for record in found[MeterRecord]])
        copy(models.Invoice, invoices)
        copy(models.Payment, [rows.payment_row(record) for record in found[PaymentRecord]])
        copy(models.Allocation, allocations)
        copy(models.MeterReading, [rows.reading_row(record) for record in found[MeterReadingRecord]])
        copy(models.Usage, [rows.usage_row(record) for record in found[UsageRecord]])
        numbering.go_on_after(row.code for row in invoices)
        for kind in (PaymentRecord, MeterRecord, MeterReadingRecord):
            numbering.go_on_after(record.code for record in found[kind])
    return sum(map(len, found.values()))


def allocation_rows(payments: Iterable[PaymentRecord]) -> list[models.Allocation]:
    return [
        models.Allocation(payment_id=payment.code, invoice_id=part.invoice_number, amount=part.amount)
        for payment in payments
        for part in payment.allocations
    ]


def reckon(
    accounts: Iterable[models.Account], invoices: Iterable[models.Invoice], payments: Iterable[PaymentRecord]
) -> None:
    """Sets what is paid of each invoice and the balance of each account."""
    paid: dict[str, Decimal] = defaultdict(Decimal)
    balance: dict[str, Decimal] = defaultdict(Decimal)
    for payment in payments:
        if payment.status == "executed":
            for part in payment.allocations:
                paid[part.invoice_number] += part.amount
                balance[payment.account_code or ""] += part.amount
            balance[payment.account_code or ""] -= payment.amount
    for invoice in invoices:
        if invoice.amount >= 0:
            invoice.paid = paid[invoice.code]
        balance[invoice.account_id] += invoice.open
    for account in accounts:
        account.balance = balance[account.code]


def copy(model: type[Model], instances: Sequence[Model]) -> None:
    """Writes new rows with COPY; the stamps are left to the triggers and the identity to its sequence."""
    connection = connections[ALIAS]
    fields = [field for field in model._meta.concrete_fields if field.column not in STAMPS]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    with (
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as target,
    ):
        for instance in instances:
            target.write_row([field.get_db_prep_save(getattr(instance, field.attname), connection) for field in fields])
