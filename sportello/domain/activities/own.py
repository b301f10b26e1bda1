"""Nobody decides on what is asked for a customer whose counter is open to himself; a colleague does."""

from sportello.domain.activities.models import Activity, IllegalMove
from sportello.domain.customers.models import Customer
from sportello.domain.people.models import User


class OwnRequest(IllegalMove):
    """Whoever acts for the company reaches this customer as his own, too."""


def is_own(activity: Activity, person: User) -> bool:
    return is_own_customer(activity.customer_id, person)


def is_own_customer(code: str | None, person: User) -> bool:
    return Customer.objects.within_reach_of(person).filter(pk=code).exists()


def check(activity: Activity, by: User) -> None:
    """Raises OwnRequest."""
    if is_own(activity, by):
        raise OwnRequest(f"{activity.number} is of a customer of {by.pk}")
