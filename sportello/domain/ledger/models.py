"""What goes to billing: one row a command, kept with all that became of it."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q


class State(models.TextChoices):
    """``sent`` means that a worker has it in hand, or had when it was killed: nobody knows whether billing has done it."""

    QUEUED = "queued", "queued"
    SENT = "sent", "sent"
    ACKNOWLEDGED = "acknowledged", "acknowledged"
    REFUSED = "refused", "refused"
    DEAD = "dead", "dead"
    HELD = "held", "held"
    CANCELLED = "cancelled", "cancelled"


WAITING = (State.QUEUED, State.SENT)
STOPPED = (State.DEAD, State.HELD)  # until somebody decides
SETTLED = (State.ACKNOWLEDGED, State.REFUSED, State.CANCELLED)


class LedgerRowQuerySet(models.QuerySet["LedgerRow"]):
    def waiting(self) -> Self:
        """Not yet answered by billing, and nobody holds them back."""
        return self.filter(state__in=WAITING)

    def about(self, kind: str, key: str) -> Self:
        return self.filter(about_kind=kind, about_key=key)


class LedgerRow(models.Model):
    """One command to billing. Rows of one customer go in the order of their numbers.

    ``command`` is the dataclass of ``billing.commands`` as JSON, ``name`` its class; what is secret in it is taken out when
    the row is settled. ``about`` names what it is of, by value; ``follows`` the job that continues when billing has
    answered. ``reason`` and ``field`` are billing's, or say why the row is dead. ``taken_until`` is how long the worker that
    has it may take; after that another one may send it again, with the same key. ``attempts`` also tells the answer of one
    worker from that of another; ``errors`` counts those that nobody had foreseen, crashes among them.
    """

    key = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=40)
    command = models.JSONField()
    customer_code = models.CharField(max_length=60)
    about_kind = models.CharField(max_length=40, blank=True)
    about_key = models.CharField(max_length=80, blank=True)
    follows = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    attempts = models.IntegerField(default=0)
    errors = models.IntegerField(default=0)
    queued_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    taken_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=80, blank=True)
    duplicate = models.BooleanField(default=False)
    reason = models.CharField(max_length=300, blank=True)
    field = models.CharField(max_length=60, blank=True)

    objects: ClassVar[LedgerRowQuerySet] = LedgerRowQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(
                fields=["customer_code", "id"],
                name="ledger_of_customer",
                condition=Q(state__in=["queued", "sent", "dead", "held"]),
            ),
            models.Index(fields=["next_attempt_at"], name="ledger_due", condition=Q(state__in=WAITING)),
            models.Index(fields=["about_kind", "about_key"], name="ledger_about"),
            models.Index(
                fields=["state", "-queued_at"],
                name="ledger_stopped",
                condition=Q(state__in=["refused", "dead", "held"]),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["acknowledged", "refused", "cancelled"], settled_at__isnull=False)
                | (~Q(state__in=["acknowledged", "refused", "cancelled"]) & Q(settled_at=None)),
                name="settled_has_its_time",
            ),
        ]


class Outage(models.Model):
    """Billing does not answer; the one row is there while that lasts. ``failures`` are those in a row, ``probe_at`` is when
    one command is sent to see whether billing is back."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    since = models.DateTimeField()
    failures = models.IntegerField()
    probe_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_outage_at_a_time")]
