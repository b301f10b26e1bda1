"""Who owes a second factor, whether a session was opened with one, and where sign-in asks for it."""

import time
from typing import Any, cast

from allauth.account import app_settings
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from sportello.desks.limits import address_of
from sportello.desks.sessions import rotate
from sportello.domain.accounts import second_factors
from sportello.domain.people.models import User

CODES = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
CHANGES = {
    "mfa/email/totp_activated": "app_added",
    "mfa/email/totp_deactivated": "app_removed",
    "mfa/email/webauthn_added": "passkey_added",
    "mfa/email/webauthn_removed": "passkey_removed",
    "mfa/email/recovery_codes_generated": "recovery_codes_made",
}


def has_factor(user: User) -> bool:
    """Something of his own to sign in with besides the password; recovery codes alone are none."""
    factors = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return bool(factors.exists())


def owes_second_factor(request: HttpRequest) -> bool:
    """Staff outside the demo, in a session that no factor of theirs has opened. Read once a request."""
    known: bool | None = getattr(request, "_owes_second_factor", None)
    if known is None:
        user = request.user
        known = user.is_authenticated and user.is_staff and not settings.DEMO and not was_shown(request, user)
        request._owes_second_factor = known  # type: ignore[attr-defined]
    return known


def was_shown(request: HttpRequest, user: User) -> bool:
    """This session was opened with a factor that the person still has."""
    shown = [record["id"] for record in _records(request, user) if record["method"] == "mfa"]
    return bool(shown) and bool(Authenticator.objects.filter(user=user, pk__in=shown).exists())


def where_to_show_it(user: User) -> str:
    """The page on which a person shows the factor he has, or sets up the one he has not."""
    if not has_factor(user):
        return reverse("mfa_index")
    by_code = Authenticator.objects.filter(user=user, type__in=CODES).exists()
    return reverse("mfa_reauthenticate" if by_code else "mfa_reauthenticate_webauthn")


def opened_with(request: HttpRequest, factor: Authenticator) -> None:
    """From here on this session counts as opened with ``factor``, which has just been set up in it."""
    record_authentication(request, factor.user, "mfa", id=factor.pk, type=factor.type)
    rotate(request)


def proved_lately(request: HttpRequest) -> bool:
    """Signed in some minutes ago with the strongest that the person has: not to be asked again for a change of it."""
    user = request.user
    if not user.is_authenticated:
        return False
    method = "mfa" if has_factor(user) else "password"
    times = [record["at"] for record in _records(request, user) if record["method"] == method]
    return bool(times) and time.time() - max(times) < app_settings.REAUTHENTICATION_TIMEOUT


def _records(request: HttpRequest, user: User) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", get_authentication_records(request, user))


class Stage(AuthenticateStage):
    """Asks who has a second factor for it; the half-open session gets a key that nobody else knows."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        response, goes_on = super().handle()
        if response is not None:
            rotate(self.request)
        return response, goes_on


class Steps:
    """What second factors change in the library's way of signing in; goes before its adapter."""

    request: HttpRequest

    def get_login_stages(self) -> list[str]:
        return [f"{Stage.__module__}.{Stage.__qualname__}"]

    def get_client_ip(self, request: HttpRequest) -> str:
        """For the list of sessions; of an IPv6 address only the subscriber's part."""
        return address_of(request).partition("/")[0].replace("unknown", "0.0.0.0")  # noqa: S104 (nobody listens there)

    def is_reauthentication_required(self, *, app: str, **options: Any) -> bool:
        return not proved_lately(self.request)

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """The password alone proves nothing of who has a second factor."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)  # type: ignore[misc]
        return [method for method in methods if method["id"] != "reauthenticate"] or methods

    def send_notification_mail(self, template_prefix: str, user: User, *args: Any, **options: Any) -> None:
        if template_prefix in CHANGES:
            second_factors.changed(user, CHANGES[template_prefix], now=timezone.now())

    def add_message(self, *args: Any, **options: Any) -> None:
        """None: the page that follows says by itself how things stand."""
