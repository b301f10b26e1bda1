"""A small cast in records of the port: Alice owns, Bob pays for two accounts, Dora has nothing yet."""

from datetime import date, timedelta
from decimal import Decimal

from sportello.billing.records import (
    Address,
    Allocation,
    BillingAccountRecord,
    CustomerRecord,
    InvoiceRecord,
    PaymentRecord,
    Record,
    SupplyRecord,
)

ALICE, BOB, DORA = "1001", "1002", "1003"
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
    ]
