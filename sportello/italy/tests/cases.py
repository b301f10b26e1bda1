"""Codes and texts for the property tests: good ones by construction, nearly good ones, and what else people send."""

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from sportello.italy.tests import oracle

# A test run leaves no database of examples behind and does not depend on the machine's load.
thoroughly = settings(
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "300")),
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)

ODD_CHARACTERS = "٠١٩०۵０１９ＡＺ\U0001d7ceıſßÀéO\x00\n\u00a0–.-_/+,%'\"<"


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text(oracle.DIGITS, min_size=length, max_size=length)


def letters(length: int) -> st.SearchStrategy[str]:
    return st.text(oracle.LETTERS, min_size=length, max_size=length)


@st.composite
def numeric_codes(draw: st.DrawFn, offices: tuple[int, ...] = oracle.VAT_OFFICES) -> str:
    serial = draw(st.integers(1, 9_999_999))
    ten_digits = f"{serial:07}{draw(st.sampled_from(offices)):03}"
    return ten_digits + oracle.control_digit(ten_digits)


@st.composite
def plain_personal_codes(draw: st.DrawFn) -> str:
    """Personal codes without omocodia."""
    born = draw(st.dates())
    day = born.day + draw(st.sampled_from([0, 40]))
    if (born.month, born.day) == (2, 29) and born.year % 100 == 0:
        day -= 1
    birth = f"{born.year % 100:02}{oracle.MONTHS[born.month - 1]}{day:02}"
    code = draw(letters(6)) + birth + draw(st.sampled_from(["F257", "H501", "Z330", "X999"]))
    return code + oracle.control_letter(code)


def omocodia(code: str, places: frozenset[int]) -> str:
    """The personal code with letters at these places, and the control letter that belongs to them."""
    changed = "".join(oracle.OMOCODIA[int(c)] if place in places else c for place, c in enumerate(code[:15]))
    return changed + oracle.control_letter(changed)


@st.composite
def personal_codes(draw: st.DrawFn) -> str:
    return omocodia(draw(plain_personal_codes()), draw(st.frozensets(st.sampled_from(oracle.DIGIT_PLACES))))


@st.composite
def italian_ibans(draw: st.DrawFn) -> str:
    country = draw(st.sampled_from(["IT", "SM"]))
    account = draw(digits(10)) + draw(st.text(oracle.DIGITS + oracle.LETTERS, min_size=12, max_size=12))
    bban = oracle.control_letter(account) + account
    return country + oracle.iban_check_digits(country, bban) + bban


@st.composite
def pods(draw: st.DrawFn) -> str:
    tail = draw(st.text(oracle.DIGITS + oracle.LETTERS, min_size=8, max_size=9))
    return f"IT{draw(digits(3))}E{tail}"


@st.composite
def telephones(draw: st.DrawFn) -> str:
    line = draw(st.sampled_from(["0535", "06", "059", "333", "3", "800", "199", "44", "1"])) + draw(
        digits(draw(st.integers(3, 12)))
    )
    return draw(st.sampled_from(["", "+39", "0039", "+39 ", "+", "00", "+33"])) + line


codes = st.one_of(numeric_codes(), personal_codes(), italian_ibans(), pods(), digits(14), digits(5))
characters = st.one_of(st.sampled_from(oracle.DIGITS + oracle.LETTERS), st.sampled_from(ODD_CHARACTERS))


@st.composite
def nearly(draw: st.DrawFn, good: st.SearchStrategy[str]) -> str:
    """A good code, or one with one or two characters changed, dropped, doubled or swapped with the next."""
    code = draw(good)
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(code)))
        before, here, after = code[:place], code[place : place + 1], code[place + 1 :]
        changes = (draw(characters) + after, after, here + here + after, after[:1] + here + after[1:])
        code = before + draw(st.sampled_from(changes))
    return code


texts = st.one_of(st.text(), st.text(characters, max_size=40), nearly(codes))


def as_read(text: str) -> str:
    """What is left of a text of ``nearly`` without blanks, dots and dashes, unless it is a number with decimals."""
    whole, dot, decimals = text.strip().partition(".")
    if dot and decimals and not decimals.strip("0") and whole and oracle.all_in(whole, oracle.DIGITS):
        return text.strip()
    kept = "".join(c for c in text if c not in "\n\u00a0–.-")
    return "".join(c.upper() if c in oracle.LETTERS.lower() else c for c in kept)
