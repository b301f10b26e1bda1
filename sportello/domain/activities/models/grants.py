"""For how long an agent sees a customer of whom a request was given to him."""

from datetime import date, datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from sportello.domain.people.models import User


class GrantQuerySet(models.QuerySet["Grant"]):
    def standing(self, day: date) -> "GrantQuerySet":
        return self.filter(ended_at=None, until__gte=day)

    def of(self, person: User, day: date) -> "GrantQuerySet":
        return self.standing(day).filter(person=person)

    def follow(self, activity_id: int, *, owner_id: int | None, now: datetime) -> None:
        """Ends all of a request's but those of who has it; None where it is over, or nobody has it."""
        self.filter(activity=activity_id, ended_at=None).exclude(person=owner_id or 0).update(ended_at=now)


class Grant(models.Model):
    """``person``, an agent, sees the customer of this request until the day ``until``, or until it is executed or given to
    somebody else."""

    activity = models.ForeignKey("activities.Activity", on_delete=models.CASCADE, related_name="grants")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    granted_at = models.DateTimeField()
    until = models.DateField()
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[GrantQuerySet] = GrantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "person"], condition=Q(ended_at=None), name="one_standing_grant_a_request"
            ),
        ]
