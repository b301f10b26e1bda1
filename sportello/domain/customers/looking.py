"""A member of staff sees a customer's pages as the customer does: for a quarter of an hour, and written down for both."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from sportello.domain.customers.models import Customer
from sportello.domain.journal.models import Event, record
from sportello.domain.people.models import User

FOR = timedelta(minutes=15)
BEGAN, ENDED = "backoffice.customer_viewed", "backoffice.customer_view_ended"


@transaction.atomic
def begin(customer: Customer, *, by: User, now: datetime) -> datetime:
    """Until when ``by`` may look. To begin again before that is the same look, which does not become longer."""
    User.objects.locked(by.pk)
    mine = Event.objects.about("customer", customer.code).filter(name__in=(BEGAN, ENDED), actor=by, at__gt=now - FOR)
    last = mine.order_by("-at", "-pk").first()
    if last is not None and last.name == BEGAN:
        return last.at + FOR
    record(BEGAN, now=now, actor_id=by.pk, about=("customer", customer.code), customer_code=customer.code)
    return now + FOR


def end(customer_code: str, *, by: User, now: datetime) -> None:
    """Before its time was up."""
    record(ENDED, now=now, actor_id=by.pk, about=("customer", customer_code), customer_code=customer_code)


def looks_at(codes: list[str]) -> "QuerySet[Event]":
    """Who has looked at these customers in this way, the latest first."""
    return Event.objects.filter(name=BEGAN, customer_code__in=codes).order_by("-at", "-pk")
