"""Finds the customer who is on the telephone by what he says, however he says it: a code, a number, his name, where he lives.

Each way is asked for by itself, by an index of its own: beside another condition PostgreSQL would look through everybody.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection, models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from sportello.domain.customers.models import Customer, CustomerAccess, Invoice, Supply
from sportello.domain.customers.models.names import DIGITS, last_digits, whole_name

MOST_WRITERS: Final = 5
MOST: Final = 20  # that are shown; one more says that there are others
LIKE: Final = 0.6  # how alike a name must be, from 0 to 1
SHORTEST: Final = 3  # letters of a name that may be written otherwise
SORTS_OF_STREET: Final = ("via", "viale", "piazza", "corso", "strada", "vicolo")
_STREET_NUMBER = re.compile(r"^(?P<street>.*?\D)[\s,]+(?P<number>\d+\s*[/a-zA-Z]?\w{0,4})$")


class By(models.TextChoices):
    """What somebody was found by."""

    CODE = "code", _("Customer number")
    INVOICE = "invoice", _("Invoice")
    TAX = "tax", _("Tax code or VAT number")
    POINT = "point", _("POD or PDR")
    PHONE = "phone", _("Telephone")
    NAME = "name", _("Name")
    ADDRESS = "address", _("Supply address")
    LIKENESS = "likeness", _("A name like this")


@dataclass(frozen=True, slots=True)
class Found:
    customer: Customer
    by: By


def found_by(typed: str) -> list[Found]:
    """At most one more than ``MOST``, the surest first; names that are only like it where nothing else is found. Nobody where
    nothing was typed."""
    said = " ".join(typed.split())
    if not said or "\0" in said:
        return []
    ways = NUMBERS if any(sign.isdigit() for sign in said) else ()
    for way, by in ways:
        if found := _found(way(said), by):
            return found
    named = _found(_named(said), By.NAME)
    living = _found(_living(said), By.ADDRESS)
    known = {each.customer.pk for each in named}
    found = named + [each for each in living if each.customer.pk not in known]
    return found[: MOST + 1] or _found(_alike(said), By.LIKENESS)


def perhaps_of(address: str) -> list[Customer]:
    """Whose mail this may be: who has this address in billing, or sees a customer here by it. Anybody can write an address
    as his own into a mail: it proves nothing."""
    if not address or "\0" in address:
        return []
    known = Q(email__iexact=address, email__isnull=False) | Q(pec__iexact=address, pec__isnull=False)
    seen = CustomerAccess.objects.filter(user__email=address.lower(), ended_at=None).values_list(
        "customer_id", flat=True
    )
    codes = {*Customer.objects.filter(known).values_list("code", flat=True)[:MOST_WRITERS], *seen[:MOST_WRITERS]}
    return list(Customer.objects.filter(code__in=codes).order_by("code")[:MOST_WRITERS])


def _found(customers: Iterable[Customer], by: By) -> list[Found]:
    return [Found(each, by) for each in customers]


def _some(codes: Iterable[str]) -> list[Customer]:
    return list(Customer.objects.filter(code__in=list(codes)).order_by("last_name", "first_name", "code")[: MOST + 1])


def _coded(said: str) -> list[Customer]:
    return list(Customer.objects.filter(code__in={said, said.upper()}))


def _billed(said: str) -> list[Customer]:
    holders = Invoice.objects.filter(number__in={said, said.upper()}).values_list("customer_id", flat=True)
    return _some(holders[: MOST + 1])


def _taxed(said: str) -> list[Customer]:
    code = said.replace(" ", "").upper()
    by_tax = Customer.objects.filter(tax_code=code).values_list("pk", flat=True)[: MOST + 1]
    number = {code, code.removeprefix("IT")}
    by_vat = Customer.objects.filter(vat_number__in={*number, f"IT{code}"}).values_list("pk", flat=True)[: MOST + 1]
    return _some({*by_tax, *by_vat})


def _supplied(said: str) -> list[Customer]:
    """A POD is said with or without its last character, which only checks the others."""
    code = re.sub(r"[\s.-]", "", said).upper()
    codes = {code, code[:14]} if code.startswith("IT") else {code}
    holders = Supply.objects.filter(point_code__in=codes).values_list("customer_id", flat=True)
    return _some(holders[: MOST + 1])


def _called(said: str) -> list[Customer]:
    digits = re.sub(r"\D", "", said)
    if len(digits) < 6 or re.search(r"[^\d\s+/().-]", said):
        return []
    matching = Customer.objects.alias(end=last_digits("phone")).filter(end=digits[-DIGITS:])
    return _some(matching.values_list("pk", flat=True)[: MOST + 1])


NUMBERS: Final[tuple[tuple[Callable[[str], list[Customer]], By], ...]] = (
    (_coded, By.CODE),
    (_billed, By.INVOICE),
    (_taxed, By.TAX),
    (_supplied, By.POINT),
    (_called, By.PHONE),
)


def _named(said: str) -> list[Customer]:
    return list(Customer.objects.named(said).order_by("last_name", "first_name", "code")[: MOST + 1])


def _living(said: str) -> list[Customer]:
    """At a street and number, or whose street begins so; with or without what sort of street it is."""
    found = _STREET_NUMBER.match(said)
    street, number = (found["street"], found["number"]) if found else (said, "")
    street = street.strip(" ,").lower()
    if len(street) < SHORTEST or street in SORTS_OF_STREET:
        return []
    starts = Q()
    for sort in ("", *SORTS_OF_STREET):
        starts |= Q(lowered__startswith=f"{sort} {street}".lstrip())
    supplies = Supply.objects.alias(lowered=Lower("street")).filter(starts)
    if number:
        supplies = supplies.filter(street_number__iexact=number.replace(" ", ""))
    return _some(set(supplies.values_list("customer_id", flat=True)[: 5 * MOST]))


@transaction.atomic
def _alike(said: str) -> list[Customer]:
    """Whose name is written almost so."""
    if len(said) < SHORTEST:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(LIKE)])
    alike = Customer.objects.alias(whole=whole_name()).filter(whole__trigram_word_similar=said.lower())
    nearest = alike.alias(near=TrigramWordSimilarity(said.lower(), whole_name())).order_by("-near", "code")
    return list(nearest[: MOST + 1])
