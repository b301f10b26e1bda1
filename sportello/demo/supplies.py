"""Makes supplies: a delivery point with a code of the ranges for fiction, and what is consumed there each month."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random
from typing import Literal

from sportello.billing.codes import ServiceCode, SupplyStatus
from sportello.billing.records import Address, SupplyRecord
from sportello.demo.chance import chance

Profile = Literal[
    "C2",
    "C3",
    "C1",
    "T1",
    "resident",
    "non_resident",
    "shop",
    "stairs",
    "network",  # LPG from a network, with a meter
    "tank",  # LPG from a tank, brought by lorry
    "tap",  # water at home
    "works",  # water of a business
    "line",
    "mobile",
]
SERVICE_OF: dict[Profile, ServiceCode] = {
    "C2": "gas",
    "C3": "gas",
    "C1": "gas",
    "T1": "gas",
    "resident": "electricity",
    "non_resident": "electricity",
    "shop": "electricity",
    "stairs": "electricity",
    "network": "lpg",
    "tank": "lpg",
    "tap": "water",
    "works": "water",
    "line": "telephony",
    "mobile": "telephony",
}
ZONE = "E"  # the climate zone of all our municipalities
BUSINESS: tuple[Profile, ...] = ("C1", "T1", "shop", "stairs", "works")

# What part of a year's consumption falls in each month, January first, in percent.
FLAT = (8.5, 7.7, 8.5, 8.2, 8.5, 8.2, 8.5, 8.5, 8.2, 8.5, 8.2, 8.5)
HEATING = (19.9, 16.2, 12.6, 4.9, 1.9, 1.8, 1.9, 1.9, 1.8, 4.5, 13.6, 19.2)
SHARES: dict[Profile, tuple[float, ...]] = {
    "C3": HEATING,
    "C1": (23.1, 18.6, 13.7, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 3.3, 15.1, 22.2),
    "C2": FLAT,
    "T1": (9.3, 8.8, 9.4, 8.2, 8.6, 8.4, 8.0, 3.2, 8.8, 9.4, 9.2, 8.7),
    "resident": (9.2, 8.2, 8.3, 7.5, 7.4, 8.0, 9.4, 8.9, 7.7, 7.9, 8.4, 9.1),
    "non_resident": (4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 21.0, 24.0, 6.0, 4.0, 4.0, 12.0),
    "shop": (8.4, 7.8, 8.1, 7.6, 7.9, 8.7, 9.6, 8.8, 8.2, 8.1, 8.0, 8.8),
    "stairs": (9.4, 8.4, 8.6, 8.0, 7.9, 7.6, 7.8, 7.8, 8.0, 8.6, 8.8, 9.1),
    "network": HEATING,
    "tank": HEATING,
    "tap": (8.0, 7.3, 8.0, 8.0, 8.2, 9.2, 9.8, 9.8, 8.2, 8.0, 7.7, 7.8),
    "works": FLAT,
    "line": (9.0, 8.2, 8.6, 8.1, 8.0, 7.4, 7.3, 7.2, 8.2, 8.8, 9.3, 9.9),
    "mobile": FLAT,
}
# Median of a year's consumption in the service's unit (of a tank, in litres), how widely it varies (sigma of the
# logarithm), and its bounds.
ANNUAL: dict[Profile, tuple[int, float, int, int]] = {
    "C2": (150, 0.4, 60, 350),
    "C3": (950, 0.3, 500, 1_800),
    "C1": (18_000, 0.5, 8_000, 60_000),
    "T1": (9_000, 0.8, 2_000, 60_000),
    "resident": (2_300, 0.3, 900, 5_500),
    "non_resident": (600, 0.3, 150, 1_500),
    "shop": (14_000, 0.35, 8_000, 25_000),
    "stairs": (3_200, 0.4, 900, 9_000),
    "network": (380, 0.3, 120, 800),
    "tank": (1_500, 0.3, 700, 3_200),
    "tap": (110, 0.35, 40, 260),
    "works": (320, 0.6, 60, 1_500),
    "line": (1_900, 0.4, 500, 4_500),
    "mobile": (260, 0.5, 24, 900),
}
POWER: dict[Profile, tuple[str, ...]] = {
    "resident": ("3", "3", "3", "4.5", "6"),
    "non_resident": ("3", "3", "1.5"),
    "shop": ("6", "10", "15", "20"),
    "stairs": ("3", "4.5", "6"),
}
TANKS = (1_000, 1_000, 1_750)  # litres
OFFERS: dict[Profile | ServiceCode, tuple[str, ...]] = {
    "gas": ("Gas Casa Fisso 12", "Gas Casa Variabile PSV", "Gas Famiglia"),
    "electricity": ("Luce Casa Fisso 12", "Luce Casa Variabile PUN", "Luce Verde"),
    "network": ("GPL Rete",),
    "tank": ("GPL Serbatoio in comodato", "GPL Serbatoio di proprietà"),
    "water": ("Acqua uso domestico residente",),
    "works": ("Acqua uso non domestico",),
    "line": ("Fibra Casa 1000", "Fibra Casa 200"),
    "mobile": ("Mobile 100 GB", "Mobile 30 GB"),
}
BUSINESS_OFFERS: dict[ServiceCode, tuple[str, ...]] = {
    "gas": ("Gas Impresa PSV",),
    "electricity": ("Luce Impresa PUN",),
}
NOISE = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A supply and what the tariffs need to know of it. ``annual`` is in the service's unit (of a tank, in litres),
    ``power`` in kW."""

    supply: SupplyRecord
    profile: Profile
    annual: int
    power: Decimal
    noise: int

    @property
    def service(self) -> ServiceCode:
        return self.supply.service

    @property
    def domestic(self) -> bool:
        return self.profile not in BUSINESS

    def consumed(self, year: int, month: int) -> int:
        """What was really consumed in a month: always the same for the same month."""
        wobble = chance(self.noise, year, month).lognormvariate(0, NOISE)
        weather = WEATHER[year % len(WEATHER)] if SHARES[self.profile] in COLD else 1.0
        return round(self.annual * SHARES[self.profile][month - 1] / 100 * weather * wobble)


COLD = (SHARES["C1"], HEATING)
WEATHER = tuple(chance("weather", year).uniform(0.88, 1.10) for year in range(10))  # how cold a year is


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
    service = SERVICE_OF[profile]
    median, sigma, least, most = ANNUAL[profile]
    serial = int("".join(filter(str.isdigit, code)))
    point_code = point_code_of(service, rng, serial)
    offer = rng.choice(offers(profile))
    annual = min(most, max(least, round(median * rng.lognormvariate(0, sigma))))
    supply = SupplyRecord(
        code=code,
        customer_code=customer_code,
        account_code=account_code,
        service=service,
        status=status,
        point_code=point_code,
        address=address,
        started_on=started_on,
        ended_on=ended_on,
        offer=offer,
        # Of a tank it would be in litres, which is not the unit of the service.
        annual_consumption=None if profile == "tank" else Decimal(annual),
        profile=category(profile),
        tank_litres=rng.choice(TANKS) if profile == "tank" else None,
    )
    return Point(
        supply=supply,
        profile=profile,
        annual=annual,
        power=Decimal(rng.choice(POWER.get(profile, ("0",)))),
        noise=rng.randrange(10**9),
    )


def offers(profile: Profile) -> tuple[str, ...]:
    service = SERVICE_OF[profile]
    if profile in BUSINESS and service in BUSINESS_OFFERS:
        return BUSINESS_OFFERS[service]
    return OFFERS.get(profile) or OFFERS[service]


def category(profile: Profile) -> str | None:
    """The category of use with its climate zone, as distributors write it; gas and LPG alone have one."""
    if SERVICE_OF[profile] == "lpg":
        return f"C3{ZONE}"
    return f"{profile}{ZONE}" if SERVICE_OF[profile] == "gas" else None


def point_code_of(service: ServiceCode, rng: Random, serial: int) -> str | None:
    """The PDR or POD; other services have no point code."""
    if service == "gas":
        return pdr(serial)
    return pod(rng, serial) if service == "electricity" else None


def pod(rng: Random, serial: int) -> str:
    """Of several distributors; the numbers are above those in use. In Rome the last character is a letter."""
    prefix = rng.choices(("IT001E", "IT002E", "IT012E", "IT020E", "IT003E"), (78, 8, 7, 4, 3))[0]
    if prefix == "IT002E":
        return f"{prefix}{9_000_000 + serial % 1_000_000:07d}A"
    return f"{prefix}{90_000_000 + serial % 10_000_000:08d}"


def pdr(serial: int) -> str:
    return f"9999{serial % 10**10:010d}"
