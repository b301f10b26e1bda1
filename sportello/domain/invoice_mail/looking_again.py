"""Looks at invoices once more just before their mails leave: what has changed since is not sent."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper

from sportello.domain.customers.documents.keeping import Kind, issued
from sportello.domain.customers.models import Invoice, InvoiceSubscription
from sportello.domain.invoice_mail.models import Mode, Sending
from sportello.domain.messages.assembling import Attachment, assembled, in_lines
from sportello.domain.messages.bulk import Batch, has_crashed_too_often
from sportello.domain.messages.composing import needs_utf8
from sportello.domain.messages.models import Message
from sportello.domain.messages.pipeline import Parcel
from sportello.domain.messages.sending import Failure

GONE: Final = "billing has cancelled the invoice"
CHANGED: Final = "billing has changed the invoice"
NO_PDF: Final = "the invoice's PDF is not there any more"
NOT_WANTED: Final = "the customer has changed who gets the invoice, or how"

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9]+")


@dataclass(slots=True)
class Ready:
    """``parcels`` go out, ``withdrawn`` do not, with the reason; of ``failures`` no mail can be made."""

    parcels: list[Parcel] = field(default_factory=list)
    withdrawn: dict[int, str] = field(default_factory=dict)
    failures: dict[int, Failure] = field(default_factory=dict)


def look_again(batch: Batch, sendings: Mapping[int, Sending]) -> Ready:
    """``sendings`` by the number of their message."""
    found = Ready()
    numbers = {each.invoice_id for each in sendings.values()}
    says = issued(numbers)
    missing = numbers - set(says)
    gone = missing - set(Invoice.objects.filter(pk__in=missing).values_list("pk", flat=True)) if missing else missing
    wanted = {
        (each.invoice_number, each.address.lower(), each.mode.value)
        for each in InvoiceSubscription.objects.deliveries(numbers)
    }
    files = _pdfs({each.invoice_id for each in sendings.values() if each.mode == Mode.PDF} & set(says))
    for number, message in batch.messages.items():
        sending = sendings[number]
        if why := _why_not(sending, gone=gone, says=says, wanted=wanted):
            found.withdrawn[number] = why
        elif has_crashed_too_often(message):
            found.failures[number] = Failure(text="given up after several crashes")
        else:
            _add(found, message, files.get(sending.invoice_id) if sending.mode == Mode.PDF else None)
    return found


def _why_not(
    sending: Sending, *, gone: Collection[str], says: Mapping[str, str], wanted: Collection[tuple[str, str, str]]
) -> str:
    """ "" where all is as it was."""
    number = sending.invoice_id
    if number in gone:
        return GONE
    if number not in says:
        return NO_PDF
    if says[number] != sending.says:
        return CHANGED
    if not sending.by_hand and (number, sending.address.lower(), sending.mode) not in wanted:
        return NOT_WANTED
    return ""


def _add(found: Ready, message: Message, file: Attachment | None) -> None:
    try:
        head, rest = assembled(message, file)
    except Exception as error:
        # A text, a value or a page is missing: perhaps only in this process, while versions change.
        found.failures[message.pk] = Failure(text=f"could not be composed: {type(error).__name__}")
        return
    found.parcels.append(
        Parcel(key=message.pk, recipient=message.address, utf8=needs_utf8(message), head=head, rest=rest)
    )


def _pdfs(numbers: Collection[str]) -> dict[str, Attachment]:
    """The files in bytes: as text, as Django asks, each would come in twice its size and be translated."""
    if not numbers:
        return {}
    with connection.cursor() as cursor, _binary(cursor) as raw:
        raw.execute(
            "SELECT key, content FROM files_keptfile WHERE kind = %s AND key = ANY(%s)", [Kind.PDF, list(numbers)]
        )
        return {number: attachment(number, content) for number, content in raw}


def _binary(cursor: CursorWrapper) -> "psycopg.Cursor[Sequence[Any]]":
    raw: psycopg.Connection[Any] = cursor.connection
    return psycopg.Cursor(raw)


def attachment(number: str, content: bytes) -> Attachment:
    return Attachment(name=file_name(number), media_type="application/pdf", body=in_lines(content))


def file_name(number: str) -> str:
    """Fattura_2026-G-0001234.pdf: nothing in it that any system gives a meaning to."""
    return f"Fattura_{_NOT_IN_NAMES.sub('-', number).strip('-')}.pdf"


def sendings_of(messages: Iterable[int]) -> dict[int, Sending]:
    return {each.message_id: each for each in Sending.objects.filter(message__in=list(messages))}
