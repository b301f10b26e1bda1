"""Finds the request that somebody speaks of, by indexes however many there are: by its number, its customer, a name."""

from datetime import date
from typing import Final

from django.db.models import Q

from sportello.domain.activities.models import Visitor
from sportello.domain.activities.models.activity import DIGITS, ActivityQuerySet
from sportello.domain.customers.models import Customer
from sportello.domain.customers.models.names import beginning, words

MOST_WORDS: Final = 5
MOST_PEOPLE: Final = 1_000
YEARS: Final = 5  # in which a number that was said without its year may have been given


class TooMany(Exception):
    """More people are called so than anybody would look through."""


def asked_for(found: ActivityQuerySet, typed: str, *, today: date) -> ActivityQuerySet:
    """Those that all the words mean: a number, whole or its last digits, a customer's code, or how words of the customer's or
    visitor's name begin. Raises TooMany."""
    typed_words = typed.split()[:MOST_WORDS]
    codes = [word for word in typed_words if any(sign.isdigit() for sign in word)]
    for word in codes:
        found = found.filter(Q(number__in=numbers(word, today)) | Q(customer_id__in=[word, word.upper()]))
    names = " ".join(word for word in typed_words if word not in codes)
    return found.filter(_of_people(names)) if names else found


def _of_people(names: str) -> Q:
    """By their keys, read first, so that requests are looked up by an index and nothing else."""
    visitors = Visitor.objects.alias(words=words("name")).filter(words=beginning(names))
    customers = Customer.objects.named(names).values_list("pk", flat=True)[: MOST_PEOPLE + 1]
    visits = visitors.values_list("pk", flat=True)[: MOST_PEOPLE + 1]
    if max(len(customers), len(visits)) > MOST_PEOPLE:
        raise TooMany
    return Q(customer_id__in=list(customers)) | Q(pk__in=list(visits))


def numbers(word: str, today: date) -> list[str]:
    """What a request's number may be of which somebody says this much: all of it, the digits, or the last of them."""
    said = word.upper()
    if not said.isascii() or not said.isdigit() or len(said) > DIGITS + 2:
        return [said]
    years = [f"{today.year - ago:04}"[2:] for ago in range(YEARS)]
    return [f"A-{said}", *(f"A-{year}{said.zfill(DIGITS)}" for year in years)]
