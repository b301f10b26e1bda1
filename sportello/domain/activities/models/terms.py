"""What Administration decides about kinds of request: whether they go by themselves, and by when they are answered."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sportello.domain.activities.models.states import ActivityKind
from sportello.domain.customers.models.parties import Service


class KindSetting(models.Model):
    """How a kind is handled, or one ``field`` of it where fields differ; without a row the kind's own default holds."""

    kind = models.CharField(max_length=40, choices=ActivityKind)
    field = models.CharField(max_length=40, blank=True)
    automatic = models.BooleanField()
    offered = models.BooleanField(default=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "field"], name="one_setting_a_kind_and_field")]


class Days(models.TextChoices):
    CALENDAR = "calendar", _("Calendar days")
    WORKING = "working", _("Working days")


class TermsQuerySet(models.QuerySet["Terms"]):
    def in_force(self, term: str, service: str, day: date) -> "Terms | None":
        """The newest row of this term on this day, the service's own before that of all services; None where none is."""
        rows = self.filter(term=term, service__in=["", service], valid_from__lte=day)
        return rows.order_by("-service", "-valid_from").first()


class Terms(models.Model):
    """By when a kind of request is to be answered, from ``valid_from`` until its next row begins.

    ``limit`` is the regulator's, None where there is none; ``margin`` how many days before we want to be done, or how long
    we give ourselves where there is no limit. ``indemnity``, in euro, is due for an answer after the limit, ``indemnity_2``
    after twice and ``indemnity_3`` after three times as long; None for none. Or else ``indemnity_daily`` is due for each
    day after the limit, ``indemnity_most`` altogether; None for no bound.
    """

    term = models.CharField(max_length=40)
    service = models.CharField(max_length=12, choices=Service, blank=True)
    valid_from = models.DateField()
    limit = models.SmallIntegerField(null=True, blank=True)
    days = models.CharField(max_length=10, choices=Days, default=Days.CALENDAR)
    margin = models.SmallIntegerField(default=5)
    indemnity = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    indemnity_2 = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    indemnity_3 = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    indemnity_daily = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    indemnity_most = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)

    objects: ClassVar[TermsQuerySet] = TermsQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "terms"
        constraints = [
            models.UniqueConstraint(fields=["term", "service", "valid_from"], name="one_row_of_terms_a_day"),
            models.CheckConstraint(
                condition=Q(margin__gte=0) & (Q(limit=None) | Q(limit__gt=0, limit__isnull=False)),
                name="terms_are_days",
            ),
            models.CheckConstraint(condition=Q(indemnity=None) | Q(indemnity_daily=None), name="one_sort_of_indemnity"),
        ]

    def indemnity_for(self, days_late: int) -> Decimal | None:
        """What is due ``days_late`` days (of the term's own sort) after the limit; None for nothing."""
        if self.limit is None or days_late <= 0:
            return None
        if self.indemnity_daily is not None:
            due = days_late * self.indemnity_daily
            return due if self.indemnity_most is None else min(due, self.indemnity_most)
        if days_late > 2 * self.limit:
            return self.indemnity_3
        return self.indemnity_2 if days_late > self.limit else self.indemnity
