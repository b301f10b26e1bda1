"""Where the sign-in library meets our people: who may sign in, and where he then goes."""

from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.http import HttpRequest

from sportello.domain.people.models import User, normalise_username


class Backend(AuthenticationBackend):
    """Asked at sign-in and again at each request, so that who may no longer come in is out at once."""

    def user_can_authenticate(self, user: User | None) -> bool:
        if user is None or not super().user_can_authenticate(user):
            return False
        if settings.DEMO:
            return True
        # Logins of the demo have a printed password; staff without a second factor stay outside.
        return not user.is_demo and not user.is_staff


class Adapter(DefaultAccountAdapter):
    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The person, if name and password are right and he may come in; the library by itself would let anybody in who
        knows his password, and tell him apart from who does not."""
        if username := credentials.get("username"):
            credentials["username"] = normalise_username(username)
        user = cast("User | None", super().authenticate(request, **credentials))
        return user if Backend().user_can_authenticate(user) else None

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
