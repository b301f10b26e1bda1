"""Reads the meters: the distributor now and then, customers in the window, and bills, which estimate where nobody has."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from sportello.billing.codes import Occasion, ReadingOrigin, RegisterRole, Validation
from sportello.billing.records import MeterReadingRecord, RegisterValue
from sportello.demo import meters, months
from sportello.demo.chance import chance
from sportello.demo.drafts import Draft
from sportello.demo.meters import A_DAY, Flow, Gear, Installed
from sportello.demo.supplies import Point

METERS, READINGS = "M", "R"  # the letters of their series
THOUSANDTH = Decimal("0.001")
BETWEEN_ACTUAL = (122, 183)  # days
BETWEEN_MONTHLY = 5_000  # units a year from which the distributor comes each month
WINDOW_OPENS, ON_THE_LAST_DAY = 20, 0.4
IN_A_WINDOW = 0.35  # how often a customer who reads by himself does it
REFUSED, WRONG = 0.06, 0.01
FACTORS = (0.80, 1.10)  # of what is estimated to what it really was
FAR_AHEAD = timedelta(days=61)
UNDER_WAY = timedelta(days=5)  # that the distributor takes to say whether a reading is valid
REASONS = (
    "Il valore è inferiore all'ultima lettura rilevata.",
    "Il valore non è compatibile con i consumi del punto.",
)


@dataclass(slots=True, kw_only=True, eq=False)
class Reading:
    """One reading, of which billing's code and the invoice are not known yet. ``counts`` go on where the dial begins anew."""

    meter: Installed
    read_on: date
    counts: Mapping[RegisterRole, int]
    origin: ReadingOrigin
    occasion: Occasion = "periodic"
    consumption: Decimal | None = None
    superseded_by: "Reading | None" = None
    validation: Validation = ""
    reason: str = ""
    code: str = ""
    draft: Draft | None = None  # of the invoice that used it first

    @property
    def stands(self) -> bool:
        return self.superseded_by is None and self.validation != "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What a bill charges of one supply, in the service's unit. ``fresh`` is what was used in its months, by register;
    ``recalculated`` what makes up for estimates of the bills before. ``readings`` are those it rests on."""

    fresh: Mapping[RegisterRole, int]
    recalculated: int
    estimated: bool
    readings: Sequence[Reading] = field(repr=False)

    @property
    def total(self) -> int:
        return sum(self.fresh.values()) + self.recalculated


@dataclass(kw_only=True)
class Reader:
    """Everything that was read on the meters of one supply. Bills ask it in order for what they charge; ``finish`` adds
    what has been read since the last one."""

    point: Point
    gear: Gear
    since: date  # when the history begins: the first of a month
    today: date
    readings: list[Reading] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = chance(self.point.noise, "readings")
        self.flow = Flow(point=self.point, gear=self.gear, since=self.since)
        base = self.since - A_DAY
        self.meters = [meters.first_meter(self.flow, base=base, today=self.today)]
        if self.gear.swapped_on:
            self.meters.append(meters.next_meter(self.meters[0], swapped_on=self.gear.swapped_on))
        self.taken = self._base(base)
        self.readings.append(self.taken)
        self.waiting = sorted(self._real(), key=lambda reading: reading.read_on)

    # --- what bills ask ----------------------------------------------------------------------------------------------
    def bill_to(self, end: date) -> Used:
        """What was used since the last bill, up to the evening of ``end``; estimated where nobody has read that day."""
        before, billed = self.taken, len(self.readings)
        self._take_until(end)
        seen = any(reading.stands for reading in self.readings[billed:])
        if self.taken.read_on < end:
            self._take(self._estimate(end))
        truth = self._truth(before) if seen else self._counted(before)
        now, then = self._counted(self.taken), self._counted(before)
        return Used(
            fresh={role: round(now[role]) - round(truth[role]) for role in now},
            recalculated=sum(round(truth[role]) - round(then[role]) for role in now),
            estimated=not seen,
            readings=[reading for reading in self.readings[billed:] if reading.stands],
        )

    def finish(self) -> None:
        self._take_until(self.today)

    def _take_until(self, day: date) -> None:
        while self.waiting and self.waiting[0].read_on <= day:
            self._take(self.waiting.pop(0))

    def _take(self, reading: Reading) -> None:
        self.readings.append(reading)
        if reading.validation == "refused":
            return
        if reading.meter is self.taken.meter:
            now, then = self._counted(reading), self._counted(self.taken)
            reading.consumption = sum((now[role] - then[role] for role in now), Decimal(0)).quantize(THOUSANDTH)
        if reading.stands:
            self.taken = reading

    def _counted(self, reading: Reading) -> dict[RegisterRole, Decimal]:
        return reading.meter.counted(reading.counts)

    def _truth(self, reading: Reading) -> dict[RegisterRole, Decimal]:
        """What would have been counted if ``reading`` had been no estimate."""
        return reading.meter.counted(reading.meter.counts(reading.read_on))

    def _estimate(self, day: date) -> Reading:
        """Between the last reading and what the next one will show, so that no dial ever goes back."""
        meter, last = self.taken.meter, self.taken
        following = min(self.waiting[0].read_on if self.waiting else date.max, day + FAR_AHEAD)
        now, later = meter.counts(day), meter.counts(following)
        seen = next(reading for reading in reversed(self.readings) if reading.stands and reading.origin != "estimated")
        factor = self.rng.uniform(*FACTORS)
        counts = {}
        for role, count in now.items():
            wanted = int(seen.counts[role] + (count - seen.counts[role]) * factor)
            counts[role] = max(last.counts[role], min(wanted, count + (later[role] - count) * 2 // 3))
        return Reading(meter=meter, read_on=day, counts=counts, origin="estimated")

    # --- what was read -----------------------------------------------------------------------------------------------
    def _base(self, base: date) -> Reading:
        """What the dials showed when the history begins: when the supply did, or when the distributor happened to come."""
        begins = (self.point.supply.started_on or base) > base
        return self._actual(self.since if begins else base, "initial" if begins else "periodic", at=base)

    def _actual(self, day: date, occasion: Occasion = "periodic", *, at: date | None = None) -> Reading:
        meter = self._meter_on(at or day)
        return Reading(meter=meter, read_on=day, counts=meter.counts(at or day), origin="actual", occasion=occasion)

    def _meter_on(self, day: date) -> Installed:
        """The one that is read on ``day``; on the day of a swap the new one."""
        return self.meters[-1] if self.gear.swapped_on and day >= self.gear.swapped_on else self.meters[0]

    def _real(self) -> Iterator[Reading]:
        last = min(self.today - timedelta(days=self.gear.kept_back), self.point.supply.ended_on or date.max)
        yield from self._swap()
        actual = [day for day in self._actual_days(last) if not self._near_swap(day)]
        if (ended_on := self.point.supply.ended_on) and ended_on <= self.today:
            yield self._actual(ended_on, "final")
            actual = [day for day in actual if day < ended_on]
        for day in actual:
            yield from self._by_distributor(day)
        if self.gear.self_reader:
            for day in self._self_days(last):
                if not self._near_swap(day) and all(abs((day - other).days) > 10 for other in actual):
                    yield self._by_customer(day)

    def _swap(self) -> Iterator[Reading]:
        if swapped_on := self.gear.swapped_on:
            old, new = self.meters
            yield Reading(
                meter=old, read_on=swapped_on, counts=old.counts(swapped_on), origin="actual", occasion="final"
            )
            yield Reading(
                meter=new, read_on=swapped_on, counts=new.counts(swapped_on), origin="actual", occasion="initial"
            )

    def _near_swap(self, day: date) -> bool:
        return bool(self.gear.swapped_on) and abs((day - (self.gear.swapped_on or day)).days) < 3

    def _actual_days(self, last: date) -> Iterator[date]:
        if self.gear.remote or self.point.annual > BETWEEN_MONTHLY:
            for month in months.between(self.since, last):
                if months.end_of(month) <= last:
                    yield months.end_of(month)
            return
        day = self.since + timedelta(days=self.rng.randint(15, BETWEEN_ACTUAL[1]))
        while day <= last:
            yield day
            day += timedelta(days=self.rng.randint(*BETWEEN_ACTUAL))

    def _self_days(self, last: date) -> Iterator[date]:
        for month in months.between(self.since, last):
            end = months.end_of(month)
            day = (
                end if self.rng.random() < ON_THE_LAST_DAY else end.replace(day=self.rng.randint(WINDOW_OPENS, end.day))
            )
            if self.rng.random() < IN_A_WINDOW and day <= last:
                yield day

    def _by_distributor(self, day: date) -> Iterator[Reading]:
        """One in a hundred was written down wrong and put right."""
        right = self._actual(day)
        if self.rng.random() < WRONG:
            right.origin = "corrected"
            wrong = self._actual(day)
            wrong.counts = misread(self.rng, right.counts)
            wrong.superseded_by = right
            yield wrong
        yield right

    def _by_customer(self, day: date) -> Reading:
        """Of gas the distributor judges it; of water and LPG we are that ourselves; of electricity nobody says."""
        reading = self._actual(day)
        reading.origin = "self"
        gas = self.point.service == "gas"
        if gas and self.rng.random() < REFUSED:
            reading.validation, reading.reason = "refused", self.rng.choice(REASONS)
            reading.counts = {
                role: max(count - self.rng.randint(200, 900), 0) for role, count in reading.counts.items()
            }
        elif gas:
            reading.validation = "pending" if self.today - day <= UNDER_WAY else "valid"
        elif self.point.service != "electricity":
            reading.validation = "valid"
        return reading


def misread(rng: Random, counts: Mapping[RegisterRole, int]) -> dict[RegisterRole, int]:
    """One digit taken for another."""
    return {role: count + rng.choice((10, 20, 60)) for role, count in counts.items()}


def number(readers: Sequence[Reader], *, first: int) -> None:
    """Gives every meter and every reading its code: one series a year for each, in the order of their days."""
    counts: dict[tuple[int, str], int] = defaultdict(lambda: first)

    def next_code(day: date, letter: str) -> str:
        counts[day.year, letter] += 1
        return f"{day.year}/{letter}/{counts[day.year, letter]:07d}"

    hung = ((meter.record.installed_on or reader.since, meter) for reader in readers for meter in reader.meters)
    for installed_on, meter in sorted(hung, key=lambda one: one[0]):
        meter.record = replace(meter.record, code=next_code(installed_on, METERS))
    for reading in sorted((one for reader in readers for one in reader.readings), key=lambda one: one.read_on):
        reading.code = next_code(reading.read_on, READINGS)


def reading_record(reading: Reading) -> MeterReadingRecord:
    """After ``number``."""
    meter = reading.meter.record
    return MeterReadingRecord(
        code=reading.code,
        customer_code=meter.customer_code,
        supply_code=meter.supply_code,
        meter_code=meter.code,
        read_on=reading.read_on,
        values=values(reading),
        origin=reading.origin,
        occasion=reading.occasion,
        consumption=reading.consumption,
        superseded_by=reading.superseded_by.code if reading.superseded_by else None,
        validation=reading.validation,
        validation_reason=reading.reason,
        invoice_number=reading.draft.record.number if reading.draft else None,
    )


def values(reading: Reading) -> tuple[RegisterValue, ...]:
    """What the dials showed: they begin anew where they have no more digits."""
    return tuple(
        RegisterValue(
            register=register.code, value=Decimal(reading.counts[register.role] % 10 ** (register.digits or 12))
        )
        for register in reading.meter.record.registers
    )
