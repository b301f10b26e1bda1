"""Finds the customer who is on the telephone by what he says: his code, the number of an invoice, his name."""

from typing import Final

from sportello.domain.customers.models import Customer, Invoice

MOST: Final = 20  # that are shown; one more says that there are others


def found_by(typed: str) -> list[Customer]:
    """At most one more than ``MOST``, by name; by indexes, however many there are. Nobody where nothing was typed."""
    said = typed.strip()
    if not said or "\0" in said:
        return []
    codes = {said, said.upper()}
    # Asked for by itself: beside another condition PostgreSQL would look through all customers for who holds the invoice.
    holders = Invoice.objects.filter(number__in=codes).values_list("customer_id", flat=True)
    exact = list(Customer.objects.filter(code__in={*codes, *holders})[: MOST + 1])
    return exact or list(Customer.objects.named(said).order_by("last_name", "first_name", "code")[: MOST + 1])
