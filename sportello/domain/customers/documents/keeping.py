"""Keeps a copy of an invoice the first time it is wanted: billing's own where it has one, else one of ours.

A page asks, and looks again; what takes time or talks to billing happens in a worker. Where that fails, a note is kept
beside the place of the file, so that the page can say why.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError

from sportello.billing.errors import BillingError, NotThere, Unavailable
from sportello.billing.loading import connector
from sportello.domain.customers.documents.checks import Unusable, check_pdf, check_xml
from sportello.domain.customers.documents.versions import billings_version, our_version, versioned, versions_of
from sportello.domain.customers.models import Invoice, Supply
from sportello.domain.files.models import KeptFile

log = structlog.get_logger("sportello.documents")


class Kind(StrEnum):
    """What is kept of an invoice."""

    PDF = "invoice_pdf"
    XML = "invoice_xml"

    @property
    def note(self) -> str:
        """Under which kind the reason is kept why there is no copy."""
        return f"{self}_failure"


MEDIA_TYPES = {Kind.PDF: "application/pdf", Kind.XML: "application/xml"}


class Failure(StrEnum):
    """Why there is no copy: billing does not answer, billing has said no, or what came is no such document."""

    AWAY = "away"
    REFUSED = "refused"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """``file`` where one is kept that holds; else why the last attempt failed, and when, if one did."""

    file: KeptFile | None = None
    failure: Failure | None = None
    failed_at: datetime | None = None


def copy_of(invoice: Invoice, kind: Kind) -> Copy:
    """What is kept of this invoice, which ``versioned`` has given; may be asked again and again."""
    rows = KeptFile.objects.filter(kind__in=[kind, kind.note], key=invoice.number, version__in=versions_of(invoice))
    files = {file.kind: file for file in rows}
    if kind in files:
        return Copy(file=files[kind])
    if note := files.get(kind.note):
        return Copy(failure=Failure(bytes(note.content).decode()), failed_at=note.kept_at)
    return Copy()


def current(number: str) -> Invoice | None:
    """The invoice as the mirror has it now, with its versions, customer and billing account."""
    invoices = Invoice.objects.select_related("customer", "billing_account")
    return versioned(invoices).filter(number=number).first()


def kept_pdf(invoice: Invoice) -> KeptFile | None:
    """The PDF kept of this invoice, None where none is or where the invoice has changed since."""
    present = current(invoice.number)
    return copy_of(present, Kind.PDF).file if present else None


def kept_xml(invoice: Invoice) -> KeptFile | None:
    present = current(invoice.number)
    return copy_of(present, Kind.XML).file if present else None


def keep(*, number: str, kind: Kind, now: datetime) -> Failure | None:
    """Fetches or makes the copy and keeps it, unless one that holds is there; says what went wrong.

    Talks to billing: for workers, and never inside a transaction. An error of our own is noted and raised.
    """
    invoice = current(number)
    if invoice is None or copy_of(invoice, kind).file:
        return None
    try:
        content, version = fetched(invoice) if kind == Kind.XML else fetched_or_typeset(invoice)
    except Unavailable as error:
        return noted(invoice, kind, Failure.AWAY, error, now=now)
    except BillingError as error:
        return noted(invoice, kind, Failure.REFUSED, error, now=now)
    except Unusable as error:
        return noted(invoice, kind, Failure.UNUSABLE, error, now=now)
    except (OperationalError, InterfaceError):
        raise  # our own database, which may be back the next moment; it says nothing of the document
    except Exception as error:
        noted(invoice, kind, Failure.UNUSABLE, error, now=now)
        raise
    _put(kind, number, version, content, now=now)
    return None


def _put(kind: Kind, number: str, version: str, content: bytes, *, now: datetime) -> None:
    media_type = MEDIA_TYPES[kind]
    KeptFile.objects.keep(kind=kind, key=number, version=version, media_type=media_type, content=content, now=now)
    KeptFile.objects.filter(kind=kind.note, key=number).delete()


def keep_issued(*, number: str, now: datetime) -> Failure | None:
    """Keeps the PDF that counts as the invoice: billing's own; ours only where billing makes none of any.

    As ``keep``; and raises ``NotThere`` where billing has not made this one yet.
    """
    if not connector(settings.BILLING_CONNECTOR).capabilities.invoice_pdf:
        return keep(number=number, kind=Kind.PDF, now=now)
    invoice = current(number)
    if invoice is None or number in issued([number]):
        return None
    try:
        content = check_pdf(connector(settings.BILLING_CONNECTOR).invoice_pdf(number))
    except NotThere:
        raise
    except Unavailable as error:
        return noted(invoice, Kind.PDF, Failure.AWAY, error, now=now)
    except BillingError as error:
        return noted(invoice, Kind.PDF, Failure.REFUSED, error, now=now)
    except Unusable as error:
        return noted(invoice, Kind.PDF, Failure.UNUSABLE, error, now=now)
    _put(Kind.PDF, number, billings_version(invoice), content, now=now)
    return None


def issued(numbers: Collection[str]) -> dict[str, str]:
    """Of these invoices, those of which the PDF that ``keep_issued`` keeps is there, each with what it says today."""
    typesets = not connector(settings.BILLING_CONNECTOR).capabilities.invoice_pdf
    versions: Any = versioned(Invoice.objects.filter(number__in=numbers))  # its columns have names that no type knows
    files = dict(KeptFile.objects.filter(kind=Kind.PDF, key__in=numbers).values_list("key", "version"))
    return {
        number: says
        for number, says, ours in versions.values_list("number", "says", "ours")
        if files.get(number) == says or (typesets and files.get(number) == says + ours)
    }


def fetched(invoice: Invoice) -> tuple[bytes, str]:
    """Billing's XML, and the version to keep it under. Raises what the port raises, and ``Unusable``."""
    billing = connector(settings.BILLING_CONNECTOR)
    if not (invoice.has_xml and billing.capabilities.invoice_xml):
        raise NotThere("invoice", invoice.number)
    return check_xml(billing.invoice_xml(invoice.number)), billings_version(invoice)


def fetched_or_typeset(invoice: Invoice) -> tuple[bytes, str]:
    """Billing's PDF; only where billing has none, ours. With the version to keep it under."""
    billing = connector(settings.BILLING_CONNECTOR)
    if billing.capabilities.invoice_pdf:
        try:
            return check_pdf(billing.invoice_pdf(invoice.number)), billings_version(invoice)
        except NotThere:
            pass
    return typeset_invoice(invoice), our_version(invoice)


def typeset_invoice(invoice: Invoice) -> bytes:
    from sportello.domain.customers.documents.typesetting import typeset
    from sportello.domain.customers.documents.wording import invoice_copy

    supplies = Supply.objects.filter(customer_id=invoice.customer_id, code__in=invoice.supply_codes or [])
    return check_pdf(typeset("invoice", invoice_copy(invoice, supplies=list(supplies.order_by("code")))))


def noted(invoice: Invoice, kind: Kind, failure: Failure, error: Exception, *, now: datetime) -> Failure:
    log.warning("no copy", kind=str(kind), failure=str(failure), error=type(error).__name__)
    KeptFile.objects.keep(
        kind=kind.note,
        key=invoice.number,
        version=billings_version(invoice),
        media_type="text/plain",
        content=failure.encode(),
        now=now,
    )
    return failure
