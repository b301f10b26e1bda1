"""What hangs on a request besides its kind's own data: who a visitor is, what was said, what was attached."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sportello.domain.activities.models.activity import Activity
from sportello.domain.activities.models.states import HOUSE_KINDS
from sportello.domain.customers.models.names import words
from sportello.domain.customers.models.parties import Addressed
from sportello.domain.customers.models.reach import ReachQuerySet
from sportello.domain.files.models import KeptFile


class AnswerBy(models.TextChoices):
    """How a visitor wants to be answered."""

    PHONE = "phone", _("Telephone")
    EMAIL = "email", _("E-mail")
    POST = "post", _("Post")


class Visitor(Addressed):
    """Who asks without being registered. Nothing of it is proven; nothing is sent to ``email`` until an operator answers.

    ``receipt`` is the digest of the code on his receipt, by which he finds his request again.
    """

    activity = models.OneToOneField(Activity, on_delete=models.CASCADE, primary_key=True, related_name="visitor")
    name = models.CharField(max_length=200)
    answer_by = models.CharField(max_length=10, choices=AnswerBy)
    phone = models.CharField(max_length=40, blank=True)
    email = models.CharField(max_length=320, blank=True)
    customer_code = models.CharField(max_length=60, blank=True)  # as he says, unproven
    language = models.CharField(max_length=2, default="it")
    receipt = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [GinIndex(words("name"), name="visitor_by_name")]


class Side(models.TextChoices):
    CUSTOMER = "customer", _("Customer")
    STAFF = "staff", _("Staff")


class Sort(models.TextChoices):
    """What a remark is: only notes stay within the company."""

    MESSAGE = "message", _("Message")
    QUESTION = "question", _("Question")
    ANSWER = "answer", _("Answer")
    NOTE = "note", _("Internal note")


class SentBy(models.TextChoices):
    """How a remark of ours reaches the customer besides the counter."""

    NOTHING = "", ""
    MAIL = "mail", _("by e-mail")
    LETTER = "letter", _("by letter")


class RemarkQuerySet(ReachQuerySet["Remark"]):
    reach_path = "activity__customer_id"

    def for_the_customer(self) -> "RemarkQuerySet":
        return self.exclude(sort=Sort.NOTE).exclude(activity__kind__in=HOUSE_KINDS)


class Remark(models.Model):
    """Something that was said about a request, by either side. ``once`` is what its form carried, ``sent_by`` the way by
    which one of ours went out; "" for the counter alone."""

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="remarks")
    side = models.CharField(max_length=10, choices=Side)
    sort = models.CharField(max_length=10, choices=Sort)
    text = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    sent_by = models.CharField(max_length=10, choices=SentBy, blank=True)
    once = models.CharField(max_length=40, null=True, unique=True)

    objects: ClassVar[RemarkQuerySet] = RemarkQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [models.Index(fields=["activity", "at"], name="remark_of_activity")]
        constraints = [
            models.CheckConstraint(
                condition=Q(side=Side.STAFF) | Q(sort=Sort.MESSAGE), name="only_staff_take_notes_and_ask"
            ),
        ]


class StopLink(models.Model):
    """Stops a request with one press, for whoever has the mail or letter that tells of it; only the digest is kept."""

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class AttachmentQuerySet(ReachQuerySet["Attachment"]):
    reach_path = "activity__customer_id"

    def for_the_customer(self) -> "AttachmentQuerySet":
        return self.exclude(remark__sort=Sort.NOTE).exclude(activity__kind__in=HOUSE_KINDS)


class Attachment(models.Model):
    """A file of a request, of its form where ``remark`` is None. ``name`` is what its sender called it, one line.

    It is opened by ``activity`` and ``position``, from 1 on.
    """

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="attachments")
    remark = models.ForeignKey(Remark, null=True, on_delete=models.CASCADE, related_name="attachments")
    position = models.IntegerField()
    name = models.CharField(max_length=100)
    file = models.ForeignKey(KeptFile, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects: ClassVar[AttachmentQuerySet] = AttachmentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["activity", "position"], name="one_attachment_a_position")]
