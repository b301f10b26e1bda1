"""Whoever changes an account locks it first, so that two at once follow one another.

Its balance is always the sum of what is open less what is not allocated.
"""

from decimal import Decimal

from sportello.connectors.embedded.mistakes import Unknown
from sportello.connectors.embedded.models import Account, Invoice


def locked(account_code: str) -> Account:
    return Account.objects.select_for_update(of=("self",)).select_related("customer").get(code=account_code)


def locked_invoice(number: str) -> tuple[Account, Invoice]:
    account_code = Invoice.objects.filter(code=number).values_list("account", flat=True).first()
    if account_code is None:
        raise Unknown("invoice", number)
    account = locked(account_code)
    invoice = Invoice.objects.filter(code=number).first()
    if invoice is None:
        raise Unknown("invoice", number)
    return account, invoice


def add_to_balance(account: Account, amount: Decimal) -> None:
    account.balance += amount
    account.save(update_fields=["balance"])


def is_company(account: Account) -> bool:
    return account.customer.kind == "company"
