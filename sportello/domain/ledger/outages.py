"""Billing is away: after a few failures in a row only one command at a time finds out whether it is back."""

import random
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

from sportello.domain.ledger import jobs
from sportello.domain.ledger.models import Outage

FEW: Final = 3  # failures in a row, of whatever rows; from then on nothing is sent but the probe
LONGEST: Final = 40.0  # seconds between two probes: what waits goes again within a minute of billing's return
LONGEST_ASKED_FOR: Final = 60.0
PROBE_TAKES = timedelta(seconds=90)


def pause(failures: int, retry_after: float | None = None) -> timedelta:
    """How long to wait after so many failures: from a second on, doubled each time; as long as billing asks for, up to a
    minute. Not all wait equally long, or they would all come back at once."""
    longest = min(2.0 ** min(failures - 1, 10), LONGEST)
    chosen = random.uniform(longest / 2, longest)  # noqa: S311 (nothing to guess)
    return timedelta(seconds=max(chosen, min(retry_after or 0.0, LONGEST_ASKED_FOR)))


ON: Final = f"SELECT FROM ledger_outage WHERE failures >= {FEW}"  # as below, for where one question less is asked


def is_on() -> bool:
    """Whether billing has been away long enough that nothing is sent but the probe."""
    return Outage.objects.filter(failures__gte=FEW).exists()


_FAILED = """
    INSERT INTO ledger_outage (id, since, failures, probe_at) VALUES (1, %(now)s, 1, %(now)s)
    ON CONFLICT (id) DO UPDATE SET failures = ledger_outage.failures + 1
    RETURNING failures
"""


def failed(*, retry_after: float | None, now: datetime) -> None:
    """Billing did not answer, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_FAILED, {"now": now})
        (failures,) = cursor.fetchone() or (1,)
    if failures >= FEW:
        at = now + pause(failures, retry_after)
        Outage.objects.update(probe_at=at)
        jobs.defer_probe(at=at)


def answered() -> None:
    """Billing answered, whatever it said, in the caller's transaction; what has stayed behind is taken up."""
    outage = Outage.objects.first()
    if outage is not None:
        Outage.objects.all().delete()
        if outage.failures >= FEW:
            jobs.defer_sweep()


def take_probe(*, now: datetime) -> datetime | None:
    """Until when the probe is ours; None where it is not time yet, or somebody else probes."""
    until = now + PROBE_TAKES
    if Outage.objects.filter(failures__gte=FEW, probe_at__lte=now).update(probe_at=until):
        return until
    keep_probing()
    return None


@transaction.atomic
def probe_at_once(*, taken_until: datetime, now: datetime) -> None:
    """The probe has found out nothing, for billing was not even asked: the next one follows."""
    if Outage.objects.filter(probe_at=taken_until).update(probe_at=now):
        jobs.defer_probe(at=now)


@transaction.atomic
def nothing_to_probe_with() -> None:
    """No row is left to be sent; the next one that comes finds out by itself."""
    answered()


@transaction.atomic
def keep_probing() -> None:
    """Sees to it that a probe is waiting while billing is away; its job may have been lost."""
    for outage in Outage.objects.filter(failures__gte=FEW):
        jobs.defer_probe(at=outage.probe_at)
