"""A billing system in memory, whose answers a test decides, and records that pass every check."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sportello.billing.errors import NotThere
from sportello.billing.port import Capabilities
from sportello.billing.records import (
    Address,
    Allocation,
    Batch,
    BillingAccountRecord,
    CustomerRecord,
    InvoiceLine,
    InvoiceRecord,
    MandateRecord,
    MeterReadingRecord,
    MeterRecord,
    PaymentRecord,
    Record,
    Register,
    RegisterValue,
    Snapshot,
    SupplyRecord,
    UsageRecord,
    VatAmount,
)


@dataclass
class FakeBilling:
    """Gives the records of ``log`` as changes, with a position as the cursor, and of ``snapshots`` by customer.

    ``before`` is called first, with the name of the method; it may raise, wait, or look around.
    """

    log: list[Record] = field(default_factory=list)
    snapshots: dict[str, Sequence[Record]] = field(default_factory=dict)
    feed: bool = True
    name: str = "fake"
    before: Callable[[str], None] = lambda method: None
    calls: list[str] = field(default_factory=list)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(name=self.name, feed=self.feed, fresh_for=60, invoice_pdf=False, invoice_xml=False)

    def changes(self, since: str, limit: int) -> Batch:
        self.calls.append("changes")
        self.before("changes")
        start = int(since or 0)
        end = min(start + limit, len(self.log))
        return Batch(records=self.log[start:end], cursor=str(end), more=end < len(self.log))

    def snapshot(self, customer_code: str) -> Snapshot:
        self.calls.append("snapshot")
        self.before("snapshot")
        if customer_code not in self.snapshots:
            raise NotThere("customer", customer_code)
        return Snapshot(customer_code=customer_code, records=self.snapshots[customer_code])

    def invoice_pdf(self, number: str) -> bytes:
        raise NotThere("invoice_pdf", number)

    def invoice_xml(self, number: str) -> bytes:
        raise NotThere("invoice_xml", number)


def customer(code: str = "C-1", **fields: Any) -> CustomerRecord:
    standard: dict[str, Any] = {
        "kind": "person",
        "first_name": "Alice",
        "last_name": "Fabbri",
        "tax_code": "FBBLCA80A41D711X",
        "birth_date": date(1980, 1, 1),
        "email": "alice@example.it",
        "phone": "+39 0535 000000",
        "address": Address(street="Via Grandi", number="39", postcode="41033", municipality="Concordia", province="MO"),
    }
    return CustomerRecord(code=code, **{**standard, **fields})


def account(code: str = "A-1", *, of: str = "C-1", **fields: Any) -> BillingAccountRecord:
    return BillingAccountRecord(code=code, customer_code=of, **{"balance": Decimal("12.30"), **fields})


def mandate(code: str = "D-1", *, of: str = "C-1", on: str = "A-1", **fields: Any) -> MandateRecord:
    standard: dict[str, Any] = {
        "scheme": "core",
        "status": "active",
        "iban": "IT60X0542811101000000123456",
        "holder": "Alice Fabbri",
        "holder_tax_code": "FBBLCA80A41D711X",
        "signed_on": date(2025, 12, 20),
        "active_from": date(2026, 1, 3),
        "from_invoice": "I-1",
    }
    return MandateRecord(code=code, customer_code=of, account_code=on, **{**standard, **fields})


def supply(code: str = "S-1", *, of: str = "C-1", on: str = "A-1", **fields: Any) -> SupplyRecord:
    standard: dict[str, Any] = {
        "service": "gas",
        "status": "active",
        "point_code": "00881234567890",
        "started_on": date(2015, 3, 1),
        "address": Address(street="Via Grandi", number="39", municipality="Concordia"),
    }
    return SupplyRecord(code=code, customer_code=of, account_code=on, **{**standard, **fields})


def invoice(number: str = "I-1", *, of: str = "C-1", on: str = "A-1", **fields: Any) -> InvoiceRecord:
    standard: dict[str, Any] = {
        "issued_on": date(2026, 1, 10),
        "due_on": date(2026, 2, 10),
        "amount": Decimal("122.00"),
        "paid": Decimal("0.00"),
        "supply_codes": ("S-1",),
        "kind": "period_actual",
        "consumption": Decimal("81.125"),
        "consumption_unit": "Smc",
    }
    return InvoiceRecord(number=number, customer_code=of, account_code=on, **{**standard, **fields})


def detailed_invoice(number: str = "I-1", **fields: Any) -> InvoiceRecord:
    lines = (
        InvoiceLine(description="Materia gas", amount=Decimal("60.00"), quantity=Decimal("81.125"), unit="Smc"),
        InvoiceLine(description="Trasporto", amount=Decimal("40.00"), section="Rete", vat_rate=Decimal("22")),
    )
    vat = (VatAmount(rate=Decimal("22"), taxable=Decimal("100.00"), tax=Decimal("22.00")),)
    return invoice(number, **{"lines": lines, "vat": vat, **fields})


def payment(code: str = "P-1", *, of: str = "C-1", on: str = "A-1", **fields: Any) -> PaymentRecord:
    standard: dict[str, Any] = {
        "paid_on": date(2026, 2, 5),
        "amount": Decimal("122.00"),
        "channel": "post",
        "channel_text": "Bollettino postale",
        "allocations": (Allocation(invoice_number="I-1", amount=Decimal("122.00")),),
    }
    return PaymentRecord(code=code, customer_code=of, account_code=on, **{**standard, **fields})


def register(code: str = "1", **fields: Any) -> Register:
    standard: dict[str, Any] = {"role": "total", "unit": "m³", "digits": 5, "coefficient": Decimal("1.034889")}
    return Register(code=code, **{**standard, **fields})


def meter(code: str = "M-1", *, of: str = "C-1", at: str = "S-1", **fields: Any) -> MeterRecord:
    standard: dict[str, Any] = {
        "serial": "SMGR036118006809",
        "kind": "simple",
        "registers": (register(),),
        "installed_on": date(2015, 3, 1),
        "maximum_flow": Decimal(6),
    }
    return MeterRecord(code=code, customer_code=of, supply_code=at, **{**standard, **fields})


def reading(code: str = "L-1", *, of: str = "C-1", at: str = "S-1", **fields: Any) -> MeterReadingRecord:
    standard: dict[str, Any] = {
        "meter_code": "M-1",
        "read_on": date(2026, 1, 31),
        "values": (RegisterValue(register="1", value=Decimal(1234)),),
        "origin": "actual",
        "consumption": Decimal("81.125"),
    }
    return MeterReadingRecord(code=code, customer_code=of, supply_code=at, **{**standard, **fields})


def usage(code: str = "U-1", *, of: str = "C-1", at: str = "S-1", **fields: Any) -> UsageRecord:
    standard: dict[str, Any] = {
        "measure": "delivery",
        "period_from": date(2026, 1, 31),
        "period_to": date(2026, 1, 31),
        "quantity": Decimal("750"),
        "unit": "l",
    }
    return UsageRecord(code=code, customer_code=of, supply_code=at, **{**standard, **fields})


def metered(number: int = 1) -> list[Record]:
    """What was read and used at the supply of ``company(number)``: a reading by the distributor, one by the customer."""
    of, at = f"C-{number}", f"S-{number}"
    return [
        meter(f"M-{number}", of=of, at=at),
        reading(f"L-{number}", of=of, at=at, meter_code=f"M-{number}"),
        reading(f"K-{number}", of=of, at=at, meter_code=f"M-{number}", origin="self", key=f"key-{number}"),
        usage(f"U-{number}", of=of, at=at),
    ]


def company(number: int = 1) -> list[Record]:
    """Everything of customer C-``number``, in the order of the port."""
    of, on, at, bill = f"C-{number}", f"A-{number}", f"S-{number}", f"I-{number}"
    return [
        customer(of),
        account(on, of=of),
        supply(at, of=of, on=on),
        detailed_invoice(bill, of=of, on=on, supply_codes=(at,)),
        payment(f"P-{number}", of=of, on=on, allocations=(Allocation(invoice_number=bill, amount=Decimal("122.00")),)),
    ]
