"""Devices on which somebody has signed in before: a flood of tries from elsewhere does not keep him out there.

The cookie opens nothing. It only has its tries counted apart from everybody else's.
"""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from sportello.domain.accounts.recovery import find_user
from sportello.domain.people.models import User

LIFE = 60 * 60 * 24 * 180  # seconds since the last time he signed in
SALT = "sportello.devices"


def cookie_name() -> str:
    return ("__Host-" if settings.HTTPS else "") + "device"


def remember(response: HttpResponseBase, user: User) -> None:
    """Only the latest person of a device is remembered."""
    response.set_cookie(
        cookie_name(),
        signing.dumps(user.pk, salt=SALT),
        max_age=LIFE,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def known(request: HttpRequest, name: str) -> str:
    """What to count this device's tries by, where the person of this name has signed in on it; else ""."""
    cookie = request.COOKIES.get(cookie_name(), "")
    try:
        number = signing.loads(cookie, salt=SALT, max_age=LIFE) if cookie else None
    except signing.BadSignature:
        return ""
    user = find_user(name) if number else None
    return f"{number}:{cookie}" if user is not None and user.pk == number else ""
