"""The code printed on the invoice that lets its holder in for the first time."""

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from sportello.domain.customers.models import Customer


class WebCodeQuerySet(models.QuerySet["WebCode"]):
    def usable(self, now: datetime) -> Self:
        return self.filter(used_at=None, revoked_at=None, expires_at__gt=now)


class WebCode(models.Model):
    """One code of one customer; only its digest is kept. Usable once, until it expires or is revoked."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    used_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    objects: ClassVar[WebCodeQuerySet] = WebCodeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("issued_at")), name="web_code_has_a_life"),
        ]

    def is_usable(self, now: datetime) -> bool:
        return self.used_at is None and self.revoked_at is None and self.expires_at > now
