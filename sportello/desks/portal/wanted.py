"""Of which supplies a reading is wanted just now: the question of the first page, answered with one query more."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, cast

from django.db.models import DateField, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Greatest

from sportello.domain.activities.kinds.self_reading.windows import Window, is_wanted, window_on
from sportello.domain.activities.models import ReadingRules, SelfReading, Status
from sportello.domain.customers.models import Meter, MeterReading, Supply
from sportello.domain.customers.models.meters import ReadingOrigin, Validation
from sportello.domain.customers.models.parties import SupplyQuerySet, SupplyStatus
from sportello.prepared import Prepared, Slot

READ = (SupplyStatus.ACTIVE, SupplyStatus.SUSPENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Supplies whose window is open and that nobody has read in it; ``by`` is the first day on which one closes."""

    supplies: Sequence[Supply]
    by: date | None


def with_readings(supplies: SupplyQuerySet, *, today: date | Slot) -> SupplyQuerySet:
    """The same supplies, each with whether it has a meter to be read, and on which day somebody last read it."""
    meters = Meter.objects.installed_on(today).filter(supply=OuterRef("pk"), remote_read=False)
    given = (
        SelfReading.objects.filter(supply=OuterRef("pk"))
        .exclude(activity__status__in=[Status.REFUSED, Status.CANCELLED])
        .exclude(validation=Validation.REFUSED)
        .order_by("-read_on")
    )
    read = MeterReading.objects.standing().filter(~Q(origin=ReadingOrigin.ESTIMATED), supply=OuterRef("pk"))
    return supplies.annotate(
        has_meter=Exists(meters),
        last_read_on=Greatest(
            Subquery(given.values("read_on")[:1]), Subquery(read.newest_first().values("read_on")[:1])
        ),
    )


def wanted_now(supplies: Iterable[Supply], *, today: date) -> Wanted:
    """``supplies`` as ``with_readings`` gives them. A window that is never closed is no reason to ask."""
    windows = windows_on(today)
    found = [supply for supply in supplies if _is_wanted(cast(Read, supply), windows.get(supply.service, Window()))]
    closes = [windows[supply.service].closes for supply in found]
    return Wanted(supplies=found, by=min((day for day in closes if day), default=None))


class Read(Protocol):
    """What ``with_readings`` adds to a supply."""

    status: str
    has_meter: bool
    last_read_on: date | None


def _is_wanted(supply: Read, window: Window) -> bool:
    return supply.status in READ and supply.has_meter and is_wanted(window, last_read_on=supply.last_read_on)


RULES = Prepared(
    lambda: (
        ReadingRules.objects.filter(valid_from__lte=Slot("day", DateField()))
        .order_by("valid_from")
        .values_list("service", "opens_day", "closes_day")
    )
)


def windows_on(day: date) -> dict[str, Window]:
    """Of each service that has rules; one query."""
    return {service: window_on(day, opens_day=opens, closes_day=closes) for service, opens, closes in RULES(day=day)}
