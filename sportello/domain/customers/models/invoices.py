"""Invoices and payments as billing has them, and the status that follows from them."""

from datetime import date
from decimal import Decimal
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sportello.domain.customers.models.parties import CODE, BillingAccount, Customer, mirrored
from sportello.domain.customers.models.reach import ReachQuerySet
from sportello.domain.customers.owing import Owed


class InvoiceKind(models.TextChoices):
    PERIOD_ESTIMATED = "period_estimated", _("Period, estimated")
    PERIOD_ACTUAL = "period_actual", _("Period, actual")
    PERIOD_MIXED = "period_mixed", _("Period, mixed")
    RECALCULATION = "recalculation", _("Recalculation")
    ACTIVATION = "activation", _("Activation")
    CLOSING = "closing", _("Closing")
    CREDIT_NOTE = "credit_note", _("Credit note")
    ADJUSTMENT = "adjustment", _("Correction")
    DEPOSIT = "deposit", _("Security deposit")
    SERVICES = "services", _("Services")
    CMOR = "cmor", _("CMOR (former supplier's claim)")
    ARREARS = "arrears", _("Late payment interest")


class InvoiceStatus(models.TextChoices):
    """What follows from amount and payments."""

    UNPAID = "unpaid", _("Unpaid")
    PARTIALLY_PAID = "partially_paid", _("Partly paid")
    PAID = "paid", _("Paid")
    CREDIT = "credit", _("In credit")


class Collection(models.TextChoices):
    """What stands in the way of asking for the money."""

    NOTHING = "", ""
    DIRECT_DEBIT = "direct_debit", _("direct debit under way")
    RETURNED = "returned", _("direct debit returned")
    INSTALMENTS = "instalments", _("by instalments")
    SUSPENDED = "suspended", _("contested, collection suspended")


class PaymentChannel(models.TextChoices):
    """Where money was paid (sportello di incasso)."""

    POST = "post", _("Post office")
    DIRECT_DEBIT = "direct_debit", _("Direct debit")
    TRANSFER = "transfer", _("Bank transfer")
    MAV = "mav", _("MAV at the bank")
    SHOP = "shop", _("Payment shop")
    COUNTER = "counter", _("Company counter")
    CARD = "card", _("Card online")
    PAGOPA = "pagopa", _("pagoPA")
    OFFSET = "offset", _("Offset")
    OTHER = "other", _("Other")


def status_of(amount: Decimal, paid: Decimal) -> InvoiceStatus:
    """The status of an invoice of ``amount`` euro of which ``paid`` has come in; of a credit note, has been used."""
    if amount < 0 and paid > amount:
        return InvoiceStatus.CREDIT
    if amount <= 0:
        return InvoiceStatus.PAID
    if paid <= 0:
        return InvoiceStatus.UNPAID
    return InvoiceStatus.PAID if paid >= amount else InvoiceStatus.PARTIALLY_PAID


STATUS_CONDITIONS: dict[str, Q] = {
    InvoiceStatus.CREDIT: Q(amount__lt=0, paid__gt=F("amount")),
    InvoiceStatus.PAID: Q(amount__gte=0, paid__gte=F("amount")) | Q(amount__lt=0, paid__lte=F("amount")),
    InvoiceStatus.UNPAID: Q(amount__gt=0, paid__lte=0),
    InvoiceStatus.PARTIALLY_PAID: Q(amount__gt=0, paid__gt=0, paid__lt=F("amount")),
}
OPEN = Q(amount__gt=0, paid__lt=F("amount"))


class InvoiceQuerySet(ReachQuerySet["Invoice"]):
    def in_status(self, status: str) -> Self:
        return self.filter(STATUS_CONDITIONS[status])

    def open(self) -> Self:
        """What is still to be paid, in whole or in part, contested or not."""
        return self.filter(OPEN)

    def of_supply(self, code: str) -> Self:
        """Invoices that name this supply; an invoice may name several."""
        return self.filter(supply_codes__contains=[code])

    def newest_first(self) -> Self:
        return self.order_by("-issued_on", "-number")


@mirrored
class Invoice(models.Model):
    """A bill or, with a negative amount, a credit note.

    ``supply_codes`` is None where billing knows only the account. ``instalments``, ``lines`` and ``vat`` are lists of objects
    as in ``billing.records``, with decimals and days as text; they are read and written whole and never searched.
    """

    number = models.CharField(primary_key=True, max_length=CODE)
    customer = models.ForeignKey(
        Customer,
        on_delete=models.DO_NOTHING,
        db_column="customer_code",
        related_name="invoices",
        db_index=False,
        db_constraint=False,
    )
    billing_account = models.ForeignKey(
        BillingAccount,
        on_delete=models.DO_NOTHING,
        db_column="account_code",
        related_name="invoices",
        db_constraint=False,
    )
    supply_codes = ArrayField(models.CharField(max_length=CODE), null=True)
    kind = models.CharField(max_length=20, choices=InvoiceKind, null=True)
    issued_on = models.DateField()
    due_on = models.DateField(null=True)
    period_from = models.DateField(null=True)
    period_to = models.DateField(null=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    paid = models.DecimalField(max_digits=12, decimal_places=2)
    consumption = models.DecimalField(max_digits=14, decimal_places=3, null=True)
    consumption_unit = models.CharField(max_length=10, blank=True)
    collection = models.CharField(max_length=20, choices=Collection, blank=True)
    contested = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    instalments = models.JSONField(null=True)
    slip_code = models.CharField(max_length=18, null=True)
    lines = models.JSONField(null=True)
    vat = models.JSONField(null=True)
    has_xml = models.BooleanField(default=False)

    objects: ClassVar[InvoiceQuerySet] = InvoiceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            # A customer's list is read newest first, thirty at a time, whatever the filter.
            models.Index(fields=["customer", "-issued_on", "-number"], name="invoice_of_customer"),
        ]

    @property
    def status(self) -> InvoiceStatus:
        return status_of(self.amount, self.paid)

    @property
    def remaining(self) -> Decimal:
        """What is still to be paid, never negative."""
        return max(self.amount - self.paid, Decimal(0))

    @property
    def owed(self) -> Owed:
        """What of it is asked for now, and by when."""
        return Owed(
            amount=self.amount,
            paid=self.paid,
            due_on=self.due_on,
            collection=self.collection,
            contested=self.contested,
            instalments=self.instalments,
        )

    @property
    def credit(self) -> Decimal:
        """What of a credit note has not been used yet, never negative."""
        return max(self.paid - self.amount, Decimal(0)) if self.amount < 0 else Decimal(0)

    def is_overdue(self, today: date) -> bool:
        return self.owed.is_overdue(today)


class PaymentQuerySet(ReachQuerySet["Payment"]):
    pass


@mirrored
class Payment(models.Model):
    """Money that came in, and perhaps went back (insoluto)."""

    code = models.CharField(primary_key=True, max_length=CODE)
    customer = models.ForeignKey(
        Customer, on_delete=models.DO_NOTHING, db_column="customer_code", related_name="payments"
    )
    billing_account = models.ForeignKey(
        BillingAccount,
        on_delete=models.DO_NOTHING,
        db_column="account_code",
        related_name="payments",
        null=True,
        db_constraint=False,
    )
    paid_on = models.DateField()
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    channel = models.CharField(max_length=20, choices=PaymentChannel, null=True)
    channel_text = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=10)
    returned_on = models.DateField(null=True)

    objects: ClassVar[PaymentQuerySet] = PaymentQuerySet.as_manager()  # type: ignore[assignment]


class AllocationQuerySet(ReachQuerySet["Allocation"]):
    reach_path = "payment__customer_id"


@mirrored
class Allocation(models.Model):
    """How much of a payment went to which invoice."""

    payment = models.ForeignKey(
        Payment, on_delete=models.DO_NOTHING, db_column="payment_code", related_name="allocations", db_index=False
    )
    invoice = models.ForeignKey(
        Invoice, on_delete=models.DO_NOTHING, db_column="invoice_number", related_name="allocations"
    )
    amount = models.DecimalField(max_digits=12, decimal_places=2)

    objects: ClassVar[AllocationQuerySet] = AllocationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["payment", "invoice"], name="one_allocation_an_invoice")]
