"""Links and letters' codes that work once: to choose a new password, to prove an address."""

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q


class LinkQuerySet(models.QuerySet["Link"]):
    def usable(self, now: datetime) -> Self:
        return self.filter(used_at=None, burnt_at=None, expires_at__gt=now)


class Link(models.Model):
    """One link or code on paper; only its digest is kept.

    ``burnt_at`` is set by too many wrong answers, by a newer link, or when what it was for has changed.
    ``email`` is the address that it proves. ``identity_proven``: an operator has made sure who it is for, nothing more is
    asked. ``last_wrong`` knows the last wrong answer again, so that a form sent twice counts once.
    """

    class Purpose(models.TextChoices):
        RECOVERY = "recovery"
        EMAIL = "email"

    class Channel(models.TextChoices):
        MAIL = "mail"
        POST = "post"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=10, choices=Purpose)
    channel = models.CharField(max_length=10, choices=Channel)
    digest = models.CharField(max_length=64, unique=True)
    email = models.EmailField(max_length=254, blank=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    identity_proven = models.BooleanField(default=False)
    wrong_answers = models.SmallIntegerField(default=0)
    last_wrong = models.CharField(max_length=64, blank=True)
    used_at = models.DateTimeField(null=True)
    burnt_at = models.DateTimeField(null=True)

    objects: ClassVar[LinkQuerySet] = LinkQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("made_at")), name="link_has_a_life"),
            models.CheckConstraint(condition=~Q(used_at__isnull=False, burnt_at__isnull=False), name="used_or_burnt"),
        ]


class FormerEmail(models.Model):
    """An address that was a person's until lately: it is told of changes too, in case they were not his doing."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(max_length=254)
    until = models.DateTimeField()
