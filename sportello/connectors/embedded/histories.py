"""What a new reading changes among those of its supply: consumptions, and estimates that it does away with.

Whoever changes the readings of a supply locks the supply first; one who also locks its account, that one before.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db.models import Q

from sportello.billing.services import SERVICES
from sportello.connectors.embedded import numbering, rows
from sportello.connectors.embedded.counting import used
from sportello.connectors.embedded.models import Meter, MeterReading, Supply


def locked_supply(code: str) -> Supply | None:
    return Supply.objects.select_for_update(of=("self",)).select_related("account").filter(code=code).first()


def new_code(on: date) -> str:
    return numbering.next_number(year=on.year, letter=numbering.READINGS)


def dials(reading: MeterReading) -> dict[str, Decimal]:
    return {part.register: part.value for part in rows.values(reading)}


def consumption(earlier: MeterReading, later: MeterReading) -> Decimal | None:
    """Between two readings of one meter, in the unit of the service."""
    unit = SERVICES[later.supply.service].unit
    return used(rows.registers(later.meter), dials(earlier), dials(later), unit=unit)


def recount(meter: Meter, *, since: date) -> None:
    """Reckons anew what was used up to each standing reading of this day or later."""
    standing = MeterReading.objects.filter(meter=meter).standing().select_related("supply", "meter").oldest_first()
    before = standing.filter(read_on__lt=since).last()
    for reading in standing.filter(read_on__gte=since):
        if before is not None and (new := consumption(before, reading)) != reading.consumption:
            reading.consumption = new
            reading.save(update_fields=["consumption"])
        before = reading


def supersede(readings: Iterable[MeterReading], *, by: MeterReading) -> None:
    if codes := [reading.pk for reading in readings]:
        MeterReading.objects.filter(pk__in=codes).update(superseded_by=by)


def do_away_with_estimates(by: MeterReading) -> None:
    """Where the dial was seen, estimates of that day and of later ones were guesses too far."""
    estimates = MeterReading.objects.filter(meter=by.meter_id, read_on__gte=by.read_on, origin="estimated").standing()
    supersede(estimates, by=by)


def at_its_place(day: date) -> Q:
    """Meters that are at their place on ``day``."""
    return Q(Q(installed_on=None) | Q(installed_on__lte=day), Q(removed_on=None) | Q(removed_on__gt=day))
