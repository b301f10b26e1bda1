"""Countries by their two letters, in the reader's language, and how a letter abroad is addressed."""

from functools import cache
from typing import Final

from django.utils.translation import get_language

from sportello.domain.customers.models.places import spelt

ITALY: Final = "IT"
# Of Babel's territories those that are no countries.
NO_COUNTRIES: Final = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})


@cache
def countries(language: str) -> list[tuple[str, str]]:
    """All countries by their two letters, in this language, Italy first."""
    from babel import Locale

    names = Locale(language).territories
    known = {
        code: name for code, name in names.items() if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES
    }
    return [(ITALY, known.pop(ITALY)), *sorted(known.items(), key=lambda country: spelt(country[1]))]


def countries_now() -> list[tuple[str, str]]:
    return countries((get_language() or "it")[:2])


def abroad(code: str, language: str = "") -> str:
    """The country's name, as the present language or another has it; "" for Italy, and where none is given."""
    if code in ("", ITALY):
        return ""
    known = countries(language) if language else countries_now()
    return dict(known).get(code, code)
