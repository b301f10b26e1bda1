"""What is being asked about an invoice: its pages say so, with what need not be paid meanwhile and by when we answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import CharField, TextField
from django.utils import timezone
from django.utils.functional import Promise

from sportello.desks.portal.offers import icon_of
from sportello.desks.portal.progress import Clock, clock_of
from sportello.domain.activities.contesting import Suspension, suspension_of
from sportello.domain.activities.kinds.catalogue import KINDS as CATALOGUE
from sportello.domain.activities.models import OPEN, Activity, ActivityKind
from sportello.domain.customers.models import Invoice
from sportello.domain.people.models import User
from sportello.prepared import SOMEBODY, Prepared, Slot

KINDS = (ActivityKind.INVOICE_CORRECTION, ActivityKind.ALREADY_PAID, ActivityKind.INSTALMENTS)
ASKED = Prepared(
    lambda: (
        Activity.objects.within_reach_of(SOMEBODY)
        .filter(
            customer_id=Slot("customer", CharField()),
            invoice_number=Slot("number", TextField()),
            kind__in=KINDS,
            status__in=OPEN,
        )
        .order_by("opened_at", "pk")
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An open request about the invoice. ``suspension`` is None but for a correction."""

    activity: Activity
    icon: str
    then: str | Promise
    clock: Clock | None
    suspension: Suspension | None


def asked_about(user: User, invoice: Invoice) -> Sequence[Asked]:
    """The open ones within his reach, the oldest first. One query where there is none, as there nearly always is."""
    found = ASKED(user=user.pk, customer=invoice.customer_id, number=invoice.number)
    return [
        Asked(
            activity=activity,
            icon=icon_of(activity.kind),
            then=CATALOGUE[activity.kind].then,
            clock=clock_of(activity, now=timezone.now()),
            suspension=suspension_in(activity),
        )
        for activity in found
    ]


def suspension_in(activity: Activity) -> Suspension | None:
    return suspension_of(activity) if activity.kind == ActivityKind.INVOICE_CORRECTION else None
