"""The demo company's chance, always the same for the same words: nothing here is a secret."""

from random import Random


def chance(*words: object) -> Random:
    return Random(":".join(map(str, words)))  # noqa: S311 - invents customers, not keys
