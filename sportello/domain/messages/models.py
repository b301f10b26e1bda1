"""The outbox: every mail and letter, from the moment it is caused until it has gone out or is known not to."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sportello.domain.messages.kinds import Text
from sportello.domain.messages.links import Link


class Channel(models.TextChoices):
    MAIL = "mail", _("E-mail")
    LETTER = "letter", _("Letter")


class State(models.TextChoices):
    """Queued and claimed are on their way; refused is a no from the recipient's side, dead is given up after a day.

    Withdrawn: what it tells had changed before it went out.
    """

    QUEUED = "queued", _("Waiting")
    CLAIMED = "claimed", _("Being sent")
    SENT = "sent", _("Sent")
    REFUSED = "refused", _("Refused")
    DEAD = "dead", _("Given up")
    WITHDRAWN = "withdrawn", _("Withdrawn")


OPEN = (State.QUEUED, State.CLAIMED)
FAILED = (State.REFUSED, State.DEAD)
_CONTROLS = "[[:cntrl:]]"


class WordingQuerySet(models.QuerySet["Wording"]):
    def versions(self) -> "WordingQuerySet":
        """All but those that were only tried, the newest first."""
        return self.filter(valid_from__isnull=False).order_by("-valid_from", "-pk")

    def of(self, kind: str, language: str) -> "WordingQuerySet":
        return self.filter(kind=kind, language=language)

    def present(self, now: datetime) -> "WordingQuerySet":
        """The version that holds of each kind and language that has one."""
        begun = self.filter(valid_from__lte=now)
        return begun.order_by("kind", "language", "-valid_from", "-pk").distinct("kind", "language")

    def next(self, now: datetime) -> "WordingQuerySet":
        """The version that holds next."""
        to_come = self.filter(valid_from__gt=now)
        return to_come.order_by("kind", "language", "valid_from", "pk").distinct("kind", "language")


class Wording(models.Model):
    """One version of a kind's text in one language, as an administrator has written it.

    It holds from ``valid_from`` until the next one does, and from then on never changes, for messages refer to it. Without
    ``valid_from`` it was only tried, by a mail to its author. ``built_in``: the text that is built in holds again.
    """

    kind = models.CharField(max_length=60)
    language = models.CharField(max_length=2)
    valid_from = models.DateTimeField(null=True)
    built_in = models.BooleanField(default=False)
    subject = models.CharField(max_length=150, blank=True)
    paragraphs = models.JSONField(default=list)
    action = models.CharField(max_length=80, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    objects: ClassVar[WordingQuerySet] = WordingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(built_in=True) ^ ~Q(subject=""), name="wording_has_its_words"),
            models.CheckConstraint(condition=Q(language__in=["it", "en"]), name="known_wording_language"),
        ]
        indexes = [models.Index(fields=["kind", "language", "-valid_from"], name="wording_in_force")]

    @property
    def text(self) -> Text:
        return Text(subject=self.subject, paragraphs=tuple(self.paragraphs), action=self.action)


class MessageQuerySet(models.QuerySet["Message"]):
    def mails(self) -> "MessageQuerySet":
        return self.filter(channel=Channel.MAIL)

    def due(self, now: datetime) -> "MessageQuerySet":
        """Mails that somebody should be sending: waiting ones whose time has come, claimed ones whose claim is over.

        Not those that are sent in bulk.
        """
        return self.mails().filter(lane="", state__in=OPEN, next_attempt_at__lte=now)

    def failed(self) -> "MessageQuerySet":
        return self.filter(state__in=FAILED)

    def in_trouble(self) -> "MessageQuerySet":
        """Those that could not be sent yet and will be tried again."""
        return self.filter(state__in=OPEN).exclude(failure="")

    def letters_to_print(self) -> "MessageQuerySet":
        return self.letters_in_the_house().filter(printed_at=None)

    def letters_in_the_house(self) -> "MessageQuerySet":
        return self.filter(channel=Channel.LETTER, state=State.QUEUED)

    def letters_to_post(self) -> "MessageQuerySet":
        """Printed, and not known to be in the post."""
        return self.letters_in_the_house().filter(printed_at__isnull=False)

    def letters_posted(self) -> "MessageQuerySet":
        return self.filter(channel=Channel.LETTER, posted_on__isnull=False)

    def without_codes(self) -> "MessageQuerySet":
        """Those in which nothing secret stands, or none any more."""
        return self.filter(Q(secrets__isnull=True) | Q(secrets={}))

    def of_customer(self, customer_code: str) -> "MessageQuerySet":
        return self.filter(customer_code=customer_code)

    def about(self, kind: str, key: str) -> "MessageQuerySet":
        return self.filter(about_kind=kind, about_key=key)


class Message(models.Model):
    """One mail or letter to one recipient; he and what it is about are named by value.

    ``wording`` is the version of its text that was in force when it was written, None where that was the built-in one.
    ``secrets`` and ``link_arguments`` are wiped, to NULL, once it has gone out or never will. ``next_attempt_at`` is when
    a worker may take it up: of a claimed one, when the claim is over. ``follows`` names the job that learns the outcome.
    ``lane`` is the line in which it stands to be sent in bulk, "" of one that has a job of its own.
    ``calendar`` is an invitation that goes along, as iCalendar (RFC 5546), "" for none.
    A letter is printed, and sent once somebody has said on which day it went into the post, ``posted_on``.
    """

    kind = models.CharField(max_length=60)
    language = models.CharField(max_length=2)
    channel = models.CharField(max_length=10, choices=Channel)
    address = models.CharField(max_length=1500)  # of a letter, its lines
    name = models.CharField(max_length=200, blank=True)
    reply_to = models.CharField(max_length=320, blank=True)
    customer_code = models.CharField(max_length=60, blank=True)
    about_kind = models.CharField(max_length=40, blank=True)
    about_key = models.CharField(max_length=80, blank=True)
    subject = models.CharField(max_length=200)
    # Nobody asks which messages a version has; versions in force are never deleted.
    wording = models.ForeignKey(Wording, null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False)
    values = models.JSONField(default=dict)
    secrets = models.JSONField(null=True, default=dict)
    link_name = models.CharField(max_length=80, blank=True)
    link_arguments = models.JSONField(null=True, default=dict)
    calendar = models.TextField(blank=True, default="", db_default="")
    message_id = models.CharField(max_length=300)
    follows = models.CharField(max_length=80, blank=True)
    lane = models.CharField(max_length=300, blank=True, default="")

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    possible_duplicate = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    claimed_by = models.CharField(max_length=100, blank=True)
    sent_at = models.DateTimeField(null=True)
    failure_code = models.PositiveSmallIntegerField(null=True)  # of SMTP
    failure = models.CharField(max_length=200, blank=True)

    printed_at = models.DateTimeField(null=True)
    printed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    posted_on = models.DateField(null=True)
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    objects: ClassVar[MessageQuerySet] = MessageQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message_id"], name="one_message_an_id"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="known_message_state"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="known_message_channel"),
            models.CheckConstraint(condition=Q(language__in=["it", "en"]), name="known_message_language"),
            models.CheckConstraint(
                condition=Q(state=State.SENT, sent_at__isnull=False) | (~Q(state=State.SENT) & Q(sent_at__isnull=True)),
                name="sent_message_has_time",
            ),
            models.CheckConstraint(
                condition=(Q(state=State.CLAIMED, claimed_at__isnull=False) & ~Q(claimed_by=""))
                | (~Q(state=State.CLAIMED) & Q(claimed_at__isnull=True, claimed_by="")),
                name="claimed_message_has_claim",
            ),
            models.CheckConstraint(
                condition=Q(channel=Channel.LETTER) | ~Q(address__regex=_CONTROLS), name="mail_address_on_one_line"
            ),
            models.CheckConstraint(
                condition=Q(channel=Channel.LETTER) | Q(printed_at=None, posted_on=None),
                name="only_letters_are_printed",
            ),
            models.CheckConstraint(
                condition=~Q(name__regex=_CONTROLS) & ~Q(subject__regex=_CONTROLS), name="message_headers_on_one_line"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(channel=Channel.MAIL, state__in=OPEN, lane=""),
                name="message_due",
            ),
            models.Index(
                fields=["lane", "next_attempt_at"],
                condition=Q(channel=Channel.MAIL, state__in=OPEN) & ~Q(lane=""),
                name="message_in_lane",
            ),
            # What a customer was written, without what goes out in bulk: the latest first.
            models.Index(
                fields=["customer_code", "-id"], condition=Q(lane="") & ~Q(customer_code=""), name="message_of_customer"
            ),
            models.Index(fields=["-created_at"], condition=Q(state__in=FAILED), name="message_failed"),
            models.Index(fields=["created_at"], condition=Q(possible_duplicate=True), name="message_twice"),
            models.Index(fields=["customer_code", "-created_at"], name="message_customer"),
            models.Index(fields=["about_kind", "about_key"], name="message_about"),
            models.Index(
                fields=["printed_at", "created_at"],
                condition=Q(channel=Channel.LETTER, state=State.QUEUED),
                name="letter_in_the_house",
            ),
            models.Index(
                fields=["-posted_on", "-id"],
                condition=Q(channel=Channel.LETTER, posted_on__isnull=False),
                name="letter_posted",
            ),
        ]

    @property
    def is_wiped(self) -> bool:
        return self.secrets is None

    def hides_its_code_from(self, user_id: int | None) -> bool:
        """What is secret in a letter is seen by who prints it, and nobody else."""
        return bool(self.secrets) and self.printed_by_id != user_id

    @property
    def link(self) -> Link | None:
        """Where the message leads; None where nowhere, and once that is wiped."""
        if not self.link_name or self.link_arguments is None:
            return None
        return Link(self.link_name, self.link_arguments)


class ReceivedMail(models.Model):
    """A mail that came in, once: a delivery that failed or is late, of a message of ours, somebody who asks us something, or
    something else.

    ``digest`` is of its bytes, and how it is known again. ``content`` is kept of what could not be matched and lies in no
    mailbox any more, so that somebody can read it, and of what becomes a request until it is one.
    """

    class Sort(models.TextChoices):
        FAILED = "failed", _("Came back")
        DELAYED = "delayed", _("Still being tried")
        REQUEST = "request", _("Became a request")
        REPLY = "reply", _("A calendar's answer to an invitation")
        OTHER = "other", _("Something else")

    digest = models.CharField(max_length=64, unique=True)
    sort = models.CharField(max_length=10, choices=Sort)
    message = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="received")
    at = models.DateTimeField()
    subject = models.CharField(max_length=200, blank=True)  # of what could not be matched
    content = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sort__in=["failed", "delayed", "request", "reply", "other"]),
                name="known_sort_of_received_mail",
            )
        ]
        indexes = [models.Index(fields=["-at", "-id"], condition=Q(message=None), name="received_unmatched")]

    @property
    def is_seen_to(self) -> bool:
        """Nobody has to read it where it lies."""
        return self.message_id is not None or self.sort in (ReceivedMail.Sort.REQUEST, ReceivedMail.Sort.REPLY)


class MailboxPlace(models.Model):
    """How far a mailbox has been read: up to this number, as long as the server counts by the same ``validity``."""

    name = models.CharField(max_length=64, primary_key=True)  # a digest of server, user and folder
    validity = models.BigIntegerField()
    uid = models.BigIntegerField()
