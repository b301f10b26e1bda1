"""Letters and meters are found by their address, so a postal code that cannot exist is refused as it is typed."""

from stdnum.exceptions import InvalidComponent, ValidationError

from sportello.italy import characters

LENGTH = 5
FIRST = "00010"  # the towns around Rome
LAST = "98168"  # Messina


def compact(number: str) -> str:
    """The five digits without blanks, dots and dashes."""
    return characters.compact(number)


def validate(number: str) -> str:
    """The compact CAP: five digits between the first and the last that the post office uses.

    Which town a CAP belongs to is not checked: that table changes, and large cities have one CAP for each area.

    Raises InvalidFormat, InvalidLength or InvalidComponent (out of range).
    """
    number = compact(number)
    characters.require_digits(number, LENGTH)
    if not FIRST <= number <= LAST:
        raise InvalidComponent
    return number


def is_valid(number: str) -> bool:
    try:
        validate(number)
    except ValidationError:
        return False
    return True
