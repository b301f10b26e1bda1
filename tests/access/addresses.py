"""Every address of the project as its resolver knows it, and how to fill the places of those that name an object."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

# What stands before a place says of what kind the object is that it names; the longest that fits counts.
KINDS = {
    "documents/readings/<code:number>": "photo",
    "requests/files/<code:key>": "file of a request",
    "documents/requests/<code:number>": "mandate",
    "staff/readings/<code:number>": "reading to decide",
    "staff/requests/<code:number>": "request on the desk",
    "rules/readings/<int:pk>": "rules",
    "administration/terms/<int:pk>": "terms",
    "administration/bounds/<int:pk>": "bound",
    "administration/people/<int:pk>": "member of staff",
    "administration/replies/<int:pk>": "ready reply",
    "administration/texts/<slug:text>": "text",
    "administration/versions/<int:pk>": "version of a text",
    "invoices/<code:number>": "invoice",
    "invoice-mail/addresses/<int:pk>": "invoice address",
    "staff/customers/<code:code>": "customer on the desk",
    "confirm-invoice-address/<slug:token>": "invoice address link",
    "supplies/<code:code>": "supply",
    "readings/<code:supply>": "supply",
    "requests/<code:number>": "request",
    "ask/<slug:kind>": "kind for visitors",
    "files/<int:position>": "visitor's file",
    "requests/new/<code:kind>": "kind of request",
    "theme-<slug:colour>": "colour",
    "icon-<slug:colour>": "colour",
    "passkeys/<int:pk>": "passkey",
    "sessions/<int:session>": "session",
    "choose-password/<slug:token>": "recovery link",
    "prove-email/<slug:token>": "proof link",
    "stop-request/<slug:token>": "stop link",
    "by-link/<slug:token>": "link of an invoice",
    "mailbox/<int:number>": "mail",
    "calendar/<slug:token>": "calendar feed",
    "requests/views/<int:pk>": "kept list",
    "staff/appointments/<int:pk>": "appointment",
    "team/<int:pk>": "member of the team",
    "team/absences/<int:pk>": "absence",
    "administration/offices/<int:pk>": "office",
    "administration/assignment/<int:pk>": "rule of assignment",
}
PLACE = re.compile(r"[^/<>]*/?<[^>]+>")


class Unfillable(AssertionError):
    """An address with a place of which nothing here says what belongs there."""


@dataclass(frozen=True, slots=True)
class Address:
    route: str
    name: str
    view: Callable[..., Any]
    kind: str  # of the object that it names, "" where it names none

    @property
    def policy(self) -> Any:
        return getattr(self.view, "policy", None)

    @property
    def desk(self) -> str:
        """The desk in whose list of addresses this one stands."""
        return self.view.__module__.partition("sportello.desks.")[2].partition(".")[0]

    @property
    def numbered(self) -> bool:
        """Its objects are named by numbers."""
        return "<int:" in self.route

    @property
    def worded(self) -> bool:
        """Its objects are named by words."""
        return "<slug:" in self.route

    def of(self, value: str) -> str:
        """The address of the object ``value``, written as a browser would send it, well-formed or not."""
        written = value.replace("~", "~0").replace("/", "~1") if self.kind != "colour" else value
        return self.at(quote(written, safe=""))

    def at(self, written: str) -> str:
        """The address with ``written`` in its place, untouched."""
        return "/" + re.sub(r"<[^>]+>", lambda _: written, self.route)


def addresses(resolver: URLResolver | None = None) -> list[Address]:
    return list(walk(resolver or get_resolver(), ""))


def walk(resolver: URLResolver, before: str) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        assert isinstance(pattern.pattern, RoutePattern), f"{before}{pattern.pattern} is no route"
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield Address(route, pattern.name or "", pattern.callback, kind_of(route))


def kind_of(route: str) -> str:
    places = PLACE.findall(route)
    if not places:
        return ""
    before = route[: route.index(places[0]) + len(places[0])]
    known = [start for start in KINDS if f"/{before}".endswith(f"/{start}")]
    if len(places) > 1 or not known:
        raise Unfillable(f"nothing says what belongs into {route}")
    return KINDS[max(known, key=len)]
