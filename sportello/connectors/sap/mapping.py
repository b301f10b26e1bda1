"""From SAP's rows to the port's records: what SAP says, what follows from it for certain, and None for the rest."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sportello.billing.codes import SupplyStatus
from sportello.billing.records import (
    Address,
    BillingAccountRecord,
    CustomerRecord,
    MandateRecord,
    MeterReadingRecord,
    MeterRecord,
    Record,
    SupplyRecord,
)
from sportello.connectors.sap.addresses import address_of
from sportello.connectors.sap.contacts import What, entries_of
from sportello.connectors.sap.debiting import mandate_of
from sportello.connectors.sap.invoices import Account, invoices_of
from sportello.connectors.sap.meters import meters_of
from sportello.connectors.sap.payments import payments_of
from sportello.connectors.sap.readings import readings_of
from sportello.connectors.sap.rows import bare, same_code
from sportello.connectors.sap.site import Site
from sportello.connectors.sap.values import Row, code, day, flag, money, text, unreadable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The rows of one customer. ``customer_code`` is the one asked for: the answers may pad it with zeros."""

    customer_code: str
    account: Row
    invoices: Sequence[Row]
    payments: Sequence[Row]


def records_of(answers: Answers, *, site: Site, today: date) -> tuple[Record, ...]:
    """All records of one customer, each after those it refers to. ``today`` tells what is over from what is to come."""
    customer, found = answers.customer_code, answers.account["ContractAccounts"]
    held = [_supplies(row, customer=customer, site=site, today=today) for row in found]
    accounts = {
        bare(code(row, "ContractAccountID")): Account(
            code=code(row, "ContractAccountID"),
            contracts=row["Contracts"],
            supplies=tuple(supply.code for supply, _ in group),
        )
        for row, group in zip(found, held, strict=True)
    }
    meters, readings = _meters_and_readings([pair for group in held for pair in group], site=site)
    invoices = invoices_of(answers.invoices, customer=customer, accounts=accounts, site=site)
    return (
        customer_of(answers.account, code=customer, site=site),
        *(_billing_account(row, account=answers.account, customer=customer, site=site) for row in found),
        *_mandates(answers.account, customer=customer, site=site),
        *(supply for group in held for supply, _ in group),
        *meters,
        *invoices.values(),
        *payments_of(
            answers.payments,
            customer=customer,
            accounts=[account.code for account in accounts.values()],
            invoices=invoices,
            site=site,
            today=today,
        ),
        *readings,
    )


def customer_of(row: Row, *, code: str, site: Site) -> CustomerRecord:
    """Tax code, VAT number and birth date are not in this service."""
    kind = site.account_types.get(text(row, "AccountTypeID"))
    if kind is None:
        raise unreadable("AccountTypeID is in no mapping")
    company = kind == "company"
    return CustomerRecord(
        code=code,
        kind=kind,
        first_name="" if company else text(row, "FirstName"),
        last_name="" if company else text(row, "LastName"),
        company_name=_company_name(row) if company else "",
        email=_contact(row, "email"),
        phone=_contact(row, "phone"),
        language=site.languages.get(text(row, "CorrespondenceLanguageISO").upper(), "it"),
        address=address_of(row.get("StandardAccountAddress"), site=site),
    )


def _company_name(row: Row) -> str:
    for first, second in (("Name1", "Name2"), ("GroupName1", "GroupName2")):
        if name := f"{text(row, first)} {text(row, second)}".strip():
            return name
    return ""


def _contact(row: Row, what: What) -> str | None:
    """ "" where SAP has none, None where it was not asked."""
    found = entries_of(row, what)
    return None if found is None else next((entry.value for entry in found), "")


def _billing_account(row: Row, *, account: Row, customer: str, site: Site) -> BillingAccountRecord:
    balance = row.get("ContractAccountBalance")
    return BillingAccountRecord(
        code=code(row, "ContractAccountID"),
        customer_code=customer,
        description=text(row, "Description"),
        balance=money(balance, "CurrentBalance") if balance else None,
        payment_method=site.payment_methods.get(text(row, "IncomingPaymentMethodID")),
        mailing_address=_mailing_address(row, account=account, site=site),
    )


def _mailing_address(row: Row, *, account: Row, site: Site) -> Address | None:
    """Of the customer's own addresses the one that his contract account names. Another partner's is not in the answer."""
    number = next((named for name in site.mailing_address_in if (named := text(row, name))), "")
    found = (each for each in account.get("AccountAddresses", ()) if same_code(code(each, "AddressID"), number))
    return address_of(next(found, None), site=site)


def _mandates(account: Row, *, customer: str, site: Site) -> Iterator[MandateRecord]:
    """Those by which an account is debited now, where their bank account says which they are; each of one account."""
    schemes = {method: scheme for scheme, method in site.debit_methods.items()}
    seen = set()
    for row in account["ContractAccounts"]:
        scheme, number = schemes.get(text(row, "IncomingPaymentMethodID")), text(row, "IncomingPaymentBankAccountID")
        for bank_account in account.get("BankAccounts", ()):
            mandate = mandate_of(bank_account)
            if not scheme or not mandate or not same_code(code(bank_account, "BankAccountID"), number):
                continue
            if mandate.reference not in seen:
                seen.add(mandate.reference)
                yield MandateRecord(
                    code=mandate.reference,
                    customer_code=customer,
                    account_code=code(row, "ContractAccountID"),
                    scheme=scheme,
                    status="active",
                    iban=text(bank_account, "IBAN") or None,
                    holder=text(bank_account, "AccountHolder"),
                    signed_on=mandate.signed_on,
                )


def _supplies(account: Row, *, customer: str, site: Site, today: date) -> tuple[tuple[SupplyRecord, Row], ...]:
    """A supply for each contract in a division that we sell, and that contract.

    Neither point code nor balance is in this service, nor what is expected of a year, nor a tank.
    """
    found = []
    for row in account["Contracts"]:
        division = text(row, "DivisionID")
        service = site.divisions.get(division)
        if service is None:
            log.warning("division %r is in no mapping: its contracts are left out", division)
        if not service:
            continue
        supply = SupplyRecord(
            code=code(row, "ContractID"),
            customer_code=customer,
            account_code=code(account, "ContractAccountID"),
            service=service,
            status=_status(row, site=site, today=today),
            address=address_of(row.get("Premise"), site=site),
            started_on=day(row, "MoveInDate"),
            ended_on=day(row, "MoveOutDate"),
        )
        found.append((supply, row))
    return tuple(found)


def _meters_and_readings(
    held: Iterable[tuple[SupplyRecord, Row]], *, site: Site
) -> tuple[list[MeterRecord], list[MeterReadingRecord]]:
    meters: list[MeterRecord] = []
    readings: list[MeterReadingRecord] = []
    for supply, contract in held:
        here = meters_of(contract, customer=supply.customer_code, supply=supply.code, site=site)
        meters += here.values()
        readings += readings_of(contract, supply=supply, meters=here, site=site)
    return meters, readings


def _status(contract: Row, *, site: Site, today: date) -> SupplyStatus:
    start, end = day(contract, "MoveInDate"), day(contract, "MoveOutDate")
    if flag(contract, "HistoricFlag") or (end is not None and end < today):
        return "closed"
    if said := site.contract_statuses.get(text(contract, "ProcessingStatus")):
        return said
    return "active" if start is not None and start <= today else "activating"
