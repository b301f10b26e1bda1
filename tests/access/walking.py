"""One person at one address: each method on each object, and everything that must hold of the answers."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponseBase
from markupsafe import escape

from tests.access.addresses import Address
from tests.access.canaries import Canaries
from tests.access.cast import NOBODY, Cast, Person

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
MISSING = "NOTHING/1"
MISSING_NUMBER = "987654321"
MISSING_WORD = "nothing-1"
MALFORMED = (
    "x" * 10_000, "", "%00", "a%00b", "..", "..%2f..%2fetc%2fpasswd", "../../invoices", "%27%22%3Cb%3E%60",
    "%27%20OR%20%271%27=%271", "%F0%9F%A6%86%E2%80%AE%EF%BC%87", "%ff%c0%af", "%0d%0aSet-Cookie:%20a=b", "%7B%7B7*7%7D%7D", "~",
    "%25", "0", "-1",
)  # fmt: skip
MAY_BE_WRITTEN = {"people_session", "journal_event", "accounts_throttle"}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
SAME_FOR_EVERYBODY = {"favicon", "robots"}  # may be kept by anybody
SECRET_ADDRESSES = {
    "recovery link",
    "proof link",
    "stop link",
    "invoice address link",
    "link of an invoice",
    "calendar feed",
}
SECRET_HEADERS = {"Referrer-Policy": "strict-origin", "X-Robots-Tag": "noindex, nofollow"}
DIFFER_BY_NATURE = {"Content-Length", "Expires"}
PERMISSIONS = ("camera=()", "geolocation=()", "microphone=()")
TOKEN = re.compile(r'(name="(?:csrfmiddlewaretoken|once|[^"]*-once)" value=")\w+')


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, but for what differs by nature: the address asked for, the form's tokens, length and clock."""

    status: int
    headers: tuple[tuple[str, str], ...]
    cookies: tuple[tuple[str, str], ...]
    body: str

    @property
    def text(self) -> str:
        return "\n".join([*(f"{name}: {value}" for name, value in self.headers), str(self.cookies), self.body])


def ask(person: Person, method: str, path: str, **options: object) -> Answer:
    """One request; whatever it writes is undone, and the person keeps the cookies he had."""
    client = person.client
    cache.clear()  # how often somebody may ask is not the matter here
    kept = SimpleCookie({name: morsel.value for name, morsel in client.cookies.items()})
    point = transaction.savepoint()
    try:
        response = client.generic(method, path, **options)
        return answer(response)
    finally:
        transaction.savepoint_rollback(point)
        client.cookies = kept


def answer(response: HttpResponseBase) -> Answer:
    here = response.wsgi_request.get_full_path()
    body = b"".join(response.streaming_content) if response.streaming else response.content
    text = TOKEN.sub(r"\1(token)", body.decode("utf-8", "replace")).replace(str(escape(here)), "(here)")
    headers = {name: value for name, value in response.items() if name not in DIFFER_BY_NATURE}
    if location := headers.get("Location"):
        headers["Location"] = without_here(location, here)
    cookies = {name: morsel.value if "csrf" not in name else "(token)" for name, morsel in response.cookies.items()}
    return Answer(response.status_code, tuple(sorted(headers.items())), tuple(sorted(cookies.items())), text)


def without_here(location: str, here: str) -> str:
    parts = urlsplit(location)
    return f"{parts.path}?next=(here)" if parse_qs(parts.query) == {"next": [here]} else location


def check_headers(seen: Answer, address: Address) -> None:
    headers = dict(seen.headers)
    secret = address.kind in SECRET_ADDRESSES and (seen.status != 404 or "X-Robots-Tag" in headers)
    for name, value in (HEADERS | SECRET_HEADERS if secret else HEADERS).items():
        assert headers.get(name) == value, f"{name} is {headers.get(name)}"
    for permission in PERMISSIONS:
        assert permission in headers.get("Permissions-Policy", "")
    check_policy(headers.get("Content-Security-Policy", ""))
    kept = address.kind == "colour" or address.name in SAME_FOR_EVERYBODY
    if not kept or seen.status != 200:
        assert "no-store" in headers["Cache-Control"], headers["Cache-Control"]


def check_policy(header: str) -> None:
    directives = {name: values for name, *values in (part.split() for part in header.split(";") if part)}
    assert directives, "no Content-Security-Policy"
    assert "unsafe" not in header
    assert "*" not in header
    assert directives["default-src"] == ["'none'"]
    assert directives["frame-ancestors"] == ["'none'"]
    assert directives["base-uri"] == ["'none'"]
    if "sandbox" in directives:  # a file of somebody's, which shall do nothing at all
        assert "script-src" not in directives and directives["form-action"] == ["'none'"]
    else:
        assert directives["script-src"] == directives["form-action"] == ["'self'"]


def check_canaries(seen: Answer, forbidden: Iterable[Canaries]) -> None:
    for canaries in forbidden:
        leaked = canaries.seen_in(seen.text)
        assert not leaked, f"a stranger's data: {sorted(leaked)[:5]}"


def rows_written() -> dict[str, int]:
    """How many rows this transaction has written so far, table by table, those undone meanwhile too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        return dict(cursor.fetchall())


@contextmanager
def nothing_written() -> Iterator[None]:
    before = rows_written()
    yield
    after = rows_written()
    tables = {table for table, count in after.items() if count != before.get(table, 0)}
    assert tables <= MAY_BE_WRITTEN, f"wrote to {sorted(tables - MAY_BE_WRITTEN)}"


@dataclass(slots=True)
class Visit:
    """One person at one address."""

    cast: Cast
    person: Person
    address: Address
    count: int = 0

    @property
    def own(self) -> dict[str, str]:
        return self.cast.own_of(self.person)

    @property
    def admitted(self) -> bool:
        return self.person.admitted_by(self.address.policy.name)

    def walk(self) -> int:
        """Goes through everything; returns how many answers were looked at."""
        own = self.address.of(self.own[self.address.kind]) if self.address.kind else self.address.at("")
        with nothing_written():
            self.others()
            denied = [] if self.admitted else [self.ask(method, own) for method in METHODS]
        for seen in denied:
            self.check_denied(seen)
        if self.admitted:
            self.check_own({method: self.ask(method, own) for method in METHODS})
        return self.count

    def others(self) -> None:
        """Foreign, missing and malformed objects: for who may come here as well, they are not there."""
        if not self.address.kind:
            return
        foreign = [
            stranger.objects[self.address.kind]
            for stranger in self.cast.strangers
            if self.address.kind in stranger.objects and not self.person.sees_all(self.address.policy.name)
        ]
        own = [] if self.admitted else [self.own[self.address.kind]]
        missing = MISSING_NUMBER if self.address.numbered else MISSING_WORD if self.address.worded else MISSING
        # Who does not come in at all is turned away by all methods alike (``denied``), before anybody looks what is asked for.
        for method in METHODS if self.admitted else ("GET", "POST"):
            answers = {self.ask(method, self.address.of(value)) for value in [*foreign, *own, missing]}
            assert len(answers) == 1, f"{self.address.route}: {method} tells foreign from missing"
            self.check_missing(answers.pop(), method)
        # What cannot be understood is found out before anybody looks who asks or how, or else by the view: one who does
        # not reach it has one try, one who does has them all, with one method.
        for written in MALFORMED if self.admitted or self.person.kind == NOBODY else MALFORMED[:1]:
            self.check_malformed(self.ask("GET", self.address.at(written)))

    def ask(self, method: str, path: str) -> Answer:
        seen = ask(self.person, method, path)
        self.count += 1
        try:
            assert seen.status < 500, f"status {seen.status}"
            check_headers(seen, self.address)
            check_canaries(seen, self.cast.forbidden_to(self.person))
        except AssertionError as error:
            raise AssertionError(f"{self.person.kind}, {method} {path[:200]}: {error}") from error
        return seen

    def check_denied(self, seen: Answer) -> None:
        if self.person.signed_in:
            assert seen.status == 404, (self.person.kind, self.address.route, seen.status)
        else:
            assert seen.status == 302, (self.person.kind, self.address.route, seen.status)
            assert dict(seen.headers)["Location"] == "/sign-in/?next=(here)"
            assert seen.body == ""

    def check_missing(self, seen: Answer, method: str) -> None:
        if not self.admitted:
            self.check_denied(seen)
        else:
            expected = (404,) if method == "GET" else (404, 405)
            assert seen.status in expected, (self.person.kind, self.address.route, method, seen.status)

    def check_malformed(self, seen: Answer) -> None:
        """Some are no address at all, which is the same 404 for everybody."""
        if seen.status == 302:
            self.check_denied(seen)
        else:
            assert seen.status in (400, 404, 405), (self.person.kind, self.address.route, seen.status)
            assert seen.status != 405 or self.admitted

    def check_own(self, answers: dict[str, Answer]) -> None:
        """Some method must be understood, and who is admitted is not sent to sign in."""
        for method, seen in answers.items():
            assert seen.status in (200, 202, 204, 302, 405), (self.person.kind, self.address.route, method, seen.status)
            assert "next=" not in dict(seen.headers).get("Location", ""), (self.person.kind, self.address.route)
        assert {answers["GET"].status, answers["POST"].status} != {405}, self.address.route
