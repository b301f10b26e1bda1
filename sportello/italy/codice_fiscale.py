"""Customers are told apart by their codice fiscale, personal or of a body, and forms check the person against it."""

import re
from contextlib import suppress
from datetime import date
from typing import Literal, NamedTuple

from stdnum import luhn
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidFormat, InvalidLength, ValidationError
from stdnum.it.codicefiscale import calc_check_digit

from sportello.italy import characters

Sex = Literal["F", "M"]

PERSONAL_LENGTH = 16
NUMERIC_LENGTH = 11

UNKNOWN_PLACE = "unknown_place"
PROVISIONAL = "provisional"

# Two people whose codes would be equal (omocodia) get one of these for some of the digits: L is 0, V is 9.
_OMOCODIA = str.maketrans("LMNPQRSTUV", "0123456789")
_DIGIT = "[0-9LMNPQRSTUV]"
_SHAPE = re.compile(f"[A-Z]{{6}}{_DIGIT}{{2}}[A-Z]{_DIGIT}{{2}}[A-Z]{_DIGIT}{{3}}[A-Z]")
_MONTHS = "ABCDEHLMPRST"
_WOMAN = 40  # is added to a woman's day of birth
_LEAP_CENTURY = 2000

_NO_SERIAL = "0000000"
_VAT_OFFICES = {*range(1, 101), 120, 121, 888, 999}
_PROVISIONAL_OFFICES = {*range(151, 246), *range(301, 767), *range(900, 951)}
_OFFICES = _VAT_OFFICES | _PROVISIONAL_OFFICES


class _Birth(NamedTuple):
    year: int  # of the century: 0 to 99
    month: int
    day: int
    sex: Sex


def compact(number: str) -> str:
    """The code in upper case, without blanks, dots and dashes."""
    return characters.compact(number)


def validate(number: str) -> str:
    """The compact code: 16 characters for a person, 11 digits for a body or as a foreigner's provisional code.

    Of a personal code the shape, the date of birth and the check letter are verified, also where letters stand for
    digits (omocodia). The letter O never stands for a zero. An unknown place is not an error: see ``warnings``.

    Eleven digits are a serial number, an office and the check digit of a partita IVA. The offices are more than a
    partita IVA's: those between 151 and 950 gave provisional codes. The Revenue Agency's own program for the formal
    check of tax codes lists them; its office 000, of codes given in 1974 and 1975, is left out.

    Raises InvalidLength, InvalidFormat, InvalidComponent (date of birth, serial number or office) or InvalidChecksum.
    """
    number = compact(number)
    if len(number) == PERSONAL_LENGTH:
        _check_personal(number)
    elif len(number) == NUMERIC_LENGTH:
        _check_numeric(number)
    else:
        raise InvalidLength
    return number


def is_valid(number: str) -> bool:
    try:
        validate(number)
    except ValidationError:
        return False
    return True


def is_personal(number: str) -> bool:
    """Whether this is a valid code of 16 characters, that only a person has.

    False does not prove a company: a foreigner's provisional code has 11 digits too.
    """
    return is_valid(number) and len(compact(number)) == PERSONAL_LENGTH


def birth_date(number: str, *, today: date) -> date:
    """The last day until today on which this person can be born.

    The code has two digits of the year, so that whoever is a hundred or more gets a date a century late: where the
    date of birth is known, ask ``fits_birth_date`` instead.

    Raises what validate raises, and InvalidComponent for a code of 11 digits.
    """
    birth = _birth(_personal(number))
    this_century = today.year - today.year % 100
    for century in (this_century, this_century - 100):
        with suppress(ValueError):
            born = date(century + birth.year, birth.month, birth.day)
            if born <= today:
                return born
    raise InvalidComponent


def fits_birth_date(number: str, born: date) -> bool:
    """Whether the code is of somebody born on this day, in whichever century.

    Raises what validate raises, and InvalidComponent for a code of 11 digits.
    """
    birth = _birth(_personal(number))
    return (birth.year, birth.month, birth.day) == (born.year % 100, born.month, born.day)


def birthday(number: str) -> str:
    """15/03/88: as much of the date of birth as the code says, without the century.

    Raises what validate raises, and InvalidComponent for a code of 11 digits.
    """
    birth = _birth(_personal(number))
    return f"{birth.day:02}/{birth.month:02}/{birth.year:02}"


def sex(number: str) -> Sex:
    """``F`` where 40 has been added to the day of birth, ``M`` otherwise.

    Raises what validate raises, and InvalidComponent for a code of 11 digits.
    """
    return _birth(_personal(number)).sex


def place(number: str) -> str:
    """The Belfiore code of the municipality of birth, or Z and three digits for a country, without omocodia.

    Raises what validate raises, and InvalidComponent for a code of 11 digits.
    """
    number = _personal(number)
    return number[11] + number[12:15].translate(_OMOCODIA)


def warnings(number: str) -> list[str]:
    """The doubts about a valid code, as codes: for the person who types it to confirm, never a reason to refuse it.

    ``UNKNOWN_PLACE``: no municipality or country had this code when the person was born, in either century; lists
    of places have gaps and real people were born in them. ``PROVISIONAL``: an office gave the 11 digits for the time
    being, and the definitive code is due within six months.

    The first personal code loads some 40 MB of places and names. Raises what validate raises.
    """
    number = validate(number)
    if len(number) == NUMERIC_LENGTH:
        return [PROVISIONAL] if _office(number) in _PROVISIONAL_OFFICES else []
    return [] if _has_known_place(number) else [UNKNOWN_PLACE]


def _check_personal(number: str) -> None:
    if not _SHAPE.fullmatch(number):
        raise InvalidFormat
    _birth(number)
    if calc_check_digit(number[:-1]) != number[-1]:
        raise InvalidChecksum


def _check_numeric(number: str) -> None:
    characters.require_digits(number, NUMERIC_LENGTH)
    if number.startswith(_NO_SERIAL) or _office(number) not in _OFFICES:
        raise InvalidComponent
    luhn.validate(number)


def _office(number: str) -> int:
    return int(number[7:10])


def _personal(number: str) -> str:
    number = validate(number)
    if len(number) != PERSONAL_LENGTH:
        raise InvalidComponent
    return number


def _birth(number: str) -> _Birth:
    """What the code says of the birth; InvalidComponent for a month or a day that do not exist."""
    year = int(number[6:8].translate(_OMOCODIA))
    month = _MONTHS.find(number[8]) + 1
    day = int(number[9:11].translate(_OMOCODIA))
    woman = day > _WOMAN
    if woman:
        day -= _WOMAN
    try:
        # The centuries differ by one day, 29 February of their first year, which 2000 had and 1900 had not.
        date(_LEAP_CENTURY + year, month, day)
    except ValueError as error:
        raise InvalidComponent from error
    return _Birth(year, month, day, "F" if woman else "M")


def _has_known_place(number: str) -> bool:
    from codicefiscale import codicefiscale  # heavy, and only forms ask

    try:
        codicefiscale.decode(number)
    except ValueError:
        return False
    return True
