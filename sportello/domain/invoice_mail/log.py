"""What has become of an invoice's mails: to whom, when, and whether they have arrived, as its pages show it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sportello.domain.invoice_mail.models import Sending, WaitingInvoice
from sportello.domain.messages.models import State


class Came(StrEnum):
    """How a sending stands, the word that says most of it."""

    QUEUED = "queued"
    TRYING = "trying"  # a server could not be reached, or has asked for patience
    SENT = "sent"
    TWICE = "twice"  # sent, perhaps more than once
    DELAYED = "delayed"  # sent; a server on its way says that it is still trying
    REFUSED = "refused"
    DEAD = "dead"
    BOUNCED = "bounced"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One sending to one address. ``at`` is when it came to stand so; ``why`` are a server's words, for operators."""

    sending: Sending
    address: str
    mode: str
    came: Came
    at: datetime
    why: str
    opened_at: datetime | None
    downloaded_at: datetime | None
    by_hand: bool


def log_of(sendings: Iterable[Sending]) -> list[Entry]:
    """``sendings`` with their messages, in their order."""
    return [entry_of(each) for each in sendings]


def entry_of(sending: Sending) -> Entry:
    came, at = _came(sending)
    return Entry(
        sending=sending,
        address=sending.address,
        mode=str(sending.get_mode_display()),
        came=came,
        at=at,
        why=sending.bounce or sending.message.failure,
        opened_at=sending.opened_at,
        downloaded_at=sending.downloaded_at,
        by_hand=sending.by_hand,
    )


def _came(sending: Sending) -> tuple[Came, datetime]:
    message = sending.message
    asked = sending.asked_at
    if sending.bounced_at:
        return Came.BOUNCED, sending.bounced_at
    if message.state in (State.REFUSED, State.DEAD, State.WITHDRAWN):
        return Came(message.state), sending.failed_at or asked
    if message.state != State.SENT or message.sent_at is None:
        return (Came.TRYING if message.failure else Came.QUEUED), asked
    if sending.delayed_at:
        return Came.DELAYED, sending.delayed_at
    return (Came.TWICE if message.possible_duplicate else Came.SENT), message.sent_at


def waits_for_pdf(number: str) -> bool:
    """It would have gone out, had there been its PDF."""
    return WaitingInvoice.objects.filter(pk=number).exists()
