"""Records of many customers for benches: those of the demo company with a short history, over and over with other codes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from sportello.billing.records import PaymentRecord, Record
from sportello.demo.company import Company, build
from sportello.demo.size.trimming import trimmed

TODAY = date(2026, 11, 24)
INVOICES, READINGS, USAGE = 2, 2, 1  # of each customer, besides what is still owed
CODES = frozenset(
    (
        "code",
        "number",
        "customer_code",
        "account_code",
        "supply_code",
        "meter_code",
        "superseded_by",
        "invoice_number",
        "from_invoice",
    )
)


def small() -> Company:
    """The crowd of the demo, each customer with his first account and what is newest on it."""
    company = build(today=TODAY, old_hands=10**6)
    cast = {code for person in company.cast for code in person.customer_codes}
    company = trimmed(company, spared=(), invoices=INVOICES, readings=READINGS)
    accounts = [one for one in company.accounts if one.code.endswith("-1") and one.customer_code not in cast]
    held = {one.code for one in accounts}
    supplies = [one for one in company.supplies if one.account_code in held]
    supplied = {one.code for one in supplies}
    return replace(
        company,
        customers=[one for one in company.customers if one.code not in cast],
        accounts=accounts,
        mandates=[one for one in company.mandates if one.account_code in held],
        supplies=supplies,
        meters=[one for one in company.meters if one.supply_code in supplied],
        invoices=[one for one in company.invoices if one.account_code in held],
        payments=[one for one in company.payments if one.account_code in held],
        readings=[one for one in company.readings if one.supply_code in supplied],
        usage=[one for one in company.usage if one.supply_code in supplied][::3],
    )


@dataclass(frozen=True, slots=True)
class Maker:
    """Copies of some records: those of a copy have codes that end in its number."""

    records: Sequence[Record]

    def copies(self, numbers: Sequence[int]) -> list[Record]:
        """As a feed gives them: kind by kind, each after those it refers to."""
        found: list[Record] = []
        for record in self.records:
            shift = _SHIFTS.setdefault(type(record), _shift(type(record)))
            found += [shift(record, f"/{number}") for number in numbers]
        return found


_SHIFTS: dict[type, Callable[[Any, str], Any]] = {}


def _shift(kind: type) -> Callable[[Any, str], Any]:
    names = [field.name for field in fields(kind) if field.name in CODES]

    def shift(record: Any, tail: str) -> Any:
        values: dict[str, Any] = {
            name: getattr(record, name) + tail for name in names if getattr(record, name) is not None
        }
        if isinstance(record, PaymentRecord):
            values["allocations"] = tuple(
                replace(part, invoice_number=part.invoice_number + tail) for part in record.allocations
            )
        if getattr(record, "supply_codes", None):
            values["supply_codes"] = tuple(code + tail for code in record.supply_codes)
        return replace(record, **values)

    return shift
