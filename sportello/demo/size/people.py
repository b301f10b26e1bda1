"""Who the copies are: persons and companies with names and codes of their own, at the address of whom they are copied from."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from sportello.billing.records import Address, CustomerRecord
from sportello.demo import customers
from sportello.demo.chance import chance
from sportello.demo.company import SEED, web_code
from sportello.domain.people import printed_codes

# Between the customer numbers of a copy and those of the next; all of the demo company's are within that.
STRIDE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A customer and how many copies of him there are to be."""

    record: CustomerRecord
    copies: int


def copied_code(code: str, copy: int) -> str:
    return str(int(code) + STRIDE * copy)


def signs_in(copy: int) -> bool:
    """Every second copy has been at the counter before; the others still have the web code of their bills."""
    return copy % 2 == 1


def copies(original: Original, *, today: date) -> Iterator[CustomerRecord]:
    for copy in range(1, original.copies + 1):
        yield copied(original.record, copy, today=today)


def copied(record: CustomerRecord, copy: int, *, today: date) -> CustomerRecord:
    code = copied_code(record.code, copy)
    made = namesake(record, code, record.address, today=today)
    box, _, domain = (made.email or "").partition("@")
    return replace(
        made,
        email=f"{box}.{code}@{domain}",
        language=record.language,
        web_code=None if signs_in(copy) else printed_codes.digest(web_code(SEED, code)),
    )


def namesake(record: CustomerRecord, code: str, lives_at: Address | None, *, today: date) -> CustomerRecord:
    """Another customer of the same kind."""
    rng = chance(SEED, code)
    if record.kind == "person":
        return customers.person(rng, code=code, today=today, lives_at=lives_at)
    if record.vat_number is None:
        return replace(customers.condominium(rng, code=code, name=record.company_name), address=lives_at)
    return customers.company(rng, code=code, lives_at=lives_at)
