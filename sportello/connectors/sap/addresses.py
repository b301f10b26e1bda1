"""Addresses as SAP's ``AddressInfo`` has them and as the port has them, both ways."""

from collections.abc import Mapping

from sportello.billing.records import Address
from sportello.connectors.sap.site import Site
from sportello.connectors.sap.values import Row, text, unreadable
from sportello.connectors.sap.writes import ADDRESS_EMPTIED, ADDRESS_KEPT

LONGEST: Mapping[str, int] = {
    "Street": 60,
    "HouseNo": 10,
    "PostalCode": 10,
    "City": 40,
    "Region": 3,
    "CountryID": 3,
}
STANDARD = "X"


def address_of(row: Row | None, *, site: Site) -> Address | None:
    if row is None:
        return None
    info = _info(row)

    def part(name: str) -> str:
        theirs = site.name(f"AddressInfo.{name}")
        return text(info, theirs) if theirs in info else ""

    if not (part("Street") or part("City")):
        return None
    return Address(
        street=part("Street"),
        number=part("HouseNo"),
        postcode=part("PostalCode"),
        municipality=part("City"),
        province=part("Region"),
        country=part("CountryID") or "IT",
    )


def is_there(address: Address, row: Row, *, site: Site) -> bool:
    return address_of(row, site=site) == _stripped(address)


def fits(address: Address) -> bool:
    """Whether SAP has room for all of it; nothing is ever cut off."""
    parts = _parts(address)
    return bool(parts["Street"] or parts["City"]) and all(len(parts[name]) <= most for name, most in LONGEST.items())


def added(address: Address, *, standard: bool) -> dict[str, str]:
    """All of a new row's."""
    return {**_parts(address), "StandardFlag": STANDARD if standard else ""}


def changed(address: Address, row: Row, *, site: Site) -> dict[str, str]:
    """All of a row's that was another address: what belongs to the other place is emptied, as far as the site has it."""
    info = _info(row)
    theirs = {name: site.name(f"AddressInfo.{name}") for name in (*ADDRESS_KEPT, *ADDRESS_EMPTIED)}
    kept = {name: text(info, theirs[name]) for name in ADDRESS_KEPT if theirs[name] in info}
    emptied = {name: "" for name in ADDRESS_EMPTIED if theirs[name] in info}
    return {**kept, **emptied, **_parts(address)}


def _parts(address: Address) -> dict[str, str]:
    clean = _stripped(address)
    return {
        "Street": clean.street,
        "HouseNo": clean.number,
        "PostalCode": clean.postcode,
        "City": clean.municipality,
        "Region": clean.province,
        "CountryID": clean.country,
    }


def _stripped(address: Address) -> Address:
    return Address(
        street=address.street.strip(),
        number=address.number.strip(),
        postcode=address.postcode.strip(),
        municipality=address.municipality.strip(),
        province=address.province.strip(),
        country=address.country.strip() or "IT",
    )


def _info(row: Row) -> Row:
    info = row["AddressInfo"]
    if not isinstance(info, Mapping):
        raise unreadable("AddressInfo")
    return info
