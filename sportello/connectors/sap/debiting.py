"""Direct debits: an account is paid from one of the customer's bank accounts, by a mandate, or is not any more.

The service has no mandates. What is left for us to say in SAP is the name of the bank account, so the mandate's reference
and the day of its signature are that. By it a mandate is recognised, when it is read and when it is asked for again.
"""

import re
from dataclasses import dataclass
from datetime import date

from sportello.billing.commands import Receipt, RequestDirectDebit, RevokeDirectDebit
from sportello.billing.errors import Conflict, NotThere, Refused, Unavailable
from sportello.connectors.sap.looks import DEBIT
from sportello.connectors.sap.readings import in_order
from sportello.connectors.sap.rows import same_code
from sportello.connectors.sap.site import Site
from sportello.connectors.sap.steps import Step, Taking, contract_account, take_all, told
from sportello.connectors.sap.values import Row, code, text
from sportello.connectors.sap.writes import BANK_ACCOUNT_ADDED, CONTRACT_ACCOUNT_CHANGED

LONGEST_NAME, LONGEST_HOLDER, LONGEST_IBAN = 40, 60, 34
NAMED = re.compile(r"UMR (?P<reference>\S(?:.*\S)?) (?P<day>\d\d)/(?P<month>\d\d)/(?P<year>\d{4})")
FIELDS = {"IBAN": "iban", "CountryID": "iban", "AccountHolder": "holder", "BankAccountName": "mandate_reference"}
LATER = "billing debits another bank account of the customer by now"


@dataclass(frozen=True, slots=True)
class Mandate:
    """What the name of a bank account says."""

    reference: str
    signed_on: date


def mandate_of(bank_account: Row) -> Mandate | None:
    """None for a bank account that says nothing of a mandate."""
    found = NAMED.fullmatch(text(bank_account, "BankAccountName"))
    if not found:
        return None
    try:
        return Mandate(found["reference"], date(*(int(found[part]) for part in ("year", "month", "day"))))
    except ValueError:
        return None


def name_of(command: RequestDirectDebit) -> str:
    return f"UMR {command.mandate_reference} {command.signed_on:%d/%m/%Y}"


def is_debited(contract_account: Row, *, site: Site) -> bool:
    return site.payment_methods.get(text(contract_account, "IncomingPaymentMethodID")) == "direct_debit"


def request(command: RequestDirectDebit, taking: Taking) -> Receipt:
    """Creates the bank account and then has the account debited from it. The receipt has the bank account's number.

    Asked for again, it is found by its name. An account that has this bank account has been debited from it, and nothing is
    done though it be revoked by now; where SAP has given it a later one since, it is not taken back to this one.
    """
    account = taking.look(DEBIT)
    row = contract_account(account, command.account_code)
    found = _numbers(command, account)
    present = text(row, "IncomingPaymentBankAccountID")
    if any(same_code(present, number) for number in found):
        return Receipt(reference=present, duplicate=True)
    if found and present and in_order(present) > in_order(found[-1]):
        raise Conflict(LATER)
    created = not found
    number = _create(command, account, taking) if created else found[0]
    try:
        taking.take(_debit(number, command, taking.site))
    except (Refused, Conflict) as no:
        present = text(contract_account(taking.look(DEBIT), command.account_code), "IncomingPaymentBankAccountID")
        if same_code(present, number):
            return Receipt(reference=number, duplicate=True)
        raise told(no, ["iban"] if created else []) from no
    return Receipt(reference=number)


def _numbers(command: RequestDirectDebit, account: Row) -> list[str]:
    named = [row for row in account["BankAccounts"] if text(row, "BankAccountName") == name_of(command)]
    return sorted((code(row, "BankAccountID") for row in named), key=in_order)


def _create(command: RequestDirectDebit, account: Row, taking: Taking) -> str:
    row = {
        "AccountID": code(account, "AccountID"),
        "IBAN": command.iban,
        "CountryID": command.iban[:2],
        "AccountHolder": command.holder,
        "BankAccountName": name_of(command),
    }
    step = Step(write=BANK_ACCOUNT_ADDED, row=row, field="iban", fields=FIELDS)
    number = taking.made(taking.take(step), step, "BankAccountID")
    if not number:
        number = next(iter(_numbers(command, taking.look(DEBIT))), "")
    if not number:
        raise Unavailable("billing took the bank account and does not show it")
    return number


def _debit(number: str, command: RequestDirectDebit, site: Site) -> Step:
    row = {
        "ContractAccountID": command.account_code,
        "IncomingPaymentMethodID": site.debit_methods[command.scheme],
        "IncomingPaymentBankAccountID": number,
    }
    fields = {"IncomingPaymentMethodID": "scheme", "IncomingPaymentBankAccountID": "iban"}
    return Step(write=CONTRACT_ACCOUNT_CHANGED, row=row, field="account_code", fields=fields)


def revoke(command: RevokeDirectDebit, taking: Taking) -> Receipt:
    """Sets the payment method alone: the bank account stays named, as the one by which it was debited."""
    return take_all(lambda: _revocation(command, taking), taking)


def _revocation(command: RevokeDirectDebit, taking: Taking) -> list[Step]:
    account = taking.look(DEBIT)
    row = contract_account(account, command.account_code)
    if command.mandate_reference:
        _check_mandate(command, account, row)
    if not is_debited(row, site=taking.site):
        return []
    sent = {
        "ContractAccountID": command.account_code,
        "IncomingPaymentMethodID": taking.site.method_without_debit,
    }
    return [Step(write=CONTRACT_ACCOUNT_CHANGED, row=sent, field="account_code")]


def _check_mandate(command: RevokeDirectDebit, account: Row, row: Row) -> None:
    present = text(row, "IncomingPaymentBankAccountID")
    for bank_account in account["BankAccounts"]:
        mandate = mandate_of(bank_account)
        if mandate and mandate.reference == command.mandate_reference:
            if same_code(code(bank_account, "BankAccountID"), present):
                return
            raise Conflict(LATER)
    raise NotThere("mandate", command.mandate_reference)


def fits(command: RequestDirectDebit, *, site: Site) -> bool:
    """SAP has no place for somebody who signs for the holder."""
    return (
        command.scheme in site.debit_methods
        and not command.signatory.strip()
        and 0 < len(command.holder.strip()) <= LONGEST_HOLDER
        and 0 < len(command.iban) <= LONGEST_IBAN
        and len(name_of(command)) <= LONGEST_NAME
        and bool(NAMED.fullmatch(name_of(command)))
    )
