"""The numbers that judge a self-reading: rows with the day from which they hold, edited by Administration."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sportello.domain.customers.models.parties import Service


class Outside(models.TextChoices):
    """What is done with a reading outside the window."""

    ACCEPT = "accept", _("Accept")
    REFUSE = "refuse", _("Refuse")


class ReadingRulesQuerySet(models.QuerySet["ReadingRules"]):
    def in_force(self, service: str, day: date) -> "ReadingRules":
        """The rules of this service on this day: its newest row, or the defaults where there is none yet."""
        rules = self.filter(service=service, valid_from__lte=day).order_by("-valid_from").first()
        return rules or ReadingRules(service=service, valid_from=day)


class ReadingRules(models.Model):
    """How self-readings of a service are judged from ``valid_from`` until its next row begins.

    Shares are of the consumption expected since the last reading: between ``accept_from`` and ``accept_to`` it is
    accepted, between ``confirm_from`` and ``confirm_to`` it is sent after one confirmation, outside it is kept for an
    operator. ``opens_day`` and ``closes_day`` are days of the month, None where the window is never closed.
    ``slack`` is how many units of the dial these bounds are wider, for a few units in a few days are never unusual.
    ``roll_over_share`` is how near its end (and then its beginning) a dial must be to have begun anew.
    ``corrector_tolerance`` is how far the ratio of corrector to meter may be from the last one, as a share.
    """

    service = models.CharField(max_length=12, choices=Service, verbose_name=_("Service"))
    valid_from = models.DateField(verbose_name=_("Valid from"))
    allow_equal = models.BooleanField(default=False, verbose_name=_("A reading may equal the one before"))
    accept_from = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal("0.30"))
    accept_to = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal("2.00"))
    confirm_from = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal("0.10"))
    confirm_to = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal("4.00"))
    slack = models.DecimalField(max_digits=5, decimal_places=1, default=Decimal("2.0"))
    roll_over_share = models.DecimalField(max_digits=4, decimal_places=2, default=Decimal("0.10"))
    corrector_tolerance = models.DecimalField(max_digits=4, decimal_places=2, default=Decimal("0.20"))
    opens_day = models.SmallIntegerField(null=True, blank=True)
    closes_day = models.SmallIntegerField(null=True, blank=True)
    outside = models.CharField(max_length=10, choices=Outside, default=Outside.ACCEPT)

    objects: ClassVar[ReadingRulesQuerySet] = ReadingRulesQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "reading rules"
        constraints = [
            models.UniqueConstraint(fields=["service", "valid_from"], name="one_row_of_rules_a_day"),
            models.CheckConstraint(
                condition=Q(confirm_from__gte=0, slack__gte=0)
                & Q(accept_from__gte=F("confirm_from"))
                & Q(accept_to__gte=F("accept_from"))
                & Q(confirm_to__gte=F("accept_to")),
                name="shares_in_order",
            ),
            models.CheckConstraint(
                # A comparison with nothing is no "no" to the database: one day alone must be forbidden in so many words.
                condition=Q(opens_day=None, closes_day=None)
                | Q(
                    opens_day__isnull=False,
                    closes_day__isnull=False,
                    opens_day__range=(1, 31),
                    closes_day__range=(1, 31),
                ),
                name="window_of_two_days",
            ),
        ]
