"""What a kind of message will look like, with its sample values, in either language."""

from django.utils import timezone

from sportello.domain.messages.composing import Composed, compose
from sportello.domain.messages.kinds import Kind
from sportello.domain.messages.links import site
from sportello.domain.messages.writing import draft

SAMPLE_NAMES = {"it": "Maria Rossi", "en": "Mary Smith"}


def preview(kind: Kind, language: str) -> Composed:
    message = draft(kind, name=SAMPLE_NAMES[language], language=language, values=kind.placeholders, now=timezone.now())
    return compose(message, url=f"{site()}/…")
