"""People write one code in many ways; here blanks, dots, dashes and case are taken out the same way for every code."""

import re
import string

from stdnum.exceptions import InvalidFormat, InvalidLength

# What carries no meaning inside a code: blanks and dashes of every width, dots, and the invisible
# characters that come along when a code is copied out of a PDF or a chat.
_BLANKS = " \t\n\r\v\f\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u3000"
_DASHES = "-\u00ad\u2010\u2011\u2012\u2013\u2014\u2212"
_INVISIBLE = "\u200b\u200e\u200f\u2060\ufeff"

# Only a-z: str.upper would turn a dotless ı into I and ſ into S, and other digits must stay other digits.
_COMPACTING = {
    **str.maketrans("", "", _BLANKS + _DASHES + _INVISIBLE + "."),
    **str.maketrans(string.ascii_lowercase, string.ascii_uppercase),
}
_SPREADSHEET_NUMBER = re.compile(r"[0-9]+\.0+")
_ITALIAN_NUMBER = re.compile(r"IT[0-9]+")


def compact(text: str) -> str:
    """The text in upper case, without blanks, dots and dashes.

    A number with decimals ("3081000251234.0") keeps its dot, so that it is refused: a spreadsheet has dropped
    the code's leading zeros, and without the dot the decimals would stand in for them.
    """
    stripped = text.strip()
    return stripped if _SPREADSHEET_NUMBER.fullmatch(stripped) else text.translate(_COMPACTING)


def without_country(number: str) -> str:
    """A compact number without the country's ``IT``, which some write before codes that are only digits."""
    return number[2:] if _ITALIAN_NUMBER.fullmatch(number) else number


def require_digits(number: str, length: int) -> None:
    """Refuse a compact number that is not ``length`` digits 0-9; other scripts' digits are not digits here.

    Lost leading zeros are never filled in: nobody can tell a shortened code from a mistyped one.
    """
    if number and not (number.isascii() and number.isdigit()):
        raise InvalidFormat
    if len(number) != length:
        raise InvalidLength
