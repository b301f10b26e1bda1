"""The billing office issues an invoice."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import cast

from django.db import transaction

from sportello.billing.codes import ServiceCode
from sportello.billing.services import SERVICES
from sportello.connectors.embedded import mandates, numbering, rows, using
from sportello.connectors.embedded.accounts import add_to_balance, is_company, locked
from sportello.connectors.embedded.histories import locked_supply
from sportello.connectors.embedded.mistakes import Mistake, Unknown, check_consumption, whole_cents
from sportello.connectors.embedded.models import Account, Invoice, Supply
from sportello.connectors.embedded.pricing import Priced, priced, shares, together
from sportello.connectors.embedded.routing import ALIAS
from sportello.connectors.embedded.using import Use

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
    """Issues an invoice for one or more supplies of one account, for ``amount`` euro or for ``consumption``; where neither
    is said, for what was used since the last invoice, by the readings that stand or by an estimate.

    Readings of its period that no other invoice has used are then used by this one. Where more was billed on estimates
    before than it comes to, it is a credit note.
    """
    amount = None if amount is None else whole_cents(amount)
    check_consumption(consumption)
    due_on = due_on or issued_on + timedelta(days=DAYS_TO_PAY)
    if due_on < issued_on:
        raise Mistake(f"an invoice of {issued_on} cannot be due on {due_on}")
    with transaction.atomic(using=ALIAS):
        supplies = supplies_of_one_account(supply_codes)
        account = locked(supplies[0].account_id)
        uses = uses_of(supplies, issued_on, guess=amount is None and consumption is None)
        consumptions = [use.consumption for use in uses]
        parts = priced_supplies(
            supplies, company=is_company(account), amount=amount, consumption=consumption, used=consumptions
        )
        total = sum((part.amount for part in parts), Decimal(0))
        lines, vat = together(parts)
        services = [cast(ServiceCode, supply.service) for supply in supplies]
        one_service = len(set(services)) == 1
        letter = numbering.CREDIT_NOTES if total < 0 else numbering.invoice_letter(services)
        number = numbering.next_number(year=issued_on.year, letter=letter)
        until = max((use.until for use in uses if use.until), default=None)
        period_from, period_to = next_period(account, supply_codes, issued_on, until=until)
        invoice = Invoice.objects.create(
            code=number,
            account=account,
            supply_codes=list(supply_codes),
            kind="credit_note" if total < 0 else using.kind_of(supplies, uses),
            issued_on=issued_on,
            due_on=None if total < 0 else due_on,
            period_from=period_from,
            period_to=period_to,
            amount=total,
            consumption=sum((part.consumption for part in parts), Decimal(0)) if one_service else None,
            consumption_unit=SERVICES[services[0]].unit if one_service else "",
            slip_code="" if total < 0 else numbering.slip_code(number),
            lines=rows.plain_all(lines),
            vat=rows.plain_all(vat),
        )
        using.mark(uses, invoice)
        mandates.debit_from(account, invoice)
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


def uses_of(supplies: Sequence[Supply], issued_on: date, *, guess: bool) -> list[Use]:
    """What there is to use of each supply; where that tells no consumption, and it may ``guess``, an estimate of yesterday
    besides."""
    for code in sorted(supply.code for supply in supplies):
        locked_supply(code)
    uses = []
    for supply in supplies:
        use = using.use_of(supply, until=issued_on)
        if guess and use.consumption is None:
            guessed = using.estimate(supply, on=issued_on - timedelta(days=1))
            use = Use(readings=[*use.readings, *guessed.readings], consumption=guessed.consumption)
        uses.append(use)
    return uses


def priced_supplies(
    supplies: Sequence[Supply],
    *,
    company: bool,
    amount: Decimal | None,
    consumption: Decimal | None,
    used: Sequence[Decimal | None] = (),
) -> list[Priced]:
    """``used`` is the consumption of each supply where neither ``amount`` nor ``consumption`` is said."""
    count = len(supplies)
    amounts = [None] * count if amount is None else shares(amount, count)
    known = list(used) if used and amount is None else [None] * count
    consumptions = known if consumption is None else shares(consumption, count)
    return [
        priced(service=cast(ServiceCode, supply.service), company=company, amount=money, consumption=quantity)
        for supply, money, quantity in zip(supplies, amounts, consumptions, strict=True)
    ]


def next_period(
    account: Account, supply_codes: Sequence[str], issued_on: date, *, until: date | None = None
) -> tuple[date, date]:
    """From the day after the last invoice of these supplies to ``until``, else to yesterday; or the two months before."""
    last = (
        Invoice.objects.filter(account=account, supply_codes__overlap=list(supply_codes), period_to__isnull=False)
        .exclude(kind="credit_note")
        .order_by("-period_to")
        .first()
    )
    ended = last.period_to if last else None
    to = until if until and not (ended and until <= ended) else issued_on - timedelta(days=1)
    if ended and ended < to:
        return ended + timedelta(days=1), to
    return to + timedelta(days=1) - USUAL_PERIOD, to
