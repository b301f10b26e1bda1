"""Writes a request down, with its files, its term and what goes to billing at once: one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.utils import timezone

from sportello.domain.activities import commanding, deadlines, modes, noticing, protecting, routing, telling
from sportello.domain.activities.kinds.base import RequestForm, RequestKind
from sportello.domain.activities.models import DOUBT, Activity, Attachment, Channel, Remark, Visitor, next_number
from sportello.domain.files.attachments import Attached
from sportello.domain.files.models import KeptFile
from sportello.domain.people.models import User

ATTACHMENT = "attachment"  # the kind of a kept file; its key is the request's number and the position


class NotConfirmed(Exception):
    """The form is not one that can be opened: it has errors, or something unlikely that nobody has confirmed."""


def open_request(
    kind: RequestKind,
    form: RequestForm,
    *,
    user: User | None,
    channel: Channel,
    now: datetime,
    visitor: Visitor | None = None,
    browser: str = "",
    received_on: date | None = None,
    by_post: bool = False,
) -> Activity:
    """Opens the request; the same form once more gives the same request. Raises NotConfirmed.

    ``received_on`` is the day on which it reached the company, from which its term is counted, where that was before today;
    ``by_post``: it is answered by letter. ``visitor``, not saved yet, says who asks where the form's scope has no customer;
    ``user`` is None then, and ``browser`` something that his browser alone knows.
    """
    if not form.is_valid() or form.needs_confirmation:
        if done := opened_before(form, user):  # of which the checks may know by now
            return done
        raise NotConfirmed
    once = once_of(user, form.cleaned_data["once"] or uuid4().hex, browser)
    with transaction.atomic():
        _one_at_a_time(once)
        done = Activity.objects.filter(once=once).first()
        if done:
            return done
        received = Received(channel=channel, on=received_on, by_post=by_post)
        return _open(kind, form, user=user, received=received, now=now, visitor=visitor, once=once)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """How it came in; ``on`` where that was before it was written down."""

    channel: Channel
    on: date | None
    by_post: bool


def opened_before(form: RequestForm, user: User | None, browser: str = "") -> Activity | None:
    """The request that this very form has opened already, whatever its checks say now."""
    carried = form.data.get(form.add_prefix("once"), "")
    return Activity.objects.filter(once=once_of(user, carried, browser)).first() if carried else None


def _open(
    kind: RequestKind,
    form: RequestForm,
    *,
    user: User | None,
    received: Received,
    now: datetime,
    visitor: Visitor | None,
    once: str,
) -> Activity:
    customer, supply = form.scope.customer, form.supply
    service = supply.service if supply else ""
    asked = form.kept()
    due = deadlines.deadline(kind.term_of(asked), service, received.on or timezone.localdate(now))
    activity = Activity.objects.create(
        number=next_number(now),
        kind=kind.code,
        channel=received.channel,
        received_on=received.on,
        by_post=received.by_post,
        customer=customer,
        supply=supply,
        account_code=form.account.code if form.account else "",
        invoice_number=form.invoice.number if form.invoice else "",
        asked=asked,
        before=form.before(),
        by_hand_for=why_by_hand(kind, asked),
        automatic=False,
        due_on=kind.own_due(asked) or due.due_on,
        limit_on=due.limit_on,
        once=once,
        opened_by=user,
        opened_at=now,
    )
    if visitor is not None:
        visitor.activity = activity
        visitor.save(force_insert=True)
    attach(activity, form.attached, remark=None, now=now)
    activity.opened()
    if _goes_by_itself(kind, activity):
        kind.effect(activity, now)
    commanding.send(activity, kind.at_once(activity), sort=commanding.AT_ONCE, now=now)
    _set_going(kind, activity, now=now)
    if not activity.automatic and not asked.get("suspect") and not (kind.of_the_house and not activity.due_on):
        routing.by_rule(activity, now=now)
    telling.received(activity, now=now)
    if kind.notice:
        noticing.tell_addresses(kind, activity, now=now)
    if kind.protected(activity):
        protecting.protect(activity, now=now)
    if kind.of_the_house and activity.due_on is None:
        activity.execute(now=now, by_id=user.pk if user else None)
    return activity


def _set_going(kind: RequestKind, activity: Activity, *, now: datetime) -> None:
    """An automatic one goes to billing by itself, as far as billing takes what it asks."""
    commands = kind.commands(activity)
    if not commands or not _goes_by_itself(kind, activity) or not commanding.are_taken(commands):
        return
    Activity.objects.filter(pk=activity.pk).update(automatic=True)
    activity.automatic = True
    if not kind.waits(activity):
        commanding.send(activity, commands, sort=commanding.EXECUTE, now=now)


def _goes_by_itself(kind: RequestKind, activity: Activity) -> bool:
    """Nobody has to look at it first, as far as Sportello is concerned."""
    return modes.is_automatic(kind) and not kind.protected(activity) and not activity.by_hand_for


def why_by_hand(kind: RequestKind, asked: Mapping[str, Any]) -> list[str]:
    """Why an operator has to look at it though its kind goes by itself: the fields in it that Administration wants to be looked
    at, and ``DOUBT`` where its form says so, by ``by_hand`` in what is asked."""
    if not (kind.may_go_by_itself and modes.is_automatic(kind)):
        return []
    touched = sorted(kind.fields_in(asked))
    looked_at = [each for each in touched if not modes.is_automatic(kind, each)]
    return looked_at + ([DOUBT] if asked.get("by_hand") else [])


def attach(activity: Activity, files: Sequence[Attached], *, remark: Remark | None, now: datetime) -> None:
    """Keeps files with a request, after those that are there. The caller has the request locked, or has just made it."""
    first = activity.attachments.count() + 1
    for position, each in enumerate(files, start=first):
        key = f"{activity.number}-{position}"
        KeptFile.objects.keep(
            kind=ATTACHMENT, key=key, version=key, media_type=each.media_type, content=each.content, now=now
        )
        Attachment.objects.create(
            activity=activity,
            remark=remark,
            position=position,
            name=each.name,
            file_id=KeptFile.objects.values_list("pk", flat=True).get(kind=ATTACHMENT, key=key),
            at=now,
        )


def once_of(user: User | None, carried: str, browser: str = "") -> str:
    """What the form carries, made its person's own, as it is kept with the request: nobody can name another's."""
    whose = f"{user.pk}" if user else f"visitor:{browser}"
    return sha256(f"{whose}:{carried}".encode()).hexdigest()[:40]


def _one_at_a_time(once: str) -> None:
    """Two presses of a button follow one another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"request:{once}"])
