"""Writes to whoever gave a reading, about what he would not have expected; all else he sees at the counter."""

from datetime import datetime

from django.utils import translation

from sportello.domain.accounts.notices import mailed
from sportello.domain.activities.models import SelfReading
from sportello.domain.customers.models import Customer, CustomerAccess, Supply
from sportello.domain.messages.kinds import Kind
from sportello.domain.messages.links import Link


def tell(reading: SelfReading, kind: Kind, *, now: datetime, **values: str) -> bool:
    """In the customer's language; says whether there is an address. In the caller's transaction."""
    activity = reading.activity
    customer = activity.of_customer
    to, name = _recipient(reading, customer)
    about = {
        "number": activity.number,
        "supply": supply_in_words(reading.supply, language=customer.language),
        "day": f"{reading.read_on:%d/%m/%Y}",
    }
    return bool(to) and mailed(
        kind,
        to=to,
        name=name,
        language=customer.language,
        values={**about, **values},
        now=now,
        page=Link("request", {"number": activity.number}),
        customer_code=customer.code,
        about=("activity", activity.number),
    )


def _recipient(reading: SelfReading, customer: Customer) -> tuple[str, str]:
    """The person who gave it, as long as he may see the customer; else the customer himself."""
    person = reading.activity.opened_by
    seen_by_him = CustomerAccess.objects.filter(user=person, customer=customer, ended_at=None)
    if person and person.email and person.is_active and seen_by_him.exists():
        return person.email, person.get_full_name()
    return customer.email or "", customer.name


def supply_in_words(supply: Supply, *, language: str) -> str:
    """Gas, Via Grandi 39, Concordia sulla Secchia."""
    with translation.override(language):
        return ", ".join(part for part in (str(supply.get_service_display()), supply.short_address) if part)
