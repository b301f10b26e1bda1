"""The words for what can be chosen, looked up once in each language and not at every row."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from django.db.models import TextChoices
from django.utils.translation import get_language


def labels(choices: type[TextChoices]) -> Mapping[str, str]:
    """Value to label, in the language that is active."""
    return _labels(choices, get_language())


@lru_cache(maxsize=200)
def _labels(choices: type[TextChoices], language: str | None) -> Mapping[str, str]:
    return MappingProxyType({value: str(label) for value, label in choices.choices})
