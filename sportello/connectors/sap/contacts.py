"""E-mail addresses and telephones of a customer, of which SAP keeps several in several sets, and the port knows one each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from sportello.connectors.sap.values import Row, flag, text

What = Literal["email", "phone"]

KINDS: Mapping[What, tuple[str, ...]] = {"email": ("Email",), "phone": ("MobilePhone", "Phone")}
VALUES: Mapping[str, str] = {"Email": "Email", "MobilePhone": "CompletePhoneNo", "Phone": "CompletePhoneNo"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One of them: the row ``name`` holds, of ``kind`` Email, MobilePhone or Phone."""

    name: str
    kind: str
    row: Row

    @property
    def value(self) -> str:
        return text(self.row, VALUES[self.kind])


def entries_of(account: Row, what: What) -> list[Entry] | None:
    """Those that say anything, the one that the port is told first: a mobile telephone before a fixed one, the customer's own
    before that of his standard address, SAP's standard one before others. None where none were asked for."""
    sets = list(_sets(account, what))
    if not sets:
        return None
    return [entry for found in sets for entry in found if entry.value]


def _sets(account: Row, what: What) -> Iterator[list[Entry]]:
    standard: Row = account.get("StandardAccountAddress") or {}
    for kind in KINDS[what]:
        for holder, where in ((account, "Independent"), (standard, "Dependent")):
            name = f"AccountAddress{where}{kind}s"
            if name in holder:
                found = sorted(holder[name], key=lambda row: not flag(row, "StandardFlag"))
                yield [Entry(name=name, kind=kind, row=row) for row in found]
