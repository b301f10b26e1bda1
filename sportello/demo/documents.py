"""Writes what is not a periodic bill: activation, deposit, services, arrears, and corrections of a wrong bill."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from sportello.billing.codes import InvoiceKind, ServiceCode
from sportello.billing.records import InvoiceLine, InvoiceRecord
from sportello.demo import tariffs
from sportello.demo.drafts import CREDIT_NOTES, LETTERS, Draft, Fate, document
from sportello.demo.supplies import Point

DAYS_TO_PAY = 20
OTHER = tariffs.OTHER
ACTIVATION: dict[ServiceCode, str] = {"gas": "47.00", "electricity": "26.13", "telephony": "39.00"}
DEPOSIT: dict[ServiceCode, str] = {"gas": "77.00", "lpg": "150.00", "water": "40.00"}


def single_line(
    point: Point,
    *,
    kind: InvoiceKind,
    issued_on: date,
    description: str,
    amount: str,
    vat_rate: Decimal | None,
    fate: Fate = "",
) -> Draft:
    line = InvoiceLine(section=OTHER, description=description, amount=Decimal(amount), vat_rate=vat_rate)
    record = document(
        point, kind=kind, issued_on=issued_on, due_on=issued_on + timedelta(days=DAYS_TO_PAY), lines=[line]
    )
    return Draft(record=record, letter=LETTERS[point.supply.service], fate=fate)


def activation(point: Point, *, issued_on: date) -> Draft:
    return single_line(
        point,
        kind="activation",
        issued_on=issued_on,
        description="Contributo di attivazione",
        amount=ACTIVATION.get(point.service, "35.00"),
        vat_rate=tariffs.ORDINARY,
    )


def deposit(point: Point, *, issued_on: date) -> Draft:
    amount = DEPOSIT.get(point.service) or f"{point.power * Decimal('11.50'):.2f}"
    return single_line(
        point, kind="deposit", issued_on=issued_on, description="Deposito cauzionale", amount=amount, vat_rate=None
    )


def service(point: Point, *, issued_on: date) -> Draft:
    return single_line(
        point,
        kind="services",
        issued_on=issued_on,
        description="Manutenzione annuale della caldaia",
        amount="89.00",
        vat_rate=tariffs.ORDINARY,
    )


def arrears(point: Point, *, issued_on: date) -> Draft:
    return single_line(
        point,
        kind="arrears",
        issued_on=issued_on,
        description="Interessi di mora e spese di sollecito",
        amount="12.48",
        vat_rate=None,
        fate="open",
    )


def indemnity(point: Point, *, issued_on: date) -> Draft:
    return single_line(
        point,
        kind="cmor",
        issued_on=issued_on,
        description="Corrispettivo CMOR del precedente venditore",
        amount="138.72",
        vat_rate=None,
    )


def credit_note(wrong: Draft, *, issued_on: date, share: Decimal = Decimal(1)) -> Draft:
    """Takes ``wrong`` back, or the given share of it as one line for each rate of VAT."""
    record = wrong.record
    lines = [negative(line) for line in record.lines or ()] if share == 1 else partial(record, share)
    vat = tariffs.vat_of(lines)
    return Draft(
        letter=CREDIT_NOTES,
        corrects=wrong,
        record=replace(
            record,
            kind="credit_note",
            issued_on=issued_on,
            due_on=None,
            consumption=-record.consumption if record.consumption is not None and share == 1 else None,
            consumption_unit=record.consumption_unit if share == 1 else "",
            lines=tuple(lines),
            vat=vat,
            amount=tariffs.total(lines, vat),
        ),
    )


def negative(line: InvoiceLine) -> InvoiceLine:
    return replace(line, amount=-line.amount, quantity=None if line.quantity is None else -line.quantity)


def partial(record: InvoiceRecord, share: Decimal) -> list[InvoiceLine]:
    return [
        InvoiceLine(
            section=OTHER,
            description="Rettifica importi fatturati in eccesso",
            amount=-tariffs.rounded(part.taxable * share),
            vat_rate=part.rate,
        )
        for part in record.vat or ()
    ]


def adjustment(wrong: Draft, *, issued_on: date, share: Decimal) -> Draft:
    """The right bill in place of ``wrong``, which had the prices of another offer: ``share`` of what it charged."""
    record = wrong.record
    lines = [scaled(line, share) for line in record.lines or ()]
    vat = tariffs.vat_of(lines)
    return Draft(
        letter=wrong.letter,
        record=replace(
            record,
            kind="adjustment",
            issued_on=issued_on,
            due_on=issued_on + timedelta(days=DAYS_TO_PAY),
            lines=tuple(lines),
            vat=vat,
            amount=tariffs.total(lines, vat),
        ),
    )


def scaled(line: InvoiceLine, share: Decimal) -> InvoiceLine:
    if not line.section.endswith(tariffs.CONSUMED) or line.quantity is None or line.unit_price is None:
        return line
    price = tariffs.rounded_price(line.unit_price * share)
    return replace(line, unit_price=price, amount=tariffs.rounded(line.quantity * price))
