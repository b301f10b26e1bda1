"""An operator asks something for a customer who calls: what counts is the customer's word, and how it is known to be his."""

from datetime import date, datetime
from typing import Final

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sportello.domain.activities.kinds.base import RequestForm, RequestKind, Scope
from sportello.domain.activities.models import Activity, Channel, Remark, Side, Sort
from sportello.domain.activities.opening import open_request
from sportello.domain.customers.models import BillingAccount, Customer, Invoice, Supply
from sportello.domain.journal.models import record
from sportello.domain.people.models import User


class Identified(models.TextChoices):
    """How the operator knows who is calling."""

    DATA = "data", gettext_lazy("He said tax code, address and date of birth")
    INVOICE = "invoice", gettext_lazy("He said number and amount of a recent invoice")
    CALLED_BACK = "called_back", gettext_lazy("Called back at the number that billing has")
    PAPER = "paper", gettext_lazy("Showed or sent an identity document")


NOTE: Final = "identified:"


def scope_for(customer: Customer, *, today: date) -> Scope:
    """What an operator may choose from for this customer: all of his."""
    of = {"customer": customer}
    return Scope(
        customer=customer,
        today=today,
        supplies=list(Supply.objects.filter(**of).order_by("service", "code")),
        accounts=list(BillingAccount.objects.filter(**of).order_by("code")),
        invoices=list(Invoice.objects.filter(**of).newest_first()),
    )


@transaction.atomic
def open_for(
    kind: RequestKind,
    form: RequestForm,
    *,
    by: User,
    identified: Identified | None,
    now: datetime,
    channel: Channel = Channel.TELEPHONE,
    received_on: date | None = None,
) -> Activity:
    """Opens it for a customer; colleagues read how he was identified, None for what came in writing. The same form once more
    gives the same request. What came as a letter is answered by one.

    The operator has read back to the caller what the form says: it is confirmed. Raises NotConfirmed.
    """
    form.confirm()
    activity = open_request(
        kind,
        form,
        user=by,
        channel=channel,
        now=now,
        received_on=received_on if received_on != timezone.localdate(now) else None,
        by_post=channel == Channel.LETTER,
    )
    if identified is None:
        return activity
    once = f"{NOTE}{activity.number}"
    if not Remark.objects.filter(once=once).exists():
        text = _("The caller was identified: %(how)s.") % {"how": identified.label}
        Remark.objects.create(activity=activity, side=Side.STAFF, sort=Sort.NOTE, text=text, by=by, at=now, once=once)
        activity.note_words(text)
        record(
            "activities.caller_identified",
            now=now,
            actor_id=by.pk,
            about=("activity", activity.number),
            customer_code=activity.customer_code,
            number=activity.number,
            how=identified.value,
        )
    return activity
