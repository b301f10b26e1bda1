"""What a person needs to see before he types: the dials, what they showed last, what is expected, when it is wanted."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from django.db.models import F, Q
from django.db.models import Window as SqlWindow
from django.db.models.functions import RowNumber

from sportello.billing.services import SERVICES
from sportello.domain.activities.kinds.self_reading import expecting
from sportello.domain.activities.kinds.self_reading.expecting import Band, Gauge, Known
from sportello.domain.activities.kinds.self_reading.profiles import Shares, share_between, shares_of
from sportello.domain.activities.kinds.self_reading.windows import Window, cycle_of, window_on
from sportello.domain.activities.models import Attention, ReadingRules, SelfReading, Status
from sportello.domain.activities.models.reading_rules import Outside
from sportello.domain.customers.models import Meter, MeterReading, Supply
from sportello.domain.customers.models.meters import ReadingOrigin, RegisterRole, Validation
from sportello.domain.customers.models.parties import SupplyStatus

MOST_KNOWN = 12  # readings of a supply that are looked at, the newest
OWN_DAYS = 400  # how far back requests are looked at
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """One register of the meter. ``previous`` is from the last real reading, never an estimate.

    ``label`` is a lazy text. ``expected_low`` and ``expected_high`` are what it would show today, None where nothing can
    be expected.
    """

    code: str
    role: str
    label: Any
    unit: str
    digits: int | None
    serial: str
    previous: Decimal | None = None
    previous_on: date | None = None
    previous_origin: str | None = None
    expected_low: Decimal | None = None
    expected_high: Decimal | None = None
    coefficient: Decimal | None = None

    @property
    def field(self) -> str:
        """Its name in forms."""
        return f"value_{self.code}"

    @property
    def gauge(self) -> Gauge:
        return Gauge(code=self.code, role=self.role, digits=self.digits, coefficient=self.coefficient)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One supply on one day. ``why_not`` says why there can be no reading, "" where there can.

    ``earliest`` is the first day that may be read on, None where nothing says; ``latest`` is today. ``annual`` is what a
    year uses, ``low`` and ``high`` what is expected since the last reading, all in the service's unit, None where
    unknown. ``known`` are real readings of this meter, newest first; ``own`` the customer's requests that still stand,
    newest first; ``earlier`` the one whose place a reading of today would take.
    """

    supply: Supply
    meter: Meter | None
    dials: tuple[Dial, ...]
    window: Window
    why_not: str
    earliest: date | None
    latest: date
    annual: Decimal | None
    low: Decimal | None
    high: Decimal | None
    earlier: SelfReading | None
    rules: ReadingRules
    known: tuple[Known, ...] = ()
    own: tuple[SelfReading, ...] = ()
    shares: Shares = field(default=(), repr=False)

    @property
    def unit(self) -> str:
        """The service's unit."""
        return SERVICES[self.supply.service].unit

    @property
    def gauges(self) -> list[Gauge]:
        return [dial.gauge for dial in self.dials]

    def replaced_by(self, read_on: date) -> SelfReading | None:
        """The customer's own reading whose place one of this day takes: of the same window or month, not yet billed."""
        first, last = cycle_of(read_on, opens_day=self.rules.opens_day)
        for own in self.own:
            if own.meter_code == (self.meter and self.meter.code) and first <= own.read_on <= last:
                return None if own.invoice_number else own
        return None

    def before(self, read_on: date) -> list[Known]:
        """What a reading of this day is measured against: the known ones that do not give way to it, newest first."""
        return [known for known in self.known if not known.gives_way_to(read_on, opens_day=self.rules.opens_day)]

    def band(self, known: Sequence[Known], read_on: date) -> Band | None:
        """The consumption expected from the newest of ``known`` to this day; None where nothing can be expected."""
        if self.annual is None or not known or known[0].read_on >= read_on:
            return None
        share = share_between(self.shares, after=known[0].read_on, until=read_on)
        return expecting.band_of(self.annual * share, rules=self.rules, gauges=self.gauges)


def sheet_of(supply: Supply, *, today: date) -> Sheet:
    return sheets_of([supply], today=today)[0]


def sheets_of(supplies: Sequence[Supply], *, today: date) -> list[Sheet]:
    """In the order of ``supplies``; four queries, however many they are."""
    meters = _meters(supplies, today)
    readings = _readings(supplies)
    requests = _requests(supplies, today)
    rules = _rules(supplies, today)
    return [
        make_sheet(
            supply,
            meter=meters.get(supply.code),
            readings=readings[supply.code],
            requests=requests[supply.code],
            rules=rules[supply.service],
            today=today,
        )
        for supply in supplies
    ]


def make_sheet(
    supply: Supply,
    *,
    meter: Meter | None,
    readings: Iterable[MeterReading],
    requests: Sequence[SelfReading],
    rules: ReadingRules,
    today: date,
) -> Sheet:
    """The sheet, from what is at hand: ``readings`` newest first and no estimates, ``requests`` newest first."""
    window = window_on(today, opens_day=rules.opens_day, closes_day=rules.closes_day)
    dials = _dials(meter)
    readings = list(readings)
    own = _standing(requests, readings)
    known = _known(meter, readings, requests=requests, own=own) if meter else ()
    shares = shares_of(supply.service, supply.profile)
    gauges = [dial.gauge for dial in dials]
    annual = supply.annual_consumption or expecting.year_of(gauges, known, shares)
    bare = Sheet(
        supply=supply,
        meter=meter,
        dials=dials,
        window=window,
        why_not=_why_not(supply, meter, dials, window, rules),
        earliest=_earliest(supply, meter, known),
        latest=today,
        annual=annual,
        low=None,
        high=None,
        earlier=None,
        rules=rules,
        known=known,
        own=own,
        shares=shares,
    )
    return _with_expectations(bare)


def _with_expectations(sheet: Sheet) -> Sheet:
    known = sheet.before(sheet.latest)
    band = sheet.band(known, sheet.latest)
    parts = expecting.parts_of(sheet.gauges, known)
    return replace(
        sheet,
        low=band.low if band else None,
        high=band.high if band else None,
        earlier=sheet.replaced_by(sheet.latest),
        dials=tuple(_with_expectation(dial, known, band, parts.get(dial.code)) for dial in sheet.dials),
    )


def _with_expectation(dial: Dial, known: Sequence[Known], band: Band | None, part: Decimal | None) -> Dial:
    if not known or dial.code not in known[0].values:
        return dial
    previous = known[0].values[dial.code]
    dial = replace(dial, previous=previous, previous_on=known[0].read_on, previous_origin=known[0].origin)
    if band is None or part is None:
        return dial
    low = (previous + band.low * part).to_integral_value(ROUND_FLOOR)
    high = (previous + band.high * part).to_integral_value(ROUND_CEILING)
    if dial.gauge.end and high >= dial.gauge.end:
        return dial  # it will begin anew: a range would only confuse
    return replace(dial, expected_low=low, expected_high=high)


def _dials(meter: Meter | None) -> tuple[Dial, ...]:
    """The registers as the mirror has them: objects of ``billing.records.Register``, decimals as text."""
    return tuple(
        Dial(
            code=register["code"],
            role=register["role"],
            label=RegisterRole(register["role"]).label,
            unit=register["unit"],
            digits=register.get("digits"),
            serial=register.get("serial") or (meter.serial if meter else ""),
            coefficient=_decimal(register.get("coefficient")),
        )
        for register in (meter.registers if meter else ())
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _why_not(supply: Supply, meter: Meter | None, dials: Sequence[Dial], window: Window, rules: ReadingRules) -> str:
    if not SERVICES[supply.service].dial:
        return "no_readings"
    if supply.status == SupplyStatus.CLOSED:
        return "closed"
    if supply.status == SupplyStatus.ACTIVATING:
        return "activating"
    if meter is None or not dials:
        return "tank" if supply.tank_litres else "no_meter"
    if meter.remote_read:
        return "remote"
    if not window.open and rules.outside == Outside.REFUSE:
        return "window"
    return ""


def _earliest(supply: Supply, meter: Meter | None, known: Iterable[Known]) -> date | None:
    fixed = (one.read_on + A_DAY for one in known if not one.gives_way)
    bounds = [supply.started_on, meter and meter.installed_on, next(fixed, None)]
    return max((bound for bound in bounds if bound), default=None)


def _standing(requests: Sequence[SelfReading], readings: Iterable[MeterReading]) -> tuple[SelfReading, ...]:
    """Without those whose place another reading has taken, the customer's or not, and those that were refused."""
    gone = {each.replaces_id for each in requests}
    codes = {"", *(reading.code for reading in readings)}
    return tuple(
        each
        for each in requests
        if each.pk not in gone and each.reading_code in codes and each.validation != Validation.REFUSED
    )


def _known(
    meter: Meter, readings: Iterable[MeterReading], *, requests: Sequence[SelfReading], own: Iterable[SelfReading]
) -> tuple[Known, ...]:
    """What billing has, and what is on its way there. ``requests`` are all of the customer's, ``own`` those that stand."""
    here = {code for each in requests for code in (each.reading_code, each.key) if code}
    known = [_arrived(reading, here) for reading in readings if reading.meter_code == meter.code]
    known += [_pending(each) for each in own if each.meter_code == meter.code and _is_pending(each)]
    return tuple(sorted(known, key=lambda one: one.read_on, reverse=True))


def _arrived(reading: MeterReading, here: set[str]) -> Known:
    return Known(
        read_on=reading.read_on,
        values={each["register"]: Decimal(each["value"]) for each in reading.values},
        origin=reading.origin,
        gives_way=_gives_way(reading, here),
    )


def _gives_way(reading: MeterReading, here: set[str]) -> Any:
    """One that an invoice has used stands; one that the customer gave elsewhere can only be named by its day."""
    if reading.origin != ReadingOrigin.SELF or reading.invoice_number:
        return ""
    return "cycle" if {reading.code, reading.key} & here else "day"


def _is_pending(own: SelfReading) -> bool:
    """On its way to billing, as far as anybody knows; not with an operator."""
    return bool(own.key) and not own.reading_code and own.activity.attention == Attention.NONE


def _pending(own: SelfReading) -> Known:
    values = own.corrected or own.values
    return Known(
        read_on=own.read_on,
        values={code: Decimal(value) for code, value in values.items()},
        origin=ReadingOrigin.SELF,
        gives_way="cycle",
        pending=True,
    )


# --- what is looked up, one query each -------------------------------------------------------------------------------


def _meters(supplies: Sequence[Supply], today: date) -> Mapping[str, Meter]:
    """The meter at its place today; of several, the one installed last."""
    here = Meter.objects.installed_on(today).filter(supply__in=supplies)
    return {meter.supply_id: meter for meter in here.order_by(F("installed_on").asc(nulls_first=True), "code")}


def _readings(supplies: Sequence[Supply]) -> Mapping[str, list[MeterReading]]:
    """The newest real readings of each supply."""
    real = MeterReading.objects.standing().filter(~Q(origin=ReadingOrigin.ESTIMATED), supply__in=supplies)
    newest = SqlWindow(RowNumber(), partition_by=F("supply_id"), order_by=[F("read_on").desc(), F("code").desc()])
    found: defaultdict[str, list[MeterReading]] = defaultdict(list)
    for reading in real.annotate(place=newest).filter(place__lte=MOST_KNOWN).newest_first():
        found[reading.supply_id].append(reading)
    return found


def _requests(supplies: Sequence[Supply], today: date) -> Mapping[str, list[SelfReading]]:
    recent = SelfReading.objects.filter(supply__in=supplies, read_on__gt=today - timedelta(days=OWN_DAYS))
    alive = recent.exclude(activity__status__in=[Status.REFUSED, Status.CANCELLED]).select_related("activity")
    found: defaultdict[str, list[SelfReading]] = defaultdict(list)
    for own in alive.order_by("-pk"):
        found[own.supply_id].append(own)
    return found


def _rules(supplies: Sequence[Supply], today: date) -> Mapping[str, ReadingRules]:
    services = {supply.service for supply in supplies}
    rows = ReadingRules.objects.filter(service__in=services, valid_from__lte=today).order_by("valid_from")
    in_force = {row.service: row for row in rows}
    return {service: in_force.get(service) or ReadingRules(service=service, valid_from=today) for service in services}
