"""Meters, what was read on them, and what was used where no meter counts, as billing has them."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sportello.domain.customers.models.parties import CODE, Customer, Supply, mirrored
from sportello.domain.customers.models.reach import ReachQuerySet
from sportello.prepared import Slot


class MeterKind(models.TextChoices):
    SIMPLE = "simple", _("Meter")
    INTEGRATED = "integrated", _("Smart meter that converts by itself")
    WITH_CORRECTOR = "with_corrector", _("Meter with volume corrector")


class RegisterRole(models.TextChoices):
    TOTAL = "total", _("Meter")
    CORRECTED = "corrected", _("Corrector")
    F1 = "f1", "F1"
    F2 = "f2", "F2"
    F3 = "f3", "F3"


class ReadingOrigin(models.TextChoices):
    """Whose word a reading is (tipo lettura)."""

    ACTUAL = "actual", pgettext_lazy("reading", "Actual")
    ESTIMATED = "estimated", pgettext_lazy("reading", "Estimated")
    SELF = "self", _("Self-reading")
    CORRECTED = "corrected", pgettext_lazy("reading", "Corrected")


class Occasion(models.TextChoices):
    PERIODIC = "periodic", ""
    INITIAL = "initial", _("first of this meter")
    FINAL = "final", _("last of this meter")


class Validation(models.TextChoices):
    """The distributor's judgement of a reading that the customer gave."""

    UNSAID = "", ""
    PENDING = "pending", _("With the distributor")
    VALID = "valid", _("Accepted by the distributor")
    REFUSED = "refused", _("Refused by the distributor")


class Measure(models.TextChoices):
    DATA = "data", _("Data")
    VOICE = "voice", _("Calls")
    MESSAGES = "messages", _("Messages")
    DELIVERY = "delivery", _("Delivery")


class MeterQuerySet(ReachQuerySet["Meter"]):
    def installed_on(self, day: date | Slot) -> Self:
        """Meters that are at their place on ``day``."""
        return self.filter(
            models.Q(installed_on=None) | models.Q(installed_on__lte=day),
            models.Q(removed_on=None) | models.Q(removed_on__gt=day),
        )


@mirrored
class Meter(models.Model):
    """A meter of a supply. ``registers`` is a list of objects as in ``billing.records``, decimals as text."""

    code = models.CharField(primary_key=True, max_length=CODE)
    customer = models.ForeignKey(
        Customer, on_delete=models.DO_NOTHING, db_column="customer_code", related_name="meters", db_constraint=False
    )
    supply = models.ForeignKey(
        Supply, on_delete=models.DO_NOTHING, db_column="supply_code", related_name="meters", db_constraint=False
    )
    serial = models.CharField(max_length=40)
    kind = models.CharField(max_length=20, choices=MeterKind)
    registers = models.JSONField()
    installed_on = models.DateField(null=True)
    removed_on = models.DateField(null=True)
    remote_read = models.BooleanField(default=False)
    maximum_flow = models.DecimalField(max_digits=10, decimal_places=3, null=True)

    objects: ClassVar[MeterQuerySet] = MeterQuerySet.as_manager()  # type: ignore[assignment]


class MeterReadingQuerySet(ReachQuerySet["MeterReading"]):
    def standing(self) -> Self:
        """Without those that another took the place of, and those that the distributor refused."""
        return self.filter(superseded_by=None).exclude(validation=Validation.REFUSED)

    def given(self, codes: Iterable[str]) -> Self:
        """Those of these readings that the customer gave, here or elsewhere."""
        return self.filter(models.Q(origin=ReadingOrigin.SELF) | models.Q(key__isnull=False), pk__in=codes)

    def newest_first(self) -> Self:
        return self.order_by("-read_on", "-code")


@mirrored
class MeterReading(models.Model):
    """All dials of a meter on one day. ``values`` is a list of objects with ``register`` and ``value``, decimals as text.

    The meter is named by value: the readings of one that billing has forgotten still stand.
    """

    code = models.CharField(primary_key=True, max_length=CODE)
    customer = models.ForeignKey(
        Customer,
        on_delete=models.DO_NOTHING,
        db_column="customer_code",
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    supply = models.ForeignKey(
        Supply,
        on_delete=models.DO_NOTHING,
        db_column="supply_code",
        related_name="readings",
        db_index=False,
        db_constraint=False,
    )
    meter_code = models.CharField(max_length=CODE)
    read_on = models.DateField()
    values = models.JSONField()
    origin = models.CharField(max_length=10, choices=ReadingOrigin)
    occasion = models.CharField(max_length=10, choices=Occasion)
    consumption = models.DecimalField(max_digits=14, decimal_places=3, null=True)
    superseded_by = models.CharField(max_length=CODE, null=True)
    validation = models.CharField(max_length=10, choices=Validation, blank=True)
    validation_reason = models.CharField(max_length=200, blank=True)
    invoice_number = models.CharField(max_length=CODE, null=True)
    key = models.CharField(max_length=80, null=True)

    objects: ClassVar[MeterReadingQuerySet] = MeterReadingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            # A supply's history is read newest first.
            models.Index(fields=["supply", "-read_on", "-code"], name="reading_of_supply"),
            models.Index(fields=["customer"], name="reading_of_customer"),
            # What became of a reading that was sent is found by the key it was sent with.
            models.Index(fields=["key"], name="reading_by_key", condition=models.Q(key__isnull=False)),
        ]

    @property
    def numbers(self) -> dict[str, Decimal]:
        """What each dial showed, by the code of its register."""
        return {part["register"]: Decimal(part["value"]) for part in self.values}


class UsageQuerySet(ReachQuerySet["Usage"]):
    def newest_first(self) -> Self:
        return self.order_by("-period_to", "-code")


@mirrored
class Usage(models.Model):
    """What was used or delivered where no meter counts: traffic of a line, LPG brought to a tank."""

    code = models.CharField(primary_key=True, max_length=CODE)
    customer = models.ForeignKey(
        Customer, on_delete=models.DO_NOTHING, db_column="customer_code", related_name="+", db_constraint=False
    )
    supply = models.ForeignKey(
        Supply,
        on_delete=models.DO_NOTHING,
        db_column="supply_code",
        related_name="usage",
        db_index=False,
        db_constraint=False,
    )
    measure = models.CharField(max_length=10, choices=Measure)
    period_from = models.DateField()
    period_to = models.DateField()
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    unit = models.CharField(max_length=10)

    objects: ClassVar[UsageQuerySet] = UsageQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "usage"
        indexes = [models.Index(fields=["supply", "-period_to", "-code"], name="usage_of_supply")]
