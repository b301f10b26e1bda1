"""Customers, their billing accounts and supplies, as billing has them; codes are billing's own."""

from typing import ClassVar, TypeVar, cast

import pghistory
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext_lazy as _

from sportello.domain.customers.models.countries import abroad
from sportello.domain.customers.models.names import beginning, last_digits, whole_name, words
from sportello.domain.customers.models.reach import ReachQuerySet

CODE = 60  # characters; billing's codes are opaque
M = TypeVar("M", bound=type[models.Model])


def mirrored(model: M) -> M:
    """Keeps each row as it was before every change and deletion; what billing says now stands in the table itself."""
    track = pghistory.track(
        pghistory.UpdateEvent(condition=pghistory.AnyChange(), row=pghistory.Old),
        pghistory.DeleteEvent(),
        append_only=True,
    )
    return cast(M, track(model))


class Service(models.TextChoices):
    GAS = "gas", _("Gas")
    LPG = "lpg", _("LPG")
    WATER = "water", _("Water")
    ELECTRICITY = "electricity", _("Electricity")
    TELEPHONY = "telephony", _("Telephony")


class CustomerKind(models.TextChoices):
    PERSON = "person", _("Person")
    COMPANY = "company", _("Company")


class SupplyStatus(models.TextChoices):
    ACTIVATING = "activating", _("Being activated")
    ACTIVE = "active", _("Active")
    SUSPENDED = "suspended", _("Suspended")
    CLOSED = "closed", _("Closed")


class InvoiceDelivery(models.TextChoices):
    """How invoices come, as billing has it."""

    PAPER = "paper", _("On paper")
    EMAIL = "email", _("By e-mail")


class Addressed(models.Model):
    """A postal address in columns; all empty where billing supplies none."""

    street = models.CharField(max_length=200, blank=True)
    street_number = models.CharField(max_length=20, blank=True)
    postcode = models.CharField(max_length=12, blank=True)
    municipality = models.CharField(max_length=100, blank=True)
    province = models.CharField(max_length=10, blank=True)
    country = models.CharField(max_length=2, blank=True)

    class Meta:
        abstract = True

    @property
    def address(self) -> str:
        """On one line: Via Grandi 39, 41033 Concordia sulla Secchia (MO), the country where it is not Italy; "" for none."""
        street = f"{self.street} {self.street_number}".strip()
        place = f"{self.postcode} {self.municipality}".strip()
        if self.province:
            place = f"{place} ({self.province})"
        return ", ".join(part for part in (street, place, self.abroad) if part)

    @property
    def abroad(self) -> str:
        """The country's name where it is not Italy."""
        return abroad(self.country)

    @property
    def short_address(self) -> str:
        """Without postcode and province, for lists."""
        street = f"{self.street} {self.street_number}".strip()
        return ", ".join(part for part in (street, self.municipality) if part)


class CustomerQuerySet(ReachQuerySet["Customer"]):
    reach_path = "code"

    def named(self, typed: str) -> "CustomerQuerySet":
        """Those in whose name there is a word that begins so, for each word that was typed; none where none was."""
        return self.alias(words=words("first_name", "last_name", "company_name")).filter(words=beginning(typed))


@mirrored
class Customer(Addressed):
    """Who holds contracts with the company."""

    code = models.CharField(primary_key=True, max_length=CODE)
    kind = models.CharField(max_length=10, choices=CustomerKind)
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    company_name = models.CharField(max_length=200, blank=True)
    tax_code = models.CharField(max_length=16, null=True)
    vat_number = models.CharField(max_length=20, null=True)
    birth_date = models.DateField(null=True)
    email = models.CharField(max_length=320, null=True)
    phone = models.CharField(max_length=40, null=True)
    language = models.CharField(max_length=2, default="it")
    sdi_code = models.CharField(max_length=7, null=True)
    pec = models.CharField(max_length=320, null=True)
    web_code = models.CharField(max_length=64, null=True, db_index=True)  # the digest of the code that billing prints
    invoice_delivery = models.CharField(max_length=5, choices=InvoiceDelivery, null=True)

    objects: ClassVar[CustomerQuerySet] = CustomerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            GinIndex(words("first_name", "last_name", "company_name"), name="customer_by_name"),
            GinIndex(OpClass(whole_name(), name="gin_trgm_ops"), name="customer_by_likeness"),
            models.Index(last_digits("phone"), name="customer_by_phone"),
            # Whose a mail may be that has come in.
            models.Index(Upper("email"), name="customer_by_email", condition=Q(email__isnull=False)),
            models.Index(Upper("pec"), name="customer_by_pec", condition=Q(pec__isnull=False)),
            models.Index(fields=["tax_code"], name="customer_by_tax_code"),
            models.Index(fields=["vat_number"], name="customer_by_vat_number"),
        ]

    @property
    def name(self) -> str:
        return self.company_name or f"{self.first_name} {self.last_name}".strip() or self.code


class BillingAccountQuerySet(ReachQuerySet["BillingAccount"]):
    pass


@mirrored
class BillingAccount(Addressed):
    """Where a customer's debts and credits meet. ``balance``: owed by the customer if positive, None if not supplied.

    Its address is where invoices and letters go, empty for the customer's own; ``addressee`` the name on them, "" for his.
    """

    code = models.CharField(primary_key=True, max_length=CODE)
    customer = models.ForeignKey(
        Customer,
        on_delete=models.DO_NOTHING,
        db_column="customer_code",
        related_name="billing_accounts",
        db_index=False,
    )
    description = models.CharField(max_length=200, blank=True)
    balance = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    payment_method = models.CharField(max_length=20, null=True)
    addressee = models.CharField(max_length=200, blank=True)

    objects: ClassVar[BillingAccountQuerySet] = BillingAccountQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        # What is on an account refers to it together with its customer, so that both are the same.
        constraints = [models.UniqueConstraint(fields=["customer", "code"], name="account_of_customer")]


class SupplyQuerySet(ReachQuerySet["Supply"]):
    pass


@mirrored
class Supply(Addressed):
    """One service at one delivery point. ``point_code`` is the POD or PDR, None where not supplied or not existing.

    ``annual_consumption`` is expected of a year, in the service's unit, and ``profile`` how it spreads over it.
    """

    code = models.CharField(primary_key=True, max_length=CODE)
    customer = models.ForeignKey(
        Customer,
        on_delete=models.DO_NOTHING,
        db_column="customer_code",
        related_name="supplies",
        db_index=False,
        db_constraint=False,
    )
    billing_account = models.ForeignKey(
        BillingAccount,
        on_delete=models.DO_NOTHING,
        db_column="account_code",
        related_name="supplies",
        db_constraint=False,
    )
    service = models.CharField(max_length=12, choices=Service)
    status = models.CharField(max_length=12, choices=SupplyStatus)
    point_code = models.CharField(max_length=20, null=True)
    started_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    offer = models.CharField(max_length=100, null=True)
    balance = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    annual_consumption = models.DecimalField(max_digits=14, decimal_places=3, null=True)
    profile = models.CharField(max_length=10, null=True)
    tank_litres = models.IntegerField(null=True)
    invoice_delivery = models.CharField(max_length=5, choices=InvoiceDelivery, null=True)

    objects: ClassVar[SupplyQuerySet] = SupplyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "supplies"
        indexes = [
            models.Index(fields=["point_code"], name="supply_by_point"),
            models.Index(OpClass(Lower("street"), name="text_pattern_ops"), "street_number", name="supply_by_street"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["customer", "code"], name="supply_of_customer"),
            models.CheckConstraint(condition=Q(service__in=Service.values), name="known_service"),
            models.CheckConstraint(condition=Q(status__in=SupplyStatus.values), name="known_supply_status"),
        ]
