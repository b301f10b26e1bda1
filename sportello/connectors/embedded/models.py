"""The embedded billing's own tables: who is a customer, what is supplied, what was read, billed and paid.

Nobody but this billing reads them. ``created_in`` and ``changed_in`` hold the database transaction that made a row and
the one that last changed it; triggers set them, and ``feed`` reads them.
"""

from decimal import Decimal
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class Changing(models.Model):
    code = models.CharField(max_length=64, primary_key=True)
    created_in = models.BigIntegerField(default=0, editable=False)
    changed_in = models.BigIntegerField(default=0, editable=False, db_index=True)

    class Meta:
        abstract = True


class Customer(Changing):
    kind = models.CharField(max_length=10)
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    company_name = models.CharField(max_length=200, blank=True)
    tax_code = models.CharField(max_length=16, blank=True)
    vat_number = models.CharField(max_length=20, blank=True)
    birth_date = models.DateField(null=True)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    language = models.CharField(max_length=2, default="it")
    sdi_code = models.CharField(max_length=7, blank=True)
    pec = models.CharField(max_length=254, blank=True)
    web_code = models.CharField(max_length=20, blank=True, db_default="")  # printed on the invoices
    invoice_delivery = models.CharField(max_length=5, blank=True, db_default="")
    address = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="embedded_customer_delivery", condition=Q(invoice_delivery__in=["", "paper", "email"])
            ),
            models.CheckConstraint(name="embedded_customer_kind", condition=Q(kind__in=["person", "company"])),
            models.CheckConstraint(name="embedded_company_named", condition=Q(kind="person") | ~Q(company_name="")),
        ]


class Account(Changing):
    """``balance`` is kept by the verbs of this billing: open amounts less what was paid and is not yet allocated."""

    customer = models.ForeignKey(Customer, models.PROTECT)
    description = models.CharField(max_length=200, blank=True)
    balance = models.DecimalField(default=Decimal("0.00"), max_digits=12, decimal_places=2)
    payment_method = models.CharField(max_length=20, blank=True)
    mailing_address = models.JSONField(null=True)
    addressee = models.CharField(max_length=200, blank=True, db_default="")


class MandateQuerySet(models.QuerySet["Mandate"]):
    def holding(self) -> Self:
        """Those by which money is debited, or soon will be."""
        return self.filter(status__in=["requested", "aligning", "active"])

    def moving(self) -> Self:
        """Those that the bank has yet to answer."""
        return self.filter(status__in=["requested", "aligning", "revoking"])


class Mandate(Changing):
    """``code`` is the mandate's reference. ``signatory`` and ``bank`` are as in RequestDirectDebit, as JSON. ``moved_at`` is
    when a command, or the bank's answer to one, brought it into its present status; None for mandates that came otherwise."""

    account = models.ForeignKey(Account, models.PROTECT)
    scheme = models.CharField(max_length=10)
    status = models.CharField(max_length=10)
    iban = models.CharField(max_length=34)
    holder = models.CharField(max_length=200)
    holder_tax_code = models.CharField(max_length=16, blank=True)
    signatory = models.JSONField(default=dict)
    bank = models.JSONField(default=dict)
    signed_on = models.DateField(null=True)
    active_from = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    from_invoice = models.CharField(max_length=64, blank=True)
    moved_at = models.DateTimeField(null=True)

    objects: ClassVar[MandateQuerySet] = MandateQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(
                fields=["moved_at"],
                name="embedded_mandate_moving",
                condition=Q(status__in=["requested", "aligning", "revoking"]),
            )
        ]
        constraints = [
            models.CheckConstraint(name="embedded_mandate_scheme", condition=Q(scheme__in=["core", "b2b"])),
            models.CheckConstraint(
                name="embedded_mandate_status",
                condition=Q(status__in=["requested", "aligning", "active", "refused", "revoking", "revoked"]),
            ),
            models.UniqueConstraint(
                name="embedded_mandate_one_active", fields=["account"], condition=Q(status="active")
            ),
        ]


class Supply(Changing):
    """``forwarding`` is where the last invoice goes once the supply has ended."""

    account = models.ForeignKey(Account, models.PROTECT)
    service = models.CharField(max_length=20)
    status = models.CharField(max_length=20)
    point_code = models.CharField(max_length=20, blank=True)
    address = models.JSONField(null=True)
    started_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    offer = models.CharField(max_length=100, blank=True)
    annual_consumption = models.DecimalField(null=True, max_digits=14, decimal_places=3)
    profile = models.CharField(max_length=20, blank=True, db_default="")
    tank_litres = models.PositiveIntegerField(null=True)
    forwarding = models.JSONField(null=True)
    invoice_delivery = models.CharField(max_length=5, blank=True, db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="embedded_supply_delivery", condition=Q(invoice_delivery__in=["", "paper", "email"])
            ),
            models.CheckConstraint(
                name="embedded_supply_service",
                condition=Q(service__in=["gas", "lpg", "water", "electricity", "telephony"]),
            ),
            models.CheckConstraint(
                name="embedded_supply_status", condition=Q(status__in=["activating", "active", "suspended", "closed"])
            ),
            models.CheckConstraint(name="embedded_supply_ends_after", condition=Q(ended_on__gte=F("started_on"))),
        ]


class Meter(Changing):
    """``registers`` are those of the port's record as JSON, decimals as text."""

    supply = models.ForeignKey(Supply, models.PROTECT)
    serial = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    registers = models.JSONField()
    installed_on = models.DateField(null=True)
    removed_on = models.DateField(null=True)
    remote_read = models.BooleanField(default=False)
    maximum_flow = models.DecimalField(null=True, max_digits=10, decimal_places=3)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="embedded_meter_kind", condition=Q(kind__in=["simple", "integrated", "with_corrector"])
            ),
            models.CheckConstraint(name="embedded_meter_removed_after", condition=Q(removed_on__gte=F("installed_on"))),
        ]


class Invoice(Changing):
    """``code`` is its number. ``paid`` has the sign of ``amount`` and never goes beyond it.

    While collection is suspended ``collection_before`` is what it was, and ``contested`` the part that the customer contests.
    ``instalments`` are objects of ``due_on`` and ``amount``, decimals as text.
    """

    account = models.ForeignKey(Account, models.PROTECT)
    supply_codes = ArrayField(models.CharField(max_length=64), default=list)
    kind = models.CharField(max_length=20, blank=True)
    issued_on = models.DateField()
    due_on = models.DateField(null=True)
    period_from = models.DateField(null=True)
    period_to = models.DateField(null=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    paid = models.DecimalField(default=Decimal("0.00"), max_digits=12, decimal_places=2)
    consumption = models.DecimalField(null=True, max_digits=14, decimal_places=3)
    consumption_unit = models.CharField(max_length=10, blank=True)
    collection = models.CharField(max_length=20, blank=True)
    collection_before = models.CharField(max_length=20, blank=True, db_default="")
    contested = models.DecimalField(null=True, max_digits=12, decimal_places=2)
    instalments = models.JSONField(null=True)
    slip_code = models.CharField(max_length=18, blank=True)
    lines = models.JSONField(null=True)
    vat = models.JSONField(null=True)
    corrects = models.ForeignKey("self", models.PROTECT, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="embedded_invoice_paid",
                condition=Q(amount__gte=0, paid__gte=0, paid__lte=F("amount"))
                | Q(amount__lt=0, paid__lte=0, paid__gte=F("amount")),
            ),
            models.CheckConstraint(
                name="embedded_credit_note_negative", condition=~Q(kind="credit_note") | Q(amount__lte=0)
            ),
            models.CheckConstraint(
                name="embedded_invoice_contested",
                condition=Q(contested=None) | Q(collection="suspended", contested__gt=0),
            ),
            models.CheckConstraint(name="embedded_invoice_period", condition=Q(period_to__gte=F("period_from"))),
        ]

    @property
    def open(self) -> Decimal:
        return self.amount - self.paid


class Payment(Changing):
    """Money that came in, or (channel "offset") the credit of ``credit_note`` that went to other invoices."""

    account = models.ForeignKey(Account, models.PROTECT)
    paid_on = models.DateField()
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    channel = models.CharField(max_length=20, blank=True)
    channel_text = models.CharField(max_length=200, blank=True)
    returned_on = models.DateField(null=True)
    credit_note = models.ForeignKey(Invoice, models.PROTECT, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="embedded_payment_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="embedded_payment_returned", condition=Q(returned_on__gte=F("paid_on"))),
        ]


class Allocation(models.Model):
    """What part of a payment went to which invoice; made with the payment and never changed after."""

    payment = models.ForeignKey(Payment, models.CASCADE)
    invoice = models.ForeignKey(Invoice, models.PROTECT)
    amount = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="embedded_allocation_once", fields=["payment", "invoice"]),
            models.CheckConstraint(name="embedded_allocation_positive", condition=Q(amount__gt=0)),
        ]


class ReadingQuerySet(models.QuerySet["MeterReading"]):
    def standing(self) -> Self:
        """Without those that another took the place of, and those that the distributor refused."""
        return self.filter(superseded_by=None).exclude(validation="refused")

    def real(self) -> Self:
        """Those of which somebody saw the dial."""
        return self.exclude(origin="estimated")

    def oldest_first(self) -> Self:
        return self.order_by("read_on", "code")


class MeterReading(Changing):
    """All dials of a meter on one day. ``values`` are those of the port's record as JSON, decimals as text.

    ``key`` is that of the command that brought it. ``received_at`` is when that was, ``judged_at`` when it was known
    whether it is valid; both None for readings that came otherwise.
    """

    supply = models.ForeignKey(Supply, models.PROTECT, db_index=False)
    meter = models.ForeignKey(Meter, models.PROTECT)
    read_on = models.DateField()
    values = models.JSONField()
    origin = models.CharField(max_length=10)
    occasion = models.CharField(max_length=10, default="periodic")
    consumption = models.DecimalField(null=True, max_digits=14, decimal_places=3)
    superseded_by = models.ForeignKey("self", models.PROTECT, null=True)
    validation = models.CharField(max_length=10, blank=True)
    validation_reason = models.CharField(max_length=200, blank=True)
    invoice = models.ForeignKey(Invoice, models.SET_NULL, null=True)
    key = models.CharField(max_length=80, null=True)
    received_at = models.DateTimeField(null=True)
    judged_at = models.DateTimeField(null=True)

    objects: ClassVar[ReadingQuerySet] = ReadingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["supply", "read_on"], name="embedded_reading_of_supply"),
            models.Index(fields=["received_at"], name="embedded_reading_pending", condition=Q(validation="pending")),
        ]
        constraints = [
            models.CheckConstraint(
                name="embedded_reading_origin", condition=Q(origin__in=["actual", "estimated", "self", "corrected"])
            ),
            models.CheckConstraint(
                name="embedded_reading_occasion", condition=Q(occasion__in=["periodic", "initial", "final"])
            ),
            models.CheckConstraint(
                name="embedded_reading_validation", condition=Q(validation__in=["", "pending", "valid", "refused"])
            ),
        ]


class Usage(Changing):
    """What was used or delivered where no meter counts: traffic of a line, a delivery of LPG."""

    supply = models.ForeignKey(Supply, models.PROTECT)
    measure = models.CharField(max_length=10)
    period_from = models.DateField()
    period_to = models.DateField()
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    unit = models.CharField(max_length=10)

    class Meta:
        verbose_name_plural = "usage"
        constraints = [
            models.CheckConstraint(
                name="embedded_usage_measure", condition=Q(measure__in=["data", "voice", "messages", "delivery"])
            ),
            models.CheckConstraint(name="embedded_usage_period", condition=Q(period_to__gte=F("period_from"))),
        ]


class Execution(models.Model):
    """A command that was executed: written with its effect, so that the same key has none again."""

    key = models.CharField(max_length=80, primary_key=True)
    command = models.CharField(max_length=40)
    reference = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()


class Removal(models.Model):
    """A record that is no more; triggers write it when a row is deleted and take it back when the code returns."""

    kind = models.CharField(max_length=20)
    code = models.CharField(max_length=64)
    changed_in = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="embedded_removal_once", fields=["kind", "code"])]


class Counter(models.Model):
    """The last number given in a series, such as "2026/G"."""

    series = models.CharField(max_length=20, primary_key=True)
    last = models.PositiveIntegerField()


class Home(models.Model):
    """The database server on which ``created_in`` and ``changed_in`` were counted; one row, for what ``feed`` does."""

    system = models.CharField(max_length=30)
