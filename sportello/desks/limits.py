"""How often each door may be tried, from one address and for one name; beyond that a plain page says when to come back.

Counts stand in the database, where all processes see them, and are committed at once: what a view does afterwards does
not take them back. An address is an IPv4 address or the /64 of an IPv6 one, which is what one subscriber gets.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from threading import BoundedSemaphore

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import get_language

from sportello.domain.accounts.models import throttle
from sportello.domain.accounts.models.throttle import TooManyTries
from sportello.domain.people.hashing import THREADS, HashingBusy


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``tries`` within ``window``, which begins with the first of them."""

    scope: str
    tries: int
    window: timedelta

    def count(self, *key: str, amount: int = 1) -> None:
        """Counts one try of this key, or as much as it weighs. Raises TooManyTries."""
        whose = "\n".join(key)
        throttle.count(self.scope, whose, limit=self.tries, window=self.window, now=timezone.now(), amount=amount)

    def give_back(self, *key: str) -> None:
        throttle.give_back(self.scope, "\n".join(key))

    def forget(self, *key: str) -> None:
        throttle.forget(self.scope, "\n".join(key))


QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)

# Sign-in. A mobile operator puts hundreds of subscribers behind one address, hence the width of the first, and that a
# right password is not counted. Five wrong ones make one address wait for one name, and a thousand addresses together
# get fifty. So that they cannot keep the owner out by that, a device that has signed in before with that name has tries
# of its own.
SIGN_IN_OF_ADDRESS = Limit("sign_in", 60, timedelta(minutes=5))
SIGN_IN_OF_NAME_AND_ADDRESS = Limit("sign_in_name_address", 5, QUARTER)
SIGN_IN_OF_NAME = Limit("sign_in_name", 50, HOUR)
SIGN_IN_OF_DEVICE = Limit("sign_in_device", 10, QUARTER)
# Web codes have 59 random bits: these are to tell a machine from a person with a bill in his hand.
WEB_CODE_OF_ADDRESS = Limit("web_code", 30, HOUR)
WEB_CODE_OF_CODE = Limit("web_code_code", 10, HOUR)
# Who holds a code can ask here which user names are taken, and tries his password on the last page.
REGISTRATION_OF_CLAIM = Limit("registration", 40, HOUR)
# Each may send a mail or a letter to somebody who has not asked for it.
LOST_CODE_OF_ADDRESS = Limit("lost_code", 10, HOUR)
LOST_CODE_OF_CUSTOMER = Limit("lost_code_customer", 5, DAY)
RECOVERY_OF_ADDRESS = Limit("recovery", 20, HOUR)
RECOVERY_OF_NAME = Limit("recovery_name", 5, HOUR)
NEW_EMAIL_OF_USER = Limit("new_email", 5, DAY)
NEW_EMAIL_OF_EMAIL = Limit("new_email_email", 5, DAY)
# A link burns after five wrong answers; these bound weak passwords, and the hashing.
CHOOSE_OF_ADDRESS = Limit("choose_password", 60, HOUR)
CHOOSE_OF_LINK = Limit("choose_password_link", 30, HOUR)
LETTER_CODE_OF_ADDRESS = Limit("letter_code", 30, HOUR)
LETTER_CODE_OF_NAME = Limit("letter_code_name", 20, HOUR)
PROOF_OF_ADDRESS = Limit("prove_email", 60, HOUR)
# A link that is alive has 256 random bits: what is counted is those that are dead, and how often one gives its PDF.
DEAD_INVOICE_LINKS_OF_ADDRESS = Limit("dead_invoice_link", 60, HOUR)
INVOICE_LINKS_OF_SENDING = Limit("invoice_link", 60, HOUR)
STOP_OF_ADDRESS = Limit("stop_request", 60, HOUR)
# Who sits at an open session does not know the password yet.
SECOND_FACTOR_OF_USER = Limit("second_factor", 5, timedelta(minutes=5))  # a code has six digits
PASSWORD_AGAIN_OF_USER = Limit("password_again", 10, QUARTER)
# Far beyond what anybody reads; a photo is much work and much room.
READINGS_OF_USER = Limit("readings", 300, HOUR)
PHOTOS_OF_USER = Limit("photos", 60, HOUR)
# Who asks without signing in: requests that are taken; forms sent, with mistakes too; forms with files, which take room.
# A block is what one may rent at once: an IPv4 /24 or an IPv6 /48, of which each address is one more.
# A receipt's code has 59 random bits, and no limit of one number, by which a stranger could keep its holder out.
VISITORS_OF_ADDRESS = Limit("visitor", settings.VISITOR_REQUESTS_OF_ADDRESS, HOUR)
VISITORS_OF_BLOCK = Limit("visitor_block", settings.VISITOR_REQUESTS_OF_BLOCK, HOUR)
VISITORS_ALTOGETHER = Limit("visitors", settings.VISITOR_REQUESTS_ALTOGETHER, HOUR)
VISITOR_FORMS_OF_ADDRESS = Limit("visitor_forms", 3 * settings.VISITOR_REQUESTS_OF_ADDRESS, HOUR)
VISITOR_FILES_OF_ADDRESS = Limit("visitor_files", 10, HOUR)
VISITOR_FILES_ALTOGETHER = Limit("visitors_files", 100, HOUR)
# Of what is kept, in kB: a form may bring 30 MB.
VISITOR_KB_OF_BLOCK = Limit("visitor_kb_block", 100_000, HOUR)
VISITOR_KB_ALTOGETHER = Limit("visitors_kb", 1_000_000, HOUR)
VISITOR_MESSAGES_OF_ADDRESS = Limit("visitor_messages", 30, HOUR)
RECEIPTS_OF_ADDRESS = Limit("receipts", 30, HOUR)
REQUESTS_OF_USER = Limit("requests", 120, HOUR)  # with all that is wrong at first, and what is written about them

RETRY_BUSY = 5  # seconds, while other passwords are being checked


def address_of(request: HttpRequest) -> str:
    """Where a request comes from: the connection's other end, or what the outermost of our proxies saw."""
    peer = request.META.get("REMOTE_ADDR", "")
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    proxies = settings.TRUSTED_PROXIES
    # Each proxy appends whom it saw; what stands further left was written by who knows whom.
    seen = hops[-proxies] if 0 < proxies <= len(hops) else peer
    return subscriber(seen) or subscriber(peer) or "unknown"


def subscriber(written: str) -> str:
    """The IPv4 address or IPv6 /64 that is written here, with or without a port; "" for what is neither."""
    text = written.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return str(IPv6Network((address, 64), strict=False))
        address = address.ipv4_mapped
    return str(address)


def block_of(request: HttpRequest) -> str:
    """The IPv4 /24 or IPv6 /48 in which a request's address lies: from one of them come many at no cost."""
    try:
        found = ip_network(address_of(request))
    except ValueError:
        return "unknown"
    return str(found.supernet(new_prefix=24 if found.version == 4 else 48))


def limit(request: HttpRequest, of_address: Limit) -> None:
    """Counts a try of this request's address. Raises TooManyTries."""
    of_address.count(address_of(request))


def too_many(request: HttpRequest, retry_after: int, *, busy: bool = False) -> HttpResponse:
    """The page of who has to wait, the same for everybody; it needs no database. ``busy``: not for what he has done."""
    context = {"minutes": -(-retry_after // 60), "busy": busy}
    response = render(request, "ui/429.html", context, status=429)
    response.headers["Retry-After"] = str(retry_after)
    return response


class LimitsMiddleware:
    """Answers for the views where somebody has to wait."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, TooManyTries):
            return too_many(request, exception.retry_after)
        if isinstance(exception, HashingBusy):
            return too_many(request, RETRY_BUSY, busy=True)
        return None


# --- the gate before signing in --------------------------------------------------------------------------------------

REMEMBERED = 60.0  # seconds, then the database is asked again
MOST_REMEMBERED = 10_000
NEXT_IN_LINE = 2.0  # seconds that the first one too many waits for a place; in a flood nobody waits
AT_THE_GATE = 0.25  # seconds that the second waits, on the last thread there is
FLOOD = 5.0  # seconds after the last one who found none
EVERY = 0.1  # seconds: in a flood one comes in so often, or the processors would do nothing but check passwords
_told: dict[str, float] = {}  # until when an address has been told to wait, by the monotonic clock
SIGNING_IN = max(1, THREADS // 2)  # at once in one process; the other threads are left for pages
_signing_in = BoundedSemaphore(SIGNING_IN)
_next_in_line = BoundedSemaphore(1)
_turned_away_at = _came_in_at = float("-inf")


def remember(address: str, retry_after: float) -> None:
    """This process need not ask again for a while whether the address has to wait."""
    if len(_told) >= MOST_REMEMBERED:
        _told.clear()
    _told[address] = time.monotonic() + min(retry_after, REMEMBERED)


def forget_everybody() -> None:
    """For tests."""
    global _turned_away_at, _came_in_at
    _told.clear()
    _turned_away_at = _came_in_at = float("-inf")


def seconds_to_wait(address: str) -> int:
    return max(0, -(-int((_told.get(address, 0.0) - time.monotonic()) * 1000) // 1000))


def come_in() -> bool:
    """Whether there is a place to sign in, which is to be released afterwards."""
    global _turned_away_at, _came_in_at
    now = time.monotonic()
    flooded = now - _turned_away_at < FLOOD
    too_soon = flooded and now - _came_in_at < EVERY
    if not too_soon and (_signing_in.acquire(timeout=0.0) or (not flooded and _in_line())):
        _came_in_at = now
        return True
    _turned_away_at = time.monotonic()
    return False


def _in_line() -> bool:
    """Whether a place came free within one's patience. A third one who waited would take the last thread from all pages."""
    if not _next_in_line.acquire(timeout=0.0):
        return _signing_in.acquire(timeout=AT_THE_GATE)
    try:
        return _signing_in.acquire(timeout=NEXT_IN_LINE)
    finally:
        _next_in_line.release()


class GateMiddleware:
    """Turns a flood of sign-ins away before anything is read for it, so that those who are in already do not notice.

    A process signs in so few people at once that threads are always left for pages.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._pages: dict[tuple[str | None, int, bool], bytes] = {}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method != "POST" or request.path_info != resolve_url(settings.LOGIN_URL):
            return self.get_response(request)
        if wait := seconds_to_wait(address_of(request)):
            return self._turned_away(request, wait)
        if not come_in():
            return self._turned_away(request, RETRY_BUSY, busy=True)
        try:
            return self.get_response(request)
        finally:
            _signing_in.release()

    def _turned_away(self, request: HttpRequest, retry_after: int, *, busy: bool = False) -> HttpResponse:
        """The page of ``too_many``, made once."""
        key = (get_language(), -(-retry_after // 60), busy)
        if key not in self._pages:
            self._pages[key] = too_many(request, retry_after, busy=busy).content
        return HttpResponse(self._pages[key], status=429, headers={"Retry-After": str(retry_after)})
