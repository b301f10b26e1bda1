"""When somebody of the company meets a customer."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from sportello.domain.activities.models.activity import Activity
from sportello.domain.customers.models import Customer
from sportello.domain.customers.models.reach import ReachQuerySet
from sportello.domain.people.models import Office


class AppointmentQuerySet(ReachQuerySet["Appointment"]):
    def standing(self) -> "AppointmentQuerySet":
        return self.filter(cancelled_at=None)


class Appointment(models.Model):
    """``person`` meets ``customer`` from ``starts_at`` to ``ends_at``; it stands in his calendar and in that of ``office``.

    ``activity`` is the request that it is about, None for none. ``note`` is for colleagues. ``version`` grows with every
    change. ``told_at`` is the address at which the customer has been told of it, "" where he was not.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="appointments")
    activity = models.ForeignKey(Activity, null=True, on_delete=models.SET_NULL, related_name="appointments")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    office = models.ForeignKey(Office, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    subject = models.CharField(max_length=120)
    place = models.CharField(max_length=300)
    note = models.TextField(blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    version = models.IntegerField(default=0)
    told_at = models.CharField(max_length=320, blank=True)
    once = models.CharField(max_length=40, unique=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)

    objects: ClassVar[AppointmentQuerySet] = AppointmentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="appointment_ends_after_it_begins"),
        ]

    @property
    def calendar_key(self) -> str:
        return f"appointment:{self.pk}"
