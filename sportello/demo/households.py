"""Puts a customer together with accounts, supplies and the bills of each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from sportello.billing.records import Address, CustomerRecord, SupplyStatus
from sportello.demo import documents, months, supplies
from sportello.demo.chance import chance
from sportello.demo.invoices import Draft, Rhythm, bills, usual_rhythm
from sportello.demo.payments import Payer
from sportello.demo.supplies import Point, Profile

MONTHS_BACK = 36
MONTHLY_FROM, SELDOM_TO = 5_000, 500
DESCRIPTIONS = {"gas": "Gas", "electricity": "Luce"}


@dataclass(slots=True, kw_only=True)
class HeldAccount:
    """An account with what is billed on it."""

    code: str
    description: str
    payer: Payer
    points: list[Point]
    drafts: list[Draft]

    def last(self) -> Draft:
        return max(self.drafts, key=lambda draft: draft.record.issued_on)


@dataclass(slots=True, kw_only=True)
class Household:
    """A customer, person or company, and all that is his. ``open_account`` adds to it."""

    customer: CustomerRecord
    seed: int
    today: date
    accounts: list[HeldAccount] = field(default_factory=list)
    supply_count: int = 0

    def rng(self, *words: object) -> Random:
        return chance(self.seed, self.customer.code, *words)

    def open_account(
        self,
        *profiles: Profile,
        payer: Payer,
        started_on: date | None = None,
        ended_on: date | None = None,
        status: SupplyStatus = "active",
        rhythm: Rhythm | None = None,
        addresses: Sequence[Address | None] = (),
        description: str = "",
        together: bool = False,
        months_back: int = MONTHS_BACK,
    ) -> HeldAccount:
        """An account with a supply of each profile, billed each on its own or all ``together``."""
        code = f"CC{self.customer.code}-{len(self.accounts) + 1}"
        since = months.shifted(self.today, -months_back)
        started_on = started_on or self.started_on(code)
        points = [
            self.point(profile, code, started_on, ended_on, status, address)
            for profile, address in zip(profiles, addresses or [None] * len(profiles), strict=True)
        ]
        groups = [points] if together else [[point] for point in points]
        drafts = [draft for group in groups for draft in self.bills(group, rhythm, since)]
        account = HeldAccount(
            code=code,
            description=description or " e ".join(DESCRIPTIONS[point.supply.service] for point in points),
            payer=payer,
            points=points,
            drafts=drafts if status != "activating" else [],
        )
        self.accounts.append(account)
        return account

    def point(
        self,
        profile: Profile,
        account_code: str,
        started_on: date,
        ended_on: date | None,
        status: SupplyStatus,
        address: Address | None,
    ) -> Point:
        self.supply_count += 1
        code = f"UT{self.customer.code}{self.supply_count:03d}"
        return supplies.point(
            self.rng(code),
            code=code,
            customer_code=self.customer.code,
            account_code=account_code,
            profile=profile,
            address=address or self.customer.address,
            started_on=started_on,
            status=status,
            ended_on=ended_on,
        )

    def started_on(self, account_code: str) -> date:
        """Most were there before the three years that are shown."""
        rng = self.rng("start", account_code)
        return months.shifted(self.today, -rng.randint(4, 34) if rng.random() < 0.2 else -rng.randint(38, 140))

    def bills(self, points: Sequence[Point], rhythm: Rhythm | None, since: date) -> list[Draft]:
        rng = self.rng("bills", points[0].supply.code)
        rhythm = rhythm or usual_rhythm(rng, today=self.today, every=months_between_bills(points[0]))
        started_on = min(point.supply.started_on or since for point in points)
        drafts = bills(rng, points, rhythm, today=self.today, since=max(since, started_on))
        if started_on > since and drafts:
            drafts = [*self.opening(points[0], started_on), *drafts]
        return drafts

    def opening(self, point: Point, started_on: date) -> list[Draft]:
        """What a supply that starts costs once."""
        return [
            documents.activation(point, issued_on=started_on + timedelta(days=9)),
            documents.deposit(point, issued_on=started_on + timedelta(days=12)),
        ]


def months_between_bills(point: Point) -> int:
    if point.annual > MONTHLY_FROM:
        return 1
    return 4 if point.supply.service == "gas" and point.annual <= SELDOM_TO else 2
