"""Makes customers: persons with a codice fiscale that fits them, companies with a partita IVA, condominiums."""

import unicodedata
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import cast

from codicefiscale import codicefiscale
from stdnum import luhn
from stdnum.it.codicefiscale import calc_check_digit

from sportello.billing.records import Address, CustomerRecord
from sportello.demo import names, places

OFFICE = "036"  # Modena
FOREIGN_SHARE = 0.08
CHANNELS = ("M5UXCR1", "KRRH6B9", "T04ZHR3", "USAL8PV", "W7YVJK9")
OLDEST, YOUNGEST = 88, 19
MONTHS, VOWELS = "ABCDEHLMPRST", "AEIOU"


def address(rng: Random, *, place: places.Place | None = None) -> Address:
    place = place or rng.choice(places.PLACES)
    return Address(
        street=rng.choice(place.streets),
        number=f"{rng.randint(1, 140)}{rng.choice(('', '', '', '', '/A', '/B'))}",
        postcode=rng.choice(place.postcodes),
        municipality=place.municipality,
        province=place.province,
    )


def person(
    rng: Random,
    *,
    code: str,
    today: date,
    first_name: str = "",
    last_name: str = "",
    woman: bool | None = None,
    birth_date: date | None = None,
    born_in: str = "",
    language: str = "it",
    lives_at: Address | None = None,
) -> CustomerRecord:
    """A person; whatever is not said is drawn."""
    woman = rng.random() < 0.5 if woman is None else woman
    drawn_first, drawn_last, drawn_place = drawn_name(rng, woman=woman)
    first_name, last_name, born_in = first_name or drawn_first, last_name or drawn_last, born_in or drawn_place
    birth_date = birth_date or today - timedelta(days=rng.randint(YOUNGEST * 366, OLDEST * 365))
    tax_code = tax_code_of(first_name, last_name, woman=woman, birth_date=birth_date, born_in=born_in)
    return CustomerRecord(
        code=code,
        kind="person",
        first_name=first_name,
        last_name=last_name,
        tax_code=tax_code,
        birth_date=birth_date,
        email=f"{mailbox(first_name)}.{mailbox(last_name)}@example.it",
        phone=mobile(code),
        language=language,
        sdi_code="0000000",
        address=lives_at or address(rng),
    )


def tax_code_of(first_name: str, last_name: str, *, woman: bool, birth_date: date, born_in: str) -> str:
    """The codice fiscale of a person. The library makes it too, a hundred times slower."""
    first, last = letters(first_name), letters(last_name)
    consonants = first[0] if len(first[0]) < 4 else first[0][0] + first[0][2:4]
    born = f"{birth_date:%y}{MONTHS[birth_date.month - 1]}{birth_date.day + (40 if woman else 0):02d}{born_in}"
    body = three(*last) + three(consonants, first[1]) + born
    return body + calc_check_digit(body)


def three(consonants: str, vowels: str) -> str:
    """The first three letters of a name as the code has them, filled with X where it is shorter."""
    return (consonants + vowels)[:3].ljust(3, "X")


@cache
def letters(name: str) -> tuple[str, str]:
    """Consonants and vowels of a name, in their order."""
    plain = mailbox(name).replace("-", "").upper()
    return "".join(one for one in plain if one not in VOWELS), "".join(one for one in plain if one in VOWELS)


def variant(tax_code: str, place: int) -> str:
    """One of the codes that tell apart two persons whose codes would be the same (omocodia)."""
    return cast(str, codicefiscale.decode(tax_code)["omocodes"][place])


def drawn_name(rng: Random, *, woman: bool) -> tuple[str, str, str]:
    """First name, last name and where born."""
    if rng.random() < FOREIGN_SHARE:
        country, men, women, surnames = rng.choice(names.ABROAD)
        return rng.choice(women if woman else men), rng.choice(surnames), country
    born_in = rng.choice(places.BORN_NEAR if rng.random() < 0.75 else places.BORN_FAR)
    return rng.choice(names.WOMEN if woman else names.MEN), rng.choice(names.SURNAMES), born_in


def company(rng: Random, *, code: str, name: str = "", lives_at: Address | None = None) -> CustomerRecord:
    if not name:
        name = rng.choice(names.COMPANIES).format(rng.choice(names.SURNAMES), rng.choice(names.MEN))
    vat_number = with_check_digit(f"9{int(code) % 1_000_000:06d}{OFFICE}")
    domain = f"{mailbox(name.split(' S.')[0])}.example.it"
    has_channel = rng.random() < 0.7
    return CustomerRecord(
        code=code,
        kind="company",
        company_name=name,
        tax_code=vat_number,
        vat_number=vat_number,
        email=f"amministrazione@{domain}",
        phone=landline(code),
        sdi_code=rng.choice(CHANNELS) if has_channel else "0000000",
        pec=None if has_channel else f"{mailbox(name.split(' S.')[0])}@pec.example.it",
        address=lives_at or address(rng),
    )


def condominium(rng: Random, *, code: str, name: str) -> CustomerRecord:
    """A body with a numeric codice fiscale and no partita IVA."""
    made = company(rng, code=code, name=name)
    return replace(made, vat_number=None, tax_code=with_check_digit(f"91{int(code) % 100_000:05d}{OFFICE}"))


def with_check_digit(digits: str) -> str:
    return digits + luhn.calc_check_digit(digits)


@cache
def mailbox(text: str) -> str:
    """``text`` as it may stand in an e-mail address."""
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return "-".join("".join(letter if letter.isalnum() else " " for letter in plain.replace("'", "")).split())


def mobile(code: str) -> str:
    return f"+393330000{int(code) % 1000:03d}"


def landline(code: str) -> str:
    return f"+390535000{int(code) % 1000:03d}"
