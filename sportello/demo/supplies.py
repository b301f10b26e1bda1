"""Makes supplies: a delivery point with a code of the ranges for fiction, and what is consumed there each month."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random
from typing import Literal

from sportello.billing.records import Address, ServiceCode, SupplyRecord, SupplyStatus
from sportello.demo.chance import chance

Profile = Literal["C2", "C3", "C1", "T1", "resident", "non_resident", "shop", "stairs"]
GAS: tuple[Profile, ...] = ("C2", "C3", "C1", "T1")

# What part of a year's consumption falls in each month, January first, in percent.
SHARES: dict[Profile, tuple[float, ...]] = {
    "C3": (19.9, 16.2, 12.6, 4.9, 1.9, 1.8, 1.9, 1.9, 1.8, 4.5, 13.6, 19.2),
    "C1": (23.1, 18.6, 13.7, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 3.3, 15.1, 22.2),
    "C2": (8.5, 7.7, 8.5, 8.2, 8.5, 8.2, 8.5, 8.5, 8.2, 8.5, 8.2, 8.5),
    "T1": (9.3, 8.8, 9.4, 8.2, 8.6, 8.4, 8.0, 3.2, 8.8, 9.4, 9.2, 8.7),
    "resident": (9.2, 8.2, 8.3, 7.5, 7.4, 8.0, 9.4, 8.9, 7.7, 7.9, 8.4, 9.1),
    "non_resident": (4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 21.0, 24.0, 6.0, 4.0, 4.0, 12.0),
    "shop": (8.4, 7.8, 8.1, 7.6, 7.9, 8.7, 9.6, 8.8, 8.2, 8.1, 8.0, 8.8),
    "stairs": (9.4, 8.4, 8.6, 8.0, 7.9, 7.6, 7.8, 7.8, 8.0, 8.6, 8.8, 9.1),
}
# Median of a year's consumption in Smc or kWh, how widely it varies (sigma of the logarithm), and its bounds.
ANNUAL: dict[Profile, tuple[int, float, int, int]] = {
    "C2": (150, 0.4, 60, 350),
    "C3": (950, 0.3, 500, 1_800),
    "C1": (18_000, 0.5, 8_000, 60_000),
    "T1": (9_000, 0.8, 2_000, 60_000),
    "resident": (2_300, 0.3, 900, 5_500),
    "non_resident": (600, 0.3, 150, 1_500),
    "shop": (14_000, 0.35, 8_000, 25_000),
    "stairs": (3_200, 0.4, 900, 9_000),
}
POWER: dict[Profile, tuple[str, ...]] = {
    "resident": ("3", "3", "3", "4.5", "6"),
    "non_resident": ("3", "3", "1.5"),
    "shop": ("6", "10", "15", "20"),
    "stairs": ("3", "4.5", "6"),
}
OFFERS: dict[ServiceCode, tuple[str, ...]] = {
    "gas": ("Gas Casa Fisso 12", "Gas Casa Variabile PSV", "Gas Famiglia"),
    "electricity": ("Luce Casa Fisso 12", "Luce Casa Variabile PUN", "Luce Verde"),
}
BUSINESS_OFFERS: dict[ServiceCode, str] = {"gas": "Gas Impresa PSV", "electricity": "Luce Impresa PUN"}
NOISE = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A supply and what the tariffs need to know of it. ``annual`` is in Smc or kWh, ``power`` in kW."""

    supply: SupplyRecord
    profile: Profile
    annual: int
    power: Decimal
    noise: int

    @property
    def domestic(self) -> bool:
        return self.profile in ("C2", "C3", "resident", "non_resident")

    def consumed(self, year: int, month: int) -> int:
        """What was really consumed in a month: always the same for the same month."""
        wobble = chance(self.noise, year, month).lognormvariate(0, NOISE)
        weather = chance("weather", year).uniform(0.88, 1.10) if self.profile in ("C1", "C3") else 1.0
        return round(self.annual * SHARES[self.profile][month - 1] / 100 * weather * wobble)


def point(
    rng: Random,
    *,
    code: str,
    customer_code: str,
    account_code: str,
    profile: Profile,
    address: Address | None,
    started_on: date,
    status: SupplyStatus = "active",
    ended_on: date | None = None,
) -> Point:
    service: ServiceCode = "gas" if profile in GAS else "electricity"
    median, sigma, least, most = ANNUAL[profile]
    serial = int("".join(filter(str.isdigit, code)))
    business = profile in ("C1", "T1", "shop", "stairs")
    supply = SupplyRecord(
        code=code,
        customer_code=customer_code,
        account_code=account_code,
        service=service,
        status=status,
        point_code=pdr(serial) if service == "gas" else pod(rng, serial),
        address=address,
        started_on=started_on,
        ended_on=ended_on,
        offer=BUSINESS_OFFERS[service] if business else rng.choice(OFFERS[service]),
    )
    return Point(
        supply=supply,
        profile=profile,
        annual=min(most, max(least, round(median * rng.lognormvariate(0, sigma)))),
        power=Decimal(rng.choice(POWER.get(profile, ("0",)))),
        noise=rng.randrange(10**9),
    )


def pod(rng: Random, serial: int) -> str:
    """Of several distributors; the numbers are above those in use. In Rome the last character is a letter."""
    prefix = rng.choices(("IT001E", "IT002E", "IT012E", "IT020E", "IT003E"), (78, 8, 7, 4, 3))[0]
    if prefix == "IT002E":
        return f"{prefix}{9_000_000 + serial % 1_000_000:07d}A"
    return f"{prefix}{90_000_000 + serial % 10_000_000:08d}"


def pdr(serial: int) -> str:
    return f"9999{serial % 10**10:010d}"
