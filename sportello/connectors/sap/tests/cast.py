"""A small cast in records of the port: Alice owns, Bob pays for two accounts, Dora has nothing yet.

Alice's gas goes through a corrector, Bob's electricity has three bands, and his LPG counts by a meter that has followed
another.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sportello.billing.codes import RegisterRole
from sportello.billing.records import (
    Address,
    Allocation,
    BillingAccountRecord,
    CustomerRecord,
    InvoiceRecord,
    MeterReadingRecord,
    MeterRecord,
    PaymentRecord,
    Record,
    Register,
    RegisterValue,
    SupplyRecord,
)

ALICE, BOB, DORA = "1001", "1002", "1003"
GAS_METER, POWER_METER, LPG_METER, OLD_LPG_METER = "700001", "700002", "700003", "700009"
HOME = Address(street="Via Roma", number="1", postcode="41033", municipality="Concordia", province="MO")


def invoice(
    number: str, *, customer: str, account: str, issued_on: date, supplies: tuple[str, ...], paid: str = "0.00"
) -> InvoiceRecord:
    return InvoiceRecord(
        number=number,
        customer_code=customer,
        account_code=account,
        issued_on=issued_on,
        due_on=issued_on + timedelta(days=20),
        amount=Decimal("61.00"),
        paid=Decimal(paid),
        supply_codes=supplies,
        consumption=Decimal("123.000") if len(supplies) == 1 else None,
        consumption_unit="Smc" if len(supplies) == 1 else "",
        period_from=issued_on - timedelta(days=70),
        period_to=issued_on - timedelta(days=10),
    )


def supply(code: str, *, customer: str, account: str, service: str = "gas", status: str = "active") -> SupplyRecord:
    return SupplyRecord(
        code=code,
        customer_code=customer,
        account_code=account,
        service=service,
        status=status,
        address=HOME,
        started_on=None if status == "activating" else date(2020, 1, 1),
        ended_on=date(2024, 12, 31) if status == "closed" else None,
    )


def register(code: str, role: RegisterRole, unit: str, *, digits: int | None = 5, serial: str = "") -> Register:
    return Register(code=code, role=role, unit=unit, digits=digits, serial=serial)


def reading(
    code: str, *, customer: str, supply: str, meter: str, read_on: date, values: tuple[str, ...], **rest: Any
) -> MeterReadingRecord:
    """``values`` in the order of the registers."""
    return MeterReadingRecord(
        code=code,
        customer_code=customer,
        supply_code=supply,
        meter_code=meter,
        read_on=read_on,
        values=tuple(
            RegisterValue(register=f"{place:03d}", value=Decimal(value)) for place, value in enumerate(values, 1)
        ),
        **{"origin": "actual", **rest},
    )


def meters_and_readings() -> list[Record]:
    gas = {"customer": ALICE, "supply": "3001", "meter": GAS_METER}
    power = {"customer": BOB, "supply": "3002", "meter": POWER_METER}
    lpg = {"customer": BOB, "supply": "3003"}
    return [
        MeterRecord(
            code=GAS_METER,
            customer_code=ALICE,
            supply_code="3001",
            serial="SAM00012345",
            kind="with_corrector",
            registers=(
                register("001", "total", "m³"),
                register("002", "corrected", "Smc", digits=7, serial="COR00000077"),
            ),
        ),
        MeterRecord(
            code=POWER_METER,
            customer_code=BOB,
            supply_code="3002",
            serial="ENE90001",
            kind="simple",
            registers=tuple(register(f"00{band}", f"f{band}", "kWh", digits=6) for band in (1, 2, 3)),
        ),
        MeterRecord(
            code=OLD_LPG_METER,
            customer_code=BOB,
            supply_code="3003",
            serial="GPL-1",
            kind="simple",
            registers=(register("001", "total", "m³"),),
            removed_on=date(2026, 2, 1),
        ),
        MeterRecord(
            code=LPG_METER,
            customer_code=BOB,
            supply_code="3003",
            serial="GPL-2",
            kind="simple",
            registers=(register("001", "total", "m³", digits=None),),
        ),
        reading("81001", read_on=date(2025, 12, 31), values=("100", "120"), consumption=Decimal("20.000"), **gas),
        reading("81002", read_on=date(2026, 3, 1), values=("200.5", "243"), consumption=Decimal("123.000"), **gas),
        reading("81003", read_on=date(2026, 4, 29), values=("260", "310"), origin="self", validation="pending", **gas),
        reading("82001", read_on=date(2026, 1, 31), values=("10", "20", "30"), **power),
        reading("82002", read_on=date(2026, 2, 28), values=("15", "26", "39"), consumption=Decimal("20.000"), **power),
        reading("83001", read_on=date(2026, 2, 1), values=("900",), occasion="final", meter=OLD_LPG_METER, **lpg),
        reading("83002", read_on=date(2026, 2, 1), values=("0",), occasion="initial", meter=LPG_METER, **lpg),
        reading(
            "83003",
            read_on=date(2026, 3, 1),
            values=("12.345",),
            origin="estimated",
            consumption=Decimal("12.345"),
            meter=LPG_METER,
            **lpg,
        ),
    ]


def records() -> list[Record]:
    return [
        CustomerRecord(
            code=ALICE,
            kind="person",
            first_name="Alice",
            last_name="D'Este",
            email="alice@example.it",
            phone="+39 333 0000001",
            address=HOME,
        ),
        CustomerRecord(code=BOB, kind="company", company_name="Bob & C. S.r.l.", language="en", address=HOME),
        CustomerRecord(code=DORA, kind="person", first_name="Dora", last_name="Neri"),
        BillingAccountRecord(code="2001", customer_code=ALICE, balance=Decimal("61.00"), payment_method="direct_debit"),
        BillingAccountRecord(code="2002", customer_code=BOB, balance=Decimal("-5.50")),
        BillingAccountRecord(code="2003", customer_code=BOB, balance=Decimal("0.00"), payment_method="postal_slip"),
        supply("3001", customer=ALICE, account="2001"),
        supply("3002", customer=BOB, account="2002", service="electricity"),
        supply("3003", customer=BOB, account="2002", service="lpg", status="suspended"),
        supply("3004", customer=BOB, account="2003", service="telephony", status="activating"),
        supply("3005", customer=BOB, account="2003", service="water", status="closed"),
        invoice(
            "2026/G/0000001",
            customer=ALICE,
            account="2001",
            issued_on=date(2026, 3, 10),
            supplies=("3001",),
            paid="61.00",
        ),
        invoice("2026/G/0000002", customer=ALICE, account="2001", issued_on=date(2026, 5, 10), supplies=("3001",)),
        invoice("2026/E/0000001", customer=BOB, account="2002", issued_on=date(2026, 4, 1), supplies=("3002", "3003")),
        PaymentRecord(
            code="9001",
            customer_code=ALICE,
            account_code="2001",
            paid_on=date(2026, 3, 20),
            amount=Decimal("61.00"),
            channel="shop",
            allocations=(Allocation(invoice_number="2026/G/0000001", amount=Decimal("61.00")),),
        ),
        PaymentRecord(
            code="9002",
            customer_code=BOB,
            account_code="2002",
            paid_on=date(2026, 4, 20),
            amount=Decimal("61.00"),
            channel="direct_debit",
            status="returned",
            allocations=(Allocation(invoice_number="2026/E/0000001", amount=Decimal("61.00")),),
        ),
        *meters_and_readings(),
    ]
