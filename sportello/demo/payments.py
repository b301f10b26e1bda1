"""Pays the demo company's invoices, as its customers would: in time, late, in two parts, not yet, or not at all."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Literal

from sportello.billing.codes import Collection, PaymentChannel, PaymentMethod
from sportello.billing.records import Allocation, Instalment, InvoiceRecord, PaymentRecord
from sportello.connectors.embedded.pricing import shares
from sportello.demo.drafts import Draft, Fate

Manners = Literal["prompt", "late", "in_arrears"]

HABITS: tuple[tuple[PaymentChannel, int], ...] = (
    ("direct_debit", 45),
    ("post", 20),
    ("shop", 15),
    ("transfer", 8),
    ("card", 7),
    ("counter", 5),
)
METHODS: dict[PaymentChannel, PaymentMethod] = {"direct_debit": "direct_debit", "transfer": "transfer"}
TEXTS: dict[PaymentChannel, tuple[str, ...]] = {
    "post": ("Poste Italiane, bollettino 896",),
    "direct_debit": ("Addebito diretto SEPA",),
    "transfer": ("Bonifico bancario",),
    "mav": ("MAV bancario",),
    "shop": ("Ricevitoria Sisal, Mirandola", "Tabaccheria Mooney, Concordia", "Ricevitoria Lottomatica, Modena"),
    "counter": ("Sportello di Concordia sulla Secchia", "Sportello di Mirandola"),
    "card": ("Carta di credito, pagina di pagamento",),
    "pagopa": ("pagoPA",),
    "offset": ("Compensazione",),
    "other": ("",),
}
ONE_OFF: tuple[PaymentChannel, ...] = ("post", "shop", "transfer", "counter", "card", "pagopa", "mav")
PRESENTED_BEFORE, DAYS_UNTIL_RETURNED = timedelta(days=5), timedelta(days=4)
RETURN_RATE, TWO_PARTS_RATE, WITH_NEXT_RATE, OTHER_CHANNEL_RATE = 0.02, 0.02, 0.03, 0.12
OVERDUE_FROM = timedelta(days=240)
INSTALMENTS, A_MONTH = 4, timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """How the holder of an account pays."""

    channel: PaymentChannel
    manners: Manners = "prompt"


@dataclass(slots=True, kw_only=True)
class Settled:
    """The invoices of an account as they stand today, and the payments, which have no code yet."""

    invoices: list[InvoiceRecord]
    payments: list[PaymentRecord]


@dataclass(slots=True, kw_only=True)
class Till:
    """Where the payments of one account come in; ``waiting`` is an invoice that the next payment pays as well."""

    rng: Random
    payer: Payer
    today: date
    payments: list[PaymentRecord] = field(default_factory=list)
    waiting: InvoiceRecord | None = None

    def take(
        self,
        *parts: tuple[InvoiceRecord, Decimal],
        on: date,
        channel: PaymentChannel | None = None,
        text: str = "",
        allocated: bool = True,
    ) -> None:
        """Books a payment of some parts of invoices; one that is not allocated only adds to the account's credit."""
        channel = channel or self.payer.channel
        allocations = tuple(
            Allocation(invoice_number=invoice.number, amount=amount)
            for invoice, amount in sorted(parts, key=lambda part: part[0].number)
        )
        self.payments.append(
            PaymentRecord(
                code="",
                customer_code=parts[0][0].customer_code,
                account_code=parts[0][0].account_code,
                paid_on=on,
                amount=sum((amount for _, amount in parts), Decimal(0)),
                channel=channel,
                channel_text=text or self.rng.choice(TEXTS[channel]),
                allocations=allocations if allocated else (),
            )
        )

    def take_back(self) -> None:
        """The last payment comes back."""
        last = self.payments[-1]
        back_on = min(last.paid_on + DAYS_UNTIL_RETURNED, self.today)
        self.payments[-1] = replace(last, status="returned", returned_on=back_on)

    def soon_after(self, invoice: InvoiceRecord, days: int) -> date:
        return min(invoice.issued_on + timedelta(days=days), self.today)


def draw_payer(rng: Random) -> Payer:
    channel = rng.choices([channel for channel, _ in HABITS], [weight for _, weight in HABITS])[0]
    manners: Manners = "prompt"
    if channel != "direct_debit":
        manners = rng.choices(("prompt", "late", "in_arrears"), (60, 25, 15))[0]
    return Payer(channel=channel, manners=manners)


def settle(rng: Random, payer: Payer, drafts: Sequence[Draft], *, today: date) -> Settled:
    """Pays the numbered invoices of one account, the oldest first."""
    till = Till(rng=rng, payer=payer, today=today)
    collections: dict[str, Collection] = {}
    for draft in drafts:
        if draft.corrects:
            set_off(till, draft.record, draft.corrects)
        elif draft.record.amount > 0:
            collections[draft.record.number] = FATES[draft.fate or draw_fate(till, draft.record)](till, draft.record)
    if till.waiting:
        till.take((till.waiting, till.waiting.amount), on=today)
    invoices = [replace(draft.record, collection=collections.get(draft.record.number, "")) for draft in drafts]
    settled = [with_plan(with_contested(invoice)) for invoice in with_paid(invoices, till.payments)]
    return Settled(invoices=settled, payments=till.payments)


def with_contested(invoice: InvoiceRecord) -> InvoiceRecord:
    """Who contests an invoice contests what is open of it."""
    contested = invoice.collection == "suspended" and invoice.amount > invoice.paid
    return replace(invoice, contested=invoice.amount - invoice.paid) if contested else invoice


def with_plan(invoice: InvoiceRecord) -> InvoiceRecord:
    """Whoever pays by instalments pays the first one when the invoice is due, and one a month from then on."""
    if invoice.collection != "instalments":
        return invoice
    first = invoice.due_on or invoice.issued_on
    parts = enumerate(shares(invoice.amount, INSTALMENTS))
    plan = tuple(Instalment(due_on=first + place * A_MONTH, amount=part) for place, part in parts)
    return replace(invoice, instalments=plan)


def draw_fate(till: Till, invoice: InvoiceRecord) -> Fate:
    """What the customer's manners make of an invoice."""
    due_on = invoice.due_on or invoice.issued_on
    if due_on >= till.today and till.payer.channel != "direct_debit" and till.rng.random() < 0.65:
        return "open"
    if till.today - due_on > OVERDUE_FROM or till.payer.manners == "prompt":
        return "paid"
    weights = (70, 20, 10) if till.payer.manners == "in_arrears" else (12, 6, 82)
    fates: tuple[Fate, ...] = ("open", "partly", "paid")
    return till.rng.choices(fates, weights)[0]


def not_paid(_till: Till, _invoice: InvoiceRecord) -> Collection:
    return ""


def contested(_till: Till, _invoice: InvoiceRecord) -> Collection:
    return "suspended"


def first_instalment(till: Till, invoice: InvoiceRecord) -> Collection:
    first, text = share(invoice, INSTALMENTS), f"Rata 1 di {INSTALMENTS}"
    till.take((invoice, first), on=till.soon_after(invoice, 12), channel="transfer", text=text)
    return "instalments"


def partly_paid(till: Till, invoice: InvoiceRecord) -> Collection:
    till.take((invoice, share(invoice, 2)), on=till.soon_after(invoice, 15), channel=till.rng.choice(ONE_OFF))
    return ""


def returned(till: Till, invoice: InvoiceRecord) -> Collection:
    till.take((invoice, invoice.amount), on=invoice.due_on or invoice.issued_on, channel="direct_debit")
    till.take_back()
    return "returned"


def paid_twice(till: Till, invoice: InvoiceRecord) -> Collection:
    till.take((invoice, invoice.amount), on=till.soon_after(invoice, 6))
    till.take((invoice, invoice.amount), on=till.soon_after(invoice, 9), allocated=False)
    return ""


def paid(till: Till, invoice: InvoiceRecord) -> Collection:
    if till.payer.channel == "direct_debit":
        return debited(till, invoice)
    on = day_of_payment(till, invoice)
    if on > till.today:
        return ""
    chance = till.rng.random()
    if chance < WITH_NEXT_RATE and not till.waiting:
        till.waiting = invoice
        return ""
    if chance < WITH_NEXT_RATE + TWO_PARTS_RATE:
        return paid_in_two(till, invoice, on)
    channel = till.rng.choice(ONE_OFF) if till.rng.random() < OTHER_CHANNEL_RATE else None
    before, till.waiting = till.waiting, None
    till.take(*((each, each.amount) for each in (before, invoice) if each), on=on, channel=channel)
    return ""


def day_of_payment(till: Till, invoice: InvoiceRecord) -> date:
    due_on = invoice.due_on or invoice.issued_on
    if due_on >= till.today:
        return till.soon_after(invoice, till.rng.randint(1, 15))
    late = till.payer.manners != "prompt" and till.rng.random() < 0.6
    wanted = due_on + timedelta(days=till.rng.randint(2, 25) if late else -till.rng.randint(0, 12))
    return max(wanted, invoice.issued_on + timedelta(days=1))


def paid_in_two(till: Till, invoice: InvoiceRecord, on: date) -> Collection:
    half = share(invoice, 2)
    till.take((invoice, half), on=on, channel=till.rng.choice(ONE_OFF))
    rest_on = on + timedelta(days=till.rng.randint(8, 20))
    if rest_on <= till.today:
        till.take((invoice, invoice.amount - half), on=rest_on, channel=till.rng.choice(ONE_OFF))
    return ""


def debited(till: Till, invoice: InvoiceRecord) -> Collection:
    """Presented to the bank some days before it is due; one in fifty comes back and is paid later."""
    due_on = invoice.due_on or invoice.issued_on
    if due_on >= till.today:
        return "direct_debit" if due_on - PRESENTED_BEFORE <= till.today else ""
    till.take((invoice, invoice.amount), on=due_on)
    if till.rng.random() >= RETURN_RATE:
        return ""
    till.take_back()
    again_on = due_on + timedelta(days=till.rng.randint(10, 30))
    if again_on > till.today:
        return "returned"
    till.take((invoice, invoice.amount), on=again_on, channel=till.rng.choice(ONE_OFF))
    return ""


def set_off(till: Till, credit_note: InvoiceRecord, wrong: Draft) -> None:
    """The credit goes to the wrong invoice where that is not paid otherwise; else it stays to the customer's credit."""
    if wrong.fate == "set_off":
        till.take(
            (wrong.record, wrong.record.amount),
            on=credit_note.issued_on,
            channel="offset",
            text=f"Nota di credito {credit_note.number}",
        )


FATES: dict[Fate, Callable[[Till, InvoiceRecord], Collection]] = {
    "open": not_paid,
    "set_off": not_paid,
    "contested": contested,
    "instalments": first_instalment,
    "partly": partly_paid,
    "returned": returned,
    "twice": paid_twice,
    "paid": paid,
}


def share(invoice: InvoiceRecord, count: int) -> Decimal:
    return (invoice.amount / count).quantize(Decimal("0.01"))


def with_paid(invoices: Iterable[InvoiceRecord], payments: Iterable[PaymentRecord]) -> list[InvoiceRecord]:
    """The invoices with what executed payments have allocated to them; a credit note that was set off is used up."""
    allocated: dict[str, Decimal] = defaultdict(Decimal)
    used_up = set()
    for payment in payments:
        if payment.channel == "offset":
            used_up.add(payment.channel_text)
        if payment.status == "executed":
            for part in payment.allocations:
                allocated[part.invoice_number] += part.amount
    return [
        replace(invoice, paid=invoice.amount)
        if f"Nota di credito {invoice.number}" in used_up
        else replace(invoice, paid=Decimal("0.00") + allocated[invoice.number])
        for invoice in invoices
    ]
