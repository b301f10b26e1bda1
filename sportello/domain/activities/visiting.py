"""What people ask who are not registered, and how each of them finds his own request again.

Whoever has opened a request gets a receipt with its number and a code. The code is derived from what the request was
opened with and the site's key, so that the receipt can be shown again; of it only a digest is kept.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.utils.crypto import constant_time_compare

from sportello.domain.activities import handling, modes, opening, suspects
from sportello.domain.activities.kinds.base import RequestForm, RequestKind
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.kinds.visitor import VisitorForm
from sportello.domain.activities.models import Activity, Channel, Status
from sportello.domain.files.attachments import Attached
from sportello.domain.people import printed_codes

ENDED_AND_MAY_GO_ON = (Status.EXECUTED, Status.REFUSED)
ONCE = 40


def kinds() -> list[RequestKind]:
    """What visitors may ask for, in the order in which it is offered."""
    taken_off = modes.not_offered()
    return [kind for kind in KINDS.values() if kind.visitors and kind.code not in taken_off]


@transaction.atomic
def open_visit(
    kind: RequestKind, form: RequestForm, person: VisitorForm, *, browser: str, language: str, now: datetime
) -> Activity:
    """Opens a visitor's request; the same form from the same browser gives the same request. Raises NotConfirmed."""
    visitor = person.visitor(language)
    activity = opening.open_request(
        kind, form, user=None, channel=Channel.WEBSITE, now=now, visitor=visitor, browser=browser
    )
    if activity.visitor.receipt:  # sent before
        return activity
    activity.visitor.receipt = printed_codes.digest(_code(activity))
    activity.visitor.save(update_fields=["receipt"])
    suspicions = person.suspicions()
    if suspects.comes_again(activity, now=now):
        suspicions.append(suspects.AGAIN)
    if suspicions:
        activity.asked = {**activity.asked, suspects.SUSPECT: suspicions}
        activity.save(update_fields=["asked"])
    return activity


def visit_numbered(number: str) -> Activity | None:
    """A visitor's request, for who has shown already that it is his."""
    visits = Activity.objects.filter(visitor__isnull=False, customer=None, kind__in=KINDS)
    return visits.select_related("visitor").filter(number=number).first()


def find(number: str, code: str) -> Activity | None:
    """The request to whose receipt this number and this (compact) code belong; None tells nothing of what is wrong."""
    found = visit_numbered(as_given(number))
    kept = found.visitor.receipt if found else ""
    known = [constant_time_compare(kept, each) for each in printed_codes.digests(code)]
    return found if any(known) else None


def as_given(typed: str) -> str:
    """A request's number as we write it, however somebody has copied it."""
    short = re.sub(r"[^0-9A-Z]", "", typed.upper())
    digits = re.fullmatch(r"A?([0-9]{1,18})", short)
    return f"A-{digits[1]}" if digits else ""


def code_of(activity: Activity) -> str:
    """What its receipt says; "" where the site's key has changed since."""
    code = _code(activity)
    return code if activity.visitor.receipt == printed_codes.digest(code) else ""


def _code(activity: Activity) -> str:
    return printed_codes.derived(f"receipt:{activity.once}")


@transaction.atomic
def say(
    activity: Activity, *, text: str, files: Sequence[Attached], browser: str, once: str, now: datetime
) -> Activity:
    """Its visitor writes; one that has ended is taken up again. Who has come back with his receipt is no machine. Raises
    IllegalMove where it is cancelled."""
    whose = sha256(f"{activity.number}:{browser}:{once}".encode()).hexdigest()[:ONCE]
    verb = handling.reopen if activity.status in ENDED_AND_MAY_GO_ON else handling.say
    said = verb(activity.number, text=text, files=files, by=None, now=now, once=whose)
    suspects.lift(said, by_id=None, now=now)
    return said
