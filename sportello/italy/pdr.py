"""A gas supply is known by its PDR, which has no check digit: its shape is all that stands against a mistyped one."""

from stdnum.exceptions import InvalidComponent, ValidationError

from sportello.italy import characters

LENGTH = 14
_NOTHING = "0" * LENGTH


def compact(number: str) -> str:
    """The 14 digits without blanks, dots, dashes and the ``IT`` that some suppliers print before them."""
    return characters.without_country(characters.compact(number))


def validate(number: str) -> str:
    """The compact PDR: 14 digits, of which four for the distributor and ten for the point.

    The distributors' numbers are not a published list, so that only a PDR of nothing but zeros is refused. A POD
    is not a PDR, nor is what a spreadsheet makes of one (8.81408E+11, or 12 digits without the leading zeros).

    Raises InvalidFormat, InvalidLength or InvalidComponent (all zeros).
    """
    number = compact(number)
    characters.require_digits(number, LENGTH)
    if number == _NOTHING:
        raise InvalidComponent
    return number


def is_valid(number: str) -> bool:
    try:
        validate(number)
    except ValidationError:
        return False
    return True
