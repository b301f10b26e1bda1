"""What a customer owes, as billing's own books say it, and what of it is still to be paid and by when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from sportello.domain.customers.models import BillingAccount, Invoice, Supply
from sportello.domain.customers.models.invoices import InvoiceQuerySet
from sportello.domain.customers.owing import Owed
from sportello.prepared import SOMEBODY, Prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """``amount`` is owed by the customer where positive; None where billing does not supply it.

    ``of_supply`` says that it is of one supply alone; otherwise it covers ``accounts``.
    """

    amount: Decimal | None
    of_supply: bool
    accounts: Sequence[BillingAccount] = ()


def balance_of(accounts: Sequence[BillingAccount], supply: Supply | None = None) -> Balance:
    """The balance of one supply where billing knows it, otherwise of its account; of all accounts without a supply."""
    if supply is not None and supply.balance is not None:
        return Balance(amount=supply.balance, of_supply=True)
    if supply is not None:
        accounts = [account for account in accounts if account.code == supply.billing_account_id]
    if not accounts or any(account.balance is None for account in accounts):
        return Balance(amount=None, of_supply=False, accounts=accounts)
    total = sum((account.balance for account in accounts if account.balance is not None), Decimal(0))
    return Balance(amount=total, of_supply=False, accounts=accounts)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInvoice(Owed):
    number: str
    customer_id: str
    supply_codes: list[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPay:
    """What is open: to be paid by the customer, debited by his bank, or contested and left alone.

    An invoice that is contested in part is among those to be paid, for the rest, and among the contested ones.
    """

    by_hand: Sequence[OpenInvoice]
    debited: Sequence[OpenInvoice]
    contested: Sequence[OpenInvoice]

    @property
    def amount(self) -> Decimal:
        """What the customer has to pay himself."""
        return sum((invoice.asked for invoice in self.by_hand), Decimal(0))

    @property
    def contested_amount(self) -> Decimal:
        """What nobody asks for until it is decided."""
        return sum((invoice.contested_now for invoice in self.contested), Decimal(0))

    @property
    def in_all(self) -> Decimal:
        """All that is open, whoever pays it and whether or not it is asked for."""
        return self.amount + self.debited_amount + self.contested_amount

    @property
    def debited_amount(self) -> Decimal:
        return sum((invoice.remaining for invoice in self.debited), Decimal(0))

    @property
    def next_due_on(self) -> date | None:
        """By instalments it is that of the next one."""
        return min((day for invoice in self.by_hand if (day := invoice.next_due_on)), default=None)

    @property
    def _next(self) -> OpenInvoice | None:
        return next((invoice for invoice in self.by_hand if invoice.next_due_on == self.next_due_on), None)

    @property
    def next_is_instalment(self) -> bool:
        """Whether what falls due first is an instalment, not a whole invoice."""
        return self._next is not None and self._next.is_planned

    def next_amount(self, today: date) -> Decimal:
        """What of the invoice that falls due first is to be paid by then."""
        return self._next.next_amount(today) if self._next else Decimal(0)

    def overdue(self, today: date) -> list[OpenInvoice]:
        return [invoice for invoice in self.by_hand if invoice.is_overdue(today)]


FIELDS = (
    "number", "customer_id", "amount", "paid", "due_on", "collection", "contested", "instalments", "supply_codes",
)  # fmt: skip


def _open(invoices: InvoiceQuerySet) -> QuerySet[Invoice, tuple[Any, ...]]:
    return invoices.open().order_by("due_on", "number").values_list(*FIELDS)


OPEN = Prepared(lambda: _open(Invoice.objects.within_reach_of(SOMEBODY)))


def to_pay_by(user: int) -> ToPay:
    """What is open of all invoices within reach of the person with this number. One query."""
    return _sorted(OPEN(user=user))


def to_pay(invoices: InvoiceQuerySet) -> ToPay:
    """Sorts the open ones of these invoices, the first to fall due first. One query."""
    return _sorted(_open(invoices))


def _sorted(found: Iterable[tuple[Any, ...]]) -> ToPay:
    rows = [OpenInvoice(**dict(zip(FIELDS, values, strict=True))) for values in found]
    return ToPay(
        by_hand=[row for row in rows if row.asked > 0 and not row.is_debited],
        debited=[row for row in rows if row.is_debited],
        contested=[row for row in rows if row.contested_now > 0],
    )
