"""Invoices as a list shows them: at most two queries for a page, whatever its length."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple, cast

from django.contrib.auth.models import AnonymousUser
from django.db.models import OuterRef, QuerySet, TextField
from django.utils.translation import get_language

from sportello.domain.customers.models import Allocation, Supply
from sportello.domain.customers.models.invoices import (
    AllocationQuerySet,
    InvoiceKind,
    InvoiceQuerySet,
    PaymentChannel,
    status_of,
)
from sportello.domain.customers.models.parties import Service
from sportello.domain.customers.owing import Owed
from sportello.domain.people.models import User
from sportello.labels import labels
from sportello.prepared import SOMEBODY, Prepared, Slot


class Paid(NamedTuple):
    """Where an invoice was paid: the channel, or billing's own words for it."""

    channel: str | None
    channel_text: str
    channel_label: str


LATEST = itemgetter(1, 2)  # of an invoice's number and ``PAID``: the day, and among those of one day the code
PAID = ("payment__paid_on", "payment_id", "payment__channel", "payment__channel_text")


class Row(NamedTuple):
    """A tuple, because a table's thirty are made and taken apart at each view. ``due_on`` is, by instalments, that of the
    next one."""

    number: str
    customer_id: str
    issued_on: date
    kind: str | None
    amount: Decimal
    paid: Decimal
    due_on: date | None
    consumption: Decimal | None
    consumption_unit: str
    collection: str
    supplies: Sequence[str]
    status: str
    overdue: bool
    payments: Sequence[Paid]


FIELDS = (
    "number",
    "customer_id",
    "issued_on",
    "kind",
    "amount",
    "paid",
    "due_on",
    "consumption",
    "consumption_unit",
    "collection",
    "contested",
    "instalments",
    "supply_codes",
)


def invoice_rows(
    invoices: InvoiceQuerySet, *, user: User | AnonymousUser | None, supplies: Mapping[str, Supply], today: date
) -> list[Row]:
    """The rows of invoices that are already within reach, filtered and cut to a page.

    With the payments that ``user`` may see; without any for None, which saves their query.
    """
    return rows_of(list(invoices.values_list(*FIELDS)), user=user, supplies=supplies, today=today)


def rows_of(
    found: Sequence[tuple[Any, ...]],
    *,
    user: User | AnonymousUser | None,
    supplies: Mapping[str, Supply],
    today: date,
) -> list[Row]:
    """The rows of what a query gave, whose columns begin with ``FIELDS``."""
    payments = payments_of([values[0] for values in found], user=user) if user is not None else {}
    return rows_with(found, payments, supplies=supplies, today=today)


def rows_with(
    found: Sequence[tuple[Any, ...]],
    payments: Mapping[str, Sequence[Paid]],
    *,
    supplies: Mapping[str, Supply],
    today: date,
) -> list[Row]:
    """The same where the payments are known, by the invoice's number."""
    kinds = labels(InvoiceKind)
    named = {code: short_label(supply) for code, supply in supplies.items()} if len(supplies) > 1 else {}
    return [_row(values, payments, kinds, named, today) for values in found]


def supply_labels(user: User | AnonymousUser) -> dict[str, str]:
    """A short label of each supply within reach, for lists; none where there is only one, which needs no telling."""
    supplies = list(Supply.objects.within_reach_of(user))
    return {supply.code: short_label(supply) for supply in supplies} if len(supplies) > 1 else {}


def short_label(supply: Supply) -> str:
    """Gas, Via Grandi 39."""
    street = f"{supply.street} {supply.street_number}".strip()
    return f"{labels(Service)[supply.service]}, {street or supply.code}"


def _row(
    values: tuple[Any, ...],
    payments: Mapping[str, Sequence[Paid]],
    kinds: Mapping[str, str],
    named: Mapping[str, str],
    today: date,
) -> Row:
    number, customer_id, issued_on, kind, amount, paid, due_on, consumption, unit = values[:9]
    collection, contested, instalments, codes = values[9:13]
    overdue = False
    if paid < amount and amount > 0:
        owed = Owed(
            amount=amount, paid=paid, due_on=due_on, collection=collection, contested=contested, instalments=instalments
        )
        due_on, overdue = owed.next_due_on or due_on, owed.is_overdue(today)
    return Row(
        number,
        customer_id,
        issued_on,
        kinds.get(kind, kind) if kind else None,
        amount,
        paid,
        due_on,
        consumption,
        unit,
        collection,
        [named[code] for code in codes or () if code in named] if named else (),
        status_of(amount, paid),
        overdue,
        payments.get(number, ()),
    )


def executed() -> AllocationQuerySet:
    """What has been paid and did not come back, the last payment first."""
    mine = Allocation.objects.within_reach_of(SOMEBODY).filter(payment__status="executed")
    return mine.order_by("-payment__paid_on", "-payment_id")


PAYMENTS = Prepared(
    lambda: (
        executed()
        .filter(invoice__number__any=Slot("numbers", TextField()))
        .values_list("invoice_id", "payment__channel", "payment__channel_text")
    )
)


def paying() -> "QuerySet[Allocation, dict[str, Any]]":
    """The payments of each invoice of another query, in its columns ``PAID``."""
    payments = executed().filter(invoice=OuterRef("number")).order_by().values(*PAID)
    return cast("QuerySet[Allocation, dict[str, Any]]", payments)


def paid_by(found: Iterable[tuple[Any, ...]]) -> dict[str, list[Paid]]:
    """The payments of invoices by number, the last one first.

    ``found``: an invoice's number and ``PAID`` of one of its payments, which are None where it has none.
    """
    payments: dict[str, list[Paid]] = defaultdict(list)
    language = get_language()
    several = [each for each in found if each[2] is not None]
    several.sort(key=LATEST, reverse=True)
    for number, _, _, channel, text in several:
        payments[number].append(paid_where(language, channel, text))
    return payments


@lru_cache(maxsize=500)
def paid_where(language: str | None, channel: str | None, text: str) -> Paid:
    """The same few at all invoices."""
    return Paid(channel, text, labels(PaymentChannel).get(channel or "", text))


def payments_of(numbers: Iterable[str], *, user: User | AnonymousUser) -> dict[str, list[Paid]]:
    """Where each of these invoices was paid, the last payment first; payments that came back do not count."""
    wanted = list(numbers)
    if not wanted or not user.is_authenticated:
        return {}
    language = get_language()
    payments: dict[str, list[Paid]] = defaultdict(list)
    for number, channel, text in PAYMENTS(user=user.pk, numbers=wanted):
        payments[number].append(paid_where(language, channel, text))
    return payments
