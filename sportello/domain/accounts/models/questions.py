"""What a person knows besides his password: the answer to a question, or a code he was given to keep."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class SecretQuestion(models.Model):
    """A person's question: one of the list, by its key, or his own words; the answer only as a hash."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="secret_question")
    key = models.CharField(max_length=40, blank=True)
    own_words = models.CharField(max_length=200, blank=True)
    answer = models.CharField(max_length=200)
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(key="") ^ ~Q(own_words=""), name="question_of_list_or_own"),
        ]


class SavedCode(models.Model):
    """A code shown once to be kept; a new one takes the place of the old."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_code")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
