"""Makes meters: what hangs on the wall of a supply, what it has counted on any day, and when another takes its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from random import Random
from typing import Literal

from sportello.billing.codes import MeterKind, RegisterRole, ServiceCode
from sportello.billing.records import MeterRecord, Register
from sportello.billing.services import SERVICES
from sportello.demo import months, places
from sportello.demo.chance import chance
from sportello.demo.supplies import Point

A_DAY = timedelta(days=1)
DIGITS: dict[ServiceCode, int] = {"gas": 5, "electricity": 6, "water": 5, "lpg": 5}
CORRECTOR_DIGITS = 8
BANDS: tuple[RegisterRole, ...] = ("f1", "f2", "f3")
HOME_BANDS, SHOP_BANDS = (0.33, 0.31, 0.36), (0.60, 0.22, 0.18)
# What the last dial showed when our three years begin, at most.
STARTS: dict[ServiceCode, int] = {"gas": 30_000, "electricity": 60_000, "water": 2_400, "lpg": 6_000}
# Up to how many units a year, and how many the meter lets through in an hour: G4, G6, G10, G16, G25, G40 and G65.
FLOWS = ((2_000, 6), (5_000, 10), (12_000, 16), (30_000, 25), (60_000, 40), (10**9, 100))
SWAPPED, ROLLING, ROLLED = 0.08, 0.02, 0.02
CORRECTORS = 0.75  # of the gas meters of businesses
REMOTE = {"gas": 0.3, "electricity": 0.6, "water": 0.0, "lpg": 0.0}
SELF_READERS = 0.25

Dials = Literal["total", "corrector", "bands"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gear:
    """What kind of meter a supply has. ``left`` is how many units are left today before its dial begins anew, below
    zero where it has; None where it is far from that. ``kept_back`` are the days before today on which nobody reads."""

    dials: Dials = "total"
    remote: bool = False
    swapped_on: date | None = None
    left: int | None = None
    self_reader: bool = False
    kept_back: int = 1

    @property
    def kind(self) -> MeterKind:
        return "with_corrector" if self.dials == "corrector" else "simple"


def draw(rng: Random, point: Point, *, since: date, today: date) -> Gear:
    """Gear as supplies of this kind have it; ``since`` is when its history begins."""
    remote = rng.random() < REMOTE[point.service]
    dials: Dials = "total"
    if point.service == "electricity" and (remote or rng.random() < 0.75):
        dials = "bands"
    if point.profile in ("C1", "T1") and rng.random() < CORRECTORS and not remote:
        dials = "corrector"
    swapped_on = since + timedelta(days=rng.randint(40, max(41, (today - since).days - 40)))
    swapped = rng.random() < SWAPPED and swapped_on < today - timedelta(days=20)
    rolling, rolled = rng.random() < ROLLING, rng.random() < ROLLED
    left = rng.randint(20, 90) if rolling else -rng.randint(point.annual // 8, point.annual) if rolled else None
    return Gear(
        dials=dials,
        remote=remote,
        swapped_on=swapped_on if swapped else None,
        left=None if swapped or dials != "total" or point.annual > 5_000 else left,
        self_reader=not remote and rng.random() < SELF_READERS,
    )


@dataclass(kw_only=True)
class Flow:
    """What has really gone through a point, by register and to the day, in the dials' units."""

    point: Point
    gear: Gear
    since: date

    def __post_init__(self) -> None:
        self._until: dict[date, dict[RegisterRole, float]] = {months.first_of(self.since): dict.fromkeys(self.roles, 0)}
        self._parts: dict[date, dict[RegisterRole, float]] = {}

    @cached_property
    def roles(self) -> tuple[RegisterRole, ...]:
        """The register that invoices count comes first."""
        if self.gear.dials == "bands":
            return BANDS
        return ("corrected", "total") if self.gear.dials == "corrector" else ("total",)

    @cached_property
    def coefficient(self) -> Decimal | None:
        """C, where the dial counts cubic metres and invoices standard ones; None where both count the same."""
        if self.point.service != "gas" or self.gear.dials == "corrector" or self.gear.remote:
            return None
        address = self.point.supply.address
        return places.place(address.municipality).coefficient if address else None

    @cached_property
    def ratio(self) -> float:
        """Of corrector to meter: little above 1 at low pressure, more at medium pressure."""
        rng = chance(self.point.noise, "pressure")
        return rng.uniform(1.01, 1.05) if rng.random() < 0.7 else rng.uniform(1.3, 4)

    def until(self, day: date) -> dict[RegisterRole, float]:
        """What has gone through from ``since`` to the evening of ``day``."""
        if day < self.since:
            return dict.fromkeys(self.roles, 0.0)
        month = months.first_of(day)
        before, month_part = self._before(month), self._in(month)
        share = day.day / months.end_of(month).day
        return {role: before[role] + month_part[role] * share for role in self.roles}

    def _before(self, month: date) -> dict[RegisterRole, float]:
        if month not in self._until:
            last = months.shifted(month, -1)
            before, part = self._before(last), self._in(last)
            self._until[month] = {role: before[role] + part[role] for role in self.roles}
        return self._until[month]

    def _in(self, month: date) -> dict[RegisterRole, float]:
        if month not in self._parts:
            self._parts[month] = self._used_in(month)
        return self._parts[month]

    def _used_in(self, month: date) -> dict[RegisterRole, float]:
        used = self.point.consumed(month.year, month.month)
        if self.gear.dials == "bands":
            return self._in_bands(used, month)
        if self.gear.dials == "corrector":
            wobble = chance(self.point.noise, "ratio", month).uniform(0.98, 1.02)
            return {"corrected": used, "total": used / (self.ratio * wobble)}
        return {"total": used / float(self.coefficient or 1)}

    def _in_bands(self, used: int, month: date) -> dict[RegisterRole, float]:
        first, second, _ = SHOP_BANDS if self.point.profile == "shop" else HOME_BANDS
        rng = chance(self.point.noise, "bands", month)
        first, second = used * first * rng.uniform(0.95, 1.05), used * second * rng.uniform(0.95, 1.05)
        return {"f1": first, "f2": second, "f3": max(used - first - second, 0.0)}


@dataclass(slots=True, kw_only=True, eq=False)
class Installed:
    """A meter at its place; its record has no code yet. ``starts`` are the dials on the evening of ``base``; ``offsets``
    what invoices had counted by then, in the service's unit, since the history began."""

    record: MeterRecord
    flow: Flow
    base: date
    starts: Mapping[RegisterRole, float]
    offsets: Mapping[RegisterRole, Decimal]

    def counts(self, day: date) -> dict[RegisterRole, int]:
        """What the dials would show if they never began anew, on the evening of ``day``."""
        now, then = self.flow.until(day), self.flow.until(self.base)
        return {role: int(start + now[role] - then[role]) for role, start in self.starts.items()}

    def counted(self, counts: Mapping[RegisterRole, int]) -> dict[RegisterRole, Decimal]:
        """Of the dials that invoices count: what has been counted since the history began, in the service's unit."""
        by = self.flow.coefficient or Decimal(1)
        roles = [role for role in self.starts if role in self.offsets]
        return {role: self.offsets[role] + (counts[role] - int(self.starts[role])) * by for role in roles}


def first_meter(flow: Flow, *, base: date, today: date) -> Installed:
    rng = chance(flow.point.noise, "first meter")
    started_on = flow.point.supply.started_on or base
    installed_on = min(base, started_on) - timedelta(days=rng.randint(400, 4_500))
    return Installed(
        record=meter_record(flow, rng, installed_on=installed_on, removed_on=flow.gear.swapped_on),
        flow=flow,
        base=base,
        starts=starts(flow, rng, base=base, today=today),
        offsets=dict.fromkeys(counting(flow), Decimal(0)),
    )


def next_meter(before: Installed, *, swapped_on: date) -> Installed:
    """The new meter that takes the place of ``before``; it begins at nought."""
    flow = before.flow
    rng = chance(flow.point.noise, "next meter")
    return Installed(
        record=meter_record(flow, rng, installed_on=swapped_on, removed_on=None),
        flow=flow,
        base=swapped_on,
        starts=dict.fromkeys(flow.roles, 0.0),
        offsets=before.counted(before.counts(swapped_on)),
    )


def counting(flow: Flow) -> tuple[RegisterRole, ...]:
    """The registers that invoices count."""
    return flow.roles if flow.gear.dials == "bands" else flow.roles[:1]


def starts(flow: Flow, rng: Random, *, base: date, today: date) -> dict[RegisterRole, float]:
    if flow.gear.left is not None:
        used = flow.until(today)["total"] - flow.until(base)["total"]
        return {"total": 10 ** digits(flow, "total") - flow.gear.left - used}
    most = STARTS[flow.point.service]
    return {role: rng.uniform(0.02, 1) * most for role in flow.roles}


def digits(flow: Flow, role: RegisterRole) -> int:
    if flow.gear.dials == "corrector" or role == "corrected":
        return CORRECTOR_DIGITS
    return DIGITS[flow.point.service] + (flow.point.annual > 10_000)


def meter_record(flow: Flow, rng: Random, *, installed_on: date, removed_on: date | None) -> MeterRecord:
    supply, gear = flow.point.supply, flow.gear
    integrated = gear.remote and supply.service == "gas"
    flow_a_hour = next(hourly for most, hourly in FLOWS if flow.point.annual <= most)
    return MeterRecord(
        code="",
        customer_code=supply.customer_code,
        supply_code=supply.code,
        serial=serial(rng, smart=gear.remote or installed_on.year > 2018),
        kind="integrated" if integrated else gear.kind,
        registers=tuple(
            register(flow, role, number, rng, converted=integrated) for number, role in enumerate(in_order(flow), 1)
        ),
        installed_on=installed_on,
        removed_on=removed_on,
        remote_read=gear.remote,
        maximum_flow=None if supply.service == "electricity" else Decimal(flow_a_hour),
    )


def in_order(flow: Flow) -> tuple[RegisterRole, ...]:
    """As they are read: the meter's own before the corrector's."""
    return ("total", "corrected") if flow.gear.dials == "corrector" else flow.roles


def register(flow: Flow, role: RegisterRole, number: int, rng: Random, *, converted: bool) -> Register:
    own_device = role == "corrected"
    return Register(
        code=f"{number:03d}",
        role=role,
        unit="Smc" if converted or own_device else SERVICES[flow.point.service].dial,
        digits=digits(flow, role),
        serial=f"SC{rng.randrange(10**10):010d}" if own_device else "",
        coefficient=Decimal(1) if converted or own_device else flow.coefficient,
    )


def serial(rng: Random, *, smart: bool) -> str:
    return f"SMGR0{rng.randrange(10**10):010d}" if smart else f"{rng.randrange(10**8, 10**9)}"
