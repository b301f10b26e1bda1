"""Who does not want to be reminded, and who has been."""

from django.conf import settings
from django.db import models


class ReminderChoice(models.Model):
    """A person's own choice about reminders of a kind ("reading"); without a row he is reminded."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    wanted = models.BooleanField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="one_choice_a_reminder")]


class Reminded(models.Model):
    """A person has been reminded of a supply's window, the one that opened on ``opens``; once is enough.

    The supply is named by value: billing may forget it.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    supply_code = models.CharField(max_length=60)
    opens = models.DateField()
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "reminded"
        constraints = [models.UniqueConstraint(fields=["user", "supply_code", "opens"], name="reminded_once_a_window")]
