"""What customers ask and what is done about it: one row a request, from new to executed."""

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sportello.domain.customers.models import Customer, Supply
from sportello.domain.customers.models.reach import ReachQuerySet
from sportello.domain.journal.models import record


class Status(models.TextChoices):
    """Every request starts new; an automatic one is executed by itself once billing has acknowledged it."""

    NEW = "new", pgettext_lazy("request", "New")
    EXPORTED = "exported", pgettext_lazy("request", "Sent to billing")
    EXECUTED = "executed", pgettext_lazy("request", "Executed")
    REFUSED = "refused", pgettext_lazy("request", "Refused")
    CANCELLED = "cancelled", pgettext_lazy("request", "Cancelled")


MOVES: dict[str, tuple[str, ...]] = {
    Status.NEW: (Status.EXPORTED, Status.EXECUTED, Status.REFUSED, Status.CANCELLED),
    Status.EXPORTED: (Status.EXECUTED,),
    Status.EXECUTED: (),
    Status.REFUSED: (),
    Status.CANCELLED: (),
}
OVER = (Status.EXECUTED, Status.REFUSED, Status.CANCELLED)


class Attention(models.TextChoices):
    """Why an operator has to look at a request; nothing happens to it until he has."""

    NONE = "", ""
    KEPT = "kept", _("Kept to be looked at")
    REFUSED = "refused", _("Refused by billing")
    DEAD = "dead", _("Could not be sent to billing")


class ActivityKind(models.TextChoices):
    REGISTRATION = "registration", _("First access")
    SELF_READING = "self_reading", _("Self-reading")


class Channel(models.TextChoices):
    PORTAL = "portal", _("Online counter")
    UPLOAD = "upload", _("File uploaded to the online counter")


class IllegalMove(Exception):
    """The request is no longer in a state from which this can happen; somebody else was quicker."""


class ActivityQuerySet(ReachQuerySet["Activity"]):
    pass


class Activity(models.Model):
    """One request of one customer. ``number`` is what people tell each other on the telephone.

    ``once`` is what the form carried that opened it: sent twice, it opens one request. ``attention`` says why it waits for
    an operator. ``answer`` is what the customer is told at its end, in the words of who decided.
    """

    number = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=40, choices=ActivityKind)
    status = models.CharField(max_length=20, choices=Status, default=Status.NEW)
    channel = models.CharField(max_length=20, choices=Channel)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="activities")
    supply = models.ForeignKey(Supply, null=True, on_delete=models.PROTECT, related_name="activities")
    attention = models.CharField(max_length=10, choices=Attention, blank=True)
    once = models.CharField(max_length=40, null=True, unique=True)
    answer = models.TextField(blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    opened_at = models.DateTimeField()
    exported_at = models.DateTimeField(null=True)
    executed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # refused or cancelled

    objects: ClassVar[ActivityQuerySet] = ActivityQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "activities"
        indexes = [
            models.Index(fields=["customer", "-opened_at"], name="activity_of_customer"),
            models.Index(fields=["attention", "opened_at"], name="activity_waiting", condition=~Q(attention="")),
            # What a sweep looks after.
            models.Index(fields=["opened_at"], name="activity_under_way", condition=Q(status__in=["new", "exported"])),
            models.Index(fields=["executed_at"], name="activity_executed", condition=Q(status="executed")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status=Status.EXECUTED, executed_at__isnull=False)
                | (~Q(status=Status.EXECUTED) & Q(executed_at=None)),
                name="executed_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["refused", "cancelled"], ended_at__isnull=False)
                | (~Q(status__in=["refused", "cancelled"]) & Q(ended_at=None)),
                name="ended_has_its_time",
            ),
        ]

    @property
    def is_over(self) -> bool:
        return self.status in OVER

    def opened(self) -> None:
        """Writes down that it has come in; for whoever has just created it, in the same transaction."""
        self._record("opened", now=self.opened_at, actor_id=self.opened_by_id)

    def export(self, *, now: datetime) -> None:
        """Billing has it."""
        self._move(Status.EXPORTED, now=now, exported_at=now)

    def execute(self, *, now: datetime, by_id: int | None = None) -> None:
        self._move(Status.EXECUTED, now=now, by_id=by_id, executed_at=now)

    def refuse(self, *, answer: str, now: datetime, by_id: int | None = None) -> None:
        """``answer`` is what the customer is told."""
        self._move(Status.REFUSED, now=now, by_id=by_id, ended_at=now, answer=answer)

    def cancel(self, *, now: datetime, by_id: int | None = None) -> None:
        self._move(Status.CANCELLED, now=now, by_id=by_id, ended_at=now)

    def ask_for(self, attention: Attention, *, now: datetime, by_id: int | None = None) -> None:
        """Hands it to an operator, or with ``Attention.NONE`` takes it away from him; its status stays."""
        with transaction.atomic():
            self._change(attention=attention)
            self._record(f"waits_{attention}" if attention else "goes_on", now=now, actor_id=by_id)

    def note_answer(self, answer: str) -> None:
        """What the customer is told though it goes on."""
        Activity.objects.filter(pk=self.pk).update(answer=answer)
        self.answer = answer

    @transaction.atomic
    def _move(self, to: Status, *, now: datetime, by_id: int | None = None, **changes: Any) -> None:
        """All moves pass here. Raises IllegalMove where the table has none, or somebody else was quicker."""
        if to not in MOVES[self.status]:
            raise IllegalMove(f"{self.status} to {to}")
        self._change(status=to, attention=Attention.NONE, **changes)
        self._record(to, now=now, actor_id=by_id)

    def _change(self, **changes: Any) -> None:
        """Changes the row if it is still as it was read. Raises IllegalMove."""
        as_read = Activity.objects.filter(pk=self.pk, status=self.status, attention=self.attention)
        if not as_read.update(**changes):
            raise IllegalMove(f"no longer {self.status}")
        for name, value in changes.items():
            setattr(self, name, value)

    def _record(self, name: str, *, now: datetime, actor_id: int | None) -> None:
        record(
            f"activities.{self.kind}_{name}",
            now=now,
            actor_id=actor_id,
            about=("activity", self.number),
            customer_code=self.customer_id,
            number=self.number,
        )


def next_number(now: datetime) -> str:
    """A number not given before: A-26000123, the year and a sequence of the database's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('activities_number')")
        return f"A-{now:%y}{cursor.fetchone()[0]:06}"
