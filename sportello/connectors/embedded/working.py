"""What a distributor, a bank and a billing office do by themselves, one round of it: judge readings, bill those that stand,
answer mandates, and close supplies."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.utils import timezone

from sportello.connectors.embedded import closing, issuing, mandates
from sportello.connectors.embedded.mistakes import Mistake
from sportello.connectors.embedded.models import MeterReading, Supply
from sportello.connectors.embedded.using import use_of
from sportello.connectors.embedded.validating import validate


def work(*, now: datetime, after: timedelta) -> Iterator[str]:
    """Judges the readings that arrived ``after`` ago or earlier, and issues the invoices of those that stand ``after``
    their judgement; moves mandates on that came into their status ``after`` ago; closes the supplies whose last day has come.
    Tells what was done, line by line. Readings and mandates that did not come by a command are left alone."""
    before = now - after
    for reading in validate(now=now, before=before, arrived=True):
        yield verdict(reading)
    for mandate in mandates.align(now=now, before=before, arrived=True):
        yield mandates.told(mandate)
    today = timezone.localdate(now)
    for ended in closing.close_due(today=today):
        yield closing.told(ended)
    for supply in to_bill(before, today=today):
        try:
            invoice = issuing.issue(supply_codes=[supply], issued_on=today)
        except Mistake as mistake:
            yield f"Supply {supply} cannot be billed: {mistake}"
        else:
            yield f"Issued {invoice.code} for supply {supply}."


def to_bill(before: datetime, *, today: date) -> list[str]:
    """Supplies with a reading that stood at ``before`` and that an invoice of today is the first to use. (One that is
    older than what was billed since is used by none, and must not call for an invoice at every round.)"""
    judged = MeterReading.objects.filter(validation__in=["", "valid"], invoice=None, judged_at__lte=before).standing()
    waiting = set(judged.values_list("pk", flat=True))
    supplies = Supply.objects.filter(meterreading__in=waiting).distinct().order_by("code")
    return [
        supply.code for supply in supplies if waiting & {reading.pk for reading in use_of(supply, until=today).readings}
    ]


def verdict(reading: MeterReading) -> str:
    reason = f": {reading.validation_reason}" if reading.validation_reason else ""
    return f"Reading {reading.code} of {reading.read_on} is {reading.validation}{reason}."
