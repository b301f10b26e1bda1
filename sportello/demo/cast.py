"""What the customers with a part to play hold: each shows something that a page must get right; their codes never change."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from sportello.billing.records import Address
from sportello.demo import customers, documents, months
from sportello.demo.chance import chance
from sportello.demo.drafts import Fate
from sportello.demo.households import HeldAccount, Household
from sportello.demo.invoices import rhythm_due_on
from sportello.demo.meters import Gear
from sportello.demo.payments import Payer
from sportello.demo.protagonists import PROTAGONISTS
from sportello.demo.supplies import Profile

DEBIT = Payer(channel="direct_debit")
POST = Payer(channel="post")
TRANSFER = Payer(channel="transfer")
FLAT_PROFILES: tuple[Profile, ...] = ("C3",) * 10 + ("resident",) * 10
# Meters that their owner reads himself, and has not this month: what he may try out.
DIAL = Gear(kept_back=30)
BANDS = Gear(dials="bands", kept_back=30)
READABLE: Mapping[Profile, Gear] = {"C3": DIAL, "resident": BANDS}
OMOCODIA = 3  # the place in the list of the variants of a tax code


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
    return Household(customer=replace(customer, email=who.email if who.proven else None), seed=seed, today=today)


def street(street: str, number: str, postcode: str = "41033", municipality: str = "Concordia sulla Secchia") -> Address:
    return Address(street=street, number=number, postcode=postcode, municipality=municipality, province="MO")


def maria(seed: int, today: date) -> Household:
    held = home(seed, today, "700001", woman=True, born=date(1961, 4, 12))
    held.customer = replace(held.customer, address=street("Via Achille Grandi", "39"))
    gas = held.open_account("C3", payer=POST, rhythm=rhythm_due_on(today + timedelta(days=6)), gear=READABLE)
    light = held.open_account("resident", payer=POST, rhythm=rhythm_due_on(today - timedelta(days=12)), gear=READABLE)
    gas.last().fate, light.last().fate = "open", "partly"
    return held


def stefania(seed: int, today: date) -> Household:
    held = home(seed, today, "700002", woman=True, born=date(1974, 9, 30), born_in="F240")
    held.open_account(
        "C3",
        "resident",
        payer=DEBIT,
        description="Casa",
        rhythm=rhythm_due_on(today + timedelta(days=3)),
        gear=READABLE,
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
    showroom = held.open_account(
        "shop",
        payer=DEBIT,
        description="Esposizione",
        addresses=[street("Via Statale Nord", "88/B", "41037", "Mirandola")],
    )
    showroom.mailing_address = street("Piazza Costituente", "7", "41037", "Mirandola")
    showroom.addressee = "Studio Bianchi Commercialisti Associati"
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
            gear={"C3": DIAL},
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
    gas = held.open_account("C3", payer=TRANSFER, rhythm=rhythm_due_on(today - timedelta(days=15)), gear=READABLE)
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
    rhythm = rhythm_due_on(today + timedelta(days=11))
    held.open_account("C3", "resident", payer=TRANSFER, together=True, rhythm=rhythm, gear=READABLE)
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
    gas = held.open_account("C3", payer=POST, rhythm=rhythm_due_on(today - timedelta(days=3)), gear=READABLE)
    gas.last().fate = "contested"
    held.open_account("non_resident", payer=POST)
    return held


def officina_setti(seed: int, today: date) -> Household:
    customer = customers.company(
        chance(seed, "700013"),
        code="700013",
        name="Officina Meccanica Setti S.r.l.",
        lives_at=street("Via della Repubblica", "31", "41037", "Mirandola"),
    )
    held = Household(customer=customer, seed=seed, today=today)
    held.open_account("T1", payer=TRANSFER, description="Officina", gear={"T1": Gear(dials="corrector", kept_back=30)})
    held.open_account("shop", payer=TRANSFER, gear={"shop": Gear(dials="bands", remote=True)})
    return held


def carla(seed: int, today: date) -> Household:
    held = home(seed, today, "700014", woman=True, born=date(1957, 10, 9), born_in="F240")
    spring = today - timedelta(days=200)
    held.open_account("C3", payer=POST, gear={"C3": Gear(left=20, kept_back=30)})
    held.open_account("resident", payer=POST, gear={"resident": Gear(dials="bands", swapped_on=spring, kept_back=30)})
    return held


def simone(seed: int, today: date) -> Household:
    held = home(seed, today, "700015", woman=False, born=date(1983, 5, 17), born_in="F257")
    held.open_account("tap", payer=DEBIT, gear={"tap": DIAL})
    held.open_account("line", "mobile", payer=DEBIT)
    return held


def nadia(seed: int, today: date) -> Household:
    held = home(seed, today, "700016", woman=True, born=date(1971, 2, 26))
    held.open_account("tank", payer=TRANSFER, description="GPL in serbatoio")
    mother = street("Via Volturno", "6", "41032", "Cavezzo")
    held.open_account("network", payer=TRANSFER, description="GPL di rete", addresses=[mother], gear={"network": DIAL})
    return held


def fabio(seed: int, today: date) -> Household:
    held = home(seed, today, "700017", woman=False, born=date(1991, 8, 3), born_in="F240")
    far: Mapping[Profile, Gear] = {"C3": Gear(remote=True), "resident": Gear(dials="bands", remote=True)}
    held.open_account("C3", "resident", payer=DEBIT, gear=far)
    return held


def irene(seed: int, today: date) -> Household:
    held = home(seed, today, "700018", woman=True, born=date(1966, 11, 30))
    held.open_account("C3", payer=DEBIT, gear={"C3": Gear(self_reader=True, kept_back=30)})
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
    officina_setti,
    carla,
    simone,
    nadia,
    fabio,
    irene,
)
