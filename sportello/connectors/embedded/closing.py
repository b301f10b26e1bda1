"""A supply ends: the customer says when, what the meter shows then, and where the last invoice shall go."""

from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from sportello.billing.codes import Occasion
from sportello.billing.commands import CloseSupply, SubmitReading
from sportello.billing.errors import Refused
from sportello.connectors.embedded import owning, rows, submitting
from sportello.connectors.embedded import text_checks as checks
from sportello.connectors.embedded.histories import locked_supply
from sportello.connectors.embedded.models import MeterReading, Supply
from sportello.connectors.embedded.reading_checks import shown
from sportello.connectors.embedded.routing import ALIAS

LONGEST_NOTICE: Final = timedelta(days=366)


def close(command: CloseSupply, *, key: str, now: datetime) -> str:
    """The supply ends on that day; gives the code of the final reading, "" where none came with it. The account's post goes
    to the new place where nothing else is supplied on it."""
    today = timezone.localdate(now)
    account = owning.account_of_supply(command.customer_code, command.supply_code)
    supply = owning.supply(command.customer_code, command.supply_code)
    check_end(supply, command.ends_on, today)
    checks.check_address(command.forwarding, field="forwarding")
    reading = final_reading(command, supply, key=key, now=now) if command.values or command.meter_code else None
    supply.forwarding = rows.address_json(command.forwarding)
    supply.ended_on = command.ends_on
    supply.status = "closed" if command.ends_on <= today else supply.status
    supply.save(update_fields=["forwarding", "ended_on", "status"])
    if not Supply.objects.filter(account=account, ended_on=None).exclude(status="closed").exists():
        account.mailing_address = supply.forwarding
        account.save(update_fields=["mailing_address"])
    return reading.code if reading else ""


def check_end(supply: Supply, ends_on: date, today: date) -> None:
    if supply.status == "closed":
        raise Refused("La fornitura è già cessata.", field="supply_code")
    if supply.ended_on:
        raise Refused(f"La fornitura cessa già il {shown(supply.ended_on)}.", field="supply_code")
    if supply.status == "activating":
        raise Refused("La fornitura non è ancora attiva.", field="supply_code")
    if supply.started_on and ends_on < supply.started_on:
        raise Refused(f"La fornitura è iniziata il {shown(supply.started_on)}.", field="ends_on")
    if ends_on > today + LONGEST_NOTICE:
        raise Refused("La fornitura può cessare al più tardi fra un anno.", field="ends_on")
    later = MeterReading.objects.filter(supply=supply, read_on__gt=ends_on, origin__in=["actual", "corrected"])
    if last := later.standing().oldest_first().last():
        raise Refused(f"Il distributore ha già letto il contatore il {shown(last.read_on)}.", field="ends_on")


def final_reading(command: CloseSupply, supply: Supply, *, key: str, now: datetime) -> MeterReading:
    """What the meter shows at the end; where that is yet to come, what it shows today."""
    read_on = min(command.ends_on, timezone.localdate(now))
    reading = SubmitReading(
        customer_code=command.customer_code,
        supply_code=command.supply_code,
        meter_code=command.meter_code,
        read_on=read_on,
        values=command.values,
    )
    occasion: Occasion = "final" if read_on == command.ends_on else "periodic"
    return submitting.write(reading, supply, key=key, now=now, occasion=occasion)


def close_due(*, today: date) -> list[Supply]:
    """Closes the supplies whose last day has come; returns them."""
    due = Supply.objects.filter(ended_on__lte=today).exclude(status="closed").order_by("code")
    closed = (close_one(code, today=today) for code in list(due.values_list("code", flat=True)))
    return [supply for supply in closed if supply]


def close_one(code: str, *, today: date) -> Supply | None:
    """None where somebody was quicker."""
    with transaction.atomic(using=ALIAS):
        supply = locked_supply(code)
        if supply is None or supply.status == "closed" or supply.ended_on is None or supply.ended_on > today:
            return None
        supply.status = "closed"
        supply.save(update_fields=["status"])
    return supply


def told(supply: Supply) -> str:
    return f"Supply {supply.code} has ended on {supply.ended_on}."
