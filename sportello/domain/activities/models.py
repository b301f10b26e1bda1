"""What customers ask and what is done about it: one row a request, from new to executed."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sportello.domain.customers.models import Customer
from sportello.domain.customers.models.reach import ReachQuerySet


class Status(models.TextChoices):
    """Every request starts new; a registration is executed in the transaction that creates the login."""

    NEW = "new", _("New")
    EXECUTED = "executed", _("Executed")


class ActivityKind(models.TextChoices):
    REGISTRATION = "registration", _("First access")


class Channel(models.TextChoices):
    PORTAL = "portal", _("Online counter")


class ActivityQuerySet(ReachQuerySet["Activity"]):
    pass


class Activity(models.Model):
    """One request of one customer. ``number`` is what people tell each other on the telephone."""

    number = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=40, choices=ActivityKind)
    status = models.CharField(max_length=20, choices=Status, default=Status.NEW)
    channel = models.CharField(max_length=20, choices=Channel)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="activities")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    opened_at = models.DateTimeField()
    executed_at = models.DateTimeField(null=True)

    objects: ClassVar[ActivityQuerySet] = ActivityQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "activities"
        indexes = [models.Index(fields=["customer", "-opened_at"], name="activity_of_customer")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status=Status.EXECUTED, executed_at__isnull=False)
                | (~Q(status=Status.EXECUTED) & Q(executed_at=None)),
                name="executed_has_its_time",
            ),
        ]


def next_number(now: datetime) -> str:
    """A number not given before: A-26000123, the year and a sequence of the database's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('activities_number')")
        return f"A-{now:%y}{cursor.fetchone()[0]:06}"
