"""Where the sign-in library meets our people: who may sign in, and where he then goes."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.http import HttpRequest

from sportello.domain.people.models import User


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
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
