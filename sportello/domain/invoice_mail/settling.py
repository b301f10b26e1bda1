"""Follows each of the mails that were refused or given up."""

from collections.abc import Sequence
from datetime import datetime

from sportello.domain.invoice_mail import undelivered


def settle(messages: Sequence[int], *, now: datetime) -> int:
    """Once for each, in a transaction of its own; says for how many."""
    return sum(undelivered.settle(message, now=now) for message in sorted(messages))
