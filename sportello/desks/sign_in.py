"""Where the sign-in library meets our people: who may sign in, and where he then goes."""

from collections.abc import Callable
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.stagekit import clear_login
from django.conf import settings
from django.db.models import BigIntegerField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from sportello.desks import devices, limits
from sportello.desks.second_factor import Steps
from sportello.domain.accounts.models.throttle import TooManyTries
from sportello.domain.accounts.recovery import find_user
from sportello.domain.people.models import User, normalise_username
from sportello.prepared import Prepared, Slot

PERSON = Prepared(lambda: User.objects.filter(pk=Slot("number", BigIntegerField())))


class Backend(AuthenticationBackend):
    """Asked at sign-in and again at each request, so that who may no longer come in is out at once."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        """By user name or proven address; one hash is computed whoever is named, so that its time tells nothing."""
        password = credentials.get("password")
        if not password:
            return None
        user = find_user(credentials.get("username") or credentials.get("email") or "")
        if user is None:
            User().set_password(password)
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None

    def get_user(self, user_id: Any) -> User | None:
        """The person of a session, at each request."""
        user = next(iter(PERSON(number=user_id)), None)
        return user if self.user_can_authenticate(user) else None

    def user_can_authenticate(self, user: User | None) -> bool:
        if user is None or not super().user_can_authenticate(user):
            return False
        # Logins of the demo have a printed password.
        return settings.DEMO or not user.is_demo


WRONG = _("User name or password are not right. Check both and try again.")


class Adapter(Steps, DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": WRONG,
        "email_password_mismatch": WRONG,
        "invalid_login": WRONG,
        "incorrect_password": _("This is not your present password."),
        "too_many_login_attempts": _("There have been too many tries. For your safety this page pauses."),
    }

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The person, if name and password are right and he may come in; the library by itself would let anybody in who
        knows his password, and tell him apart from who does not. Raises TooManyTries."""
        name = normalise_username(credentials.get("username") or credentials.get("email") or "")
        take_back = count_try(request, name)
        user = cast("User | None", super().authenticate(request, **credentials))
        if not Backend().user_can_authenticate(user):
            return None
        take_back()
        return user

    def reauthenticate(self, user: User, password: str) -> bool:
        limits.PASSWORD_AGAIN_OF_USER.count(str(user.pk))
        return user.check_password(password)

    def post_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **options)
        devices.remember(response, user)
        return response

    def pre_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse | None:
        """Whatever he has proved himself with, who may not come in is led back to where he began."""
        if Backend().user_can_authenticate(user):
            return None
        clear_login(request)
        return redirect("account_login")

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


def count_try(request: HttpRequest, name: str) -> Callable[[], None]:
    """Counts a try to sign in with this name; returns what takes it back once it has turned out right.

    The same for names that exist and for those that do not. Raises TooManyTries.
    """
    address = limits.address_of(request)
    try:
        limits.SIGN_IN_OF_ADDRESS.count(address)
    except TooManyTries as refused:
        limits.remember(address, refused.retry_after)
        raise
    device = devices.known(request, name)
    if device:
        limits.SIGN_IN_OF_DEVICE.count(device)
    else:
        limits.SIGN_IN_OF_NAME_AND_ADDRESS.count(name, address)
        limits.SIGN_IN_OF_NAME.count(name)

    def take_back() -> None:
        limits.SIGN_IN_OF_ADDRESS.give_back(address)
        if device:
            limits.SIGN_IN_OF_DEVICE.forget(device)
        else:
            limits.SIGN_IN_OF_NAME.give_back(name)
            limits.SIGN_IN_OF_NAME_AND_ADDRESS.forget(name, address)

    return take_back
