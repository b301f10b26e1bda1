"""What `/metrics` knows of requests: how many, how long they took, and what they asked of the database, page by page.

A page is named as its address is in the lists of addresses: there are only so many, and no name has anything personal in it.
"""

import time
from bisect import bisect_left
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from django.urls import get_resolver

from sportello.counters import Counters

STATIC, NOWHERE, OTHER = "(static)", "(nowhere)", "(other)"
METHODS: Final = ("read", "write")
READING: Final = {"GET", "HEAD", "OPTIONS"}
STATUSES: Final = ("2xx", "3xx", "4xx", "5xx")
# Upper bounds, in seconds; among them the times that most and nearly all requests have to keep to.
BOUNDS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.5, 3.0, 10.0)

# Columns of a page's row of numbers.
QUERIES, QUERY_SECONDS, SECONDS, BUCKETS = range(4)
ANSWERS: Final = BUCKETS + len(BOUNDS) + 1
WIDTH: Final = ANSWERS + len(METHODS) * len(STATUSES)


@cache
def counters() -> Counters:
    """This process's; one row for each page."""
    names = sorted(name for name in get_resolver().reverse_dict if isinstance(name, str))
    return Counters([*names, STATIC, NOWHERE, OTHER], WIDTH)


def page_of(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is not None:
        return match.url_name or OTHER
    return STATIC if request.path_info.startswith(settings.STATIC_URL) else NOWHERE


class Queries:
    """Counts what is asked of the database, and how long that takes, in seconds."""

    __slots__ = ("count", "seconds")

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.count += 1
            self.seconds += time.perf_counter() - started


class CountersMiddleware:
    """Stands before all others, so that nothing that is answered goes uncounted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        queries = Queries()
        wrappers = connection.execute_wrappers
        wrappers.append(queries)
        try:
            response = self.get_response(request)
        finally:
            wrappers.remove(queries)
        seconds = time.perf_counter() - started
        answer = 4 * (request.method not in READING) + min(max(response.status_code // 100, 2), 5) - 2
        counters().add(
            page_of(request),
            (
                (QUERIES, queries.count),
                (QUERY_SECONDS, queries.seconds),
                (SECONDS, seconds),
                (BUCKETS + bisect_left(BOUNDS, seconds), 1),
                (ANSWERS + answer, 1),
            ),
        )
        return response
