"""A business is known to the tax office by its partita IVA, so contracts and invoices check it before it is stored."""

from stdnum.exceptions import InvalidComponent, ValidationError
from stdnum.it import iva

from sportello.italy import characters

LENGTH = 11
_NO_SERIAL = "0000000"


def compact(number: str) -> str:
    """The 11 digits without blanks, dots, dashes and the ``IT`` of the European form."""
    return characters.without_country(characters.compact(number))


def validate(number: str) -> str:
    """The compact partita IVA.

    Seven digits of serial number that are not all zero, three of the office that gave it (001-100, 120, 121, 888
    or 999) and a Luhn check digit. The popular sample 12345678903 fails for its office.

    Raises InvalidFormat, InvalidLength, InvalidComponent (serial number or office) or InvalidChecksum.
    """
    number = compact(number)
    characters.require_digits(number, LENGTH)
    if number.startswith(_NO_SERIAL):
        raise InvalidComponent
    iva.validate(number)
    return number


def is_valid(number: str) -> bool:
    try:
        validate(number)
    except ValidationError:
        return False
    return True
