"""What is used where no meter counts: the traffic of a line by month, and the LPG that lorries bring to a tank."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sportello.billing.codes import Measure
from sportello.billing.records import UsageRecord
from sportello.demo import months
from sportello.demo.chance import chance
from sportello.demo.supplies import Point

FULL, LOW = 0.80, 0.25  # of a tank: more is not filled in, and below this it is ordered
MINUTES = {"line": (20, 260), "mobile": (60, 480)}  # a month
MESSAGES = (0, 45)
TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """LPG brought on ``day``; what has been burnt since the one before, for a tank is always filled alike."""

    day: date
    litres: int


def data(point: Point, month: date) -> Decimal:
    """GB in a month, with one decimal."""
    tenth = chance(point.noise, "data", month).randrange(10)
    return Decimal(point.consumed(month.year, month.month)) + TENTH * tenth


def traffic(point: Point, since: date, before: date) -> Iterator[UsageRecord]:
    """Of each whole month from ``since``."""
    for month in months.between(since, months.shifted(before, -1)):
        rng = chance(point.noise, "traffic", month)
        yield record(point, month, "data", data(point, month), "GB")
        yield record(point, month, "voice", Decimal(rng.randint(*MINUTES[point.profile])), "min")
        if point.profile == "mobile":
            yield record(point, month, "messages", Decimal(rng.randint(*MESSAGES)), "SMS")


def record(point: Point, month: date, measure: Measure, quantity: Decimal, unit: str) -> UsageRecord:
    supply = point.supply
    return UsageRecord(
        code=f"{supply.code}-{month:%Y%m}-{measure}",
        customer_code=supply.customer_code,
        supply_code=supply.code,
        measure=measure,
        period_from=max(month, supply.started_on or month),
        period_to=months.end_of(month),
        quantity=quantity,
        unit=unit,
    )


def deliveries(point: Point, since: date, today: date) -> list[Delivery]:
    """Each time the tank is nearly empty; on a working day."""
    room = round((point.supply.tank_litres or 0) * (FULL - LOW))
    rng = chance(point.noise, "deliveries")
    found, burnt = [], rng.random() * room
    for month in months.between(since, today):
        a_day = point.consumed(month.year, month.month) / months.end_of(month).day
        for number in range(months.end_of(month).day):
            burnt += a_day
            day = month + timedelta(days=number)
            if burnt >= room and day.weekday() < 5 and day <= today:
                found.append(Delivery(day=day, litres=round(burnt / 10) * 10))
                burnt = 0
    return found


def brought(point: Point, delivery: Delivery) -> UsageRecord:
    supply = point.supply
    return UsageRecord(
        code=f"{supply.code}-{delivery.day:%Y%m%d}",
        customer_code=supply.customer_code,
        supply_code=supply.code,
        measure="delivery",
        period_from=delivery.day,
        period_to=delivery.day,
        quantity=Decimal(delivery.litres),
        unit="l",
    )
