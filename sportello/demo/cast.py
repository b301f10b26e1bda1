"""The customers with a part to play: each shows something that a page must get right, and their codes never change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from sportello.billing.records import Address
from sportello.demo import customers, documents, months
from sportello.demo.chance import chance
from sportello.demo.households import HeldAccount, Household
from sportello.demo.invoices import Fate, rhythm_due_on
from sportello.demo.payments import Payer
from sportello.demo.supplies import Profile

DEBIT = Payer(channel="direct_debit")
POST = Payer(channel="post")
TRANSFER = Payer(channel="transfer")
FLAT_PROFILES: tuple[Profile, ...] = ("C3",) * 10 + ("resident",) * 10
OMOCODIA = 3  # the place in the list of the variants of a tax code


@dataclass(frozen=True, slots=True, kw_only=True)
class Protagonist:
    """Somebody who signs in, and the customers that are his. ``about`` says what is to be seen.

    ``proven`` tells whether his login knows his e-mail address too, and not billing alone.
    """

    key: str
    first_name: str
    last_name: str
    email: str
    customer_codes: tuple[str, ...]
    about: str
    language: str = "it"
    proven: bool = True


PROTAGONISTS = (
    Protagonist(
        key="maria",
        first_name="Maria",
        last_name="Guerzoni",
        email="maria.guerzoni@example.it",
        customer_codes=("700001",),
        about="gas and electricity at home; a gas bill due in six days, an electricity bill overdue and partly paid",
    ),
    Protagonist(
        key="stefania",
        first_name="Stefania",
        last_name="Lugli",
        email="stefania.lugli@example.it",
        customer_codes=("700002", "700003"),
        about="two customers: her home and her company",
    ),
    Protagonist(
        key="davide",
        first_name="Davide",
        last_name="Bergonzini",
        email="davide.bergonzini@example.it",
        customer_codes=("700004",),
        about="a company with two hundred supplies",
    ),
    Protagonist(
        key="chiara",
        first_name="Chiara",
        last_name="Malagoli",
        email="chiara.malagoli@example.it",
        customer_codes=("700005",),
        about="no supply yet",
    ),
    Protagonist(
        key="tommaso",
        first_name="Tommaso",
        last_name="Zanoli",
        email="tommaso.zanoli@example.it",
        customer_codes=("700006",),
        about="a supply that is being activated, no bill yet",
    ),
    Protagonist(
        key="franco",
        first_name="Franco",
        last_name="Benatti",
        email="franco.benatti@example.it",
        customer_codes=("700007",),
        about="paid a bill twice: a credit balance",
    ),
    Protagonist(
        key="luisa",
        first_name="Luisa",
        last_name="Pivetti",
        email="luisa.pivetti@example.it",
        customer_codes=("700008",),
        about="the last invoice is a credit note",
    ),
    Protagonist(
        key="giorgio",
        first_name="Giorgio",
        last_name="Razzaboni",
        email="giorgio.razzaboni@example.it",
        customer_codes=("700009",),
        about="a closed supply beside one that goes on; his login has no e-mail address, so he is written to by post",
        proven=False,
    ),
    Protagonist(
        key="ahmed",
        first_name="Ahmed",
        last_name="El Amrani",
        email="ahmed.el-amrani@example.it",
        customer_codes=("700010",),
        about="born in Morocco, reads English; gas and electricity on one bill",
        language="en",
    ),
    Protagonist(
        key="mario",
        first_name="Mario",
        last_name="Rossi",
        email="mario.rossi@example.it",
        customer_codes=("700011",),
        about="a tax code with letters for digits (omocodia); a direct debit that came back",
    ),
    Protagonist(
        key="maddalena",
        first_name="Maria Maddalena Immacolata",
        last_name="D'Àngelo-Österreicher della Rovere-Montecuccoli",
        email="maria-maddalena-immacolata.dangelo-osterreicher-della-rovere-montecuccoli@example.it",
        customer_codes=("700012",),
        about="very long names with accents; one bill is contested",
    ),
)


def households(*, seed: int, today: date) -> list[Household]:
    return [make(seed, today) for make in MAKERS]


def home(seed: int, today: date, code: str, *, woman: bool, born: date, born_in: str = "C951") -> Household:
    who = next(each for each in PROTAGONISTS if code in each.customer_codes)
    customer = customers.person(
        chance(seed, code),
        code=code,
        today=today,
        first_name=who.first_name,
        last_name=who.last_name,
        woman=woman,
        birth_date=born,
        born_in=born_in,
        language=who.language,
    )
    return Household(customer=replace(customer, email=who.email), seed=seed, today=today)


def street(street: str, number: str, postcode: str = "41033", municipality: str = "Concordia sulla Secchia") -> Address:
    return Address(street=street, number=number, postcode=postcode, municipality=municipality, province="MO")


def maria(seed: int, today: date) -> Household:
    held = home(seed, today, "700001", woman=True, born=date(1961, 4, 12))
    held.customer = replace(held.customer, address=street("Via Achille Grandi", "39"))
    gas = held.open_account("C3", payer=POST, rhythm=rhythm_due_on(today + timedelta(days=6)))
    light = held.open_account("resident", payer=POST, rhythm=rhythm_due_on(today - timedelta(days=12)))
    gas.last().fate, light.last().fate = "open", "partly"
    return held


def stefania(seed: int, today: date) -> Household:
    held = home(seed, today, "700002", woman=True, born=date(1974, 9, 30), born_in="F240")
    held.open_account(
        "C3", "resident", payer=DEBIT, description="Casa", rhythm=rhythm_due_on(today + timedelta(days=3))
    )
    return held


def lugli_serramenti(seed: int, today: date) -> Household:
    customer = customers.company(
        chance(seed, "700003"),
        code="700003",
        name="Lugli Serramenti S.r.l.",
        lives_at=street("Via dell'Artigianato", "12", "41037", "Mirandola"),
    )
    held = Household(customer=customer, seed=seed, today=today)
    works = held.open_account("T1", "shop", payer=TRANSFER, description="Stabilimento")
    works.last().fate = "instalments"
    held.open_account(
        "shop",
        payer=DEBIT,
        description="Esposizione",
        addresses=[street("Via Statale Nord", "88/B", "41037", "Mirandola")],
    )
    return held


def immobiliare_pianura(seed: int, today: date) -> Household:
    customer = customers.company(
        chance(seed, "700004"),
        code="700004",
        name="Immobiliare Pianura S.p.A.",
        lives_at=street("Via Giardini", "470", "41124", "Modena"),
    )
    held = Household(customer=customer, seed=seed, today=today)
    for building in range(1, 11):
        flats = [street("Via dei Tigli", f"{building}/{flat}") for flat in range(1, 11)]
        held.open_account(
            *FLAT_PROFILES,
            payer=DEBIT,
            description=f"Palazzina {building}",
            addresses=[*flats, *flats],
            started_on=months.shifted(today, -60),
            months_back=22,
        )
    return held


def chiara(seed: int, today: date) -> Household:
    return home(seed, today, "700005", woman=True, born=date(1998, 2, 3), born_in="F257")


def tommaso(seed: int, today: date) -> Household:
    held = home(seed, today, "700006", woman=False, born=date(1989, 11, 21), born_in="F240")
    held.open_account("C3", payer=DEBIT, status="activating", started_on=months.shifted(today, 1))
    return held


def franco(seed: int, today: date) -> Household:
    held = home(seed, today, "700007", woman=False, born=date(1955, 6, 8))
    light = held.open_account("resident", payer=POST, rhythm=rhythm_due_on(today - timedelta(days=9)))
    settle_all(light)
    light.last().fate = "twice"
    return held


def luisa(seed: int, today: date) -> Household:
    held = home(seed, today, "700008", woman=True, born=date(1968, 12, 17), born_in="F257")
    gas = held.open_account("C3", payer=TRANSFER, rhythm=rhythm_due_on(today - timedelta(days=15)))
    settle_all(gas)
    gas.drafts.append(documents.credit_note(gas.last(), issued_on=today - timedelta(days=5), share=Decimal("0.35")))
    return held


def giorgio(seed: int, today: date) -> Household:
    held = home(seed, today, "700009", woman=False, born=date(1949, 3, 25), born_in="F240")
    ended_on = months.end_of(months.shifted(today, -7))
    held.open_account("C3", payer=POST, status="closed", started_on=date(2015, 10, 1), ended_on=ended_on)
    held.open_account("resident", payer=POST)
    return held


def ahmed(seed: int, today: date) -> Household:
    held = home(seed, today, "700010", woman=False, born=date(1985, 7, 14), born_in="Z330")
    held.open_account("C3", "resident", payer=TRANSFER, together=True, rhythm=rhythm_due_on(today + timedelta(days=11)))
    return held


def mario(seed: int, today: date) -> Household:
    held = home(seed, today, "700011", woman=False, born=date(1980, 1, 1), born_in="F257")
    held.customer = replace(held.customer, tax_code=customers.variant(held.customer.tax_code or "", OMOCODIA))
    light = held.open_account("resident", payer=DEBIT, rhythm=rhythm_due_on(today - timedelta(days=8)))
    light.last().fate = "returned"
    return held


def maddalena(seed: int, today: date) -> Household:
    held = home(seed, today, "700012", woman=True, born=date(1943, 8, 15), born_in="L736")
    held.customer = replace(
        held.customer,
        address=street("Strada Provinciale per Santa Caterina e San Giovanni in Persiceto", "1024/bis interno 12"),
    )
    gas = held.open_account("C3", payer=POST, rhythm=rhythm_due_on(today - timedelta(days=3)))
    gas.last().fate = "contested"
    held.open_account("non_resident", payer=POST)
    return held


def settle_all(account: HeldAccount, fate: Fate = "paid") -> None:
    for draft in account.drafts:
        draft.fate = fate


MAKERS: Sequence[Callable[[int, date], Household]] = (
    maria,
    stefania,
    lugli_serramenti,
    immobiliare_pianura,
    chiara,
    tommaso,
    franco,
    luisa,
    giorgio,
    ahmed,
    mario,
    maddalena,
)
