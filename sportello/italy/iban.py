"""Direct debits need an account that can be debited, so an IBAN is checked down to its bank's own control letter."""

import re
from typing import TYPE_CHECKING

from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidFormat, InvalidLength, ValidationError

from sportello.italy import characters

if TYPE_CHECKING:
    from schwifty import IBAN

# San Marino's accounts are laid out like Italy's: CIN, ABI, CAB and account.
ITALIAN_LAYOUT = frozenset({"IT", "SM"})
# As the European Payments Council lists them, by the letters that their banks put before an account. Overseas
# territories and the Crown dependencies use those of France, Finland or the United Kingdom. schwifty has a list too,
# but it misses the latest countries and counts French Polynesia, whose accounts are not in euros.
SEPA = frozenset(
    {"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"}
    | {"IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"}
    | {"IS", "LI", "NO"}
    | {"AD", "CH", "GB", "GI", "MC", "SM", "VA"}
    | {"AL", "MD", "ME", "MK", "RS"}  # since 2024 and 2025
)

_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]+")
_SHORTEST = 15  # of all countries, Norway's
_HIDDEN = "****"
_MASKED = re.compile(r"[^*]{4}\*{4}[^*]{4}")
_ABI = slice(5, 10)
_CAB = slice(10, 15)


class OutsideSepa(InvalidComponent):
    """The IBAN is of a country whose accounts no SEPA debit reaches, or of none."""


def compact(number: str) -> str:
    """The IBAN in upper case, without blanks, dots and dashes."""
    return characters.compact(number)


def validate(number: str) -> str:
    """The compact IBAN, of any SEPA country: Regulation (EU) 260/2012 forbids to ask for a domestic one.

    The country's length and structure and the two check digits are verified; for Italy and San Marino also the CIN,
    which catches a wrong account whose check digits are right. Other countries' national checks are left alone: some go
    by a table of banks that ages, and would refuse accounts that exist.

    Raises InvalidLength, InvalidFormat, OutsideSepa or InvalidChecksum (check digits or CIN).
    """
    return str(_parse(compact(number)))


def is_valid(number: str) -> bool:
    try:
        validate(number)
    except ValidationError:
        return False
    return True


def masked(number: str) -> str:
    """As it may be shown, and kept where it is not needed whole: IT60 **** 3456. Of what is too short to be an IBAN, nothing;
    a masked one stays as it is."""
    number = compact(number)
    if _MASKED.fullmatch(number) or len(number) >= _SHORTEST:
        return f"{number[:4]} {_HIDDEN} {number[-4:]}"
    return _HIDDEN


def abi(number: str) -> str:
    """The five digits of the bank.

    Raises what validate raises, and InvalidComponent for an IBAN that is neither Italian nor of San Marino.
    """
    return _italian(number)[_ABI]


def cab(number: str) -> str:
    """The five digits of the bank's branch.

    Raises what validate raises, and InvalidComponent for an IBAN that is neither Italian nor of San Marino.
    """
    return _italian(number)[_CAB]


def bank_name(number: str) -> str | None:
    """The name of the bank; None where schwifty's list, which has no branches, misses it.

    Raises what validate raises.
    """
    return _parse(compact(number)).bank_name


def _italian(number: str) -> str:
    number = validate(number)
    if number[:2] not in ITALIAN_LAYOUT:
        raise InvalidComponent
    return number


def _parse(number: str) -> "IBAN":
    from schwifty import IBAN, exceptions  # heavy, and only what touches bank accounts asks

    _require_sepa(number)
    try:
        return IBAN(number, validate_bban=number[:2] in ITALIAN_LAYOUT)
    except exceptions.InvalidLength as error:
        raise InvalidLength from error
    except (exceptions.InvalidChecksumDigits, exceptions.InvalidBBANChecksum) as error:
        raise InvalidChecksum from error
    except exceptions.SchwiftyException as error:
        raise InvalidFormat from error


def _require_sepa(number: str) -> None:
    if not number:
        raise InvalidLength
    if not _SHAPE.fullmatch(number):
        raise InvalidFormat
    if number[:2] not in SEPA:
        raise OutsideSepa
