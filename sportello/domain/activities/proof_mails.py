"""Asks whoever reads an address whether invoices may be sent there; until he says so nothing else goes to it.

The mail names no customer: whoever mistypes an address tells a stranger nothing.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from django.utils import timezone

from sportello.domain.accounts.models import throttle
from sportello.domain.activities.proof_texts import PROVE_INVOICE_ADDRESS
from sportello.domain.customers.models import Customer, InvoiceRecipient
from sportello.domain.messages.links import Link
from sportello.domain.messages.writing import write

LIFE: Final = timedelta(days=7)  # of a link
A_DAY: Final = timedelta(days=1)
MOST_OF_CUSTOMER: Final = 20  # such mails a day
MOST_TO_ADDRESS: Final = 5


def ask(recipient: InvoiceRecipient, customer: Customer, *, now: datetime) -> None:
    """Writes the mail, in the caller's transaction; an earlier link stops working. Raises TooManyTries."""
    throttle.count("invoice_proof", customer.code, limit=MOST_OF_CUSTOMER, window=A_DAY, now=now)
    throttle.count("invoice_proof_to", recipient.address.casefold(), limit=MOST_TO_ADDRESS, window=A_DAY, now=now)
    token = secrets.token_urlsafe(32)
    recipient.digest, recipient.asked_at, recipient.expires_at = digest(token), now, now + LIFE
    recipient.save(update_fields=["digest", "asked_at", "expires_at"])
    write(
        PROVE_INVOICE_ADDRESS,
        to=recipient.address,
        name=recipient.address,
        language=customer.language,
        values={"until": f"{timezone.localdate(now + LIFE):%d/%m/%Y}"},
        now=now,
        link=Link("prove_invoice_address", {"token": token}),
        customer_code=customer.code,
        about=("invoice_recipient", str(recipient.pk)),
    )


def digest(token: str) -> str:
    """Of a token of 256 random bits, so that no key is needed."""
    return sha256(token.encode()).hexdigest()
