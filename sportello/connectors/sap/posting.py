"""Sends the post of an account to another address."""

from sportello.billing.commands import ChangeMailingAddress, Receipt
from sportello.billing.errors import Conflict, Refused, Unavailable
from sportello.connectors.sap import addresses
from sportello.connectors.sap.looks import POST
from sportello.connectors.sap.rows import same_code
from sportello.connectors.sap.steps import Step, Taking, contract_account, told
from sportello.connectors.sap.values import Row, code, text
from sportello.connectors.sap.writes import ADDRESS_ADDED, CONTRACT_ACCOUNT_CHANGED

ELSEWHERE = "billing sends the post of this account to somebody else"


def redirect(command: ChangeMailingAddress, taking: Taking) -> Receipt:
    """Creates the address, unless the customer has it, and then names it in the account. The receipt has its number.

    His standard address is never used for that, though it were the same: when he moves, his post is not to move with him
    because of it. For the same reason nothing that stands there is changed.
    """
    account = taking.look(POST)
    receiver = text(contract_account(account, command.account_code), "BillToAccountID")
    if receiver and not same_code(receiver, code(account, "AccountID")):
        raise Refused(ELSEWHERE, field="account_code")
    if number := _named(command, account, taking):
        return Receipt(reference=number, duplicate=True)
    created = False
    number = _known(command, account, taking)
    if not number:
        number, created = _create(command, account, taking), True
    try:
        taking.take(_naming(number, command, taking))
    except (Refused, Conflict) as no:
        if number := _named(command, taking.look(POST), taking):
            return Receipt(reference=number, duplicate=True)
        raise told(no, ["address"] if created else []) from no
    return Receipt(reference=number)


def _named(command: ChangeMailingAddress, account: Row, taking: Taking) -> str:
    """The number of this address where the account names it, in all the places that the site has for that; "" elsewhere."""
    row = contract_account(account, command.account_code)
    numbers = {text(row, name) for name in taking.site.mailing_address_in}
    if len(numbers) != 1:
        return ""
    (number,) = numbers
    return next((each for each in _numbers(command, account, taking) if same_code(each, number)), "")


def _known(command: ChangeMailingAddress, account: Row, taking: Taking) -> str:
    standard = account["StandardAccountAddress"]
    at_home = code(standard, "AddressID") if standard else None
    return next((each for each in _numbers(command, account, taking) if not same_code(each, at_home)), "")


def _numbers(command: ChangeMailingAddress, account: Row, taking: Taking) -> list[str]:
    found = [row for row in account["AccountAddresses"] if addresses.is_there(command.address, row, site=taking.site)]
    return sorted(code(row, "AddressID") for row in found)


def _create(command: ChangeMailingAddress, account: Row, taking: Taking) -> str:
    info = addresses.added(command.address, standard=False)
    row = {"AccountID": code(account, "AccountID"), "AddressInfo": info}
    step = Step(write=ADDRESS_ADDED, row=row, field="address")
    number = taking.made(taking.take(step), step, "AddressID") or _known(command, taking.look(POST), taking)
    if not number:
        raise Unavailable("billing took the address and does not show it")
    return number


def _naming(number: str, command: ChangeMailingAddress, taking: Taking) -> Step:
    row = {"ContractAccountID": command.account_code, **dict.fromkeys(taking.site.mailing_address_in, number)}
    return Step(write=CONTRACT_ACCOUNT_CHANGED, row=row, field="address")


def fits(command: ChangeMailingAddress) -> bool:
    """SAP has no other name for the letters than that of whom the address is."""
    return not command.addressee.strip() and addresses.fits(command.address)
