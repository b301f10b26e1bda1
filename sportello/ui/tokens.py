"""The token of a page's forms: Django's, made in a tenth of the time; every page has two forms at least."""

from secrets import token_bytes

from django.http import HttpRequest
from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH, get_token
from django.utils.functional import cached_property
from markupsafe import Markup

FIELD = Markup('<input type="hidden" name="csrfmiddlewaretoken" value="%s">')
CHARS = CSRF_ALLOWED_CHARS
PLACES = {char: place for place, char in enumerate(CHARS)}
FAIR = 256 - 256 % len(CHARS)  # bytes from here on would make some characters likelier than others


class CsrfInput:
    """The hidden field, the same in all forms of a page; made when the page has one."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def __html__(self) -> str:
        return self._field

    __str__ = __html__

    @cached_property
    def _field(self) -> Markup:
        return FIELD % token_for(self._request)


def token_for(request: HttpRequest) -> str:
    """Django's own asks for the cookie to be sent again with it, so that it does not end before its year.

    For who has signed in that need not be at each page: it is done whenever his session is saved, every few minutes.
    """
    secret, session = request.META.get("CSRF_COOKIE"), getattr(request, "session", None)
    goes_on = getattr(session, "person", None) is not None and not getattr(session, "modified", True)
    return masked(secret) if secret and goes_on else get_token(request)


def masked(secret: str) -> str:
    """A random mask and the secret under it, as Django takes them apart: no two answers have it written alike."""
    mask = random_places(CSRF_SECRET_LENGTH)
    covered = (CHARS[(PLACES[char] + place) % len(CHARS)] for char, place in zip(secret, mask, strict=True))
    return "".join([*(CHARS[place] for place in mask), *covered])


def random_places(count: int) -> list[int]:
    """Places in ``CHARS``, all of them equally likely."""
    found = [byte % len(CHARS) for byte in token_bytes(2 * count) if byte < FAIR]
    return found[:count] if len(found) >= count else random_places(count)
