"""Mandates for direct debit as billing has them; of the IBAN only what may be shown."""

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sportello.domain.customers.models.parties import CODE, BillingAccount, Customer, mirrored
from sportello.domain.customers.models.reach import ReachQuerySet


class MandateScheme(models.TextChoices):
    CORE = "core", "SEPA Core"
    B2B = "b2b", "SEPA B2B"


class MandateStatus(models.TextChoices):
    REQUESTED = "requested", pgettext_lazy("mandate", "Requested")
    ALIGNING = "aligning", _("With the bank")
    ACTIVE = "active", pgettext_lazy("mandate", "Active")
    REFUSED = "refused", _("Refused by the bank")
    REVOKING = "revoking", _("Being revoked")
    REVOKED = "revoked", _("Revoked")


# Those by which money is debited or soon will be.
HOLDING = (MandateStatus.REQUESTED, MandateStatus.ALIGNING, MandateStatus.ACTIVE)


class DirectDebitMandateQuerySet(ReachQuerySet["DirectDebitMandate"]):
    def holding(self) -> Self:
        return self.filter(status__in=HOLDING)


@mirrored
class DirectDebitMandate(models.Model):
    """The customer's permission that an account's invoices be debited. ``code`` is its reference (UMR).

    ``iban`` is masked: IT60 **** 3456. ``from_invoice`` is the number of the first invoice that was debited.
    """

    code = models.CharField(primary_key=True, max_length=CODE)
    customer = models.ForeignKey(
        Customer, on_delete=models.DO_NOTHING, db_column="customer_code", related_name="mandates", db_constraint=False
    )
    billing_account = models.ForeignKey(
        BillingAccount,
        on_delete=models.DO_NOTHING,
        db_column="account_code",
        related_name="mandates",
        db_constraint=False,
    )
    scheme = models.CharField(max_length=10, choices=MandateScheme)
    status = models.CharField(max_length=10, choices=MandateStatus)
    iban = models.CharField(max_length=14, null=True)  # no whole one is so short
    holder = models.CharField(max_length=200, blank=True)
    holder_tax_code = models.CharField(max_length=16, blank=True)
    signed_on = models.DateField(null=True)
    active_from = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    from_invoice = models.CharField(max_length=CODE, null=True)

    objects: ClassVar[DirectDebitMandateQuerySet] = DirectDebitMandateQuerySet.as_manager()  # type: ignore[assignment]
