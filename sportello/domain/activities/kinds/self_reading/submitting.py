"""Writes a reading down and sends it on its way, all in one transaction; what is unusual waits for an operator instead."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction

from sportello.billing.commands import SubmitReading
from sportello.billing.loading import connector
from sportello.billing.records import RegisterValue
from sportello.domain.activities.kinds.self_reading import drafts
from sportello.domain.activities.kinds.self_reading.forms import ONCE, ReadingForm
from sportello.domain.activities.kinds.self_reading.judging import REPLACES, Judgement, judge
from sportello.domain.activities.kinds.self_reading.sheets import Sheet, sheets_of
from sportello.domain.activities.models import (
    Activity,
    ActivityKind,
    Attention,
    Channel,
    SelfReading,
    Status,
    Verdict,
    next_number,
)
from sportello.domain.customers.models import Supply
from sportello.domain.files.models import KeptFile
from sportello.domain.files.photos import Photo
from sportello.domain.ledger import writing
from sportello.domain.ledger.models import LedgerRow, State
from sportello.domain.people.models import User

FOLLOWS = "activities.settle"
BY_HAND = "by_hand"
PHOTO = "reading_photo"  # the kind of a kept file; its key is the request's number
VERDICTS = {"accepted": Verdict.ACCEPTED, "confirm": Verdict.CONFIRMED, "kept": Verdict.KEPT}


class NotConfirmed(Exception):
    """The form is not one that can be submitted: it has errors, or something unusual that nobody has confirmed."""


class ChangedMeanwhile(Exception):
    """What is known of the meter is no longer what the form was judged by; it is to be judged and shown again."""


class WindowClosed(ChangedMeanwhile):
    """The days in which readings of this supply can be given have ended meanwhile."""


def submit(form: ReadingForm, *, user: User, channel: Channel, now: datetime) -> Activity:
    """Opens the request; the same form once more gives the same request. Raises NotConfirmed, ChangedMeanwhile."""
    return submit_all([form], user=user, channel=channel, now=now)[0]


@transaction.atomic
def submit_all(forms: Sequence[ReadingForm], *, user: User, channel: Channel, now: datetime) -> list[Activity]:
    """Several supplies in one go, all or none; the requests in the order of the forms. Raises as ``submit``.

    The forms are of one day, and each of another supply.
    """
    if not forms:
        return []
    # In one order for everybody, so that no two wait for each other.
    for code in sorted({form.sheet.supply.customer_id for form in forms}):
        lock_customer(code)
    known = _sheets_now(forms)
    opened = [_submit(form, known, user=user, channel=channel, now=now) for form in forms]
    drafts.forget(user, *known)
    return opened


def lock_customer(code: str) -> None:
    """Until the transaction ends, nobody else gives or decides on a reading of this customer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"self_reading:{code}"])


def _sheets_now(forms: Sequence[ReadingForm]) -> dict[str, Sheet]:
    """What is known now that nobody else can add to it, by supply."""
    supplies = Supply.objects.in_bulk([form.sheet.supply.code for form in forms])
    if len(supplies) < len(forms):
        raise ChangedMeanwhile  # billing has forgotten one
    return {sheet.supply.code: sheet for sheet in sheets_of([*supplies.values()], today=forms[0].today)}


def _submit(form: ReadingForm, known: Mapping[str, Sheet], *, user: User, channel: Channel, now: datetime) -> Activity:
    form.is_valid()
    done = opened_before(form, user)
    if done:
        return done
    if form.errors or form.needs_confirmation:
        raise NotConfirmed
    sheet = known[form.sheet.supply.code]
    fresh = _judged_again(form, sheet)
    replaced = sheet.replaced_by(form.cleaned_data["read_on"])
    reasons = [*fresh.reasons, *([] if billing_takes_readings() else [BY_HAND])]
    kept = fresh.verdict == "kept" or BY_HAND in reasons
    activity = Activity.objects.create(
        number=next_number(now),
        kind=ActivityKind.SELF_READING,
        channel=channel,
        customer_id=form.sheet.supply.customer_id,
        supply=form.sheet.supply,
        attention=Attention.KEPT if kept else Attention.NONE,
        once=_once(form, user),
        opened_by=user,
        opened_at=now,
    )
    reading = _written(form, activity, fresh, reasons=reasons, replaced=replaced, now=now)
    activity.opened()
    if replaced:
        give_way(replaced, now=now, sends=not kept)
    if not kept:
        send(reading, approved=False, now=now)
    return activity


def opened_before(form: ReadingForm, user: User) -> Activity | None:
    """The request that this very form has opened already, whatever its checks say now; call ``is_valid()`` before."""
    if not form.cleaned_data.get("once"):
        return None
    return Activity.objects.filter(once=_once(form, user)).select_related("self_reading").first()


def open_anew_what_ended(form: ReadingForm, user: User) -> Activity | None:
    """What ``opened_before`` gives, but for a request that was refused or cancelled: of that, the form opens another.

    For files, which are the same whenever they are sent.
    """
    while (done := opened_before(form, user)) and done.status in (Status.REFUSED, Status.CANCELLED):
        form.cleaned_data["once"] = sha256(f"{form.cleaned_data['once']}:{done.number}".encode()).hexdigest()[:ONCE]
    return done


def _once(form: ReadingForm, user: User) -> str:
    """What the form carries, made his own: nobody can name another's."""
    carried = form.cleaned_data["once"] or uuid4().hex
    return sha256(f"{user.pk}:{form.sheet.supply.code}:{carried}".encode()).hexdigest()[:40]


def _judged_again(form: ReadingForm, sheet: Sheet) -> Judgement:
    """By ``sheet``, what is known now; another reading just given is replaced without a word."""
    if sheet.why_not == "window":
        raise WindowClosed
    if sheet.meter != form.sheet.meter or sheet.gauges != form.sheet.gauges:
        raise ChangedMeanwhile
    fresh = judge(sheet, read_on=form.cleaned_data["read_on"], values=form.values, today=form.today)
    told = set(form.judgement.reasons if form.judgement else ()) | {REPLACES}
    if fresh.errors or set(fresh.reasons) - told:
        raise ChangedMeanwhile
    return fresh


def _written(
    form: ReadingForm,
    activity: Activity,
    judged: Judgement,
    *,
    reasons: Sequence[str],
    replaced: SelfReading | None,
    now: datetime,
) -> SelfReading:
    meter = form.sheet.meter
    last = judged.measured_against
    unusual = set(judged.reasons) - {REPLACES}
    return SelfReading.objects.create(
        activity=activity,
        supply=form.sheet.supply,
        meter_code=meter.code if meter else "",
        serial=meter.serial if meter else "",
        read_on=form.cleaned_data["read_on"],
        values={code: str(value) for code, value in form.values.items()},
        previous={code: str(value) for code, value in last.values.items()} if last else {},
        previous_on=last.read_on if last else None,
        consumption=judged.consumption,
        low=judged.low,
        high=judged.high,
        verdict=VERDICTS[judged.verdict] if unusual else Verdict.ACCEPTED,
        reasons=reasons,
        note=form.cleaned_data["note"],
        photo_id=_kept_photo(form.cleaned_data.get("photo"), activity.number, now),
        replaces=replaced,
    )


def _kept_photo(photo: Photo | None, number: str, now: datetime) -> int | None:
    if photo is None:
        return None
    KeptFile.objects.keep(
        kind=PHOTO, key=number, version=number, media_type=photo.media_type, content=photo.content, now=now
    )
    return KeptFile.objects.values_list("pk", flat=True).get(kind=PHOTO, key=number)


# --- to billing ------------------------------------------------------------------------------------------------------


def billing_takes_readings() -> bool:
    return SubmitReading.__name__ in connector(settings.BILLING_CONNECTOR).capabilities.commands


def send(reading: SelfReading, *, approved: bool, now: datetime) -> None:
    """Puts the reading, or what an operator made of it, into the ledger; each time as a command of its own.

    In the caller's transaction, who has the customer locked and has seen to it that no earlier command of it is on its way.
    """
    activity = reading.activity
    earlier = LedgerRow.objects.about("activity", activity.number).count()
    # Not the number alone: after a restore from a backup the same one may be given again, to another reading.
    key = f"reading-{activity.number}-{(activity.once or '')[:8]}" + (f"-{earlier + 1}" if earlier else "")
    values = reading.corrected or reading.values
    command = SubmitReading(
        customer_code=activity.customer_code,
        supply_code=reading.supply_id,
        meter_code=reading.meter_code,
        read_on=reading.read_on,
        values=tuple(RegisterValue(register=code, value=Decimal(value)) for code, value in values.items()),
        replaces=_key_in_billing(reading),
        approved=approved,
    )
    writing.enqueue(command, key=key, about=("activity", activity.number), follows=FOLLOWS, now=now)
    reading.key = key
    reading.save(update_fields=["key"])


def give_way(replaced: SelfReading, *, now: datetime, sends: bool) -> None:
    """An earlier request ends where its reading has not gone to billing and need not any more.

    One that billing has, or may have, stays as it is: the command that follows it takes its place there. ``sends`` says
    that this command is on its way; before it is, only what waits for an operator gives way.
    """
    activity = Activity.objects.get(pk=replaced.activity_id)
    if activity.status != Status.NEW:
        return
    if activity.attention in (Attention.KEPT, Attention.REFUSED) or (
        sends and activity.attention == Attention.NONE and writing.cancel(replaced.key, now=now)
    ):
        activity.cancel(now=now)
        _forget_photo(replaced)


def _forget_photo(replaced: SelfReading) -> None:
    """Nobody will look at it any more, and photos are large."""
    photo = replaced.photo
    if photo is not None:
        replaced.photo = None
        replaced.save(update_fields=["photo"])
        photo.delete()


def _key_in_billing(reading: SelfReading | None) -> str | None:
    """The key of what billing has or may have, of this reading or those whose place it takes; None for nothing."""
    while reading is not None:
        for row in LedgerRow.objects.about("activity", reading.activity.number).order_by("-pk"):
            if row.state != State.REFUSED and (row.attempts or row.state != State.CANCELLED):
                return row.key
        reading = reading.replaces
    return None
