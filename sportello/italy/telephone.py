"""A number that nobody can call is no answer, so telephone numbers are checked as they are typed and kept in one spelling."""

import re

from stdnum.exceptions import InvalidComponent, InvalidFormat, InvalidLength, ValidationError

from sportello.italy import characters

ITALY = "+39"
# Numbers of services, which ring nowhere: free and premium ones.
SERVICE = re.compile(r"(?:80[03]|84[0-8]|89[0-9]|199|178|144|166)[0-9]*")
FIXED = re.compile(r"0[0-9]{5,10}")
MOBILE = re.compile(r"3[0-9]{8,9}")
ABROAD = re.compile(r"\+[1-9][0-9]{7,14}")
_BETWEEN = str.maketrans("", "", "/()")


def compact(number: str) -> str:
    """The number without blanks, dots, dashes, slashes and brackets; ``+`` for the zeros before a country's code."""
    short = characters.compact(number).translate(_BETWEEN)
    return f"+{short[2:]}" if short.startswith("00") else short


def validate(number: str) -> str:
    """The number as E.164 writes it, an Italian one with its leading zero: +390535661234, +393331234567.

    Without a country's code it is an Italian one. Raises InvalidFormat, InvalidComponent (a number of a service) or
    InvalidLength.
    """
    short = compact(number)
    if not re.fullmatch(r"\+?[0-9]+", short):
        raise InvalidFormat
    if short.startswith("+") and not short.startswith(ITALY):
        if not ABROAD.fullmatch(short):
            raise InvalidLength
        return short
    line = short.removeprefix(ITALY)
    if SERVICE.fullmatch(line):
        raise InvalidComponent
    if line[:1] not in ("0", "3"):
        raise InvalidFormat
    if not (FIXED if line.startswith("0") else MOBILE).fullmatch(line):
        raise InvalidLength
    return ITALY + line


def is_valid(number: str) -> bool:
    try:
        validate(number)
    except ValidationError:
        return False
    return True
