"""Writes the bills of a supply, or of several together, from its first month to the last one before today."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from sportello.billing.codes import InvoiceKind
from sportello.billing.records import InvoiceLine, UsageRecord
from sportello.demo import months, other_tariffs, tariffs, usage
from sportello.demo.drafts import LETTERS, TOGETHER, Draft, document
from sportello.demo.readings import Reader, Reading, Used
from sportello.demo.supplies import Point

DAYS_AFTER_DELIVERY = 4
NAMES = {"gas": "Gas", "electricity": "Luce", "lpg": "GPL", "water": "Acqua", "telephony": "Telefonia"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When a supply is billed: each ``every`` months, up to the month of ``last_month``, ``lag`` days after its end."""

    every: int
    last_month: date
    lag: int
    to_pay: int


@dataclass(slots=True, kw_only=True)
class Billed:
    """What bills of a supply must remember from one to the next: the year's steps, and what was read or used."""

    point: Point
    year: tariffs.Year = field(default_factory=tariffs.Year)
    reader: Reader | None = None
    traffic: Sequence[UsageRecord] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The part of a bill that is about one supply."""

    lines: list[InvoiceLine]
    consumption: Decimal
    kind: InvoiceKind
    readings: Sequence[Reading] = ()


def usual_rhythm(rng: Random, *, today: date, every: int = 2) -> Rhythm:
    lag = rng.randint(9, 18)
    last_month = months.shifted(today - timedelta(days=lag), -1)
    return Rhythm(
        every=every,
        last_month=months.shifted(last_month, -rng.randrange(every)),
        lag=lag,
        to_pay=rng.randint(20, 30),
    )


def rhythm_due_on(due_on: date, *, to_pay: int = 25, every: int = 2) -> Rhythm:
    """The rhythm of which the last bill is due on ``due_on``."""
    issued_on = due_on - timedelta(days=to_pay)
    last_month = months.shifted(issued_on - timedelta(days=5), -1)
    return Rhythm(every=every, last_month=last_month, lag=(issued_on - months.end_of(last_month)).days, to_pay=to_pay)


def bills(billed: Sequence[Billed], rhythm: Rhythm, *, today: date, since: date) -> list[Draft]:
    """All bills of these supplies together, from ``since`` or from when the first one started."""
    drafts = []
    for first, last in periods(rhythm, since=since):
        issued_on = months.end_of(last) + timedelta(days=rhythm.lag)
        supplied = [each for each in billed if is_supplied(each.point, first, last)]
        if supplied and issued_on <= today:
            drafts.append(bill(supplied, first, last, issued_on, rhythm.to_pay))
    return drafts


def periods(rhythm: Rhythm, *, since: date) -> Iterator[tuple[date, date]]:
    """First and last month of each bill, the oldest first; the first bill may be of fewer months."""
    count = len(list(months.between(since, rhythm.last_month)))
    for back in range((count - 1) // rhythm.every * rhythm.every, -1, -rhythm.every):
        last = months.shifted(rhythm.last_month, -back)
        yield max(months.shifted(last, 1 - rhythm.every), months.first_of(since)), last


def is_supplied(point: Point, first: date, last: date) -> bool:
    started_on, ended_on = point.supply.started_on, point.supply.ended_on
    return (not started_on or started_on <= months.end_of(last)) and (not ended_on or ended_on >= first)


def bill(billed: Sequence[Billed], first: date, last: date, issued_on: date, to_pay: int) -> Draft:
    parts = [part(each, first, last) for each in billed]
    supply = billed[0].point.supply
    alone = len(billed) == 1
    lines = [line for each in parts for line in each.lines]
    if not alone:
        lines = [
            replace(line, section=f"{NAMES[each.point.service]} · {line.section}")
            for each, its in zip(billed, parts, strict=True)
            for line in its.lines
        ]
    draft = Draft(
        letter=LETTERS[supply.service] if alone else TOGETHER,
        record=document(
            billed[0].point,
            supply_codes=tuple(each.point.supply.code for each in billed),
            kind=parts[0].kind,
            issued_on=issued_on,
            due_on=issued_on + timedelta(days=to_pay),
            period=(max(first, supply.started_on or first), min(months.end_of(last), supply.ended_on or date.max)),
            consumption=parts[0].consumption if alone else None,
            lines=lines,
        ),
    )
    for reading in (reading for each in parts for reading in each.readings):
        reading.draft = draft
    return draft


def part(billed: Billed, first: date, last: date) -> Part:
    if billed.reader is None:
        return phoned(billed, first, last)
    return metered(billed, billed.reader, first, last)


def phoned(billed: Billed, first: date, last: date) -> Part:
    """The traffic of a line, which is never estimated."""
    supplied = [month for month in months.between(first, last) if is_supplied(billed.point, month, month)]
    traffic = [each for each in billed.traffic if first <= each.period_from <= months.end_of(last)]
    return Part(
        lines=other_tariffs.telephony_lines(billed.point, supplied, traffic),
        consumption=sum((each.quantity for each in traffic if each.measure == "data"), Decimal(0)),
        kind="period_actual",
    )


def metered(billed: Billed, reader: Reader, first: date, last: date) -> Part:
    """What was read, or estimated; what an estimate got wrong, the next bill on a reading puts right."""
    ended_on = billed.point.supply.ended_on
    ends = bool(ended_on and ended_on <= months.end_of(last))
    used = reader.bill_to(min(months.end_of(last), ended_on or date.max))
    supplied = [month for month in months.between(first, last) if is_supplied(billed.point, month, month)]
    kind: InvoiceKind = "period_actual"
    if used.estimated:
        kind = "period_estimated"
    elif used.recalculated or any(reading.origin == "estimated" for reading in used.readings):
        kind = "period_mixed"
    return Part(
        lines=tariff_lines(billed, spread(billed.point, supplied, sum(used.fresh.values())), used),
        consumption=Decimal(used.total),
        kind="closing" if ends else kind,
        readings=used.readings,
    )


def spread(point: Point, supplied: Sequence[date], amount: int) -> list[tuple[date, int]]:
    """``amount`` over the months in which it was used, in whole units."""
    weights = [point.consumed(month.year, month.month) for month in supplied]
    weights = weights if sum(weights) else [1] * len(weights)
    ends = [round(amount * sum(weights[: count + 1]) / sum(weights)) for count in range(len(weights))]
    return [(month, end - start) for month, start, end in zip(supplied, [0, *ends], ends, strict=False)]


def tariff_lines(billed: Billed, consumed: Sequence[tuple[date, int]], used: Used) -> list[InvoiceLine]:
    point, recalculated = billed.point, used.recalculated
    match point.service:
        case "gas":
            return tariffs.gas_lines(point, consumed, billed.year, recalculated=recalculated)
        case "electricity":
            return tariffs.electricity_lines(point, consumed, used.fresh, recalculated=recalculated)
        case "water":
            return other_tariffs.water_lines(point, consumed, recalculated=recalculated)
        case _:
            return other_tariffs.lpg_lines(point, consumed, recalculated=recalculated)


def delivery_notes(point: Point, brought: Sequence[usage.Delivery], *, today: date, since: date) -> list[Draft]:
    """A bill for each delivery to a tank."""
    drafts = []
    for delivery in brought:
        issued_on = delivery.day + timedelta(days=DAYS_AFTER_DELIVERY)
        if issued_on > today:
            break
        drafts.append(
            Draft(
                letter=LETTERS[point.service],
                record=document(
                    point,
                    kind="period_actual",
                    issued_on=issued_on,
                    due_on=issued_on + timedelta(days=30),
                    period=(since, delivery.day),
                    consumption=Decimal(delivery.litres),
                    unit="l",
                    lines=other_tariffs.tank_lines(delivery.litres, delivery.day.year),
                ),
            )
        )
        since = delivery.day + timedelta(days=1)
    return drafts
