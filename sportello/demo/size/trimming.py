"""Makes the history of each customer about as long as that of the others, so that a size can be said in customers."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from sportello.billing.records import InvoiceRecord, MeterReadingRecord, PaymentRecord
from sportello.demo.company import Company

# The newest of a customer; with those who have fewer, twenty invoices and forty readings each on average.
INVOICES, READINGS = 22, 45
R = TypeVar("R", InvoiceRecord, MeterReadingRecord)


def trimmed(
    company: Company, *, spared: Collection[str], invoices: int = INVOICES, readings: int = READINGS
) -> Company:
    """The company with only so many of the newest invoices and readings of each customer who is not ``spared``.

    What is still owed stays whatever its age, and a payment stays or goes with all the invoices that it paid: balances
    are those of before.
    """
    bills, payments = _kept_bills(company, spared=spared, most=invoices)
    numbers = {invoice.number for invoice in bills}
    return replace(
        company,
        invoices=bills,
        payments=payments,
        readings=[_without(reading, numbers) for reading in _kept_readings(company, spared=spared, most=readings)],
    )


def _kept_bills(
    company: Company, *, spared: Collection[str], most: int
) -> tuple[list[InvoiceRecord], list[PaymentRecord]]:
    newest = sorted(company.invoices, key=lambda one: (one.issued_on, one.number), reverse=True)
    kept = {invoice.number for invoice in _newest(newest, spared=spared, most=most)}
    kept |= {invoice.number for invoice in company.invoices if invoice.amount != invoice.paid}
    payments: dict[str, PaymentRecord] = {}
    left = list(company.payments)
    while found := [payment for payment in left if _stays(payment, kept)]:
        payments |= {payment.code: payment for payment in found}
        kept |= {part.invoice_number for payment in found for part in payment.allocations}
        left = [payment for payment in left if payment.code not in payments]
    return (
        [invoice for invoice in company.invoices if invoice.number in kept],
        [payment for payment in company.payments if payment.code in payments],
    )


def _stays(payment: PaymentRecord, numbers: Collection[str]) -> bool:
    """Whether one of these invoices was paid by it, or something of it is left."""
    used = sum(part.amount for part in payment.allocations)
    return used != payment.amount or any(part.invoice_number in numbers for part in payment.allocations)


def _kept_readings(company: Company, *, spared: Collection[str], most: int) -> list[MeterReadingRecord]:
    newest = sorted(company.readings, key=lambda one: (one.read_on, one.code), reverse=True)
    kept = {reading.code for reading in _newest(newest, spared=spared, most=most)}
    while more := {one.superseded_by for one in company.readings if one.code in kept and one.superseded_by} - kept:
        kept |= more
    return [reading for reading in company.readings if reading.code in kept]


def _newest(records: Iterable[R], *, spared: Collection[str], most: int) -> Iterable[R]:
    """The first ``most`` of each customer's, and all of who is spared."""
    of_customer: dict[str, list[R]] = defaultdict(list)
    for record in records:
        of_customer[record.customer_code].append(record)
    for code, found in of_customer.items():
        yield from found if code in spared else islice(found, most)


def _without(reading: MeterReadingRecord, numbers: Collection[str]) -> MeterReadingRecord:
    """The reading; one that an invoice used that is not here any more was used by none."""
    return reading if reading.invoice_number in numbers else replace(reading, invoice_number=None)
