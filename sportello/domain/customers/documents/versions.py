"""Whether a kept copy still holds: a hash of what the invoice says, computed by the database for one or a thousand.

What was paid meanwhile is no part of it, nor where the customer lives today: neither changes a document once issued.
"""

from collections.abc import Sequence
from typing import Protocol, cast

from django.db.models import CharField, F, Func, OuterRef, Q, Value
from django.db.models.functions import Concat, Left, Substr

from sportello.domain.customers.models.invoices import Invoice, InvoiceQuerySet
from sportello.domain.files.models import KeptFile, KeptFileQuerySet

LAYOUT = 1  # of our own copies; a new number makes them anew
SAYS = (
    "number", "customer_id", "billing_account_id", "supply_codes", "kind", "issued_on", "due_on", "period_from",
    "period_to", "amount", "consumption", "consumption_unit", "slip_code", "lines", "vat", "has_xml",
)  # fmt: skip
DIGITS = 48  # hexadecimal ones, 192 bits


class Versioned(Protocol):
    """What ``versioned`` adds to an invoice."""

    says: str
    ours: str


class Hash(Func):
    """64 hexadecimal digits of any values; as JSON, so that a date or a number is always written the same way."""

    template = "encode(sha256(convert_to(jsonb_build_array(%(expressions)s)::text, 'UTF8')), 'hex')"
    output_field = CharField()


def versioned(invoices: InvoiceQuerySet) -> InvoiceQuerySet:
    """Each with ``says``, the version of a copy fetched from billing; with ``ours`` after it, of one typeset here."""
    ours = Concat(Value(f"-{LAYOUT}-"), F("customer__language"), output_field=CharField())
    return invoices.annotate(says=Left(Hash(*(F(name) for name in SAYS)), DIGITS), ours=ours)


def billings_version(invoice: Invoice) -> str:
    """Of an invoice that ``versioned`` has given."""
    return cast(Versioned, invoice).says


def our_version(invoice: Invoice) -> str:
    return cast(Versioned, invoice).says + cast(Versioned, invoice).ours


def versions_of(invoice: Invoice) -> Sequence[str]:
    """Those of the files that say what this invoice says."""
    return [billings_version(invoice), our_version(invoice)]


def files_of(kind: str) -> KeptFileQuerySet:
    """For versioned invoices: the file of this kind that says what the invoice says today."""
    files = KeptFile.objects.filter(kind=kind, key=OuterRef("number"))
    parts = files.annotate(said=Left("version", DIGITS), by=Substr("version", DIGITS + 1))
    return parts.filter(Q(by="") | Q(by=OuterRef("ours")), said=OuterRef("says"))
