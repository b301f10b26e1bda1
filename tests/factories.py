"""Customers with their supplies and invoices, for tests; plain functions with sensible defaults."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sportello.domain.customers.models import (
    Allocation,
    BillingAccount,
    Customer,
    CustomerAccess,
    Feed,
    Invoice,
    Payment,
    Supply,
)
from sportello.domain.people.models import User

NOW = datetime(2026, 11, 24, 9, 42, tzinfo=UTC)


def user(username: str = "alice", **fields: Any) -> User:
    return User.objects.create_user(username=username, **{"first_name": username.capitalize(), **fields})


def customer(code: str = "C1", **fields: Any) -> Customer:
    values = {"kind": "person", "first_name": "Anna", "last_name": f"Verdi {code}", "language": "it"}
    return Customer.objects.create(code=code, **{**values, **fields})


def account(owner: Customer, code: str | None = None, **fields: Any) -> BillingAccount:
    values: dict[str, Any] = {"balance": Decimal("0.00")}
    return BillingAccount.objects.create(code=code or f"A-{owner.code}", customer=owner, **{**values, **fields})


def supply(owner: BillingAccount, code: str | None = None, **fields: Any) -> Supply:
    values: dict[str, Any] = {
        "service": "gas",
        "status": "active",
        "point_code": "99990000000123",
        "street": "Via Grandi",
        "street_number": "39",
        "postcode": "41033",
        "municipality": "Concordia sulla Secchia",
        "province": "MO",
        "country": "IT",
        "started_on": date(2020, 1, 1),
    }
    return Supply.objects.create(
        code=code or f"S-{owner.customer_id}",
        customer_id=owner.customer_id,
        billing_account=owner,
        **{**values, **fields},
    )


def invoice(owner: BillingAccount, number: str | None = None, **fields: Any) -> Invoice:
    values: dict[str, Any] = {
        "kind": "period_actual",
        "issued_on": date(2026, 11, 10),
        "due_on": date(2026, 11, 30),
        "period_from": date(2026, 9, 1),
        "period_to": date(2026, 10, 31),
        "amount": Decimal("121.40"),
        "paid": Decimal("0.00"),
        "consumption": Decimal("205"),
        "consumption_unit": "Smc",
        "slip_code": "202601000001234556",
        "lines": [
            {
                "description": "Gas",
                "amount": "110.36",
                "section": "Quota consumi",
                "quantity": "205",
                "unit": "Smc",
                "unit_price": "0.538341",
                "vat_rate": "10",
            }
        ],
        "vat": [{"rate": "10", "taxable": "110.36", "tax": "11.04"}],
    }
    return Invoice.objects.create(
        number=number or f"2026/G/{owner.customer_id}",
        customer_id=owner.customer_id,
        billing_account=owner,
        **{**values, **fields},
    )


def payment(of: Invoice, amount: Decimal | None = None, code: str | None = None, **fields: Any) -> Payment:
    """A payment allocated to one invoice; the invoice's own ``paid`` is left to the caller, as billing does it."""
    values: dict[str, Any] = {"paid_on": date(2026, 11, 20), "channel": "post", "status": "executed"}
    paid = Payment.objects.create(
        code=code or f"P-{of.number}",
        customer_id=of.customer_id,
        billing_account_id=of.billing_account_id,
        amount=amount or of.amount,
        **{**values, **fields},
    )
    Allocation.objects.create(payment=paid, invoice=of, amount=paid.amount)
    return paid


def access(who: User, whose: Customer, **fields: Any) -> CustomerAccess:
    return CustomerAccess.objects.create(user=who, customer=whose, **{"granted_at": NOW, **fields})


def feed(**fields: Any) -> Feed:
    return Feed.objects.create(**{"connector": "embedded", "as_of": NOW, **fields})


def household(code: str = "C1", *, who: User | None = None, **fields: Any) -> Invoice:
    """A customer with account, supply and one invoice on it, seen by ``who``."""
    owner = customer(code, **fields)
    if who is not None:
        access(who, owner)
    books = account(owner, balance=Decimal("121.40"))
    point = supply(books)
    return invoice(books, supply_codes=[point.code])
