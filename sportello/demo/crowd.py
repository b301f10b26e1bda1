"""The many customers without a part to play, so that lists, searches and totals have something to be about."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from sportello.demo import customers, documents, months, names
from sportello.demo.chance import chance
from sportello.demo.households import HeldAccount, Household
from sportello.demo.payments import draw_payer
from sportello.demo.supplies import Profile

PERSONS, COMPANIES = 440, 40
FIRST_PERSON, FIRST_COMPANY, FIRST_CONDOMINIUM = 700_101, 700_701, 700_801
NEWCOMERS = ("700101", "700102", "700103", "700104")  # who has not been here yet, and whose web code the demo tells
WITHOUT_EMAIL = ("700102", "700104")
OLD_HANDS = 60  # of the persons; most others came this year, for the company grows
CORRECTED, WITH_SERVICE, WITH_ARREARS, WITH_INDEMNITY = 6, 9, 1, 23  # each such-and-such household
TOGETHER, WITH_GAS, WITH_LIGHT, WITH_WATER, WITH_LINE, LEFT_ONE = 0.2, 0.78, 0.8, 0.3, 0.22, 0.07
# What a home is heated with.
FUELS: tuple[tuple[Profile, float], ...] = (("C3", 0.80), ("C2", 0.12), ("network", 0.05), ("tank", 0.03))


def households(*, seed: int, today: date, persons: int = PERSONS, old_hands: int = OLD_HANDS) -> list[Household]:
    made = [
        *(person(seed, today, code, old=count < old_hands) for count, code in enumerate(codes(FIRST_PERSON, persons))),
        *(company(seed, today, code) for code in codes(FIRST_COMPANY, COMPANIES)),
        *(
            condominium(seed, today, code, name)
            for code, name in zip(codes(FIRST_CONDOMINIUM, len(names.CONDOMINIUMS)), names.CONDOMINIUMS, strict=True)
        ),
    ]
    for count, household in enumerate(made):
        add_documents(household, count)
    return made


def codes(first: int, count: int) -> list[str]:
    return [str(code) for code in range(first, first + count)]


def person(seed: int, today: date, code: str, *, old: bool) -> Household:
    rng = chance(seed, code)
    customer = customers.person(rng, code=code, today=today)
    if code in WITHOUT_EMAIL:
        customer = replace(customer, email=None)
    held = Household(customer=customer, seed=seed, today=today)
    payer = draw_payer(rng)
    home: Profile = "resident" if rng.random() < 0.88 else "non_resident"
    fuel: Profile = rng.choices([each for each, _ in FUELS], [weight for _, weight in FUELS])[0]
    came_on = None if old else lately(rng, today)
    if rng.random() < TOGETHER and fuel in ("C3", "C2"):
        held.open_account(fuel, home, payer=payer, together=True, started_on=came_on)
    else:
        wanted: list[tuple[Profile, float]] = [(fuel, WITH_GAS), (home, WITH_LIGHT)]
        found = [profile for profile, share in wanted if rng.random() < share] or [home]
        for profile in found:
            held.open_account(profile, payer=payer, started_on=came_on)
    if rng.random() < WITH_WATER:
        held.open_account("tap", payer=payer, started_on=came_on)
    if rng.random() < WITH_LINE:
        held.open_account("line" if rng.random() < 0.6 else "mobile", payer=payer, started_on=lately(rng, today))
    if rng.random() < LEFT_ONE and old:
        close_one(rng, held)
    return held


def lately(rng: Random, today: date) -> date:
    """The first day of one of the last months; some were there long before."""
    return months.shifted(today, -rng.randint(2, 11) if rng.random() < 0.92 else -rng.randint(20, 60))


def close_one(rng: Random, held: Household) -> None:
    """A supply that the customer gave up, somewhere else."""
    held.open_account(
        "resident",
        payer=draw_payer(rng),
        status="closed",
        started_on=months.shifted(held.today, -70),
        ended_on=months.end_of(months.shifted(held.today, -rng.randint(6, 25))),
        addresses=[customers.address(rng)],
    )


def company(seed: int, today: date, code: str) -> Household:
    rng = chance(seed, code)
    held = Household(customer=customers.company(rng, code=code), seed=seed, today=today)
    held.open_account("shop", payer=draw_payer(rng))
    if rng.random() < 0.6:
        held.open_account("T1", payer=draw_payer(rng))
    if rng.random() < 0.3:
        held.open_account("works", payer=draw_payer(rng))
    if rng.random() < 0.4:
        held.open_account("line", "mobile", payer=draw_payer(rng), started_on=lately(rng, today))
    return held


def condominium(seed: int, today: date, code: str, name: str) -> Household:
    rng = chance(seed, code)
    held = Household(customer=customers.condominium(rng, code=code, name=name), seed=seed, today=today)
    held.open_account("C1", payer=draw_payer(rng), description="Centrale termica")
    held.open_account("stairs", payer=draw_payer(rng), description="Scale e ascensore")
    return held


def add_documents(held: Household, count: int) -> None:
    """What only some have besides their bills."""
    account = held.accounts[0]
    if not account.drafts:
        return
    kinds: tuple[tuple[int, Callable[[HeldAccount, date], None]], ...] = (
        (CORRECTED, correct_one),
        (WITH_SERVICE, add_service),
        (WITH_ARREARS, add_arrears),
        (WITH_INDEMNITY, add_indemnity),
    )
    for every, add in kinds:
        if count % every == every - 1:
            add(account, held.today)


def correct_one(account: HeldAccount, today: date) -> None:
    """A bill in the middle was wrong: a credit note takes it back and another takes its place."""
    wrong = account.drafts[len(account.drafts) // 2]
    if wrong.record.kind not in ("period_estimated", "period_actual", "period_mixed"):
        return
    issued_on = wrong.record.issued_on + timedelta(days=16)
    if issued_on > today:
        return
    wrong.fate = "set_off"
    account.drafts += [
        documents.credit_note(wrong, issued_on=issued_on),
        documents.adjustment(wrong, issued_on=issued_on, share=Decimal("0.72")),
    ]


def add_service(account: HeldAccount, today: date) -> None:
    account.drafts.append(documents.service(account.points[0], issued_on=today - timedelta(days=100)))


def add_arrears(account: HeldAccount, today: date) -> None:
    """Interest where somebody pays too late."""
    if account.payer.manners == "in_arrears":
        account.drafts.append(documents.arrears(account.points[0], issued_on=today - timedelta(days=40)))


def add_indemnity(account: HeldAccount, today: date) -> None:
    account.drafts.append(documents.indemnity(account.points[0], issued_on=today - timedelta(days=210)))
