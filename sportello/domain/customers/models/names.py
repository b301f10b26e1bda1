"""Names are found by how their words begin, in an index of PostgreSQL's: whoever types ``verd`` finds Verdi and Verdini."""

import re
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import F, Func, Value
from django.db.models.functions import ConcatPair, Lower, Right

_WORD = re.compile(r"[^\W_]+")


def words(*columns: str) -> SearchVector:
    """As the index has them: of no language, so that nothing is left out as too common."""
    return SearchVector(*columns, config="simple")


def beginning(typed: str) -> SearchQuery:
    """Each of the words that were typed begins one; nothing at all is found where there is none."""
    found = _WORD.findall(typed)
    return SearchQuery(" & ".join(f"{each}:*" for each in found), config="simple", search_type="raw")


def whole_name() -> Any:
    """All of a name in small letters, for names that are written otherwise than they are kept."""
    given = ConcatPair(F("first_name"), ConcatPair(Value(" "), F("company_name")))
    return Lower(ConcatPair(F("last_name"), ConcatPair(Value(" "), given)))


DIGITS = 9  # of a telephone number's end, that tell it from others whatever stands before


def last_digits(column: str) -> Func:
    """Of a telephone number, however it is written."""
    return Right(Func(F(column), Value(r"\D"), Value(""), Value("g"), function="regexp_replace"), DIGITS)
