"""Writes the bills of a supply, or of several together, from its first month to the last one before today."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Literal

from sportello.billing.records import InvoiceKind, InvoiceLine, InvoiceRecord
from sportello.billing.services import SERVICES
from sportello.demo import months, tariffs
from sportello.demo.supplies import Point

# What becomes of an invoice: "" leaves it to the customer's habits.
Fate = Literal["", "paid", "open", "partly", "instalments", "contested", "returned", "twice", "set_off"]
LETTERS = {"gas": "G", "electricity": "E"}
TOGETHER, CREDIT_NOTES = "D", "N"
ESTIMATES = {"gas": 0.3, "electricity": 0.06}


@dataclass(slots=True, kw_only=True)
class Draft:
    """An invoice that has no number yet. ``corrects`` is the draft that a credit note takes back."""

    record: InvoiceRecord
    letter: str
    fate: Fate = ""
    corrects: "Draft | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When a supply is billed: each ``every`` months, up to the month of ``last_month``, ``lag`` days after its end."""

    every: int
    last_month: date
    lag: int
    to_pay: int


@dataclass(slots=True, kw_only=True)
class Meter:
    """What bills of a supply must remember from one to the next: the year's steps, and what an estimate got wrong."""

    point: Point
    year: tariffs.Year = field(default_factory=tariffs.Year)
    wrong: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Metered:
    """The part of a bill that is about one supply."""

    lines: list[InvoiceLine]
    consumption: int
    kind: InvoiceKind


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


def bills(rng: Random, points: Sequence[Point], rhythm: Rhythm, *, today: date, since: date) -> list[Draft]:
    """All bills of ``points`` together, from ``since`` or from when the first one started."""
    meters = [Meter(point=point) for point in points]
    drafts = []
    for first, last in periods(rhythm, since=since):
        issued_on = months.end_of(last) + timedelta(days=rhythm.lag)
        billed = [meter for meter in meters if is_supplied(meter.point, first, last)]
        if billed and issued_on <= today:
            drafts.append(bill(rng, billed, first, last, issued_on, rhythm.to_pay))
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


def bill(rng: Random, meters: Sequence[Meter], first: date, last: date, issued_on: date, to_pay: int) -> Draft:
    parts = [metered(rng, meter, first, last) for meter in meters]
    supply = meters[0].point.supply
    alone = len(meters) == 1
    lines = [line for part in parts for line in part.lines]
    if not alone:
        lines = [
            replace(line, section=f"{service_name(meter.point)} · {line.section}")
            for meter, part in zip(meters, parts, strict=True)
            for line in part.lines
        ]
    return Draft(
        letter=LETTERS[supply.service] if alone else TOGETHER,
        record=document(
            meters[0].point,
            supply_codes=tuple(meter.point.supply.code for meter in meters),
            kind=parts[0].kind,
            issued_on=issued_on,
            due_on=issued_on + timedelta(days=to_pay),
            period=(max(first, supply.started_on or first), min(months.end_of(last), supply.ended_on or date.max)),
            consumption=Decimal(parts[0].consumption) if alone else None,
            lines=lines,
        ),
    )


def service_name(point: Point) -> str:
    return "Gas" if point.supply.service == "gas" else "Luce"


def metered(rng: Random, meter: Meter, first: date, last: date) -> Metered:
    """Reads the meter for a bill, or estimates; what an estimate got wrong, the next bill on a reading puts right."""
    supply = meter.point.supply
    supplied = [month for month in months.between(first, last) if is_supplied(meter.point, month, month)]
    real = [(month, meter.point.consumed(month.year, month.month)) for month in supplied]
    ends = bool(supply.ended_on and supply.ended_on <= months.end_of(last))
    estimated = not ends and rng.random() < ESTIMATES[supply.service]
    billed, recalculated = estimate(rng, meter, real) if estimated else (real, put_right(meter, real))
    kind: InvoiceKind = "period_estimated" if estimated else "period_mixed" if recalculated else "period_actual"
    return Metered(
        lines=tariff_lines(meter, billed, recalculated),
        consumption=sum(used for _, used in billed) + recalculated,
        kind="closing" if ends else kind,
    )


def estimate(rng: Random, meter: Meter, real: Sequence[tuple[date, int]]) -> tuple[Sequence[tuple[date, int]], int]:
    """What is billed in place of ``real``; the meter remembers the difference."""
    factor = rng.uniform(0.8, 1.25)
    billed = [(month, round(used * factor)) for month, used in real]
    meter.wrong += sum(used for _, used in real) - sum(used for _, used in billed)
    return billed, 0


def put_right(meter: Meter, real: Sequence[tuple[date, int]]) -> int:
    """How much a bill on a reading adds for the estimates before it; it takes back less than it charges."""
    recalculated = max(meter.wrong, -sum(used for _, used in real) * 2 // 3)
    meter.wrong -= recalculated
    return recalculated


def tariff_lines(meter: Meter, consumed: Sequence[tuple[date, int]], recalculated: int) -> list[InvoiceLine]:
    if meter.point.supply.service == "gas":
        return tariffs.gas_lines(meter.point, consumed, meter.year, recalculated=recalculated)
    return tariffs.electricity_lines(meter.point, consumed, recalculated=recalculated)


def document(
    point: Point,
    *,
    kind: InvoiceKind,
    issued_on: date,
    due_on: date | None,
    lines: Sequence[InvoiceLine],
    supply_codes: tuple[str, ...] = (),
    period: tuple[date, date] | None = None,
    consumption: Decimal | None = None,
) -> InvoiceRecord:
    """Any invoice about ``point``; VAT and amount follow from the lines."""
    supply = point.supply
    vat = tariffs.vat_of(lines)
    return InvoiceRecord(
        number="",
        customer_code=supply.customer_code,
        account_code=supply.account_code,
        supply_codes=supply_codes or (supply.code,),
        kind=kind,
        issued_on=issued_on,
        due_on=due_on,
        period_from=period[0] if period else None,
        period_to=period[1] if period else None,
        consumption=consumption,
        consumption_unit=SERVICES[supply.service].unit if consumption is not None else "",
        amount=tariffs.total(lines, vat),
        paid=Decimal("0.00"),
        lines=tuple(lines),
        vat=vat,
    )
