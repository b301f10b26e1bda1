"""Moves requests on by what billing has answered to their commands.

Everything here goes by how things stand, not by what has just happened: doing it twice or late gives the same.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from sportello.billing.commands import ResumeCollection, SuspendCollection
from sportello.domain.activities import bank_answers, commanding, ending
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.models import OPEN, OVER, Activity, ActivityKind, Attention
from sportello.domain.customers.models import Invoice
from sportello.domain.journal.models import Event
from sportello.domain.ledger.models import WAITING, LedgerRow, State

STOPPED = (State.REFUSED, State.DEAD)
BESIDE = (SuspendCollection.__name__, ResumeCollection.__name__)
OF_INVOICES = (ActivityKind.INVOICE_CORRECTION, ActivityKind.ALREADY_PAID, ActivityKind.INSTALMENTS)


def follow(customer_codes: Sequence[str], *, now: datetime) -> None:
    """Of these customers, all requests that wait for billing. Not inside a transaction: each has its own."""
    mine = Activity.objects.filter(customer_id__in=customer_codes, kind__in=KINDS)
    for pk in mine.exclude(status__in=OVER).order_by("pk").values_list("pk", flat=True):
        _follow_one(pk, now=now)
    beside = LedgerRow.objects.filter(customer_code__in=customer_codes, state__in=STOPPED, name__in=BESIDE)
    numbers = list(beside.values_list("about_key", flat=True))
    theirs = mine.filter(kind__in=OF_INVOICES).filter(
        Q(status__in=OPEN) & ~Exists(to_be_paid()) | Q(number__in=numbers)
    )
    for pk in theirs.order_by("pk").values_list("pk", flat=True):
        _look_at_its_invoice(pk, now=now)
    bank_answers.tell_refusals(customer_codes, now=now)


@transaction.atomic
def _look_at_its_invoice(pk: int, *, now: datetime) -> None:
    """Hands it to an operator, once, where billing has not done what goes along with it, or where nothing is left of what it
    is about."""
    activity = Activity.objects.select_for_update(of=("self",)).select_related("customer").get(pk=pk)
    if activity.attention:
        return
    names = list(Event.objects.about("activity", activity.number).values_list("name", flat=True))
    beside = [*commanding.rows(activity, commanding.AT_ONCE), *commanding.rows(activity, commanding.AT_END)]
    stopped = sum(row.state in STOPPED for row in beside)
    if stopped > names.count(f"activities.{activity.kind}_waits_{Attention.COLLECTION}"):
        activity.ask_for(Attention.COLLECTION, now=now)
    elif f"activities.{activity.kind}_waits_{Attention.SETTLED}" not in names and _is_settled(activity):
        activity.ask_for(Attention.SETTLED, now=now)


def _is_settled(activity: Activity) -> bool:
    """Whether its invoice has been paid, set off or taken back since it was opened."""
    if activity.is_over:
        return False
    invoice = Invoice.objects.filter(number=activity.invoice_number, customer=activity.customer).first()
    if invoice is None:
        return True
    return not invoice.remaining and (
        activity.kind != ActivityKind.INVOICE_CORRECTION or bool(activity.asked.get("to_pay"))
    )


def to_be_paid() -> QuerySet[Invoice]:
    """The invoice that a request is about, as long as something of it is to be paid."""
    mine = Invoice.objects.filter(number=OuterRef("invoice_number"), customer=OuterRef("customer"))
    return mine.filter(paid__lt=F("amount"))


def sweep(*, now: datetime) -> None:
    """Follows what has news, should a job have been lost: of all that is open, the few that billing has answered, or whose
    invoice is settled."""
    answered = LedgerRow.objects.filter(about_kind="activity", about_key=OuterRef("number"))
    news = Exists(answered.exclude(state__in=WAITING)) | Q(kind__in=OF_INVOICES) & ~Exists(to_be_paid())
    waits = Activity.objects.filter(news, kind__in=KINDS, customer__isnull=False).exclude(status__in=OVER)
    follow(sorted(set(waits.values_list("customer_id", flat=True))), now=now)


@transaction.atomic
def _follow_one(pk: int, *, now: datetime) -> None:
    activity = Activity.objects.select_for_update(of=("self",)).get(pk=pk)
    rows = commanding.standing(activity)
    if activity.is_over or not rows or activity.attention == Attention.KEPT:
        return
    if all(row.state == State.ACKNOWLEDGED for row in rows):
        ending.execute(activity, answer=None, now=now, by_id=activity.owner_id)
        return
    stopped = next((row for row in rows if row.state in (State.REFUSED, State.DEAD, State.CANCELLED)), None)
    if stopped is not None and not activity.is_held_up:
        refused = stopped.state == State.REFUSED
        activity.ask_for(Attention.REFUSED if refused else Attention.DEAD, now=now)
