"""The distributor judges the readings that customers gave of their gas: it accepts most, and says why it refuses one."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from sportello.connectors.embedded import rows
from sportello.connectors.embedded.histories import consumption, dials, do_away_with_estimates, locked_supply, recount
from sportello.connectors.embedded.models import MeterReading
from sportello.connectors.embedded.reading_checks import contradicts, shown
from sportello.connectors.embedded.routing import ALIAS

UNLIKELY = "Lettura non coerente con i consumi del punto"
CONTRADICTED = "Smentita dalla lettura del distributore del {day}"
MOST_TIMES = 10  # the daily average of the year; in January a home uses two and a half times as much
NEVER_BELIEVED = "77"  # so that whoever tries the portal out can see a refusal


def validate(*, now: datetime, before: datetime | None = None, arrived: bool = False) -> list[MeterReading]:
    """Judges what is pending and was received before ``before``; where nobody knows when that was, what was read before
    that day. ``arrived`` leaves out the latter. Returns the readings that were judged."""
    pending = MeterReading.objects.filter(validation="pending", superseded_by=None)
    if arrived:
        pending = pending.filter(received_at__isnull=False)
    if before:
        day = timezone.localdate(before)
        pending = pending.filter(Q(received_at__lte=before) | Q(received_at=None, read_on__lt=day))
    found = pending.order_by("received_at", "code").values_list("code", "supply")
    judged = (judge(code, supply_code=supply, now=now) for code, supply in list(found))
    return [reading for reading in judged if reading]


def judge(code: str, *, supply_code: str, now: datetime) -> MeterReading | None:
    """None where somebody was quicker, or the customer has sent another in its place."""
    with transaction.atomic(using=ALIAS):
        locked_supply(supply_code)
        pending = MeterReading.objects.filter(validation="pending", superseded_by=None)
        reading = pending.select_related("meter", "supply").filter(code=code).first()
        if reading is None:
            return None
        reading.validation_reason = objection(reading)
        reading.validation = "refused" if reading.validation_reason else "valid"
        reading.judged_at = now
        reading.save(update_fields=["validation", "validation_reason", "judged_at"])
        if reading.validation == "valid":
            stand(reading)
        recount(reading.meter, since=reading.read_on)
    return reading


def objection(reading: MeterReading) -> str:
    """Why the distributor does not believe it, "" where it does."""
    registers = rows.registers(reading.meter)
    actual = MeterReading.objects.filter(meter=reading.meter_id, origin__in=["actual", "corrected"]).standing()
    before = actual.filter(read_on__lt=reading.read_on).oldest_first().last()
    after = actual.filter(read_on__gte=reading.read_on).oldest_first().first()
    if before and contradicts(registers, before, reading):
        return CONTRADICTED.format(day=shown(before.read_on))
    if after and contradicts(registers, reading, after):
        return CONTRADICTED.format(day=shown(after.read_on))
    if any(f"{value:f}".endswith(NEVER_BELIEVED) for value in dials(reading).values()) or is_far_too_much(reading):
        return UNLIKELY
    return ""


def is_far_too_much(reading: MeterReading) -> bool:
    """Beyond anything that the year's expected consumption allows since the reading before it."""
    before = (
        MeterReading.objects.filter(meter=reading.meter_id, read_on__lt=reading.read_on)
        .standing()
        .real()
        .exclude(validation="pending")
        .oldest_first()
        .last()
    )
    annual = reading.supply.annual_consumption
    used = consumption(before, reading) if before else None
    if before is None or used is None or not annual:
        return False
    return used > annual / 365 * Decimal((reading.read_on - before.read_on).days) * MOST_TIMES


def stand(reading: MeterReading) -> None:
    """A valid one does away with estimates; where the distributor read the dial on the same day, its own reading counts."""
    do_away_with_estimates(reading)
    actual = MeterReading.objects.filter(meter=reading.meter_id, read_on=reading.read_on, origin="actual").standing()
    if (first := actual.first()) is not None:
        reading.superseded_by = first
        reading.save(update_fields=["superseded_by"])
