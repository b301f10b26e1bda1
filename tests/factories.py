"""Customers with their supplies and invoices, for tests; plain functions with sensible defaults."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sportello.billing.services import SERVICES
from sportello.domain.customers.models import (
    Allocation,
    BillingAccount,
    Customer,
    CustomerAccess,
    Feed,
    Invoice,
    InvoiceSubscription,
    Meter,
    MeterReading,
    Payment,
    Supply,
    Usage,
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


def register(role: str = "total", code: str | None = None, **fields: Any) -> dict[str, Any]:
    """One dial as the mirror holds it; its code is R- and its role."""
    values = {"code": code or f"R-{role}", "role": role, "unit": "m³", "digits": 5, "serial": "", "coefficient": None}
    return {**values, **fields}


def registers(service: str, kind: str) -> list[dict[str, Any]]:
    """What a meter of this service has: gas one dial with C, or two with a corrector; electricity F1, F2 and F3."""
    unit = SERVICES[service].dial
    if kind == "with_corrector":
        return [
            register("total", digits=8),
            register("corrected", unit="Smc", digits=8, serial="SC10000007936", coefficient="1"),
        ]
    if service == "electricity":
        return [register(role, unit=unit, digits=6) for role in ("f1", "f2", "f3")]
    return [register("total", unit=unit, coefficient="1.034889" if service == "gas" else None)]


def meter(of: Supply, code: str | None = None, **fields: Any) -> Meter:
    """``kind="with_corrector"`` has two dials; ``registers`` for any other ones."""
    values: dict[str, Any] = {"kind": "simple", "serial": "SMGR036118006809", "installed_on": of.started_on}
    values = {**values, **fields}
    values.setdefault("registers", registers(of.service, values["kind"]))
    return Meter.objects.create(code=code or f"M-{of.code}", customer_id=of.customer_id, supply=of, **values)


def reading(of: Supply, code: str | None = None, **fields: Any) -> MeterReading:
    """``values`` is a number for the one dial, or numbers by register; ``meter`` is the supply's own unless given."""
    values: dict[str, Any] = {"read_on": date(2026, 10, 31), "values": 1234, "origin": "actual", "occasion": "periodic"}
    values = {**values, "meter_code": f"M-{of.code}", **fields}
    if "meter" in values:
        values["meter_code"] = values.pop("meter").code
    shown = values["values"] if isinstance(values["values"], Mapping) else {"R-total": values["values"]}
    values["values"] = [{"register": dial, "value": str(number)} for dial, number in shown.items()]
    code = code or f"L-{of.code}-{values['read_on']:%Y%m%d}"
    return MeterReading.objects.create(code=code, customer_id=of.customer_id, supply=of, **values)


def usage(of: Supply, code: str | None = None, **fields: Any) -> Usage:
    """Traffic of October 2026 by default; ``measure="delivery", unit="l"`` for LPG brought to a tank."""
    values: dict[str, Any] = {"measure": "data", "quantity": Decimal("42.5"), "unit": "GB"}
    values |= {"period_from": date(2026, 10, 1), "period_to": date(2026, 10, 31), **fields}
    code = code or f"U-{of.code}-{values['measure']}-{values['period_to']:%Y%m%d}"
    return Usage.objects.create(code=code, customer_id=of.customer_id, supply=of, **values)


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


def invoice_subscription(
    owner: Customer, *addresses: str, supply: Supply | None = None, mode: str = "link", **fields: Any
) -> InvoiceSubscription:
    """On, with these addresses, all of them proven; one that begins with ? is not."""
    subscription = InvoiceSubscription.objects.create(
        customer=owner, supply=supply, mode=mode, **{"started_at": NOW, **fields}
    )
    for position, each in enumerate(addresses, start=1):
        subscription.recipients.create(
            position=position,
            address=each.removeprefix("?"),
            added_at=NOW,
            verified_at=None if each.startswith("?") else NOW,
        )
    return subscription
