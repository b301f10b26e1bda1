"""An electricity supply is known by its POD, which bills print with or without a control character at its end."""

import re
from collections.abc import Container

from stdnum.exceptions import InvalidFormat, InvalidLength, ValidationError

from sportello.italy import characters

KEY_LENGTH = 14
LENGTHS = (KEY_LENGTH, KEY_LENGTH + 1)

# e-distribuzione, areti (Rome), Trieste, Osimo, Unareti (Milan, Brescia) and Ireti (Turin, Parma). There are over a
# hundred more and areas change hands, so a number that is not here is a doubt and never an error.
DISTRIBUTORS = frozenset({"001", "002", "003", "004", "012", "020"})

LETTER_IN_BLOCK = "letter_in_block"
UNKNOWN_DISTRIBUTOR = "unknown_distributor"

_SHAPE = re.compile(r"IT[0-9]{3}E[0-9A-Z]{8}[0-9A-Z]?")
_ROME = "002"
_DISTRIBUTOR = slice(2, 5)
_BLOCK = slice(6, KEY_LENGTH)


def compact(number: str) -> str:
    """The POD in upper case, without blanks, dots and dashes; a 15th character stays, since the customer wrote it."""
    return characters.compact(number)


def validate(number: str) -> str:
    """The compact POD: ``IT``, three digits of the distributor, ``E``, eight characters and perhaps a control one.

    The eight characters are not always digits: areti's, in Rome, may end with a letter. The 15th character is left
    to each distributor by the grid code and no algorithm for it is published, so it is not verified.

    Raises InvalidLength or InvalidFormat; a PDR is refused as either.
    """
    number = compact(number)
    if len(number) not in LENGTHS:
        raise InvalidLength
    if not _SHAPE.fullmatch(number):
        raise InvalidFormat
    return number


def is_valid(number: str) -> bool:
    try:
        validate(number)
    except ValidationError:
        return False
    return True


def key(number: str) -> str:
    """The first 14 characters, which name the point by themselves: what to store beside a POD in order to find it.

    Raises what validate raises.
    """
    return validate(number)[:KEY_LENGTH]


def same(a: str, b: str) -> bool:
    """Whether both are PODs of one point, whatever their control characters; what is not a POD is the same as nothing.

    Distributors themselves accept the first 14 characters as sufficient.
    """
    try:
        return key(a) == key(b)
    except ValidationError:
        return False


def warnings(number: str, *, distributors: Container[str] = DISTRIBUTORS) -> list[str]:
    """The doubts about a valid POD, as codes: worth a second look at the bill, never a reason to refuse it.

    ``LETTER_IN_BLOCK``: only areti (002) is known to give letters. ``UNKNOWN_DISTRIBUTOR``: its number is not among
    ``distributors``.

    Raises what validate raises.
    """
    number = validate(number)
    distributor = number[_DISTRIBUTOR]
    doubts = []
    if distributor != _ROME and not number[_BLOCK].isdigit():
        doubts.append(LETTER_IN_BLOCK)
    if distributor not in distributors:
        doubts.append(UNKNOWN_DISTRIBUTOR)
    return doubts
