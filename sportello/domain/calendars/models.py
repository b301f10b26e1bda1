"""What stands in the calendars of the staff and of offices, and who may read his from elsewhere."""

from datetime import date, datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sportello.domain.messages.links import Link
from sportello.domain.people.models import Office


class Reply(models.TextChoices):
    """What somebody's calendar has answered to an invitation (RFC 5545, 3.2.12)."""

    NONE = "", _("no answer yet")
    ACCEPTED = "accepted", _("accepted")
    TENTATIVE = "tentative", _("perhaps")
    DECLINED = "declined", _("declined")


class EntryQuerySet(models.QuerySet["Entry"]):
    def standing(self) -> "EntryQuerySet":
        return self.filter(cancelled_at=None)

    def about(self, key: str) -> "EntryQuerySet":
        return self.filter(key=key)

    def between(self, first: date, start: datetime, last: date, end: datetime) -> "EntryQuerySet":
        """Those of whole days from ``first`` to ``last``, and those that take place between the two moments."""
        whole = Q(on__gte=first, on__lte=last)
        return self.filter(whole | Q(starts_at__lt=end, ends_at__gt=start))

    def in_order(self) -> "EntryQuerySet":
        return self.order_by(F("on").asc(nulls_last=True), "starts_at", "pk")


class Entry(models.Model):
    """One thing in one calendar: a person's, or an office's.

    ``key`` says what it is, the same in all calendars it stands in; ``uid`` tells calendars elsewhere that it is the same
    entry, and never changes; ``sequence`` grows whenever they are told of another state (RFC 5545, 3.8.7.4). It takes the
    whole day ``on``, or goes from ``starts_at`` to ``ends_at``. ``announced``: an invitation has gone to ``invited_at``, and
    whatever changes is told there. ``customer_code`` is whom it concerns, by value.
    """

    key = models.CharField(max_length=80)
    attendee = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    office = models.ForeignKey(Office, null=True, on_delete=models.CASCADE, related_name="+")
    uid = models.CharField(max_length=200, unique=True)
    sequence = models.PositiveIntegerField(default=0)
    title = models.CharField(max_length=200)
    detail = models.TextField(blank=True)
    place = models.CharField(max_length=300, blank=True)
    link_name = models.CharField(max_length=80)
    link_arguments = models.JSONField(default=dict)
    customer_code = models.CharField(max_length=60, blank=True)
    on = models.DateField(null=True)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    announced = models.BooleanField(default=False)
    invited_at = models.CharField(max_length=320, blank=True)
    reply = models.CharField(max_length=10, choices=Reply, blank=True)
    replied_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)

    objects: ClassVar[EntryQuerySet] = EntryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(fields=["key", "attendee"], name="one_entry_a_person"),
            models.UniqueConstraint(fields=["key", "office"], name="one_entry_an_office"),
            models.CheckConstraint(
                condition=Q(attendee=None, office__isnull=False) | Q(attendee__isnull=False, office=None),
                name="entry_stands_in_one_calendar",
            ),
            models.CheckConstraint(
                condition=Q(on__isnull=False, starts_at=None, ends_at=None)
                | Q(on=None, starts_at__isnull=False, ends_at__gt=F("starts_at")),
                name="entry_has_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["attendee", "on"], name="entry_of_a_day", condition=Q(cancelled_at=None)),
            models.Index(fields=["attendee", "starts_at"], name="entry_of_an_hour", condition=Q(cancelled_at=None)),
            models.Index(fields=["on"], name="entry_by_day", condition=Q(cancelled_at=None)),
            models.Index(fields=["starts_at"], name="entry_by_hour", condition=Q(cancelled_at=None)),
        ]

    @property
    def link(self) -> Link:
        return Link(self.link_name, self.link_arguments)

    @property
    def whose(self) -> str:
        """The name of its calendar."""
        return str(self.attendee or self.office)

    def sort_key(self) -> tuple[Any, ...]:
        """Within a day: what takes the whole day first."""
        return (self.starts_at is not None, self.starts_at, self.pk)


class FeedKey(models.Model):
    """By which a person's calendar is read from elsewhere, without signing in; only the digest is kept."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
