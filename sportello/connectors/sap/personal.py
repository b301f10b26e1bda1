"""Changes who a customer is and how he is reached, each part where SAP keeps it."""

from collections.abc import Iterator
from functools import partial

from sportello.billing.commands import ChangePersonalData, Receipt
from sportello.billing.errors import Refused
from sportello.billing.records import Address
from sportello.connectors.sap import addresses
from sportello.connectors.sap.contacts import Entry, What, entries_of
from sportello.connectors.sap.looks import PERSON
from sportello.connectors.sap.steps import Step, Taking, take_all
from sportello.connectors.sap.values import Row, code, text
from sportello.connectors.sap.writes import (
    ADDRESS_ADDED,
    ADDRESS_CHANGED,
    CONTACT_ADDED,
    CONTACT_CHANGED,
    CONTACT_REMOVED,
    NAMES_CHANGED,
)

LONGEST_NAME = 40
LONGEST_EMAIL = 241
ITALY = "+39"
MOBILE = "3"  # what Italian mobile numbers begin with, and no fixed line
GROUP = "3"  # SAP's own category of a business partner that is several
PAIRS = (("Name1", "Name2"), ("GroupName1", "GroupName2"))


def change(command: ChangePersonalData, taking: Taking) -> Receipt:
    """Writes what is not so yet: what SAP is likeliest to object to first, and of telephones and addresses the new one before
    an old one goes."""
    return take_all(lambda: plan(command, taking), taking)


def plan(command: ChangePersonalData, taking: Taking) -> list[Step]:
    account = taking.look(PERSON)
    steps: list[Step] = []
    if command.address is not None:
        steps += _address(command.address, account, taking)
    steps += _names(command, account, taking)
    if command.email is not None:
        steps += _contact("email", "Email", {"Email": command.email}, account, taking)
    if command.phone is not None:
        number = national(command.phone)
        kind = "MobilePhone" if number.startswith(MOBILE) else "Phone"
        steps += _contact("phone", kind, {"PhoneNo": number, "Extension": "", "CountryID": "IT"}, account, taking)
    return steps


# --- where he lives --------------------------------------------------------------------------------------------------
def _address(address: Address, account: Row, taking: Taking) -> Iterator[Step]:
    standard = account["StandardAccountAddress"]
    of = {"AccountID": code(account, "AccountID")}
    if standard is None:
        info = addresses.added(address, standard=True)
        yield Step(write=ADDRESS_ADDED, row={**of, "AddressInfo": info}, field="address")
    elif not addresses.is_there(address, standard, site=taking.site):
        info = addresses.changed(address, standard, site=taking.site)
        row = {**of, "AddressID": code(standard, "AddressID"), "AddressInfo": info}
        yield Step(write=ADDRESS_CHANGED, row=row, field="address")


# --- his name --------------------------------------------------------------------------------------------------------
def _names(command: ChangePersonalData, account: Row, taking: Taking) -> Iterator[Step]:
    """A company's has two lines of forty."""
    company = taking.site.account_types.get(text(account, "AccountTypeID")) == "company"
    wanted, fields = {}, {}
    if command.company_name is not None:
        if not company:
            raise Refused("billing has a person by this code", field="company_name")
        pair = _pair(account)
        wanted = dict(zip(pair, halves(command.company_name) or ("", ""), strict=True))
        fields = dict.fromkeys(pair, "company_name")
    for name, theirs in (("first_name", "FirstName"), ("last_name", "LastName")):
        value = getattr(command, name)
        if value is not None:
            if company:
                raise Refused("billing has a company by this code", field=name)
            wanted[theirs], fields[theirs] = value.strip(), name
    missing = {name: value for name, value in wanted.items() if text(account, name) != value}
    if missing:
        row = {"AccountID": code(account, "AccountID"), **missing}
        yield Step(write=NAMES_CHANGED, row=row, field=fields[next(iter(missing))], fields=fields)


def _pair(account: Row) -> tuple[str, str]:
    """The two lines that say its name, or would."""
    for pair in PAIRS:
        if any(text(account, name) for name in pair):
            return pair
    return PAIRS[text(account, "AccountTypeID") == GROUP]


def halves(name: str) -> tuple[str, str] | None:
    """The name on two lines that read the same together; None where it does not go on them."""
    words = " ".join(name.split())
    if len(words) <= LONGEST_NAME:
        return words, ""
    first, blank, second = words[: LONGEST_NAME + 1].rpartition(" ")
    second += words[LONGEST_NAME + 1 :]
    return (first, second) if blank and len(second) <= LONGEST_NAME else None


# --- how he is reached -----------------------------------------------------------------------------------------------
def _contact(what: What, kind: str, values: dict[str, str], account: Row, taking: Taking) -> Iterator[Step]:
    """Makes ``values`` what SAP says first; others that it would say before them go. Empty ones leave none."""
    found = entries_of(account, what) or []
    wanted = next(iter(values.values()))
    step = partial(_on, field=what, account=account)
    if not wanted:
        yield from (step(entry, removed=True) for entry in found)
        return
    place = next((place for place, entry in enumerate(found) if _says(entry, kind, values)), None)
    if place is not None:
        yield from (step(entry, removed=True) for entry in found[:place])
    elif found and found[0].kind == kind:
        yield step(found[0], values=values)
    else:
        row = {"AccountID": code(account, "AccountID"), **values, "StandardFlag": True}
        yield Step(write=CONTACT_ADDED[kind], row=row, field=what)
        if kind == "Phone":
            yield from (step(entry, removed=True) for entry in found if entry.kind == "MobilePhone")


def _on(entry: Entry, *, field: str, account: Row, values: dict[str, str] | None = None, removed: bool = False) -> Step:
    write = (CONTACT_REMOVED if removed else CONTACT_CHANGED)[entry.name]
    keys = {name: code(entry.row, name) for name in write.keys}
    return Step(write=write, row={**keys, **(values or {})}, field=field)


def _says(entry: Entry, kind: str, values: dict[str, str]) -> bool:
    """Of a telephone SAP writes the whole number in a way of its own."""
    if kind == "Email":
        return entry.value == values["Email"]
    if (text(entry.row, "PhoneNo"), text(entry.row, "CountryID")) == (values["PhoneNo"], values["CountryID"]):
        return True
    return national(entry.value) == values["PhoneNo"]


def national(phone: str) -> str:
    """The digits of an Italian number without its country's, whatever stands between them; "" for "", and for one from
    abroad, which is not written by itself."""
    digits = "".join(each for each in phone if each.isdigit() or each == "+")
    for prefix in (ITALY, "0039"):
        digits = digits.removeprefix(prefix)
    return "" if digits.startswith(("+", "00")) else digits


def fits(command: ChangePersonalData) -> bool:
    """What this service has, and has room for. Tax code, VAT number and birth date are another service's of SAP's, and
    nobody knows where a site keeps what electronic invoices need."""
    elsewhere = (command.tax_code, command.vat_number, command.birth_date, command.sdi_code, command.pec)
    if any(each is not None for each in elsewhere):
        return False
    return (
        all(len((name or "").strip()) <= LONGEST_NAME for name in (command.first_name, command.last_name))
        and (command.company_name is None or halves(command.company_name) is not None)
        and len(command.email or "") <= LONGEST_EMAIL
        and (not command.phone or (bool(national(command.phone)) and len(national(command.phone)) <= 30))
        and (command.address is None or addresses.fits(command.address))
    )
