"""Names are found by how their words begin, in an index of PostgreSQL's: whoever types ``verd`` finds Verdi and Verdini."""

import re

from django.contrib.postgres.search import SearchQuery, SearchVector

_WORD = re.compile(r"[^\W_]+")


def words(*columns: str) -> SearchVector:
    """As the index has them: of no language, so that nothing is left out as too common."""
    return SearchVector(*columns, config="simple")


def beginning(typed: str) -> SearchQuery:
    """Each of the words that were typed begins one; nothing at all is found where there is none."""
    found = _WORD.findall(typed)
    return SearchQuery(" & ".join(f"{each}:*" for each in found), config="simple", search_type="raw")
