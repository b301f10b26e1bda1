"""Builds the demo company: its customers, their supplies and meters, three years of readings and invoices, and how they
paid."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sportello.billing.records import (
    BillingAccountRecord,
    CustomerRecord,
    InvoiceRecord,
    MandateRecord,
    MeterReadingRecord,
    MeterRecord,
    PaymentRecord,
    Record,
    SupplyRecord,
    UsageRecord,
)
from sportello.demo import cast, crowd, mandates, readings
from sportello.demo.chance import chance
from sportello.demo.drafts import CREDIT_NOTES, LETTERS, TOGETHER, Draft
from sportello.demo.households import HeldAccount, Household
from sportello.demo.payments import METHODS, settle
from sportello.demo.protagonists import PROTAGONISTS, Protagonist
from sportello.domain.people import printed_codes

SEED = 1
SLIP_SERIES = (*LETTERS.values(), TOGETHER)
FIRST_NUMBER = 1_200


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """All records of a billing system, and who of its customers has a part to play."""

    customers: Sequence[CustomerRecord]
    accounts: Sequence[BillingAccountRecord]
    mandates: Sequence[MandateRecord]
    supplies: Sequence[SupplyRecord]
    meters: Sequence[MeterRecord]
    invoices: Sequence[InvoiceRecord]
    payments: Sequence[PaymentRecord]
    readings: Sequence[MeterReadingRecord]
    usage: Sequence[UsageRecord]
    cast: Sequence[Protagonist]

    @property
    def records(self) -> list[Record]:
        """All records, each after those it refers to."""
        return [
            *self.customers,
            *self.accounts,
            *self.mandates,
            *self.supplies,
            *self.meters,
            *self.invoices,
            *self.payments,
            *self.readings,
            *self.usage,
        ]


def build(*, today: date, seed: int = SEED, persons: int = crowd.PERSONS, old_hands: int = crowd.OLD_HANDS) -> Company:
    """The company as it stands on the morning of ``today``; the same for the same seed and day. ``persons`` are those
    without a part to play, ``old_hands`` how many of them were there long before this year."""
    crowded = crowd.households(seed=seed, today=today, persons=persons, old_hands=old_hands)
    return assembled([*cast.households(seed=seed, today=today), *crowded], seed=seed, today=today)


def assembled(households: Sequence[Household], *, seed: int, today: date) -> Company:
    """The company of these households: numbered, and paid for as far as they have."""
    held = [account for household in households for account in household.accounts]
    readers = [reader for account in held for reader in account.readers]
    number([draft for account in held for draft in account.drafts])
    readings.number(readers, first=FIRST_NUMBER)
    settled = {
        account.code: settle(
            chance(seed, "payments", account.code), account.payer, in_order(account.drafts), today=today
        )
        for account in held
    }
    invoices = [invoice for each in settled.values() for invoice in each.invoices]
    payments = numbered_payments(payment for each in settled.values() for payment in each.payments)
    balances = reckon(invoices, payments)
    return Company(
        customers=[with_web_code(household.customer, seed) for household in households],
        accounts=[
            account_record(household, account, balances[account.code], seed=seed)
            for household in households
            for account in household.accounts
        ],
        mandates=list(mandates.mandates(households, invoices, seed=seed)),
        supplies=[point.supply for account in held for point in account.points],
        meters=[meter.record for reader in readers for meter in reader.meters],
        invoices=with_xml(invoices, households),
        payments=payments,
        readings=[readings.reading_record(reading) for reader in readers for reading in reader.readings],
        usage=[record for account in held for record in account.usage],
        cast=PROTAGONISTS,
    )


def with_web_code(customer: CustomerRecord, seed: int) -> CustomerRecord:
    """The customer with the code that his invoices print; who signs in already has used his up."""
    if any(customer.code in protagonist.customer_codes for protagonist in PROTAGONISTS):
        return customer
    return replace(customer, web_code=web_code(seed, customer.code))


def web_code(seed: int, customer_code: str) -> str:
    body = "".join(chance(seed, "web code", customer_code).choices(printed_codes.ALPHABET, k=printed_codes.RANDOM))
    return body + printed_codes.check_character(body)


def in_order(drafts: Iterable[Draft]) -> list[Draft]:
    return sorted(drafts, key=lambda draft: (draft.record.issued_on, draft.record.number))


def number(drafts: Iterable[Draft]) -> None:
    """Gives each draft its number: one series for each letter and year, in the order of issue."""
    counts: dict[tuple[int, str], int] = defaultdict(lambda: FIRST_NUMBER)
    for draft in sorted(drafts, key=lambda draft: (draft.record.issued_on, draft.record.supply_codes or ())):
        record = draft.record
        series = (record.issued_on.year, draft.letter)
        counts[series] += 1
        draft.record = replace(
            record,
            number=f"{record.issued_on.year}/{draft.letter}/{counts[series]:07d}",
            slip_code=None
            if draft.letter == CREDIT_NOTES
            else slip_code(record.issued_on.year, draft.letter, counts[series]),
        )


def slip_code(year: int, letter: str, count: int) -> str:
    """The code of the postal slip TD 896: sixteen digits, and these modulo 93."""
    digits = f"{year}{SLIP_SERIES.index(letter) + 1:02d}{count:010d}"
    return f"{digits}{int(digits) % 93:02d}"


def numbered_payments(payments: Iterable[PaymentRecord]) -> list[PaymentRecord]:
    counts: dict[int, int] = defaultdict(lambda: FIRST_NUMBER)
    numbered = []
    for payment in sorted(payments, key=lambda payment: (payment.paid_on, payment.account_code or "")):
        counts[payment.paid_on.year] += 1
        numbered.append(replace(payment, code=f"{payment.paid_on.year}/P/{counts[payment.paid_on.year]:07d}"))
    return numbered


def reckon(invoices: Iterable[InvoiceRecord], payments: Iterable[PaymentRecord]) -> dict[str, Decimal]:
    """The balance of each account: what is open, less credits and what payments brought beyond their invoices."""
    balances: dict[str, Decimal] = defaultdict(lambda: Decimal("0.00"))
    for invoice in invoices:
        balances[invoice.account_code] += invoice.amount - invoice.paid
    for payment in payments:
        if payment.status == "executed":
            balances[payment.account_code or ""] -= payment.amount - sum(part.amount for part in payment.allocations)
    return balances


def account_record(household: Household, account: HeldAccount, balance: Decimal, *, seed: int) -> BillingAccountRecord:
    mailing_address, addressee = mandates.mailing(household.customer, account, seed=seed)
    return BillingAccountRecord(
        code=account.code,
        customer_code=household.customer.code,
        description=account.description,
        balance=balance,
        payment_method=METHODS.get(account.payer.channel, "postal_slip"),
        mailing_address=mailing_address,
        addressee=addressee,
    )


def with_xml(invoices: Iterable[InvoiceRecord], households: Iterable[Household]) -> list[InvoiceRecord]:
    companies = {household.customer.code for household in households if household.customer.kind == "company"}
    return [replace(invoice, has_xml=invoice.customer_code in companies) for invoice in invoices]
