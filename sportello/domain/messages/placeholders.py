"""Fills names in braces into a text; no template engine, so that neither a text nor a value can ever run as one."""

import re
from collections.abc import Collection, Mapping

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class WrongText(ValueError):
    """A text with an unknown placeholder, or with braces that are none."""


class MissingValue(LookupError):
    """A text names a placeholder that no value was given for."""


def names_in(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def check(text: str, *, allowed: Collection[str]) -> None:
    """Raises ``WrongText`` unless every brace of ``text`` belongs to one of the ``allowed`` placeholders."""
    unknown = names_in(text).difference(allowed)
    if unknown:
        raise WrongText(f"unknown placeholders: {', '.join(sorted(unknown))}")
    rest = PLACEHOLDER.sub("", text)
    if "{" in rest or "}" in rest:
        raise WrongText("braces are only for placeholders")


def fill(text: str, values: Mapping[str, str]) -> str:
    """``text`` with each placeholder replaced once; what a value holds is not looked at again. Raises ``MissingValue``."""
    missing = names_in(text).difference(values)
    if missing:
        raise MissingValue(f"no value for {', '.join(sorted(missing))}")
    return PLACEHOLDER.sub(lambda found: values[found[1]], text)
