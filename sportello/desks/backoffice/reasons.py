"""Why a record was kept aside, in the reader's language; the alignment writes its reasons for logs, in English."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

KINDS = {
    "customer": gettext_noop("customer"),
    "billing_account": gettext_noop("billing account"),
    "mandate": gettext_noop("mandate"),
    "supply": gettext_noop("supply"),
    "invoice": gettext_noop("invoice"),
    "payment": gettext_noop("payment"),
    "meter": gettext_noop("meter"),
    "meter_reading": gettext_noop("reading"),
    "usage": gettext_noop("usage"),
    "removed": gettext_noop("removal"),
}
WHOLE = {
    gettext_noop("a text or a number cannot be stored"),
    gettext_noop("a text holds control characters"),
    gettext_noop("refers to a customer that is not here"),
    gettext_noop("refers to a billing account that is not here"),
    gettext_noop("refers to a supply that is not here"),
    gettext_noop("is allocated to an invoice that is not here"),
    gettext_noop("refers to a billing account of another customer"),
    gettext_noop("refers to a supply of another customer"),
    gettext_noop("is allocated to an invoice of another customer"),
    gettext_noop("belongs to another customer here"),
    gettext_noop("was removed, but records that belong to it are still here"),
    gettext_noop("was removed, but Sportello still uses it"),
    gettext_noop("the amount of an allocation is not positive, or finer than a cent"),
    gettext_noop("the allocations are more than the payment"),
    gettext_noop("an amount in lines or VAT is out of range"),
    gettext_noop("lines hold control characters"),
    gettext_noop("billing sent something that is no record"),
    gettext_noop("billing removed something that is no record"),
}
ABOUT_A_FIELD = (
    (r"(?P<field>.+) is missing", gettext_noop("the field “%(field)s” is missing")),
    (r"(?P<field>.+) (?:is|are) not of the right type", gettext_noop("the field “%(field)s” is not of the right type")),
    (r"(?P<field>.+) is out of range", gettext_noop("the field “%(field)s” is out of range")),
    (r"(?P<field>.+) are too many", gettext_noop("the field “%(field)s” holds too many values")),
    (
        r"(?P<field>.+) is longer than (?P<most>\d+) characters",
        gettext_noop("the field “%(field)s” is longer than %(most)s characters"),
    ),
    (
        r"(?P<field>.+) is not a value that Sportello knows",
        gettext_noop("the field “%(field)s” has a value that Sportello does not know"),
    ),
    (
        r"(?P<field>.+) has more than (?P<most>\d+) decimal places",
        gettext_noop("the field “%(field)s” has more than %(most)s decimal places"),
    ),
    (
        r"(?P<field>.+) is not between (?P<first>\d+) and (?P<last>\d+)",
        gettext_noop("the field “%(field)s” is not between %(first)s and %(last)s"),
    ),
    (r"(?P<field>.+) is not two small letters", gettext_noop("the field “%(field)s” is not two small letters")),
)


def in_words(reason: str) -> str:
    """The reason in the present language; as it is where it is none that we know."""
    if reason in WHOLE:
        return _(reason)
    for pattern, text in ABOUT_A_FIELD:
        if found := re.fullmatch(pattern, reason):
            return _(text) % found.groupdict()
    return reason


def kind_in_words(kind: str) -> str:
    return _(KINDS[kind]) if kind in KINDS else kind
