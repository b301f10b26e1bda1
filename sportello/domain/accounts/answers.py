"""The secret question: which ones there are, how an answer is compared, which answers are refused."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password
from django.utils.translation import gettext_lazy as _

from sportello.domain.accounts.models import SecretQuestion
from sportello.domain.people.models import User

SHORTEST = 4  # characters, after normalising
PARTS = re.compile(r"[^\w]+")
QUESTIONS = {
    "first_teacher": _("What was the name of your first teacher?"),
    "childhood_friend": _("What was the name of your best friend as a child?"),
    "first_job": _("In which town was your first job?"),
    "first_film": _("Which was the first film you saw at the cinema?"),
    "grandparent_street": _("In which street did your grandparents live?"),
    "childhood_toy": _("What was your favourite toy as a child?"),
}


class WeakAnswer(ValueError):
    """The answer is too short, or anybody who knows the customer knows it."""


def normalise(answer: str) -> str:
    """What counts of an answer: letters and digits, whatever their case, accents and width."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", answer).casefold())
    return "".join(character for character in text if character.isalnum())


def set_question(
    user: User, *, key: str, own_words: str, answer: str, known: Iterable[str | None], now: datetime
) -> None:
    """Sets a person's question and answer. ``known`` is what others may know of him: names, codes, places.

    Raises WeakAnswer for an answer that is too short or made of that.
    """
    if is_weak(answer, known=[*known, own_words]):
        raise WeakAnswer
    SecretQuestion.objects.update_or_create(
        user=user,
        defaults={"key": key, "own_words": own_words, "answer": make_password(normalise(answer)), "set_at": now},
    )


def is_weak(answer: str, *, known: Iterable[str | None]) -> bool:
    text = normalise(answer)
    refused = {normalise(part) for words in known if words for part in (words, *PARTS.split(words))}
    return len(text) < SHORTEST or len(set(text)) < 3 or text in refused


def question_of(user: User) -> str:
    """The words of a person's question, "" where he has none."""
    question = SecretQuestion.objects.filter(user=user).first()
    if question is None:
        return ""
    return question.own_words or str(QUESTIONS[question.key])


def is_set(user: User, *, key: str, own_words: str, answer: str) -> bool:
    """Whether the person has just this question and answer already."""
    same = SecretQuestion.objects.filter(user=user, key=key, own_words=own_words).first()
    return same is not None and check_password(normalise(answer), same.answer)


def is_answer(user: User, answer: str) -> bool:
    """Whether this is the person's answer; takes as long where he has none."""
    question = SecretQuestion.objects.filter(user=user).first()
    if question is None:
        make_password(normalise(answer))
        return False
    return check_password(normalise(answer), question.answer)
