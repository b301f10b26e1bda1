"""The words by which a request is found: of what was asked, said and answered, in one column that PostgreSQL keeps itself.

Whose it is and in which stretch of thirty days it came in are words of it too, so that one index finds what somebody had in
hand in some months, however often a word is used.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import models
from django.db.models import F, Func, Value
from django.db.models.functions import Concat, Left

STRETCH: Final = 30  # days
EPOCH: Final = date(1970, 1, 1)
MOST_SAID: Final = 50_000  # characters that are found
MOST_WORDS: Final = 8
_WORD = re.compile(r"[^\W_]+\*?")


class Words(Func):
    """Immutable, as a generated column wants it: time in UTC, a language that is named."""

    template = (
        "jsonb_to_tsvector('italian'::regconfig, %(asked)s, '[\"string\"]'::jsonb)"
        " || to_tsvector('italian'::regconfig, %(answer)s || ' ' || %(spoken)s)"
        " || array_to_tsvector(ARRAY["
        "'xo' || COALESCE(%(owner)s, 0)::text, "
        "'xd' || floor(EXTRACT(epoch FROM %(opened)s AT TIME ZONE 'UTC') / 2592000)::bigint::text])"
    )
    output_field = SearchVectorField()

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> Any:
        names = ("asked", "answer", "spoken", "owner", "opened")
        parts = dict(zip(names, (compiler.compile(each)[0] for each in self.source_expressions), strict=True))
        return self.template % parts, []


def column() -> models.GeneratedField:
    values = Words(F("asked"), F("answer"), F("spoken"), F("owner_id"), F("opened_at"))
    return models.GeneratedField(expression=values, output_field=SearchVectorField(), db_persist=True)


def joined(text: str) -> Left:
    """What has been said so far, and this."""
    return Left(Concat(F("spoken"), Value(" "), Value(text)), MOST_SAID)


def asked_for(typed: str, *, owner_id: int | None = None, since: date | None = None, until: date | None = None) -> Any:
    """All the words, each as it stands or in another form of it; one that ends in ``*`` is the beginning of one. None where
    there is no word. ``owner_id`` and the days help to find fewer; who asks narrows by them himself all the same."""
    words = [_wanted(word) for word in _WORD.findall(typed)[:MOST_WORDS]]
    if not words:
        return None
    query = SearchQuery(" & ".join(words), config="italian", search_type="raw")
    if owner_id is not None:
        query &= _exactly([f"xo{owner_id}"])
    if since is not None:
        query &= _exactly(_stretches(since, until or since + timedelta(days=3 * 366)))
    return query


def _wanted(word: str) -> str:
    return f"{word[:-1]}:*" if word.endswith("*") else word


def _exactly(words: Any) -> SearchQuery:
    """Any of them, as they stand."""
    return SearchQuery(" | ".join(words), config="simple", search_type="raw")


def _stretches(since: date, until: date) -> Iterator[str]:
    first, last = ((day - EPOCH).days // STRETCH for day in (since - timedelta(days=1), until + timedelta(days=1)))
    return (f"xd{number}" for number in range(first, last + 1))
