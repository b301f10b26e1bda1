"""Payment documents of SAP as payments of the port: whose account they went to, and by which way the money came."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from sportello.billing.codes import PaymentStatus
from sportello.billing.records import Allocation, InvoiceRecord, PaymentRecord
from sportello.connectors.sap.rows import bare
from sportello.connectors.sap.site import Site
from sportello.connectors.sap.values import Row, code, day, money, text


def payments_of(
    rows: Sequence[Row],
    *,
    customer: str,
    accounts: Sequence[str],
    invoices: Mapping[str, InvoiceRecord],
    site: Site,
    today: date,
) -> tuple[PaymentRecord, ...]:
    """The payments that have come in, each code once. ``invoices`` are the customer's own, by their bare number."""
    found: dict[str, PaymentRecord] = {}
    for row in rows:
        paid_on = day(row, "ExecutionDate")
        status = site.payment_statuses.get(text(row, "PaymentStatusID"), "executed")
        if status and paid_on is not None and paid_on <= today:  # otherwise it is a plan
            shares = _shares(row, accounts=accounts, invoices=invoices)
            found |= {
                record.code: record for record in _records(row, shares, paid_on, status, customer=customer, site=site)
            }
    return tuple(found.values())


def _shares(
    row: Row, *, accounts: Sequence[str], invoices: Mapping[str, InvoiceRecord]
) -> dict[str | None, tuple[Allocation, ...]]:
    """What went where, by contract account. SAP's payment names none: it follows from the invoices that it paid.

    Only None where nothing tells which of several accounts it was.
    """
    shares: dict[str | None, tuple[Allocation, ...]] = {}
    for item in row["PaymentDocumentItems"]:
        invoice = invoices.get(bare(text(item, "InvoiceID")))
        amount = money(item, "Amount")
        if invoice is not None and amount > 0:
            allocation = Allocation(invoice_number=invoice.number, amount=amount)
            shares[invoice.account_code] = (*shares.get(invoice.account_code, ()), allocation)
    return shares or {accounts[0] if len(accounts) == 1 else None: ()}


def _records(
    row: Row,
    shares: Mapping[str | None, tuple[Allocation, ...]],
    paid_on: date,
    status: PaymentStatus,
    *,
    customer: str,
    site: Site,
) -> Iterator[PaymentRecord]:
    """One record, or one for each account where a payment went to several, with what is left over under no account."""
    document, amount = code(row, "PaymentDocumentID"), money(row, "Amount")
    words = text(row, "PaymentMethodDescription")
    left = amount - sum(share.amount for allocations in shares.values() for share in allocations)
    several = len(shares) > 1
    if several and left > 0:
        shares = {**shares, None: ()}
    for account, allocations in shares.items():
        yield PaymentRecord(
            code=f"{document}-{account or ''}" if several else document,
            customer_code=customer,
            account_code=account,
            paid_on=paid_on,
            amount=(sum((share.amount for share in allocations), Decimal(0)) or left) if several else amount,
            channel=site.payment_channels.get(words.casefold()),
            channel_text=words,
            status=status,
            allocations=allocations,
        )
