"""Invoices that have no number yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from sportello.billing.codes import InvoiceKind, ServiceCode
from sportello.billing.records import InvoiceLine, InvoiceRecord
from sportello.billing.services import SERVICES
from sportello.demo import tariffs
from sportello.demo.supplies import Point

# What becomes of an invoice: "" leaves it to the customer's habits.
Fate = Literal["", "paid", "open", "partly", "instalments", "contested", "returned", "twice", "set_off"]
LETTERS: dict[ServiceCode, str] = {"gas": "G", "electricity": "E", "water": "A", "lpg": "L", "telephony": "T"}
TOGETHER, CREDIT_NOTES = "D", "N"


@dataclass(slots=True, kw_only=True)
class Draft:
    """An invoice that has no number yet. ``corrects`` is the draft that a credit note takes back."""

    record: InvoiceRecord
    letter: str
    fate: Fate = ""
    corrects: "Draft | None" = None


def document(
    point: Point,
    *,
    kind: InvoiceKind,
    issued_on: date,
    due_on: date | None,
    lines: Sequence[InvoiceLine],
    supply_codes: tuple[str, ...] = (),
    period: tuple[date, date] | None = None,
    consumption: Decimal | None = None,
    unit: str = "",
) -> InvoiceRecord:
    """Any invoice about ``point``; VAT and amount follow from the lines. ``unit`` is that of the service unless given."""
    supply = point.supply
    vat = tariffs.vat_of(lines)
    return InvoiceRecord(
        number="",
        customer_code=supply.customer_code,
        account_code=supply.account_code,
        supply_codes=supply_codes or (supply.code,),
        kind=kind,
        issued_on=issued_on,
        due_on=due_on,
        period_from=period[0] if period else None,
        period_to=period[1] if period else None,
        consumption=consumption,
        consumption_unit=(unit or SERVICES[supply.service].unit) if consumption is not None else "",
        amount=tariffs.total(lines, vat),
        paid=Decimal("0.00"),
        lines=tuple(lines),
        vat=vat,
    )
