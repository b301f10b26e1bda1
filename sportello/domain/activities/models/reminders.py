"""Who does not want to be reminded."""

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
