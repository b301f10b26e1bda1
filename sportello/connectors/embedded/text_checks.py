"""Whether what was typed can stand in this billing and on its invoices, told in words that a customer reads; every check
raises ``Refused``."""

import re
from dataclasses import asdict

from stdnum.exceptions import ValidationError

from sportello.billing.errors import Refused
from sportello.billing.records import Address
from sportello.italy import codice_fiscale, iban, partita_iva

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
SDI_CODE = re.compile(r"[0-9A-Z]{6,7}")
LONGEST_PART = {"street": 200, "number": 20, "postcode": 12, "municipality": 100, "province": 10, "country": 2}


def check_text(text: str, *, field: str, longest: int) -> None:
    if not text.isprintable():
        raise Refused("Il testo contiene caratteri che non si possono stampare.", field=field)
    if len(text) > longest:
        raise Refused(f"Il testo è più lungo di {longest} caratteri.", field=field)


def check_address(address: Address, *, field: str) -> None:
    for name, part in asdict(address).items():
        check_text(part, field=field, longest=LONGEST_PART[name])
    if not address.street.strip() or not address.municipality.strip():
        raise Refused("L’indirizzo deve avere la via e il comune.", field=field)
    if len(address.country) != 2:
        raise Refused("Il paese dell’indirizzo non è indicato con le sue due lettere.", field=field)


def checked_tax_code(text: str, *, field: str) -> str:
    try:
        return codice_fiscale.validate(text)
    except ValidationError as error:
        raise Refused("Il codice fiscale non è valido.", field=field) from error


def checked_vat_number(text: str, *, field: str) -> str:
    try:
        return partita_iva.validate(text)
    except ValidationError as error:
        raise Refused("La partita IVA non è valida.", field=field) from error


def checked_iban(text: str, *, field: str) -> str:
    try:
        return iban.validate(text)
    except ValidationError as error:
        raise Refused("L’IBAN non è valido.", field=field) from error


def check_email(text: str, *, field: str) -> None:
    if not EMAIL.fullmatch(text):
        raise Refused("L’indirizzo di posta elettronica non è valido.", field=field)


def check_sdi_code(text: str, *, field: str) -> None:
    if not SDI_CODE.fullmatch(text):
        raise Refused("Il codice destinatario ha sei o sette cifre o lettere maiuscole.", field=field)
