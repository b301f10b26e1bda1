"""Who did what, when: one line an event, never changed and never about secrets."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models


class EventQuerySet(models.QuerySet["Event"]):
    def about(self, kind: str, key: str) -> "EventQuerySet":
        return self.filter(about_kind=kind, about_key=key)


class Event(models.Model):
    """Something that happened. What it is about is named by value, so that nothing low refers upwards.

    ``name`` is dotted, the room first: ``people.signed_in``. ``detail`` holds codes and numbers, no personal data.
    """

    name = models.CharField(max_length=80)
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    about_kind = models.CharField(max_length=40, blank=True)
    about_key = models.CharField(max_length=80, blank=True)
    customer_code = models.CharField(max_length=60, blank=True)
    detail = models.JSONField(default=dict)

    objects: ClassVar[EventQuerySet] = EventQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["about_kind", "about_key", "-at"], name="event_about"),
            models.Index(fields=["customer_code", "-at"], name="event_customer"),
        ]


def record(
    name: str,
    /,
    *,
    now: datetime,
    actor_id: int | None = None,
    about: tuple[str, str] = ("", ""),
    customer_code: str = "",
    **detail: str | int | bool | None,
) -> Event:
    """Writes an event in the caller's transaction."""
    kind, key = about
    return Event.objects.create(
        name=name,
        at=now,
        actor_id=actor_id,
        about_kind=kind,
        about_key=key,
        customer_code=customer_code,
        detail=detail,
    )
