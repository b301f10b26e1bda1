"""What the lines of a new invoice say, at one price for each service: enough for an invoice issued by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sportello.billing.codes import ServiceCode
from sportello.billing.records import InvoiceLine, VatAmount
from sportello.billing.services import SERVICES

CENT = Decimal("0.01")
REDUCED, ORDINARY = Decimal(10), Decimal(22)
USUAL_CONSUMPTION = Decimal(100)
FIXED = Decimal("18.00")
PRICES: dict[ServiceCode, Decimal] = {
    "gas": Decimal("0.86"),
    "electricity": Decimal("0.24"),
    "lpg": Decimal("2.70"),
    "water": Decimal("2.15"),
    "telephony": Decimal("0.10"),
}
NAMES: dict[ServiceCode, str] = {
    "gas": "Gas naturale",
    "electricity": "Energia elettrica",
    "lpg": "GPL",
    "water": "Servizio idrico",
    "telephony": "Telefonia",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    lines: tuple[InvoiceLine, ...]
    vat: tuple[VatAmount, ...]
    amount: Decimal
    consumption: Decimal


def priced(
    *, service: ServiceCode, company: bool, amount: Decimal | None = None, consumption: Decimal | None = None
) -> Priced:
    """Lines that come to ``amount`` (with VAT) for ``consumption``; whichever is missing follows from the other."""
    rate = ORDINARY if company or service == "telephony" else REDUCED
    price = PRICES[service]
    if amount is None:
        consumption = USUAL_CONSUMPTION if consumption is None else consumption
        taxable = cents(consumption * price) + FIXED
    else:
        taxable = cents(amount / (1 + rate / 100))
        if consumption is None:
            consumption = (taxable * Decimal("0.8") / price).quantize(Decimal(1))
    tax = cents(taxable * rate / 100)
    lines = [*main_lines(service, consumption, taxable, rate)]
    if amount is not None and amount != taxable + tax:
        lines.append(InvoiceLine(description="Arrotondamento", amount=amount - taxable - tax))
    vat = VatAmount(rate=rate, taxable=taxable, tax=tax)
    return Priced(
        lines=tuple(lines), vat=(vat,), amount=taxable + tax if amount is None else amount, consumption=consumption
    )


def main_lines(service: ServiceCode, consumption: Decimal, taxable: Decimal, rate: Decimal) -> Sequence[InvoiceLine]:
    """A line for what was consumed and one for the rest; one alone where the price does not fit into ``taxable``."""
    section, price = NAMES[service], PRICES[service]
    consumed = cents(consumption * price)
    if consumed > taxable:
        return [InvoiceLine(section=section, description="Quota consumi", amount=taxable, vat_rate=rate)]
    return [
        InvoiceLine(
            section=section,
            description="Quota consumi",
            amount=consumed,
            quantity=consumption,
            unit=SERVICES[service].unit,
            unit_price=price,
            vat_rate=rate,
        ),
        InvoiceLine(section=section, description="Quota fissa e oneri", amount=taxable - consumed, vat_rate=rate),
    ]


def together(parts: Sequence[Priced]) -> tuple[tuple[InvoiceLine, ...], tuple[VatAmount, ...]]:
    """The lines and VAT of several supplies on one invoice."""
    by_rate: dict[Decimal, VatAmount] = {}
    for part in (vat for priced in parts for vat in priced.vat):
        before = by_rate.get(part.rate, VatAmount(rate=part.rate, taxable=Decimal(0), tax=Decimal(0)))
        by_rate[part.rate] = VatAmount(rate=part.rate, taxable=before.taxable + part.taxable, tax=before.tax + part.tax)
    return tuple(line for priced in parts for line in priced.lines), tuple(by_rate[rate] for rate in sorted(by_rate))


def shares(amount: Decimal, count: int) -> list[Decimal]:
    """``amount`` in ``count`` parts, equal to a cent."""
    each = (amount / count).quantize(CENT)
    return [amount] if count == 1 else [each] * (count - 1) + [amount - each * (count - 1)]


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)
