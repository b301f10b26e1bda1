"""What a self-reading holds besides the request that it is."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sportello.domain.activities.models.activity import Activity
from sportello.domain.customers.models import Supply
from sportello.domain.customers.models.meters import Validation
from sportello.domain.customers.models.reach import ReachQuerySet
from sportello.domain.files.models import KeptFile


class Verdict(models.TextChoices):
    """What the checks said when it came in."""

    ACCEPTED = "accepted", _("As expected")
    CONFIRMED = "confirmed", _("Unusual, confirmed by the customer")
    KEPT = "kept", _("Kept for an operator")


class SelfReadingQuerySet(ReachQuerySet["SelfReading"]):
    reach_path = "activity__customer_id"


class SelfReading(models.Model):
    """A reading that a customer gave. ``values`` maps each register's code to what he typed, as text.

    ``previous``, of the same form, and ``previous_on`` are what it was measured against; ``low`` and ``high`` what was
    expected of ``consumption``, all in the service's unit, None where nothing could be expected. ``reasons`` are codes of
    what made it unusual. ``decided_at`` is when an operator let it pass, ``corrected`` his values in place of the
    customer's. ``key`` is the ledger row's, "" where it has not gone there. What follows comes back from billing: its own
    code for the reading, the distributor's judgement, the first invoice that used it; ``used_at`` is when we learnt of that.
    """

    activity = models.OneToOneField(Activity, on_delete=models.CASCADE, primary_key=True, related_name="self_reading")
    supply = models.ForeignKey(Supply, on_delete=models.PROTECT, related_name="+")
    meter_code = models.CharField(max_length=60)
    serial = models.CharField(max_length=40, blank=True)
    read_on = models.DateField()
    values = models.JSONField()
    previous = models.JSONField(default=dict)
    previous_on = models.DateField(null=True)
    consumption = models.DecimalField(max_digits=14, decimal_places=3, null=True)
    low = models.DecimalField(max_digits=14, decimal_places=3, null=True)
    high = models.DecimalField(max_digits=14, decimal_places=3, null=True)
    verdict = models.CharField(max_length=10, choices=Verdict)
    reasons = ArrayField(models.CharField(max_length=30), default=list)
    note = models.TextField(blank=True)
    photo = models.ForeignKey(KeptFile, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    corrected = models.JSONField(null=True)
    replaces = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    key = models.CharField(max_length=80, blank=True)
    reading_code = models.CharField(max_length=60, blank=True)
    validation = models.CharField(max_length=10, choices=Validation, blank=True)
    validation_reason = models.CharField(max_length=200, blank=True)
    validated_at = models.DateTimeField(null=True)
    invoice_number = models.CharField(max_length=60, blank=True)
    used_at = models.DateTimeField(null=True)

    objects: ClassVar[SelfReadingQuerySet] = SelfReadingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["supply", "-read_on"], name="self_reading_of_supply"),
            # What a sweep looks for: not seen in billing yet.
            models.Index(fields=["activity"], name="self_reading_unseen", condition=Q(reading_code="")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=~Q(key=""), name="one_self_reading_a_key"),
        ]
