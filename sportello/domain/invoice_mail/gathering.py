"""Puts a night's invoices into the outbox: new ones of whoever subscribed, each to each of his addresses once.

An invoice is told of when the PDF that counts is there; one without it waits, is asked of billing once a night, and is
shown with the reason. Whatever is interrupted is done again and finds what is there already.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import F, Max

from sportello.billing.errors import NotThere
from sportello.domain.customers.documents.keeping import issued, keep_issued
from sportello.domain.customers.models import Invoice, InvoiceRecipient, InvoiceSubscription, Supply
from sportello.domain.customers.models.subscriptions import Delivery, InvoiceMode
from sportello.domain.invoice_mail import lanes, texts
from sportello.domain.invoice_mail.links import digest, link_of, new_token
from sportello.domain.invoice_mail.models import Rate, Run, Sending, WaitingInvoice, Why
from sportello.domain.invoice_mail.timing import ROME
from sportello.domain.invoice_mail.wording import values_of
from sportello.domain.messages.kinds import Kind, language_of
from sportello.domain.messages.models import Channel, Message, State, Wording
from sportello.domain.messages.sending import Clock
from sportello.domain.messages.wordings import in_force
from sportello.domain.messages.writing import draft

CUSTOMERS: Final = 200  # looked at together
FETCHED: Final = 20  # PDFs asked for together
LOOK_BACK: Final = timedelta(days=60)  # an older invoice that was never waited for is not new any more
LOST: Final = timedelta(minutes=2)  # after which a PDF that somebody asked for is asked for again
KINDS: Final[Mapping[str, Kind]] = {InvoiceMode.LINK: texts.LINK, InvoiceMode.PDF: texts.PDF}

_CUSTOMERS = """
    SELECT DISTINCT customer_id FROM customers_invoicesubscription
    WHERE ended_at IS NULL AND customer_id > %s ORDER BY customer_id LIMIT %s
"""
_INVOICES = """
    SELECT invoice.number FROM customers_invoice AS invoice JOIN (
        SELECT customer_id, min(started_at) AS began FROM customers_invoicesubscription
        WHERE ended_at IS NULL AND customer_id = ANY(%(customers)s) GROUP BY customer_id
    ) AS subscribed ON subscribed.customer_id = invoice.customer_code
    WHERE invoice.issued_on >= greatest((subscribed.began AT TIME ZONE 'Europe/Rome')::date, %(oldest)s)
"""


def gather(run: Run, *, now: datetime) -> bool:
    """Takes the next customers' invoices; says whether there are more customers to look at."""
    with connection.cursor() as cursor:
        cursor.execute(_CUSTOMERS, [run.gathered_to, CUSTOMERS])
        customers = [code for (code,) in cursor.fetchall()]
        if customers:
            oldest = (now - LOOK_BACK).astimezone(ROME).date()
            cursor.execute(_INVOICES, {"customers": customers, "oldest": oldest})
            queue([number for (number,) in cursor.fetchall()], run=run, now=now)
            run.gathered_to = customers[-1]
            run.save(update_fields=["gathered_to"])
    return len(customers) == CUSTOMERS


_TAKE_WAITING = """
    UPDATE invoice_mail_waitinginvoice SET tried_in = %(run)s, tried_at = %(now)s, why = ''
    WHERE invoice_number = ANY (ARRAY(
        SELECT invoice_number FROM invoice_mail_waitinginvoice
        WHERE tried_in IS DISTINCT FROM %(run)s OR (why = '' AND tried_at < %(lost)s)
        ORDER BY invoice_number LIMIT %(most)s FOR UPDATE SKIP LOCKED
    ))
    RETURNING invoice_number
"""


def fetch(run: Run, *, clock: Clock) -> bool:
    """Asks for the PDF of some invoices that wait, and takes those that have it; says whether there were any to ask for.

    Talks to billing: never inside a transaction. Each invoice is asked for once a run.
    """
    now = clock()
    values: dict[str, Any] = {"now": now, "run": run.pk, "lost": now - LOST, "most": FETCHED}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_WAITING, values)
        numbers = [number for (number,) in cursor.fetchall()]
    for number in numbers:
        if why := _fetch(number, now=clock()):
            WaitingInvoice.objects.filter(pk=number).update(why=why)
    queue(numbers, run=run, now=clock())
    return bool(numbers)


def _fetch(number: str, *, now: datetime) -> str:
    """Why its PDF is not there; "" where it is."""
    try:
        failure = keep_issued(number=number, now=now)
    except NotThere:
        return Why.NOT_THERE
    return Why(failure.value) if failure else ""


@transaction.atomic
def queue(numbers: Collection[str], *, run: Run, now: datetime) -> int:
    """Writes the mails of these invoices that are still to be written; has those wait that have no PDF. Says how many mails.

    One at a time, and each invoice to each address once, unless its mail was withdrawn.
    """
    if not numbers:
        return 0
    one_at_a_time()
    wanted = _wanted(numbers)
    ready = issued({each.invoice_number for each in wanted})
    waiting = {each.invoice_number for each in wanted} - set(ready)
    WaitingInvoice.objects.filter(pk__in=set(numbers) - waiting).delete()
    owners = dict(Invoice.objects.filter(pk__in=waiting).values_list("number", "customer_id"))
    WaitingInvoice.objects.bulk_create(
        [WaitingInvoice(invoice_id=number, customer_code=owner, since=now) for number, owner in owners.items()],
        ignore_conflicts=True,
    )
    sendings = _written([each for each in wanted if each.invoice_number in ready], ready, run=run, now=now)
    Run.objects.filter(pk=run.pk).update(queued=F("queued") + len(sendings))
    return len(sendings)


def _wanted(numbers: Collection[str]) -> list[Delivery]:
    """To which addresses these invoices are still to go: no older ones than the subscription, and the address's proof."""
    found = InvoiceSubscription.objects.deliveries(numbers)
    issued_on = dict(Invoice.objects.filter(pk__in=numbers).values_list("number", "issued_on"))
    proven = dict(
        InvoiceRecipient.objects.filter(pk__in={each.recipient_id for each in found}).values_list("pk", "verified_at")
    )
    written = Sending.objects.filter(invoice__in=numbers).exclude(message__state=State.WITHDRAWN)
    done = {(number, address.lower()) for number, address in written.values_list("invoice_id", "address")}

    def is_new(each: Delivery) -> bool:
        verified = proven.get(each.recipient_id)
        since = max(each.since, verified) if verified else each.since
        return issued_on[each.invoice_number] >= since.astimezone(ROME).date()

    return [each for each in found if (each.invoice_number, each.address.lower()) not in done and is_new(each)]


def written_by_hand(wanted: Sequence[Delivery], says: Mapping[str, str], *, now: datetime) -> list[Sending]:
    """Writes once more to these addresses, to go out at once. The caller has checked what may go, under ``one_at_a_time``."""
    return _written(wanted, says, run=None, now=now, by_hand=True)


def _written(
    wanted: Sequence[Delivery], says: Mapping[str, str], *, run: Run | None, now: datetime, by_hand: bool = False
) -> list[Sending]:
    if not wanted:
        return []
    numbers = {each.invoice_number for each in wanted}
    invoices = Invoice.objects.select_related("customer", "billing_account").in_bulk(numbers)
    supplies = supplies_of(list(invoices.values()))
    repeats = _repeats(numbers)
    rates = Rate.objects.in_force(now)
    wordings: dict[tuple[str, str], Wording | None] = {}
    messages, tokens = [], [new_token() if KINDS[each.mode].has_link else "" for each in wanted]
    for each, token in zip(wanted, tokens, strict=True):
        invoice = invoices[each.invoice_number]
        message = _draft(invoice, each.mode, supplies[invoice.number], wordings, token=token, now=now)
        message.address = each.address
        message.lane = lanes.AT_ONCE if by_hand else lanes.lane_of(each.address, rates)
        messages.append(message)
    Message.objects.bulk_create(messages)
    return Sending.objects.bulk_create(
        Sending(
            run=run,
            invoice_id=each.invoice_number,
            customer_code=message.customer_code,
            address=each.address,
            repeat=repeats.get((each.invoice_number, each.address), -1) + 1,
            mode=each.mode,
            says=says[each.invoice_number],
            message=message,
            asked_at=now,
            by_hand=by_hand,
            digest=digest(token) if token else None,
        )
        for each, message, token in zip(wanted, messages, tokens, strict=True)
    )


def _draft(
    invoice: Invoice,
    mode: InvoiceMode,
    supplies: Sequence[Supply],
    wordings: dict[tuple[str, str], Wording | None],
    *,
    token: str,
    now: datetime,
) -> Message:
    kind, language = KINDS[mode], language_of(invoice.customer.language)
    if (kind.name, language) not in wordings:
        wordings[kind.name, language] = in_force(kind, language, now=now)
    message = draft(
        kind,
        name=invoice.customer.name,
        language=language,
        values=values_of(invoice, supplies, language=language),
        now=now,
        link=link_of(token) if kind.has_link else None,
        wording=wordings[kind.name, language],
    )
    message.channel, message.customer_code = Channel.MAIL, invoice.customer_id
    message.about_kind, message.about_key = "invoice", invoice.number
    return message


def supplies_of(invoices: Sequence[Invoice]) -> defaultdict[str, list[Supply]]:
    """By invoice, those that it names."""
    codes = {code for invoice in invoices for code in invoice.supply_codes or ()}
    known = {(one.customer_id, one.code): one for one in Supply.objects.filter(code__in=codes)}
    found: defaultdict[str, list[Supply]] = defaultdict(list)
    for invoice in invoices:
        for code in sorted(invoice.supply_codes or ()):
            if supply := known.get((invoice.customer_id, code)):
                found[invoice.number].append(supply)
    return found


def _repeats(numbers: Collection[str]) -> dict[tuple[str, str], int]:
    rows = Sending.objects.filter(invoice__in=numbers).values_list("invoice_id", "address")
    return {(number, address): last for number, address, last in rows.annotate(last=Max("repeat")).order_by()}


def one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('invoice_mail:queue', 0))")
