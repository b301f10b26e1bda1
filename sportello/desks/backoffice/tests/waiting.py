"""Self-readings that wait for a decision, written as they stand in the database."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sportello.domain.activities.models import Activity, SelfReading
from sportello.domain.customers.models import Customer, Meter, Supply
from sportello.domain.files.models import KeptFile
from sportello.domain.ledger.models import LedgerRow
from tests import factories

DAY = date(2026, 11, 23)


def supply_of(code: str, **fields: Any) -> Supply:
    """A customer with one gas supply and its meter of five digits, last read on the 31st of October."""
    supply = factories.supply(factories.account(factories.customer(code, **fields)), annual_consumption=Decimal(1400))
    factories.meter(supply)
    factories.reading(supply, values=4612)
    return supply


def reading(
    of: Supply, number: str = "A-26000001", *, reasons: tuple[str, ...] = ("smaller",), **fields: Any
) -> SelfReading:
    """Kept for an operator, unless ``attention`` says otherwise; opened ``days`` ago."""
    days = fields.pop("days", 1)
    activity = Activity.objects.create(
        number=number,
        kind="self_reading",
        channel="portal",
        customer_id=of.customer_id,
        supply=of,
        attention=fields.pop("attention", "kept"),
        opened_at=factories.NOW - timedelta(days=days),
    )
    meter = Meter.objects.filter(supply=of).first()
    values: dict[str, Any] = {
        "meter_code": meter.code if meter else "M-0",
        "serial": meter.serial if meter else "",
        "read_on": DAY,
        "values": {"R-total": "4466"},
        "previous": {"R-total": "4612.000"},
        "previous_on": date(2026, 10, 31),
        "low": Decimal("25.000"),
        "high": Decimal("170.000"),
        "verdict": "kept",
        "reasons": list(reasons),
    }
    return SelfReading.objects.create(activity=activity, supply=of, **{**values, **fields})


def waiting(code: str = "C1", number: str = "A-26000001", **fields: Any) -> SelfReading:
    return reading(supply_of(code), number, **fields)


def photo(of: SelfReading, content: bytes = b"\xff\xd8\xff of a meter") -> KeptFile:
    number = of.activity.number
    KeptFile.objects.keep(
        kind="reading_photo", key=number, version=number, media_type="image/jpeg", content=content, now=factories.NOW
    )
    of.photo = KeptFile.objects.get(kind="reading_photo", key=number)
    of.save()
    return of.photo


def at_billing(of: SelfReading, state: str, **fields: Any) -> LedgerRow:
    """The command that carried it, and what billing has said."""
    number = of.activity.number
    of.key = f"reading-{number}"
    of.save()
    values: dict[str, Any] = {
        "name": "SubmitReading",
        "command": command(of),
        "customer_code": of.activity.customer_id,
        "about_kind": "activity",
        "about_key": number,
        "follows": "activities.settle",
        "state": state,
        "attempts": 1,
        "queued_at": factories.NOW,
        "next_attempt_at": factories.NOW,
        "settled_at": factories.NOW if state in ("acknowledged", "refused", "cancelled") else None,
    }
    return LedgerRow.objects.create(key=of.key, **{**values, **fields})


def command(of: SelfReading) -> dict[str, Any]:
    values = [{"register": code, "value": value} for code, value in of.values.items()]
    return {
        "customer_code": of.activity.customer_id, "supply_code": of.supply_id, "meter_code": of.meter_code,
        "read_on": of.read_on.isoformat(), "values": values, "replaces": None, "approved": False,
    }  # fmt: skip


def reach(user: Any, of: SelfReading) -> None:
    factories.access(user, Customer.objects.get(code=of.activity.customer_id))
