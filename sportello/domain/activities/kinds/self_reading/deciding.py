"""An operator decides on what has been kept or refused: lets it pass, corrects it, refuses it, or has it tried again.

Each verb raises IllegalMove where somebody was quicker; whoever decides does so with the customer locked.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from sportello.domain.activities import own
from sportello.domain.activities.kinds.self_reading import expecting, texts
from sportello.domain.activities.kinds.self_reading.judging import is_in_service_unit
from sportello.domain.activities.kinds.self_reading.sheets import sheet_of
from sportello.domain.activities.kinds.self_reading.submitting import (
    billing_takes_readings,
    give_way,
    lock_customer,
    send,
)
from sportello.domain.activities.kinds.self_reading.telling import tell
from sportello.domain.activities.models import Activity, Attention, IllegalMove, SelfReading, Status
from sportello.domain.ledger import by_hand
from sportello.domain.ledger.models import LedgerRow, State
from sportello.domain.people.models import User

STOPPED = (Attention.REFUSED, Attention.DEAD)


class OtherDials(ValueError):
    """Values are for exactly the dials that the customer has read, whole and not below zero."""


def waiting() -> QuerySet[SelfReading]:
    """Those that an operator has to look at."""
    return SelfReading.objects.exclude(activity__attention=Attention.NONE).filter(activity__status=Status.NEW)


def lock(number: str) -> SelfReading:
    """The reading as it is now; nobody else decides on it, or gives another, until the transaction ends."""
    lock_customer(Activity.objects.values_list("customer_id", flat=True).get(number=number))
    related = ("activity__customer", "activity__opened_by", "supply", "replaces")
    return SelfReading.objects.select_related(*related).get(activity__number=number)


@transaction.atomic
def accept(number: str, *, by: User, now: datetime) -> Activity:
    """Lets pass what was kept. Where billing takes no readings it says that somebody has entered it there."""
    reading = lock(number)
    _check(reading, Attention.KEPT, by=by)
    _let_pass(reading, by=by, now=now)
    return reading.activity


@transaction.atomic
def correct(number: str, *, values: Mapping[str, Decimal], note: str, by: User, now: datetime) -> Activity:
    """Sends other values, by register, in place of the customer's, who is told with ``note``. Raises OtherDials too."""
    reading = lock(number)
    _check(reading, Attention.KEPT, *STOPPED, by=by)
    _check_values(reading, values)
    if reading.key:
        _give_up(reading.key, by=by, now=now)
    reading.corrected = {code: str(value) for code, value in values.items()}
    reading.consumption = _used(reading, values)
    reading.save(update_fields=["corrected", "consumption"])
    reading.activity.note_answer(note)
    _let_pass(reading, by=by, now=now)
    tell(reading, texts.CORRECTED, now=now, value=" / ".join(reading.corrected.values()), answer=note)
    return reading.activity


@transaction.atomic
def refuse(number: str, *, answer: str, by: User, now: datetime) -> Activity:
    """Ends it; the customer gets the answer."""
    reading = lock(number)
    _check(reading, Attention.KEPT, *STOPPED, by=by)
    if reading.key:
        _give_up(reading.key, by=by, now=now)
    reading.activity.refuse(answer=answer, now=now, by_id=by.pk)
    tell(reading, texts.REFUSED, now=now, answer=answer)
    return reading.activity


@transaction.atomic
def replay(number: str, *, by: User, now: datetime) -> Activity:
    """Has billing asked once more: what it refused as a new command, what may have got there with the same key."""
    reading = lock(number)
    _check(reading, *STOPPED, by=by)
    if reading.activity.attention == Attention.DEAD and _is_dead(reading.key):
        _approve(reading, by=by, now=now)
        _as_operator(by_hand.replay, reading.key, by=by, now=now)
    else:
        _give_up(reading.key, by=by, now=now)
        _let_pass(reading, by=by, now=now)
    return reading.activity


def _check(reading: SelfReading, *attentions: Attention, by: User) -> None:
    activity = reading.activity
    own.check(activity, by)
    if activity.status != Status.NEW or activity.attention not in attentions:
        raise IllegalMove(f"{activity.status}, {activity.attention or 'nothing to decide'}")


def _used(reading: SelfReading, values: Mapping[str, Decimal]) -> Decimal | None:
    """The consumption by these values, in the service's unit; None where nobody can say, as for a dial that went back."""
    sheet = sheet_of(reading.supply, today=reading.read_on)
    deltas = {code: values[code] - Decimal(value) for code, value in reading.previous.items() if code in values}
    same_meter = sheet.meter is not None and sheet.meter.code == reading.meter_code
    if not same_meter or not deltas or any(delta < 0 for delta in deltas.values()) or not is_in_service_unit(sheet):
        return None
    return expecting.consumption(expecting.counting(sheet.gauges), deltas)


def _check_values(reading: SelfReading, values: Mapping[str, Decimal]) -> None:
    if set(values) != set(reading.values):
        raise OtherDials
    if any(not value.is_finite() or value < 0 or value != value.to_integral_value() for value in values.values()):
        raise OtherDials


def _let_pass(reading: SelfReading, *, by: User, now: datetime) -> None:
    if not billing_takes_readings():
        _decided(reading, now=now)
        reading.activity.execute(now=now, by_id=by.pk)
        return
    _approve(reading, by=by, now=now)
    if reading.replaces:
        give_way(reading.replaces, now=now, sends=True)
    send(reading, approved=True, now=now)


def _approve(reading: SelfReading, *, by: User, now: datetime) -> None:
    _decided(reading, now=now)
    reading.activity.ask_for(Attention.NONE, now=now, by_id=by.pk)


def _decided(reading: SelfReading, *, now: datetime) -> None:
    reading.decided_at = now
    reading.save(update_fields=["decided_at"])


# --- its command -----------------------------------------------------------------------------------------------------


def _is_dead(key: str) -> bool:
    return LedgerRow.objects.filter(key=key, state=State.DEAD).exists()


def _give_up(key: str, *, by: User, now: datetime) -> None:
    """The command that has been tried will not be tried again; raises IllegalMove where it is on its way, or done."""
    if _is_dead(key):
        _as_operator(by_hand.give_up, key, by=by, now=now)
    elif LedgerRow.objects.filter(key=key).exclude(state__in=[State.REFUSED, State.CANCELLED]).exists():
        raise IllegalMove("its command is not at its end")


def _as_operator(verb: Callable[..., LedgerRow], key: str, *, by: User, now: datetime) -> None:
    try:
        verb(key, now=now, actor_id=by.pk)
    except (by_hand.NotInThisState, by_hand.Overtaken) as error:
        raise IllegalMove("somebody else has its command in hand") from error
