"""Puts a customer together with accounts, supplies and the bills of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from sportello.billing.codes import SupplyStatus
from sportello.billing.records import Address, CustomerRecord, UsageRecord
from sportello.billing.services import SERVICES
from sportello.demo import documents, meters, months, supplies, usage
from sportello.demo.chance import chance
from sportello.demo.drafts import Draft
from sportello.demo.invoices import NAMES, Billed, Rhythm, bills, delivery_notes, usual_rhythm
from sportello.demo.meters import Gear
from sportello.demo.payments import Payer
from sportello.demo.readings import Reader
from sportello.demo.supplies import Point, Profile

MONTHS_BACK = 36
MONTHLY_FROM, SELDOM_TO = 5_000, 500


@dataclass(slots=True, kw_only=True)
class HeldAccount:
    """An account with what is billed on it, and what was read and used. Its post goes to the customer where nothing is said."""

    code: str
    description: str
    payer: Payer
    points: list[Point]
    mailing_address: Address | None = None
    addressee: str = ""
    drafts: list[Draft] = field(default_factory=list)
    readers: list[Reader] = field(default_factory=list)
    usage: list[UsageRecord] = field(default_factory=list)

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
        gear: Mapping[Profile, Gear] | None = None,
    ) -> HeldAccount:
        """An account with a supply of each profile, billed each on its own or all ``together``. ``gear`` is what meter
        those of a profile have where that is not left to chance."""
        code = f"CC{self.customer.code}-{len(self.accounts) + 1}"
        since = months.shifted(self.today, -months_back)
        started_on = started_on or self.started_on(code)
        points = [
            self.point(profile, code, started_on, ended_on, status, address)
            for profile, address in zip(profiles, addresses or [None] * len(profiles), strict=True)
        ]
        account = HeldAccount(
            code=code,
            description=description or " e ".join(dict.fromkeys(NAMES[point.service] for point in points)),
            payer=payer,
            points=points,
        )
        self.accounts.append(account)
        if status != "activating":
            for group in [points] if together else [[point] for point in points]:
                self.supplied(account, group, rhythm, since, gear or {})
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

    def supplied(
        self,
        account: HeldAccount,
        points: Sequence[Point],
        rhythm: Rhythm | None,
        since: date,
        gear: Mapping[Profile, Gear],
    ) -> None:
        """Reads the meters of ``points`` and bills them together."""
        started_on = min(point.supply.started_on or since for point in points)
        begins = max(since, started_on)
        if points[0].profile == "tank":
            self.supply_tank(account, points[0], begins)
        else:
            rng = self.rng("bills", points[0].supply.code)
            rhythm = rhythm or usual_rhythm(rng, today=self.today, every=months_between_bills(points[0]))
            billed = [self.billed(account, point, begins, gear.get(point.profile)) for point in points]
            account.drafts += bills(billed, rhythm, today=self.today, since=begins)
            for each in billed:
                if each.reader:
                    each.reader.finish()
        if started_on > since and account.drafts:
            account.drafts += self.opening(points[0], started_on)

    def billed(self, account: HeldAccount, point: Point, since: date, gear: Gear | None) -> Billed:
        if not SERVICES[point.service].dial:
            traffic = list(usage.traffic(point, since, self.today))
            account.usage += traffic
            return Billed(point=point, traffic=traffic)
        gear = gear or meters.draw(self.rng("gear", point.supply.code), point, since=since, today=self.today)
        reader = Reader(point=point, gear=gear, since=since, today=self.today)
        account.readers.append(reader)
        return Billed(point=point, reader=reader)

    def supply_tank(self, account: HeldAccount, point: Point, since: date) -> None:
        brought = usage.deliveries(point, since, self.today)
        account.usage += [usage.brought(point, delivery) for delivery in brought]
        account.drafts += delivery_notes(point, brought, today=self.today, since=since)

    def opening(self, point: Point, started_on: date) -> list[Draft]:
        """What a supply that starts costs once; nobody leaves a deposit for a telephone."""
        activation = documents.activation(point, issued_on=started_on + timedelta(days=9))
        if point.service == "telephony":
            return [activation]
        return [activation, documents.deposit(point, issued_on=started_on + timedelta(days=12))]


def months_between_bills(point: Point) -> int:
    if point.annual > MONTHLY_FROM:
        return 1
    seldom = point.service == "water" or (point.service in ("gas", "lpg") and point.annual <= SELDOM_TO)
    return 4 if seldom else 2
