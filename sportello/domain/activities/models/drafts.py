"""Forms that were begun and not sent, kept for who began them."""

from django.conf import settings
from django.db import models


class Draft(models.Model):
    """What somebody has typed into a form: ``kind`` says which, ``key`` what it is about (a supply's code)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=80, blank=True)
    data = models.JSONField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind", "key"], name="one_draft_a_form")]
