"""Records for tests: small, complete, and right unless a test says otherwise."""

from datetime import date
from decimal import Decimal
from typing import Any

from sportello.billing.records import (
    Address,
    Allocation,
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
    SupplyRecord,
    UsageRecord,
    VatAmount,
)


def customer(code: str = "C1", **values: Any) -> CustomerRecord:
    return CustomerRecord(**{"code": code, "kind": "person", "first_name": "Alice", "last_name": "Neri", **values})


def company(code: str = "C1", **values: Any) -> CustomerRecord:
    return CustomerRecord(
        **{
            "code": code,
            "kind": "company",
            "company_name": "Rossi & Figli S.r.l.",
            "tax_code": "00743110157",
            "vat_number": "00743110157",
            "sdi_code": "M5UXCR1",
            "address": Address(
                street="Via Roma", number="1", postcode="41033", municipality="Concordia", province="MO"
            ),
            **values,
        }
    )


def account(code: str = "A1", customer_code: str = "C1", **values: Any) -> BillingAccountRecord:
    return BillingAccountRecord(**{"code": code, "customer_code": customer_code, **values})


def mandate(code: str = "MND-1", **values: Any) -> MandateRecord:
    return MandateRecord(
        **{
            "code": code,
            "customer_code": "C1",
            "account_code": "A1",
            "scheme": "core",
            "status": "active",
            "iban": "IT60X0542811101000000123456",
            "holder": "Alice Neri",
            "holder_tax_code": "NRELCA80A41F257L",
            "signed_on": date(2025, 12, 20),
            "active_from": date(2026, 1, 3),
            **values,
        }
    )


def supply(code: str = "S1", **values: Any) -> SupplyRecord:
    return SupplyRecord(
        **{
            "code": code,
            "customer_code": "C1",
            "account_code": "A1",
            "service": "gas",
            "status": "active",
            "point_code": "99990000000001",
            **values,
        }
    )


def invoice(number: str = "2026/G/0000007", amount: str = "122.00", **values: Any) -> InvoiceRecord:
    total = Decimal(amount)
    taxable = (total / Decimal("1.22")).quantize(Decimal("0.01"))
    line = InvoiceLine(description="Quota consumi", amount=taxable, vat_rate=Decimal(22))
    return InvoiceRecord(
        **{
            "number": number,
            "customer_code": "C1",
            "account_code": "A1",
            "supply_codes": ("S1",),
            "kind": "period_actual",
            "issued_on": date(2026, 3, 2),
            "due_on": date(2026, 3, 27),
            "amount": total,
            "paid": Decimal("0.00"),
            "lines": (line,),
            "vat": (VatAmount(rate=Decimal(22), taxable=taxable, tax=total - taxable),),
            **values,
        }
    )


def payment(code: str = "P1", amount: str = "122.00", *, of: str = "2026/G/0000007", **values: Any) -> PaymentRecord:
    return PaymentRecord(
        **{
            "code": code,
            "customer_code": "C1",
            "account_code": "A1",
            "paid_on": date(2026, 3, 20),
            "amount": Decimal(amount),
            "channel": "transfer",
            "allocations": (Allocation(invoice_number=of, amount=Decimal(amount)),),
            **values,
        }
    )


def register(code: str = "1", **values: Any) -> Register:
    standard = {"role": "total", "unit": "m³", "digits": 5, "coefficient": Decimal("1.034889")}
    return Register(**{"code": code, **standard, **values})


def meter(code: str = "M1", **values: Any) -> MeterRecord:
    return MeterRecord(
        **{
            "code": code,
            "customer_code": "C1",
            "supply_code": "S1",
            "serial": "SMGR036118006809",
            "kind": "simple",
            "registers": (register(),),
            "installed_on": date(2020, 1, 1),
            "maximum_flow": Decimal("6.000"),
            **values,
        }
    )


def shown(*values: int | str) -> tuple[RegisterValue, ...]:
    """What the registers 1, 2 … showed."""
    return tuple(RegisterValue(register=str(number), value=Decimal(value)) for number, value in enumerate(values, 1))


def reading(code: str = "R1", value: int = 1000, on: date = date(2026, 3, 1), **values: Any) -> MeterReadingRecord:
    return MeterReadingRecord(
        **{
            "code": code,
            "customer_code": "C1",
            "supply_code": "S1",
            "meter_code": "M1",
            "read_on": on,
            "values": shown(value),
            "origin": "actual",
            **values,
        }
    )


def usage(code: str = "U1", **values: Any) -> UsageRecord:
    return UsageRecord(
        **{
            "code": code,
            "customer_code": "C1",
            "supply_code": "S1",
            "measure": "data",
            "period_from": date(2026, 3, 1),
            "period_to": date(2026, 3, 31),
            "quantity": Decimal("12.500"),
            "unit": "GB",
            **values,
        }
    )


def metered() -> list[Record]:
    """The household with a meter that the distributor read, 1000 on 1 March 2026."""
    return [*household(), meter(), reading(invoice_number="2026/G/0000007")]


def household() -> list[Record]:
    """A customer with one account, one supply and one open invoice of 122 euro."""
    return [customer(), account(), supply(), invoice()]
