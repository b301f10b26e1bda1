"""Invoices of SAP as invoices of the port: supplies are the account's, consumption stands where it is certain."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from sportello.billing.errors import ForeignRows
from sportello.billing.records import InvoiceRecord
from sportello.connectors.sap.rows import bare
from sportello.connectors.sap.site import Site
from sportello.connectors.sap.values import Row, code, day, decimal, money, must_have_day, text

BILLED_WITHIN = timedelta(days=45)  # before an invoice, a consumption that it bills may end
THOUSANDTH = Decimal("0.001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A contract account as invoices need it: the supplies we show and all contracts there are."""

    code: str
    contracts: Sequence[Row]
    supplies: tuple[str, ...]


def invoices_of(
    rows: Iterable[Row], *, customer: str, accounts: Mapping[str, Account], site: Site
) -> dict[str, InvoiceRecord]:
    """By bare number, each once. A consumption that two invoices could bill is not certain for either."""
    invoices: dict[str, InvoiceRecord] = {}
    billed: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        number = bare(code(row, "InvoiceID"))
        if number in invoices:
            continue
        account = accounts.get(bare(text(row, "ContractAccountID")))
        if account is None:
            raise ForeignRows("billing answered with an invoice of a contract account that is not this customer's")
        consumption = _consumption(account, issued_on=must_have_day(row, "InvoiceDate"))
        invoices[number] = _invoice(row, customer=customer, account=account, consumption=consumption, site=site)
        if consumption is not None:
            billed[id(consumption)].append(number)
    for number in (number for numbers in billed.values() if len(numbers) > 1 for number in numbers):
        invoices[number] = replace(invoices[number], consumption=None, consumption_unit="")
    return invoices


def _invoice(row: Row, *, customer: str, account: Account, consumption: Row | None, site: Site) -> InvoiceRecord:
    """SAP's invoice has no kind, period, lines or VAT; its supplies are those of its contract account."""
    unit = text(consumption, "ConsumptionUnit") if consumption else ""
    return InvoiceRecord(
        number=code(row, "InvoiceID"),
        customer_code=customer,
        account_code=account.code,
        issued_on=must_have_day(row, "InvoiceDate"),
        amount=money(row, "AmountDue"),
        paid=money(row, "AmountPaid"),
        supply_codes=account.supplies or None,
        due_on=day(row, "DueDate"),
        consumption=decimal(consumption, "ConsumptionValue").quantize(THOUSANDTH) if consumption else None,
        consumption_unit=site.units.get(unit.upper(), unit),
        collection=site.invoice_statuses.get(text(row, "InvoiceStatusID"), ""),
    )


def _consumption(account: Account, *, issued_on: date) -> Row | None:
    """What an invoice bills: the account has one contract, of which one consumption ends shortly before."""
    if len(account.contracts) != 1:
        return None
    ended: list[Row] = [
        value
        for value in account.contracts[0].get("ContractConsumptionValues", ())
        if issued_on - BILLED_WITHIN <= must_have_day(value, "EndDate") <= issued_on
    ]
    return ended[0] if len(ended) == 1 else None
