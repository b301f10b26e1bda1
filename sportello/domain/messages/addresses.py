"""One e-mail address, checked strictly: what passes goes into a header and an SMTP command as it is."""

import re
import unicodedata

import idna

LONGEST = 320  # characters; RFC 5321, 4.5.3.1: 64 of the local part, the @ and 255 of the domain
_LONGEST_LOCAL = 64  # bytes
_LONGEST_DOMAIN = 253  # characters that can be written, of RFC 1035's 255 bytes

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_QUOTED = re.compile(r'"(?:[ !#-\[\]-~]|\\[ -~])*"')  # RFC 5321, 4.1.2, Quoted-string
_ESCAPED = re.compile(r"\\(.)")


class WrongAddress(ValueError):
    """No single e-mail address that mail can go to. Does not repeat it."""


def checked(text: str) -> str:
    """The address with its domain in ASCII and lower case; raises ``WrongAddress``.

    The part before the @ stays as it is. Nothing is mapped to a look-alike: two addresses that differ go two ways.
    """
    address = text.strip(" ")
    local, at, domain = address.rpartition("@")
    if not at or len(address) > LONGEST:
        raise WrongAddress("not an e-mail address")
    _check_local(local)
    name = ascii_domain(domain)
    last = name.rpartition(".")[2]
    if "." not in name or not last or last.isdigit():  # a dot at the end is DNS's own, and no part of an address
        raise WrongAddress("not a domain that mail can go to")
    return f"{local}@{name}"


def parts(address: str) -> tuple[str, str]:
    """What stands before and after the @, the first without its quotes."""
    local, _, domain = address.rpartition("@")
    if local.startswith('"'):
        local = _ESCAPED.sub(r"\1", local[1:-1])
    return local, domain


def ascii_domain(domain: str) -> str:
    """The domain as DNS has it (IDNA 2008); raises ``WrongAddress``. An IPv6 address becomes a literal."""
    if ":" in domain:
        return f"[IPv6:{domain}]"
    lower = domain.lower()
    if _ascii_count(lower) != _ascii_count(domain):
        raise WrongAddress("letters that look like others")  # the Kelvin sign is no k
    try:
        name = idna.encode(lower, strict=True, std3_rules=True).decode("ascii") if lower else ""
    except idna.IDNAError as error:
        raise WrongAddress("not a domain") from error
    if not name or len(name) > _LONGEST_DOMAIN:
        raise WrongAddress("not a domain")
    return name


def _check_local(local: str) -> None:
    if len(local.encode("utf-8", "replace")) > _LONGEST_LOCAL:
        raise WrongAddress("too long before the @")
    if _QUOTED.fullmatch(local):
        return
    if not _DOT_ATOM.fullmatch(local) or unicodedata.normalize("NFC", local) != local:
        raise WrongAddress("not an e-mail address")
    if any(unicodedata.category(character)[0] not in "LMN" for character in local if not character.isascii()):
        raise WrongAddress("characters that no address has")


def _ascii_count(text: str) -> int:
    return sum(character.isascii() for character in text)
