"""Reminds those who want it of an invoice that will be due, and tells them of a direct debit that has come back.

Each reminder is written once to each address, whatever the clock does, and none for what is paid, contested or debited by
itself: that is looked at in the moment in which it is written.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone, translation

from sportello.domain.activities.models import Bound, Bounding
from sportello.domain.customers.documents.wording import NOTHING, day, money
from sportello.domain.customers.models import Allocation, Invoice, InvoiceSubscription
from sportello.domain.customers.models.invoices import Collection, PaymentChannel
from sportello.domain.invoice_mail import reminder_texts
from sportello.domain.invoice_mail.gathering import supplies_of
from sportello.domain.invoice_mail.models import Remind, Reminder
from sportello.domain.invoice_mail.timing import ROME
from sportello.domain.invoice_mail.wording import values_of
from sportello.domain.journal.models import record
from sportello.domain.messages.jobs import defer_sending
from sportello.domain.messages.kinds import language_of
from sportello.domain.messages.links import Link
from sportello.domain.messages.models import Channel
from sportello.domain.messages.wordings import in_force
from sportello.domain.messages.writing import draft

FROM, UNTIL = time(9), time(20)  # Italy's: nobody is woken by a reminder
TOGETHER: Final = 200  # invoices
LOOK_BACK: Final = timedelta(days=14)  # for which a returned debit is news
KINDS: Final = {Remind.DUE: reminder_texts.DUE, Remind.RETURNED: reminder_texts.RETURNED}
FLAGS: Final = {Remind.DUE: "reminds_of_due_date", Remind.RETURNED: "reminds_of_returned_debit"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why an invoice is written about. ``cause`` tells it from others of the same sort; ``on`` is when a debit came back."""

    sort: Remind
    invoice: Invoice
    due_on: date | None
    cause: str = ""
    on: date | None = None


def remind(*, now: datetime) -> int:
    """Writes what is to be written today; says how many mails. May come at any time and often."""
    local = now.astimezone(ROME)
    if not FROM <= local.time() < UNTIL:
        return 0
    today = local.date()
    reasons = [*_due(today), *_returned(today)]
    parts = [reasons[start : start + TOGETHER] for start in range(0, len(reasons), TOGETHER)]
    return sum(_write([each.invoice.number for each in part], today, now=now) for part in parts)


def _subscribers(sort: Remind) -> Q:
    wanted = InvoiceSubscription.objects.on().filter(**{FLAGS[sort]: True})
    return Q(customer__in=wanted.values("customer"))


def _due(today: date, numbers: Sequence[str] | None = None) -> Iterator[Reason]:
    last = today + timedelta(days=Bound.objects.in_force(Bounding.REMINDER_DAYS, today))
    soon = Q(due_on__gt=today, due_on__lte=last) | Q(collection=Collection.INSTALMENTS)
    found = Invoice.objects.open().filter(soon, _subscribers(Remind.DUE)).exclude(collection=Collection.SUSPENDED)
    if numbers is not None:
        found = found.filter(pk__in=numbers)
    for invoice in found.select_related("customer", "billing_account").order_by("number"):
        owed = invoice.owed
        due_on = owed.next_due_on
        if due_on is None or not today < due_on <= last or _debited_by_itself(invoice):
            continue
        cause = due_on.isoformat() if owed.is_planned else ""
        yield Reason(sort=Remind.DUE, invoice=invoice, due_on=due_on, cause=cause)


def _debited_by_itself(invoice: Invoice) -> bool:
    if invoice.collection == Collection.RETURNED or invoice.owed.is_planned:
        return False
    return invoice.owed.is_debited or invoice.billing_account.payment_method == "direct_debit"


def _returned(today: date, numbers: Sequence[str] | None = None) -> Iterator[Reason]:
    wanted = InvoiceSubscription.objects.on().filter(reminds_of_returned_debit=True)
    found = Allocation.objects.filter(
        payment__status="returned",
        payment__channel=PaymentChannel.DIRECT_DEBIT,
        payment__returned_on__gt=today - LOOK_BACK,
        payment__returned_on__lte=today,
        payment__customer__in=wanted.values("customer"),
    )
    if numbers is not None:
        found = found.filter(invoice__in=numbers)
    related = ("payment", "invoice__customer", "invoice__billing_account")
    for each in found.select_related(*related).order_by("invoice_id", "payment_id"):
        invoice, owed = each.invoice, each.invoice.owed
        if owed.asked <= 0 or invoice.collection in (Collection.SUSPENDED, Collection.DIRECT_DEBIT):
            continue
        on, due_on = each.payment.returned_on, owed.next_due_on
        yield Reason(sort=Remind.RETURNED, invoice=invoice, due_on=due_on, cause=each.payment_id, on=on)


@transaction.atomic
def _write(numbers: Sequence[str], today: date, *, now: datetime) -> int:
    """Looks at these invoices once more, with everybody else who reminds waiting."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('invoice_mail:remind', 0))")
    reasons = [*_due(today, numbers), *_returned(today, numbers)]
    done = set(
        Reminder.objects.filter(invoice_number__in=numbers).values_list("invoice_number", "sort", "cause", "address")
    )
    made = []
    for reason in reasons:
        for address in _addresses(reason):
            if (reason.invoice.number, reason.sort, reason.cause, address) not in done:
                done.add((reason.invoice.number, reason.sort, reason.cause, address))
                made.append(_written(reason, address, today, now=now))
    defer_sending([each.message_id for each in made])
    return len(made)


def _addresses(reason: Reason) -> list[str]:
    """Where this invoice goes today, of choices that want to be reminded, and held when there was something to be told."""
    found = InvoiceSubscription.objects.deliveries([reason.invoice.number])
    of = {each.subscription_id for each in found}
    wanted = set(
        InvoiceSubscription.objects.filter(pk__in=of, **{FLAGS[reason.sort]: True}).values_list("pk", flat=True)
    )
    return [
        each.address
        for each in found
        if each.subscription_id in wanted and (reason.on is None or timezone.localdate(each.since) <= reason.on)
    ]


def _written(reason: Reason, address: str, today: date, *, now: datetime) -> Reminder:
    invoice, kind = reason.invoice, KINDS[reason.sort]
    language = language_of(invoice.customer.language)
    known = values_of(invoice, supplies_of([invoice])[invoice.number], language=language)
    values = {**known, **_values(reason, today, language)}
    message = draft(
        kind,
        name=invoice.customer.name,
        language=language,
        values={name: value for name, value in values.items() if name in kind.placeholders},
        now=now,
        link=Link("invoice", {"number": invoice.number}),
        wording=in_force(kind, language, now=now),
    )
    message.channel, message.address, message.customer_code = Channel.MAIL, address, invoice.customer_id
    message.about_kind, message.about_key = "invoice", invoice.number
    message.save(force_insert=True)
    record(
        f"invoice_mail.reminded_{reason.sort}",
        now=now,
        about=("invoice", invoice.number),
        customer_code=invoice.customer_id,
        message=message.pk,
    )
    return Reminder.objects.create(
        sort=reason.sort,
        invoice_number=invoice.number,
        cause=reason.cause,
        customer_code=invoice.customer_id,
        address=address,
        message=message,
        asked_at=now,
    )


def _values(reason: Reason, today: date, language: str) -> dict[str, str]:
    owed = reason.invoice.owed
    with translation.override(language):
        return {
            "open": money(owed.next_amount(today)),
            "due_on": day(reason.due_on) if reason.due_on else NOTHING,
            "returned_on": day(reason.on) if reason.on else NOTHING,
        }
