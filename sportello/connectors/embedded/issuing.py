"""The billing office issues an invoice."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import cast

from django.db import transaction

from sportello.billing.records import ServiceCode
from sportello.billing.services import SERVICES
from sportello.connectors.embedded import numbering, rows
from sportello.connectors.embedded.accounts import add_to_balance, is_company, locked
from sportello.connectors.embedded.mistakes import Mistake, Unknown, check_consumption, whole_cents
from sportello.connectors.embedded.models import Account, Invoice, Supply
from sportello.connectors.embedded.pricing import Priced, priced, shares, together
from sportello.connectors.embedded.routing import ALIAS

DAYS_TO_PAY = 20
USUAL_PERIOD = timedelta(days=60)


def issue(
    *,
    supply_codes: Sequence[str],
    issued_on: date,
    amount: Decimal | None = None,
    consumption: Decimal | None = None,
    due_on: date | None = None,
) -> Invoice:
    """Issues an invoice for one or more supplies of one account, for ``amount`` euro or for ``consumption``."""
    amount = None if amount is None else whole_cents(amount)
    check_consumption(consumption)
    due_on = due_on or issued_on + timedelta(days=DAYS_TO_PAY)
    if due_on < issued_on:
        raise Mistake(f"an invoice of {issued_on} cannot be due on {due_on}")
    with transaction.atomic(using=ALIAS):
        supplies = supplies_of_one_account(supply_codes)
        account = locked(supplies[0].account_id)
        parts = priced_supplies(supplies, company=is_company(account), amount=amount, consumption=consumption)
        lines, vat = together(parts)
        services = [cast(ServiceCode, supply.service) for supply in supplies]
        one_service = len(set(services)) == 1
        number = numbering.next_number(year=issued_on.year, letter=numbering.invoice_letter(services))
        period_from, period_to = next_period(account, supply_codes, issued_on)
        invoice = Invoice.objects.create(
            code=number,
            account=account,
            supply_codes=list(supply_codes),
            kind="period_actual",
            issued_on=issued_on,
            due_on=due_on,
            period_from=period_from,
            period_to=period_to,
            amount=sum((part.amount for part in parts), Decimal(0)),
            consumption=sum((part.consumption for part in parts), Decimal(0)) if one_service else None,
            consumption_unit=SERVICES[services[0]].unit if one_service else "",
            slip_code=numbering.slip_code(number),
            lines=rows.plain_all(lines),
            vat=rows.plain_all(vat),
        )
        add_to_balance(account, invoice.amount)
    return invoice


def supplies_of_one_account(codes: Sequence[str]) -> list[Supply]:
    found = Supply.objects.in_bulk(codes)
    for code in codes:
        if code not in found:
            raise Unknown("supply", code)
    supplies = [found[code] for code in dict.fromkeys(codes)]
    if len({supply.account_id for supply in supplies}) != 1:
        raise Mistake("these supplies are not of one account")
    for supply in supplies:
        if supply.status == "activating":
            raise Mistake(f"supply {supply.code} is not active yet")
    return supplies


def priced_supplies(
    supplies: Sequence[Supply], *, company: bool, amount: Decimal | None, consumption: Decimal | None
) -> list[Priced]:
    count = len(supplies)
    amounts = [None] * count if amount is None else shares(amount, count)
    consumptions = [None] * count if consumption is None else shares(consumption, count)
    return [
        priced(service=cast(ServiceCode, supply.service), company=company, amount=money, consumption=quantity)
        for supply, money, quantity in zip(supplies, amounts, consumptions, strict=True)
    ]


def next_period(account: Account, supply_codes: Sequence[str], issued_on: date) -> tuple[date, date]:
    """From the day after the last invoice of these supplies to yesterday, or the last two months."""
    to = issued_on - timedelta(days=1)
    last = (
        Invoice.objects.filter(account=account, supply_codes__overlap=list(supply_codes), period_to__isnull=False)
        .exclude(kind="credit_note")
        .order_by("-period_to")
        .first()
    )
    if last and last.period_to and last.period_to < to:
        return last.period_to + timedelta(days=1), to
    return issued_on - USUAL_PERIOD, to
