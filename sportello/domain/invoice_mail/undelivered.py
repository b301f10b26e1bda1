"""What follows where an invoice will not arrive at an address: written down, left out next time, on paper, to an operator.

An address from which mails come back again and again gets nothing until somebody confirms it anew, but never the last one of
a choice: then invoices would come nowhere, and nobody would notice.
"""

from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from sportello.domain.accounts.notices import lines_of
from sportello.domain.activities import subscribing, undelivered
from sportello.domain.activities.models import Bound, Bounding
from sportello.domain.customers.models import Invoice, InvoiceRecipient, Supply
from sportello.domain.invoice_mail import paper_text
from sportello.domain.invoice_mail.models import Sending
from sportello.domain.invoice_mail.wording import values_of
from sportello.domain.journal.models import record
from sportello.domain.messages.addresses import WrongAddress
from sportello.domain.messages.models import FAILED, Channel, Message, State
from sportello.domain.messages.writing import write_letter

EVENT = "invoice_mail.not_delivered"


@transaction.atomic
def bounced(message: int, *, failed: bool, why: str, now: datetime) -> bool:
    """A mail has come back, or is late; says whether it was an invoice's, and this is new. In any order, and often."""
    sending = _locked(message)
    if sending is None or sending.bounced_at is not None:
        return False
    if not failed:
        sending.delayed_at, sending.bounce = now, why[:200]
        sending.save(update_fields=["delayed_at", "bounce"])
        return True
    sending.bounced_at, sending.bounce = now, why[:200]
    sending.save(update_fields=["bounced_at", "bounce"])
    follow(sending, now=now)
    return True


@transaction.atomic
def settle(message: int, *, now: datetime) -> bool:
    """Follows a mail that was refused or given up; says whether nobody had yet."""
    sending = _locked(message)
    return sending is not None and sending.message.state in FAILED and follow(sending, now=now)


def _locked(message: int) -> Sending | None:
    mine = Sending.objects.select_related("message").filter(message=message)
    return mine.select_for_update(of=("self",)).first()


def follow(sending: Sending, *, now: datetime) -> bool:
    """Once for each sending, in the caller's transaction, which has it locked."""
    if sending.failed_at is not None:
        return False
    sending.failed_at = now
    sending.save(update_fields=["failed_at"])
    _one_at_a_time(sending.invoice_id)
    record(
        EVENT,
        now=now,
        about=("invoice", sending.invoice_id),
        customer_code=sending.customer_code,
        message=sending.message_id,
        how=how(sending),
        code=sending.message.failure_code,
    )
    undelivered.report(
        customer_code=sending.customer_code,
        invoice_number=sending.invoice_id,
        failed={"address": sending.address, "how": how(sending), "why": sending.bounce or sending.message.failure},
        left_out=_left_out(sending, now=now),
        paper=_on_paper(sending, now=now),
        now=now,
    )
    return True


def how(sending: Sending) -> str:
    return "bounced" if sending.bounced_at else str(sending.message.state)


# --- the address -----------------------------------------------------------------------------------------------------


def _left_out(sending: Sending, *, now: datetime) -> list[str]:
    """The address, where so much has come back from it since it was confirmed that it must be confirmed again."""
    if sending.message.state == State.DEAD and not sending.bounced_at:
        return []  # a server that does not answer says nothing of the address
    subscribing.lock(sending.customer_code)
    address = sending.address.lower()
    mine = InvoiceRecipient.objects.proven().filter(subscription__customer=sending.customer_code)
    most = Bound.objects.in_force(Bounding.MAIL_BOUNCES, timezone.localdate(now))
    left_out = False
    for recipient in mine.filter(address__iexact=address).order_by("pk"):
        since = Sending.objects.filter(
            customer_code=sending.customer_code, address__iexact=address, asked_at__gte=recipient.verified_at
        )
        came_back = since.filter(failed_at__isnull=False).exclude(message__state=State.DEAD, bounced_at=None).count()
        others = mine.filter(subscription=recipient.subscription_id).exclude(pk=recipient.pk)
        if came_back < most or not others.exists():
            continue
        recipient.verified_at, recipient.left_out_at = None, now
        recipient.digest = recipient.expires_at = None
        recipient.save(update_fields=["verified_at", "left_out_at", "digest", "expires_at"])
        left_out = True
        record(
            "customers.invoice_address_left_out",
            now=now,
            about=("customer", sending.customer_code),
            customer_code=sending.customer_code,
            position=recipient.position,
        )
    return [sending.address] if left_out else []


# --- on paper --------------------------------------------------------------------------------------------------------


def _on_paper(sending: Sending, *, now: datetime) -> str:
    """ "letter" where the invoice goes by post, "no_address" where it cannot, else ""."""
    if not Bound.objects.in_force(Bounding.PAPER, timezone.localdate(now)) or not _has_reached_nobody(
        sending.invoice_id
    ):
        return ""
    about = ("invoice", sending.invoice_id)
    if Message.objects.about(*about).filter(channel=Channel.LETTER, kind=paper_text.PAPER.name).exists():
        return "letter"
    invoice = Invoice.objects.select_related("customer", "billing_account").filter(pk=sending.invoice_id).first()
    if invoice is None:
        return ""
    account, customer = invoice.billing_account, invoice.customer
    supplies = Supply.objects.filter(customer=customer, code__in=invoice.supply_codes or []).order_by("code")
    try:
        write_letter(
            paper_text.PAPER,
            lines=lines_of(account if account.street else customer),
            name=account.addressee or customer.name,
            language=customer.language,
            values=values_of(invoice, list(supplies), language=customer.language),
            now=now,
            customer_code=customer.code,
            about=about,
        )
    except WrongAddress:
        return "no_address"
    return "letter"


def _has_reached_nobody(number: str) -> bool:
    """The last sending to each of its addresses has failed; nothing is on its way."""
    last = Sending.objects.filter(invoice=number).exclude(message__state=State.WITHDRAWN)
    last = last.order_by("address", "-repeat").distinct("address")
    return all(each.failed_at is not None for each in last)


def _one_at_a_time(number: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"invoice_mail:undelivered:{number}"])
