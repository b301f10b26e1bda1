"""What a command names must be the customer's own; whatever is not is not there. What is found comes locked.

Whoever locks both locks an account before its supplies.
"""

from sportello.billing.errors import NotThere
from sportello.connectors.embedded.accounts import locked
from sportello.connectors.embedded.codes import askable
from sportello.connectors.embedded.histories import locked_supply
from sportello.connectors.embedded.models import Account, Customer, Invoice, Meter, Supply


def check_customer(code: str) -> None:
    if not askable(code) or not Customer.objects.filter(code=code).exists():
        raise NotThere("customer", code)


def customer(code: str) -> Customer:
    found = Customer.objects.select_for_update().filter(code=code).first() if askable(code) else None
    if found is None:
        raise NotThere("customer", code)
    return found


def account(customer_code: str, code: str) -> Account:
    check_customer(customer_code)
    if not askable(code) or not Account.objects.filter(code=code, customer=customer_code).exists():
        raise NotThere("billing_account", code)
    return locked(code)


def invoice(customer_code: str, number: str) -> Invoice:
    """Its account is locked."""
    check_customer(customer_code)
    mine = Invoice.objects.filter(account__customer=customer_code, code=number) if askable(number) else None
    account_code = mine.values_list("account", flat=True).first() if mine is not None else None
    if account_code is None:
        raise NotThere("invoice", number)
    locked(account_code)
    return Invoice.objects.get(code=number)


def account_of_supply(customer_code: str, code: str) -> Account:
    check_customer(customer_code)
    mine = Supply.objects.filter(account__customer=customer_code, code=code) if askable(code) else None
    account_code = mine.values_list("account", flat=True).first() if mine is not None else None
    if account_code is None:
        raise NotThere("supply", code)
    return locked(account_code)


def supply(customer_code: str, code: str) -> Supply:
    check_customer(customer_code)
    found = locked_supply(code) if askable(code) else None
    if found is None or found.account.customer_id != customer_code:
        raise NotThere("supply", code)
    return found


def meter(supply: Supply, code: str) -> Meter:
    found = Meter.objects.filter(supply=supply, code=code).first() if askable(code) else None
    if found is None:
        raise NotThere("meter", code)
    return found
