"""The nightly run that mails invoices: each night's run, each sending of an invoice to an address, and what it goes by."""

from datetime import datetime, time
from typing import ClassVar, Final, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sportello.domain.customers.models import Invoice
from sportello.domain.customers.models.parties import CODE
from sportello.domain.messages.models import Message

LONGEST_ADDRESS: Final = 320  # characters
MOST_WORKERS: Final = 8


class RunQuerySet(models.QuerySet["Run"]):
    def under_way(self) -> Self:
        return self.filter(ended_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-started_at", "-pk")


class Run(models.Model):
    """One night's run: which invoices go out, and how far it is.

    ``night`` is the day, in Italy, at whose set hour it was due; None of one that a wrong clock has begun. What it counts
    is written with what is counted. ``trouble`` is why the mail server takes nothing at present, since ``trouble_since``.
    """

    night = models.DateField(null=True, unique=True)
    hour = models.TimeField()
    started_at = models.DateTimeField()
    gathered_to = models.CharField(max_length=CODE, blank=True)  # the customer up to whom it has looked
    gathered_at = models.DateTimeField(null=True)  # when all invoices with a PDF were in the outbox
    ended_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    queued = models.PositiveIntegerField(default=0)
    sent = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)  # refused or given up
    withdrawn = models.PositiveIntegerField(default=0)
    twice = models.PositiveIntegerField(default=0)  # sent, perhaps more than once
    trouble = models.CharField(max_length=200, blank=True)
    trouble_since = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)  # when the administrators were written its summary

    objects: ClassVar[RunQuerySet] = RunQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(gathered_at__isnull=False), name="run_ends_after_gathering"
            ),
            models.CheckConstraint(condition=Q(ended_at=None) | Q(stopped_at=None), name="stopped_run_has_not_ended"),
        ]
        indexes = [models.Index(fields=["-started_at"], name="run_newest")]

    @property
    def left(self) -> int:
        """How many are still to be sent; never negative."""
        return max(self.queued - self.sent - self.failed - self.withdrawn, 0)


class Mode(models.TextChoices):
    LINK = "link", _("Link")
    PDF = "pdf", _("PDF attached")


class SendingQuerySet(models.QuerySet["Sending"]):
    def of_invoice(self, number: str) -> Self:
        """Newest first, with the message that says what became of each."""
        return self.filter(invoice=number).select_related("message").order_by("-pk")

    def failed(self) -> Self:
        """Those of which is known that they will not arrive, the latest first."""
        return self.filter(failed_at__isnull=False).select_related("message", "invoice").order_by("-failed_at", "-pk")


class Sending(models.Model):
    """One invoice on its way to one address: what was sent, when and with which outcome is in its message.

    ``repeat`` is 0 of the first; further ones an operator has asked for, or the invoice had changed before it was sent.
    ``says`` is the version of the invoice that it tells of. Who subscribed is named by value: the log outlives the choice.
    ``digest`` is that of the token in its link, which itself is nowhere kept once the mail has gone out. ``failed_at`` is when
    it was known that it will not arrive; ``bounced_at`` when its mail came back, ``delayed_at`` when a server on its way last
    said that it is still trying, ``bounce`` what was said.
    """

    run = models.ForeignKey(Run, null=True, on_delete=models.PROTECT, related_name="sendings")
    invoice = models.ForeignKey(
        Invoice,
        on_delete=models.DO_NOTHING,
        db_column="invoice_number",
        related_name="sendings",
        db_index=False,
        db_constraint=False,
    )
    customer_code = models.CharField(max_length=CODE)
    address = models.CharField(max_length=LONGEST_ADDRESS)
    repeat = models.PositiveSmallIntegerField(default=0)
    by_hand = models.BooleanField(default=False)
    mode = models.CharField(max_length=4, choices=Mode)
    says = models.CharField(max_length=64)
    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="sending")
    asked_at = models.DateTimeField()
    bounced_at = models.DateTimeField(null=True)
    bounce = models.CharField(max_length=200, blank=True)
    delayed_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64, null=True, unique=True)
    opened_at = models.DateTimeField(null=True)
    downloaded_at = models.DateTimeField(null=True)

    objects: ClassVar[SendingQuerySet] = SendingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "address", "repeat"], name="one_sending_an_address"),
            models.CheckConstraint(condition=Q(mode__in=Mode.values), name="known_sending_mode"),
        ]
        indexes = [
            models.Index(fields=["customer_code", "-id"], name="sending_of_customer"),
            models.Index(fields=["-failed_at", "-id"], condition=Q(failed_at__isnull=False), name="sending_failed"),
        ]


class Why(models.TextChoices):
    """Why an invoice of a subscriber has not been sent yet."""

    NOT_LOOKED = "", _("not looked for yet")
    NOT_THERE = "not_there", _("billing has no PDF of it yet")
    AWAY = "away", _("billing does not answer")
    REFUSED = "refused", _("billing has refused its PDF")
    UNUSABLE = "unusable", _("what billing gave is no PDF")


class WaitingInvoice(models.Model):
    """An invoice that would have been sent, had there been its PDF; it is looked for again each night."""

    invoice = models.OneToOneField(
        Invoice, primary_key=True, on_delete=models.DO_NOTHING, db_column="invoice_number", db_constraint=False
    )
    customer_code = models.CharField(max_length=CODE)
    since = models.DateTimeField()
    tried_in = models.BigIntegerField(null=True)  # the number of the run in which billing was last asked for it
    tried_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=10, choices=Why, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(why__in=Why.values), name="known_waiting_reason")]
        indexes = [models.Index(fields=["-since"], name="waiting_since")]


class TimetableQuerySet(models.QuerySet["Timetable"]):
    def in_force(self, now: datetime) -> "Timetable":
        """The newest by now; what a company begins with where there is none."""
        return self.filter(since__lte=now).order_by("-since", "-pk").first() or Timetable(since=now)


class Timetable(models.Model):
    """When and how fast invoices are mailed, from ``since`` until the next one; times are Italy's, rows never change.

    Between ``quiet_from`` and ``quiet_until`` nothing is sent. ``per_minute`` bounds all mails of the run together.
    """

    since = models.DateTimeField()
    hour = models.TimeField(default=time(2, 0))
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    per_minute = models.PositiveIntegerField(null=True)
    workers = models.PositiveSmallIntegerField(default=2)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    objects: ClassVar[TimetableQuerySet] = TimetableQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(workers__gte=1, workers__lte=MOST_WORKERS), name="some_workers"),
            models.CheckConstraint(condition=Q(per_minute=None) | Q(per_minute__gte=1), name="some_mails_a_minute"),
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False) & ~Q(quiet_from=models.F("quiet_until")),
                name="quiet_hours_have_both_ends",
            ),
        ]


class RateQuerySet(models.QuerySet["Rate"]):
    def in_force(self, now: datetime) -> dict[str, int]:
        """Mails a minute by domain, of the domains that have a bound."""
        newest = self.filter(since__lte=now).order_by("domain", "-since", "-pk").distinct("domain")
        return {row.domain: row.per_minute for row in newest if row.per_minute is not None}


class Rate(models.Model):
    """How many mails a minute one domain takes, from ``since`` until its next row; None for as many as there are."""

    domain = models.CharField(max_length=255)
    per_minute = models.PositiveIntegerField(null=True)
    since = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    objects: ClassVar[RateQuerySet] = RateQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(per_minute=None) | Q(per_minute__gte=1), name="some_mails_of_a_domain")
        ]
        indexes = [models.Index(fields=["domain", "-since"], name="rate_of_domain")]


class Bucket(models.Model):
    """How many mails may go to a domain just now, ``""`` for all together: shared by all workers."""

    domain = models.CharField(max_length=255, primary_key=True)
    tokens = models.FloatField()
    filled_at = models.DateTimeField()


class Remind(models.TextChoices):
    DUE = "due", _("Due date")
    RETURNED = "returned", _("Direct debit returned")


class Reminder(models.Model):
    """One reminder of one invoice to one address: there is never a second of the same.

    ``cause`` is the payment that came back; "" of a due date. How it went is in its message.
    """

    sort = models.CharField(max_length=10, choices=Remind)
    invoice_number = models.CharField(max_length=CODE)
    cause = models.CharField(max_length=CODE, blank=True)
    customer_code = models.CharField(max_length=CODE)
    address = models.CharField(max_length=LONGEST_ADDRESS)
    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="reminder")
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["invoice_number", "sort", "cause", "address"], name="one_reminder_an_address"
            ),
            models.CheckConstraint(condition=Q(sort__in=Remind.values), name="known_reminder"),
        ]
