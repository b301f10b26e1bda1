"""What SAP's utilities service executes, and which single command it can take whole; the rest is an operator's work.

It has nothing for the others: a lock against collection is nowhere in it, a payment plan is of a contract's future and not of
an invoice, and to end a sales contract it takes a day, but neither a last reading nor where the last invoice goes.
"""

from dataclasses import replace

from sportello.billing.commands import (
    ChangeMailingAddress,
    ChangePersonalData,
    Command,
    Receipt,
    RequestDirectDebit,
    RevokeDirectDebit,
    SubmitReading,
)
from sportello.billing.errors import NotThere, Refused
from sportello.connectors.sap import debiting, personal, posting
from sportello.connectors.sap.client import Client
from sportello.connectors.sap.site import Site
from sportello.connectors.sap.steps import Taking
from sportello.connectors.sap.submitting import submit

CODES = {  # that stand in an address or are looked for
    "customer_code": "customer",
    "account_code": "billing account",
    "supply_code": "supply",
    "meter_code": "meter",
}
LONGEST_CODE = 64
EMAILS = {"AccountAddressIndependentEmails", "AccountAddressDependentEmails"}
PHONES = {
    f"AccountAddress{where}{kind}s" for where in ("Independent", "Dependent") for kind in ("Phone", "MobilePhone")
}
HOME = {"StandardAccountAddress"}
PLACES = {"AccountAddresses", *HOME}
BANKS = {"BankAccounts"}


def executed_at(site: Site) -> frozenset[str]:
    """The names of the commands that this site can be sent at all."""
    omitted = site.omitted
    offered = {
        SubmitReading.__name__: "Devices" not in omitted,
        ChangePersonalData.__name__: True,
        ChangeMailingAddress.__name__: not PLACES & omitted,
        RequestDirectDebit.__name__: bool(site.debit_methods) and not BANKS & omitted,
        RevokeDirectDebit.__name__: "direct_debit" in site.payment_methods.values() and not BANKS & omitted,
    }
    return frozenset(name for name, can in offered.items() if can)


def fits(command: Command, *, site: Site) -> bool:
    """Whether all of a command that this site is offered can be said to it."""
    match command:
        case ChangePersonalData():
            needed = {
                *(HOME if command.address is not None else ()),
                *(EMAILS | HOME if command.email is not None else ()),
                *(PHONES | HOME if command.phone is not None else ()),
            }
            return not needed & site.omitted and personal.fits(command)
        case ChangeMailingAddress():
            return posting.fits(command)
        case RequestDirectDebit():
            return debiting.fits(command, site=site)
    return True


def execute(command: Command, *, client: Client, site: Site) -> Receipt:
    """See ``BillingSystem.execute``. The command is one that fits."""
    for name, kind in CODES.items():
        if not askable(getattr(command, name, "-")):
            raise NotThere(kind, getattr(command, name))
    taking = Taking(client=client, site=site, customer_code=command.customer_code)
    match command:
        case SubmitReading():
            # It has to look at what a site may be too slow to show on each page.
            return submit(command, client=client, site=replace(site, omitted=frozenset()))
        case ChangePersonalData():
            return personal.change(command, taking)
        case ChangeMailingAddress():
            return posting.redirect(command, taking)
        case RequestDirectDebit():
            return debiting.request(command, taking)
        case RevokeDirectDebit():
            return debiting.revoke(command, taking)
    raise Refused("SAP does not do this (see capabilities)")


def askable(code: str) -> bool:
    """Whether ``code`` can stand in an address at all."""
    return 0 < len(code) <= LONGEST_CODE and code.isprintable()
