"""What customers ask for is done once, seen afterwards, and of nobody else's: the commands of ``Sample.commands``."""

# ruff: noqa: S101 - these asserts are the tests

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from typing import Any
from uuid import uuid4

from sportello.billing.commands import (
    ArrangeInstalments,
    ChangeMailingAddress,
    ChangePersonalData,
    CloseSupply,
    Command,
    RequestDirectDebit,
    ResumeCollection,
    RevokeDirectDebit,
    SetInvoiceDelivery,
    SuspendCollection,
)
from sportello.billing.conformance.ground import WEIRD_CODES, Ground, of
from sportello.billing.errors import NotThere
from sportello.billing.records import (
    BillingAccountRecord,
    CustomerRecord,
    InvoiceRecord,
    MandateRecord,
    Record,
    SupplyRecord,
)

# The fields of a command that name something, and the records and their attribute that have it.
NAMED: dict[str, tuple[type[Any], str]] = {
    "customer_code": (CustomerRecord, "code"),
    "account_code": (BillingAccountRecord, "code"),
    "invoice_number": (InvoiceRecord, "number"),
    "supply_code": (SupplyRecord, "code"),
}
UNSAID = ("customer_code",)  # of ChangePersonalData: what is no datum


class Asked(Ground):
    """``may_write`` is as in ``Conformance``."""

    may_write: bool = False

    def test_what_was_asked_is_in_the_next_snapshot_and_once_a_key(self) -> None:
        for command in self.offered():
            name = uuid4().hex
            first = self.billing.execute(command, key=name)
            records = list(self.billing.snapshot(command.customer_code).records)
            check_done(command, records)
            again = self.billing.execute(command, key=name)
            assert again.duplicate, command
            assert again.reference == first.reference, command
            assert list(self.billing.snapshot(command.customer_code).records) == records, command

    def test_asked_of_what_billing_does_not_know_nothing_is_there(self) -> None:
        codes = (self.sample.unknown, *WEIRD_CODES)
        for command in self.offered():
            self.assert_no(NotThere, *(other for name in named(command) for other in renamed(command, name, codes)))

    def test_asked_of_what_is_another_customers_nothing_is_there(self) -> None:
        for command in self.offered():
            for other in self.sample.customers:
                if other != command.customer_code:
                    theirs = self.billing.snapshot(other).records
                    self.assert_no(NotThere, *foreign(command, theirs))

    def offered(self) -> list[Command]:
        takes = self.billing.capabilities.takes
        return [command for command in self.sample.commands if self.may_write and takes(command)]


def named(command: Command) -> list[str]:
    """The fields by which it names something; one that may be left empty only where it is not."""
    return [field.name for field in fields(command) if field.name in NAMED and getattr(command, field.name)]


def renamed(command: Any, name: str, codes: Iterable[str]) -> Iterator[Command]:
    """Where a field may be left empty, that names something else, and nothing that is not there."""
    (default,) = (field.default for field in fields(command) if field.name == name)
    return (replace(command, **{name: code}) for code in codes if code != default)


def foreign(command: Any, theirs: Sequence[Record]) -> Iterator[Command]:
    """The command about something of another customer's; the customer himself only where it names something else too."""
    for name in named(command):
        kind, attribute = NAMED[name]
        if name != "customer_code":
            yield from renamed(command, name, [getattr(record, attribute) for record in of(kind, theirs)[:3]])
        elif len(named(command)) > 1:
            yield from renamed(command, name, [record.code for record in of(CustomerRecord, theirs)])


def check_done(command: Command, records: list[Record]) -> None:
    whose: Any
    match command:
        case ChangePersonalData():
            check_changed(command, of(CustomerRecord, records)[0])
        case ChangeMailingAddress():
            account = one(BillingAccountRecord, command.account_code, records)
            assert account.mailing_address == command.address
            assert account.addressee == command.addressee
        case RequestDirectDebit():
            mandate = one(MandateRecord, command.mandate_reference, records)
            assert (mandate.account_code, mandate.scheme) == (command.account_code, command.scheme)
            assert mandate.status in ("requested", "aligning", "active")
        case RevokeDirectDebit():
            mine = [each for each in of(MandateRecord, records) if each.account_code == command.account_code]
            assert not any(each.status in ("requested", "aligning", "active") for each in mine)
        case SuspendCollection():
            invoice = invoice_of(command.invoice_number, records)
            assert invoice.collection == "suspended"
            assert command.amount is None or invoice.contested in (None, command.amount)
        case ResumeCollection():
            assert invoice_of(command.invoice_number, records).collection != "suspended"
        case ArrangeInstalments():
            invoice = invoice_of(command.invoice_number, records)
            assert invoice.collection == "instalments"
            assert invoice.instalments is None or len(invoice.instalments) == command.instalments
            assert invoice.instalments is None or invoice.instalments[0].due_on == command.first_due_on
        case CloseSupply():
            supply = one(SupplyRecord, command.supply_code, records)
            assert supply.ended_on == command.ends_on
        case SetInvoiceDelivery():
            whose = (
                one(SupplyRecord, command.supply_code, records)
                if command.supply_code
                else of(CustomerRecord, records)[0]
            )
            assert whose.invoice_delivery in (None, command.delivery)


def check_changed(command: ChangePersonalData, customer: CustomerRecord) -> None:
    for field in fields(command):
        asked = getattr(command, field.name)
        if field.name not in UNSAID and asked is not None:
            assert (getattr(customer, field.name) or "") == asked, field.name


def one(kind: Any, code: str, records: list[Record]) -> Any:
    (found,) = (record for record in of(kind, records) if record.code == code)
    return found


def invoice_of(number: str, records: list[Record]) -> InvoiceRecord:
    (found,) = (record for record in of(InvoiceRecord, records) if record.number == number)
    return found
