"""Lists of requests that somebody has given a name, to come back to them."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class SavedView(models.Model):
    """``question`` is what the list is narrowed to and how it is sorted, as it stands in an address. ``shared``: everybody
    who works on requests has it, and its person alone may take it away."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    question = models.CharField(max_length=500)
    shared = models.BooleanField(default=False)
    saved_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints = [models.UniqueConstraint(fields=["person", "name"], name="one_view_a_name")]
