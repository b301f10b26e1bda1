"""How the demo company is allowed to debit its customers, and where their post goes where that is elsewhere."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Final

from sportello.billing.codes import MandateStatus
from sportello.billing.records import Address, CustomerRecord, InvoiceRecord, MandateRecord
from sportello.demo import customers, months
from sportello.demo.chance import chance
from sportello.demo.households import HeldAccount, Household

# How many in a hundred of those who pay otherwise have asked for it, or did once.
NOT_DEBITED: Final[tuple[tuple[MandateStatus, int], ...]] = (
    ("requested", 2),
    ("aligning", 2),
    ("refused", 3),
    ("revoked", 5),
)
REVOKING_RATE, ELSEWHERE_RATE = 0.02, 0.06
REASONS: Final = ("Il conto corrente è estinto", "Il titolare indicato non è quello del conto corrente")
UNTIL_ACTIVE: Final = timedelta(days=10)
BANKS: Final = ("05387", "02008", "03069", "07601", "08930")
ODD: Final = "BAKPLCQDREVOSFTGUHMINJWZYX"  # a letter's place is what it counts at an odd place; digits count as A to J


def mandates(
    households: Iterable[Household], invoices: Iterable[InvoiceRecord], *, seed: int
) -> Iterator[MandateRecord]:
    """Of each account that is debited, and of some others. Reads the numbers of the invoices."""
    issued: dict[str, list[InvoiceRecord]] = {}
    for invoice in invoices:
        issued.setdefault(invoice.account_code, []).append(invoice)
    for household in households:
        for account in household.accounts:
            rng = chance(seed, "mandate", account.code)
            if status := drawn(rng, account):
                yield mandate(rng, household, account, status, issued.get(account.code, []))


def drawn(rng: Random, account: HeldAccount) -> MandateStatus | None:
    if account.payer.channel == "direct_debit":
        return "revoking" if rng.random() < REVOKING_RATE else "active"
    weights = [share for _, share in NOT_DEBITED]
    return rng.choices([None, *(status for status, _ in NOT_DEBITED)], [100 - sum(weights), *weights])[0]


def mandate(
    rng: Random, household: Household, account: HeldAccount, status: MandateStatus, invoices: Sequence[InvoiceRecord]
) -> MandateRecord:
    customer, today = household.customer, household.today
    debited = status in ("active", "revoking", "revoked")
    signed_on = signature(rng, account, status, today)
    active_from = signed_on + UNTIL_ACTIVE if debited else None
    return MandateRecord(
        code=f"MND-{account.code}",
        customer_code=customer.code,
        account_code=account.code,
        scheme="b2b" if customer.kind == "company" and rng.random() < 0.5 else "core",
        status=status,
        iban=iban(rng, refused=status == "refused"),
        holder=customer.company_name or f"{customer.first_name} {customer.last_name}",
        holder_tax_code=customer.tax_code or "",
        signed_on=signed_on,
        active_from=active_from,
        ended_on=today - timedelta(days=rng.randint(1, 40)) if status == "revoked" else None,
        reason=rng.choice(REASONS) if status == "refused" else "",
        from_invoice=first_debited(invoices, active_from),
    )


def signature(rng: Random, account: HeldAccount, status: MandateStatus, today: date) -> date:
    """When the supply began, or some days ago."""
    if status in ("active", "revoking"):
        began = min(point.supply.started_on or months.shifted(today, -60) for point in account.points)
        return min(began, today - 2 * UNTIL_ACTIVE)
    return today - timedelta(days=rng.randint(60, 400) if status in ("refused", "revoked") else rng.randint(1, 6))


def first_debited(invoices: Sequence[InvoiceRecord], active_from: date | None) -> str | None:
    """None where that was before the invoices that are shown."""
    if active_from is None or not any(invoice.issued_on < active_from for invoice in invoices):
        return None
    later = [each for each in invoices if each.issued_on >= active_from and each.amount > 0]
    return min(later, key=lambda each: (each.issued_on, each.number)).number if later else None


def iban(rng: Random, *, refused: bool) -> str:
    """An Italian one with its control letter and digits; the embedded billing's bank refuses what ends in 7."""
    account = f"{rng.randrange(10**9):011d}{7 if refused else rng.choice('01234568')}"
    bban = f"{rng.choice(BANKS)}{rng.randrange(1_000, 99_999):05d}{account}"
    total = sum(int(digit) if place % 2 else ODD.index(chr(ord("A") + int(digit))) for place, digit in enumerate(bban))
    bban = chr(ord("A") + total % 26) + bban
    check = 98 - int("".join(str(int(letter, 36)) for letter in f"{bban}IT00")) % 97
    return f"IT{check:02d}{bban}"


def mailing(customer: CustomerRecord, account: HeldAccount, *, seed: int) -> tuple[Address | None, str]:
    """Where the post of an account goes, and to whom: of most, to the customer himself, of some to who keeps the books."""
    if account.mailing_address:
        return account.mailing_address, account.addressee
    rng = chance(seed, "mailing", account.code)
    if rng.random() >= ELSEWHERE_RATE:
        return None, ""
    surname = customer.last_name or "Baraldi"
    return customers.address(rng), f"Studio {surname}" if customer.kind == "company" else f"Famiglia {surname}"
