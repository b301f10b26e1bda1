"""What a record of a billing system must be, whatever the system."""

# ruff: noqa: S101 - these asserts are the tests

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any, get_args

from sportello.billing.codes import (
    Collection,
    CustomerKind,
    InvoiceKind,
    MandateScheme,
    MandateStatus,
    Measure,
    MeterKind,
    Occasion,
    PaymentChannel,
    PaymentStatus,
    ReadingOrigin,
    RegisterRole,
    Removable,
    ServiceCode,
    SupplyStatus,
    Validation,
)
from sportello.billing.records import (
    BillingAccountRecord,
    CustomerRecord,
    InvoiceRecord,
    MandateRecord,
    MeterReadingRecord,
    MeterRecord,
    PaymentRecord,
    Record,
    Register,
    RegisterValue,
    Removed,
    SupplyRecord,
    UsageRecord,
)

FINITE: dict[tuple[type, str], Any] = {
    (CustomerRecord, "kind"): CustomerKind,
    (MandateRecord, "scheme"): MandateScheme,
    (MandateRecord, "status"): MandateStatus,
    (SupplyRecord, "service"): ServiceCode,
    (SupplyRecord, "status"): SupplyStatus,
    (InvoiceRecord, "kind"): InvoiceKind,
    (InvoiceRecord, "collection"): Collection,
    (PaymentRecord, "channel"): PaymentChannel,
    (PaymentRecord, "status"): PaymentStatus,
    (Removed, "kind"): Removable,
    (MeterRecord, "kind"): MeterKind,
    (Register, "role"): RegisterRole,
    (MeterReadingRecord, "origin"): ReadingOrigin,
    (MeterReadingRecord, "occasion"): Occasion,
    (MeterReadingRecord, "validation"): Validation,
    (UsageRecord, "measure"): Measure,
}
MONEY: dict[type, tuple[str, ...]] = {
    BillingAccountRecord: ("balance",),
    SupplyRecord: ("balance",),
    InvoiceRecord: ("amount", "paid", "contested"),
    PaymentRecord: ("amount",),
}


def key(record: Record) -> tuple[str, str]:
    """What tells a record apart from all others."""
    if isinstance(record, InvoiceRecord):
        return "invoice", record.number
    return (f"removed {record.kind}" if isinstance(record, Removed) else type(record).__name__), record.code


def check_order(records: Sequence[Record]) -> None:
    """Each record comes after those it refers to, and refers to none that is missing.

    A reading names its meter by value, but where the meter comes at all it comes before it.
    """
    meters: set[str] = set()
    seen: dict[type, set[str]] = defaultdict(set)
    for record in records:
        match record:
            case CustomerRecord():
                pass
            case BillingAccountRecord():
                assert record.customer_code in seen[CustomerRecord], record
            case MandateRecord() | SupplyRecord() | InvoiceRecord() | PaymentRecord():
                assert record.customer_code in seen[CustomerRecord], record
                unsaid = isinstance(record, PaymentRecord) and record.account_code is None
                assert unsaid or record.account_code in seen[BillingAccountRecord], record
            case MeterRecord() | MeterReadingRecord() | UsageRecord():
                assert record.customer_code in seen[CustomerRecord], record
                assert record.supply_code in seen[SupplyRecord], record
        if isinstance(record, InvoiceRecord):
            assert set(record.supply_codes or ()) <= seen[SupplyRecord], record
        if isinstance(record, PaymentRecord):
            assert {part.invoice_number for part in record.allocations} <= seen[InvoiceRecord], record
        if isinstance(record, MeterReadingRecord):
            meters.add(record.meter_code)
        assert not isinstance(record, MeterRecord) or record.code not in meters, record
        seen[type(record)].add(record.number if isinstance(record, InvoiceRecord) else record.code)


def check_plain(record: Record) -> None:
    """Money is Decimal with two places, days are days and nothing finer, words are of those the port knows."""
    for name in MONEY.get(type(record), ()):
        check_money(getattr(record, name), record)
    for piece in (record, *parts_of(record)):
        for field in fields(piece):
            value = getattr(piece, field.name)
            assert not isinstance(value, float), record
            assert not isinstance(value, Decimal) or value.is_finite(), record
            if field.name.endswith(("_on", "_date")) or field.name.startswith("period_"):
                assert value is None or type(value) is date, record
            words = FINITE.get((type(piece), field.name))
            assert words is None or value is None or value in get_args(words), record
    if isinstance(record, InvoiceRecord):
        for line in record.lines or ():
            check_money(line.amount, record)
        for part in record.vat or ():
            check_money(part.taxable, record)
            check_money(part.tax, record)
    if isinstance(record, PaymentRecord):
        for allocation in record.allocations:
            check_money(allocation.amount, record)


def parts_of(record: Record) -> Sequence[Register | RegisterValue]:
    match record:
        case MeterRecord():
            return record.registers
        case MeterReadingRecord():
            return record.values
    return ()


def check_money(value: object, record: Record) -> None:
    if value is None:
        return
    assert isinstance(value, Decimal), record
    assert value.as_tuple().exponent == -2, record
