"""What operators answer again and again, in words that managers have chosen."""

from typing import ClassVar, Final, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sportello.domain.activities.models.states import ActivityKind

EVERY, OF_A_CONTRACT = "", "contract"
WITHOUT_A_CONTRACT: Final = (ActivityKind.INFORMATION, ActivityKind.COMPLAINT, ActivityKind.SOMETHING_ELSE)


class Use(models.TextChoices):
    """When a reply is there to be chosen."""

    ANSWER = "answer", _("Answer or question to the customer")
    EXECUTE = "execute", _("Execution")
    REFUSE = "refuse", _("Refusal")


class ReplyQuerySet(models.QuerySet["Reply"]):
    def for_kind(self, kind: str) -> Self:
        """Those of this kind of request, and the common ones."""
        common = (EVERY,) if kind in WITHOUT_A_CONTRACT else (EVERY, OF_A_CONTRACT)
        return self.filter(kind__in=(kind, *common))


class Reply(models.Model):
    """A text in both languages; without one in a language it is not offered to whom that language is written.

    ``kind`` is a kind of request, "contract" for all that are about one, "" for every kind. ``code`` never changes. The texts
    may hold the placeholders of ``replies.VALUES`` and nothing else. ``version`` counts its changes.
    """

    kind = models.CharField(max_length=40, blank=True)
    use = models.CharField(max_length=10, choices=Use)
    code = models.CharField(max_length=40)
    italian = models.TextField(blank=True)
    english = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    objects: ClassVar[ReplyQuerySet] = ReplyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "replies"
        constraints = [
            models.UniqueConstraint(fields=["kind", "code"], name="one_reply_a_kind_and_code"),
            models.CheckConstraint(condition=~Q(italian="") | ~Q(english=""), name="reply_says_something"),
        ]

    def in_language(self, language: str) -> str:
        return self.english if language == "en" else self.italian
