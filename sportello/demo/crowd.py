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

PERSONS, COMPANIES = 52, 14
FIRST_PERSON, FIRST_COMPANY, FIRST_CONDOMINIUM = 700_101, 700_201, 700_301
NEWCOMERS = ("700101", "700102", "700103", "700104")  # who has not been here yet, and whose web code the demo tells
WITHOUT_EMAIL = ("700102", "700104")
CORRECTED, WITH_SERVICE, WITH_ARREARS, WITH_INDEMNITY = 6, 9, 1, 23  # each such-and-such household


def households(*, seed: int, today: date) -> list[Household]:
    made = [
        *(person(seed, today, code) for code in codes(FIRST_PERSON, PERSONS)),
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


def person(seed: int, today: date, code: str) -> Household:
    rng = chance(seed, code)
    customer = customers.person(rng, code=code, today=today)
    if code in WITHOUT_EMAIL:
        customer = replace(customer, email=None)
    held = Household(customer=customer, seed=seed, today=today)
    payer = draw_payer(rng)
    home: Profile = "resident" if rng.random() < 0.88 else "non_resident"
    gas: Profile = "C3" if rng.random() < 0.85 else "C2"
    if rng.random() < 0.2:
        held.open_account(gas, home, payer=payer, together=True)
        return held
    if rng.random() < 0.85:
        held.open_account(gas, payer=payer)
    if rng.random() < 0.8 or not held.accounts:
        held.open_account(home, payer=payer)
    if rng.random() < 0.07:
        close_one(rng, held)
    return held


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
