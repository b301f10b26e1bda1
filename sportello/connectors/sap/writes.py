"""Every change that is ever asked of SAP, as data, so that a test can hold each against the service's metadata.

A row is changed by MERGE, which leaves alone what it does not name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from sportello.connectors.sap.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A row of ``entity_set`` that is created (POST), changed (MERGE) or taken out (DELETE); ``keys`` name one that is there.

    ``properties`` are those that may be sent; all of them where a row is created. Further rows of the same type may be
    created with it by the navigation ``below``.
    """

    method: Literal["POST", "MERGE", "DELETE"]
    entity_set: str
    entity: str
    keys: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    below: str = ""


# What an address has besides that we know: as it was, or of another place and therefore emptied.
ADDRESS_KEPT = ("StandardFlag", "LanguageID", "TimeZone")
ADDRESS_EMPTIED = ("District", "POBoxPostalCode", "POBox", "Building", "Floor", "RoomNo", "TaxJurisdictionCode")
ADDRESS_REST = (*ADDRESS_KEPT, *ADDRESS_EMPTIED)

METER_READING = Write(
    method="POST",
    entity_set="MeterReadingResults",
    entity="MeterReadingResult",
    properties=("DeviceID", "RegisterID", "ReadingResult", "ReadingDateTime"),
    below="DependentMeterReadingResults",
)
NAMES_CHANGED = Write(
    method="MERGE",
    entity_set="Accounts",
    entity="Account",
    keys=("AccountID",),
    properties=("FirstName", "LastName", "Name1", "Name2", "GroupName1", "GroupName2"),
)
ADDRESS_ADDED = Write(
    method="POST", entity_set="AccountAddresses", entity="AccountAddress", properties=("AccountID", "AddressInfo")
)
ADDRESS_CHANGED = Write(
    method="MERGE",
    entity_set="AccountAddresses",
    entity="AccountAddress",
    keys=("AccountID", "AddressID"),
    properties=("AddressInfo",),
)
BANK_ACCOUNT_ADDED = Write(
    method="POST",
    entity_set="BankAccounts",
    entity="BankAccount",
    properties=("AccountID", "IBAN", "CountryID", "AccountHolder", "BankAccountName"),
)
CONTRACT_ACCOUNT_CHANGED = Write(
    method="MERGE",
    entity_set="ContractAccounts",
    entity="ContractAccount",
    keys=("ContractAccountID",),
    properties=(
        "IncomingPaymentMethodID",
        "IncomingPaymentBankAccountID",
        "AccountAddressID",
        "BillToAccountAddressID",
    ),
)
CONTACT_VALUES = {
    "Email": ("Email",),
    "MobilePhone": ("PhoneNo", "Extension", "CountryID"),
    "Phone": ("PhoneNo", "Extension", "CountryID"),
}
CONTACT_KEYS = {
    "Independent": ("AccountID", "SequenceNo"),
    "Dependent": ("AccountID", "AddressID", "SequenceNo"),
}
CONTACT_ADDED = {
    kind: Write(
        method="POST",
        entity_set=f"AccountAddressIndependent{kind}s",
        entity=f"AccountAddressIndependent{kind}",
        properties=("AccountID", *values, "StandardFlag"),
    )
    for kind, values in CONTACT_VALUES.items()
}
CONTACT_CHANGED = {
    f"AccountAddress{where}{kind}s": Write(
        method="MERGE",
        entity_set=f"AccountAddress{where}{kind}s",
        entity=f"AccountAddress{where}{kind}",
        keys=keys,
        properties=values,
    )
    for where, keys in CONTACT_KEYS.items()
    for kind, values in CONTACT_VALUES.items()
}
CONTACT_REMOVED = {
    name: Write(method="DELETE", entity_set=write.entity_set, entity=write.entity, keys=write.keys)
    for name, write in CONTACT_CHANGED.items()
}
WRITES = (
    METER_READING,
    NAMES_CHANGED,
    ADDRESS_ADDED,
    ADDRESS_CHANGED,
    BANK_ACCOUNT_ADDED,
    CONTRACT_ACCOUNT_CHANGED,
    *CONTACT_ADDED.values(),
    *CONTACT_CHANGED.values(),
    *CONTACT_REMOVED.values(),
)


def target(write: Write, *, site: Site, keys: Mapping[str, str] | None = None) -> str:
    """What stands after the service's own path. ``keys`` holds at least those of ``write``."""
    quoted = {name: "'" + quote((keys or {})[name].replace("'", "''"), safe="") + "'" for name in write.keys}
    path = site.name(write.entity_set)
    if not quoted:
        return path
    if len(quoted) == 1:
        return f"{path}({quoted[write.keys[0]]})"
    named = ",".join(f"{site.name(f'{write.entity}.{name}')}={value}" for name, value in quoted.items())
    return f"{path}({named})"


def body(write: Write, rows: Sequence[Mapping[str, Any]], *, site: Site) -> dict[str, object]:
    """What is sent for ``rows``, of which there is at least one: the others hang on the first, and SAP takes all or none."""
    first, *others = (dict(_named(write, row, site=site)) for row in rows)
    return {**first, site.name(f"{write.entity}.{write.below}"): others} if others else first


def _named(write: Write, row: Mapping[str, Any], *, site: Site) -> Iterator[tuple[str, object]]:
    for name in write.properties:
        if name in row or write.method == "POST":
            value = row[name]
            if isinstance(value, Mapping):  # an address
                value = {site.name(f"AddressInfo.{part}"): inner for part, inner in value.items()}
            yield site.name(f"{write.entity}.{name}"), value
