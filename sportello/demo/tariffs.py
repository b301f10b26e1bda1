"""What the demo company charges, line by line; prices are invented, taxes are those of the north of Italy in 2026.

Gas for homes: 10% VAT on the first 480 Smc of a calendar year, 22% above and on fixed charges; excise by steps of the
year's consumption. Electricity: 10% for homes, 22% for others; residents pay no excise on 150 kWh a month and the
television licence with the bill, ten months of the year.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from sportello.billing.codes import RegisterRole
from sportello.billing.records import InvoiceLine, VatAmount
from sportello.demo.supplies import Point

CENT = Decimal("0.01")
REDUCED, ORDINARY = Decimal(10), Decimal(22)
REDUCED_SMC = 480
EXCISE_STEPS = ((120, Decimal("0.044")), (480, Decimal("0.175")), (1_560, Decimal("0.170")), (10**9, Decimal("0.186")))
BUSINESS_EXCISE = Decimal("0.012498")
REGIONAL = Decimal("0.030990")
EXEMPT_KWH = 150
# What bills call what each register counts, and what a kilowatt-hour of it costs.
BANDS: dict[RegisterRole, tuple[str, Decimal]] = {
    "f1": ("Energia fascia F1", Decimal("0.1480")),
    "f2": ("Energia fascia F2", Decimal("0.1395")),
    "f3": ("Energia fascia F3", Decimal("0.1210")),
    "total": ("Energia, fascia unica", Decimal("0.1352")),
}
LICENCE = Decimal("9.00")
LICENCE_MONTHS = range(1, 11)

CONSUMED, FIXED, POWER, TAXES, OTHER = (
    "Quota consumi",
    "Quota fissa",
    "Quota potenza",
    "Accise e imposte",
    "Altre partite",
)


@dataclass(slots=True)
class Year:
    """How far a gas supply has come, by calendar year, in what bills charged: steps and rates depend on it."""

    used: dict[int, int] = field(default_factory=lambda: defaultdict(int))


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some Smc that are taxed alike."""

    smc: int
    excise: Decimal
    rate: Decimal


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def index(year: int) -> Decimal:
    """How dear energy is in a year."""
    return Decimal(("1.00", "0.96", "1.04", "0.98")[year % 4])


def priced_line(
    section: str, description: str, quantity: Decimal | int, unit: str, price: Decimal, rate: Decimal | None
) -> InvoiceLine:
    quantity = Decimal(quantity)
    return InvoiceLine(
        section=section,
        description=description,
        quantity=quantity,
        unit=unit,
        unit_price=price,
        amount=rounded(quantity * price),
        vat_rate=rate,
    )


def pieces(smc: int, used: int, *, domestic: bool) -> list[Piece]:
    """``smc`` cut where the excise or the rate of VAT changes, after ``used`` in the same year."""
    if not domestic:
        return [Piece(smc=smc, excise=BUSINESS_EXCISE, rate=ORDINARY)]
    cut = []
    for top, excise in EXCISE_STEPS:
        part = min(smc, max(0, top - used))
        if part:
            cut.append(Piece(smc=part, excise=excise, rate=REDUCED if top <= REDUCED_SMC else ORDINARY))
            used, smc = used + part, smc - part
    return cut


def gas_lines(
    point: Point, consumed: Sequence[tuple[date, int]], year: Year, *, recalculated: int = 0
) -> list[InvoiceLine]:
    """The lines for what was consumed in each month; ``recalculated`` Smc make up for estimates of the bill before."""
    cut: list[Piece] = []
    for month, smc in consumed:
        cut += pieces(smc, year.used[month.year], domestic=point.domestic)
        year.used[month.year] += smc
    last = consumed[-1][0].year
    lines = [line for rate in (REDUCED, ORDINARY) for line in gas_at_rate(cut, rate, last)]
    lines += gas_fixed(point, len(consumed), last)
    if recalculated:
        rate = REDUCED if point.domestic and year.used[last] <= REDUCED_SMC else ORDINARY
        price = rounded_price(Decimal("0.78") * index(last))
        lines.append(priced_line(OTHER, "Ricalcolo consumi stimati", recalculated, "Smc", price, rate))
    return lines


def gas_at_rate(cut: Iterable[Piece], rate: Decimal, year: int) -> list[InvoiceLine]:
    alike = [piece for piece in cut if piece.rate == rate]
    smc = sum(piece.smc for piece in alike)
    if not smc:
        return []
    excise = sum((piece.smc * piece.excise for piece in alike), Decimal(0))
    return [
        priced_line(CONSUMED, "Materia gas naturale", smc, "Smc", rounded_price(Decimal("0.452") * index(year)), rate),
        priced_line(CONSUMED, "Trasporto e gestione del contatore", smc, "Smc", Decimal("0.148730"), rate),
        priced_line(CONSUMED, "Oneri di sistema", smc, "Smc", Decimal("0.031900"), rate),
        InvoiceLine(section=TAXES, description="Accisa gas naturale", amount=rounded(excise), vat_rate=rate),
        priced_line(TAXES, "Addizionale regionale", smc, "Smc", REGIONAL, rate),
    ]


def gas_fixed(point: Point, months: int, year: int) -> list[InvoiceLine]:
    sale = Decimal("7.50") if point.domestic else Decimal("14.00")
    grid = Decimal("4.85") if point.domestic else Decimal("31.20")
    return [
        priced_line(FIXED, "Commercializzazione e vendita", months, "mesi", rounded(sale * index(year)), ORDINARY),
        priced_line(FIXED, "Trasporto e gestione del contatore", months, "mesi", grid, ORDINARY),
    ]


def electricity_lines(
    point: Point, consumed: Sequence[tuple[date, int]], bands: Mapping[RegisterRole, int], *, recalculated: int = 0
) -> list[InvoiceLine]:
    """``bands`` is what of ``consumed`` each register counted."""
    rate = REDUCED if point.domestic else ORDINARY
    months, last = len(consumed), consumed[-1][0].year
    kwh = sum(used for _, used in consumed)
    lines = [
        priced_line(CONSUMED, BANDS[band][0], part, "kWh", rounded_price(BANDS[band][1] * index(last)), rate)
        for band, part in bands.items()
    ]
    lines += [
        priced_line(CONSUMED, "Trasporto e gestione del contatore", kwh, "kWh", Decimal("0.010230"), rate),
        priced_line(CONSUMED, "Oneri di sistema", kwh, "kWh", Decimal("0.028657"), rate),
        priced_line(
            FIXED, "Commercializzazione e vendita", months, "mesi", rounded(Decimal("8.20") * index(last)), rate
        ),
        priced_line(FIXED, "Trasporto e gestione del contatore", months, "mesi", Decimal("1.78"), rate),
        priced_line(POWER, "Potenza impegnata", point.power * months, "kW/mese", Decimal("1.945200"), rate),
        electricity_excise(point, consumed, rate),
    ]
    if recalculated:
        price = rounded_price(Decimal("0.178") * index(last))
        lines.append(priced_line(OTHER, "Ricalcolo consumi stimati", recalculated, "kWh", price, rate))
    licence = sum(month.month in LICENCE_MONTHS for month, _ in consumed)
    if point.profile == "resident" and licence:
        lines.append(priced_line(OTHER, "Canone di abbonamento alla televisione", licence, "rate", LICENCE, None))
    return lines


def electricity_excise(point: Point, consumed: Sequence[tuple[date, int]], rate: Decimal) -> InvoiceLine:
    exempt = EXEMPT_KWH if point.profile == "resident" else 0
    taxed = sum(max(0, used - exempt) for _, used in consumed)
    excise = Decimal("0.022700") if point.domestic else Decimal("0.012500")
    return priced_line(TAXES, "Accisa energia elettrica", taxed, "kWh", excise, rate)


def rounded_price(price: Decimal) -> Decimal:
    return price.quantize(Decimal("0.000001"))


def vat_of(lines: Iterable[InvoiceLine]) -> tuple[VatAmount, ...]:
    """The VAT at each rate, rounded once on the sum."""
    taxable: dict[Decimal, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.vat_rate is not None:
            taxable[line.vat_rate] += line.amount
    return tuple(
        VatAmount(rate=rate, taxable=amount, tax=rounded(amount * rate / 100))
        for rate, amount in sorted(taxable.items())
    )


def total(lines: Iterable[InvoiceLine], vat: Iterable[VatAmount]) -> Decimal:
    return sum((line.amount for line in lines), Decimal(0)) + sum((part.tax for part in vat), Decimal(0))
