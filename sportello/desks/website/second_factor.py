"""Two-step sign-in: set up, shown, taken away again; the library's views, each with what is ours around it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.flows import login
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.account.views import ReauthenticateView
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.base.views import AuthenticateView, IndexView
from allauth.mfa.base.views import ReauthenticateView as CodeAgainView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import (
    DownloadRecoveryCodesView,
    GenerateRecoveryCodesView,
    ViewRecoveryCodesView,
)
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.internal import auth as passkeys
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    EditWebAuthnView,
    LoginWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.views.decorators.http import require_http_methods

from sportello.desks.limits import SIGN_IN_OF_ADDRESS, limit
from sportello.desks.policies import PUBLIC, SETTING_UP_FACTOR, SHOWING_FACTOR, SIGNED_IN
from sportello.desks.second_factor import CODES, opened_with, owes_second_factor
from sportello.desks.sessions import rotate
from sportello.desks.website.second_factor_forms import spend

View = Callable[..., HttpResponseBase]
TYPES = Authenticator.Type
# The library's views would take others for one of these, past their forms.
plain = require_http_methods(["GET", "HEAD", "POST"])


def having(*kinds: str) -> Callable[[View], View]:
    """For who has a factor of one of these kinds; others are led to the page that says what they have."""

    def decorate(view: View) -> View:
        @wraps(view)
        def led(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not Authenticator.objects.filter(user=request.user, type__in=kinds).exists():
                return redirect("mfa_index")
            return view(request, *args, **kwargs)

        return led

    return decorate


def ones_own(view: View) -> View:
    """A passkey of somebody else's is not there, before anything is asked."""

    @wraps(view)
    def found(request: HttpRequest, pk: int) -> HttpResponseBase:
        if not Authenticator.objects.filter(user=request.user, type=TYPES.WEBAUTHN, pk=pk).exists():
            raise Http404
        return view(request, pk=pk)

    return found


class Overview(IndexView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        have = context["authenticators"]
        codes = have.get(TYPES.RECOVERY_CODES)
        return context | {
            "app": have.get(TYPES.TOTP),
            "passkeys": have.get(TYPES.WEBAUTHN, []),
            "codes": codes,
            "codes_left": len(codes.get_unused_codes()) if codes else 0,
            "owes": owes_second_factor(self.request),
        }


class SecondStep(AuthenticateView):
    """The second page of signing in."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        mine = Authenticator.objects.filter(user=self.stage.login.user)
        return context | {
            "by_code": mine.filter(type__in=CODES).exists(),
            "by_passkey": mine.filter(type=TYPES.WEBAUTHN).exists(),
        }


class NewApp(ActivateTOTPView):
    """An app in the place of the one before, if there was one."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # The library's own refuses who has an app already; what else it asks for is asked here.
        raise_if_reauthentication_required(request, app="allauth.mfa")
        response: HttpResponseBase = super(ActivateTOTPView, self).dispatch(request, *args, **kwargs)
        return response

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        Authenticator.objects.filter(user=self.request.user, type=TYPES.TOTP).delete()
        response: HttpResponse = super().form_valid(form)
        app = Authenticator.objects.get(user=self.request.user, type=TYPES.TOTP)
        spend(app, form.cleaned_data["code"])
        opened_with(self.request, app)
        return response


class NewPasskey(AddWebAuthnView):
    """Always one that can also sign in by itself: it is kept by the device and asks for finger, face or PIN."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super(AddWebAuthnView, self).get_context_data(**kwargs)
        return context | {"js_data": {"creation_options": passkeys.begin_registration(self.request.user, True)}}

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        newest = Authenticator.objects.filter(user=self.request.user, type=TYPES.WEBAUTHN).latest("pk")
        opened_with(self.request, newest)
        return response


class RemovePasskey(RemoveWebAuthnView):
    success_url = reverse_lazy("mfa_index")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"removable": get_adapter().can_delete_authenticator(self.object)}

    def form_valid(self, form: Any) -> HttpResponse:
        if not get_adapter().can_delete_authenticator(self.object):
            response: HttpResponse = self.render_to_response(self.get_context_data(form=form))
        else:
            response = super().form_valid(form)
        return response


class RenamePasskey(EditWebAuthnView):
    success_url = reverse_lazy("mfa_index")


class PasskeyAlone(LoginWebAuthnView):
    """Signing in with nothing but a passkey."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        limit(request, SIGN_IN_OF_ADDRESS)
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def form_valid(self, form: Any) -> HttpResponse:
        factor = form.cleaned_data["credential"]
        post_authentication(self.request, factor, passwordless=True)
        after = Login(user=factor.user, redirect_url=get_next_redirect_url(self.request))
        response: HttpResponse = login.perform_login(self.request, after)
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        question = QueryDict(mutable=True)
        question["passkey"] = "refused"
        if after := get_next_redirect_url(self.request):
            question["next"] = after
        return redirect(f"{reverse('account_login')}?{question.urlencode()}")


class CodeAgain(CodeAgainView):
    def form_valid(self, form: Any) -> HttpResponse:
        rotate(self.request)
        response: HttpResponse = super().form_valid(form)
        return response


class PasskeyAgain(ReauthenticateWebAuthnView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # The library's own forgets the form that was given, and looks at what was sent a second time.
        context: dict[str, Any] = super(ReauthenticateWebAuthnView, self).get_context_data(**kwargs)
        return context | {"js_data": {"request_options": passkeys.begin_authentication(self.request.user)}}

    def form_valid(self, form: Any) -> HttpResponse:
        rotate(self.request)
        response: HttpResponse = super().form_valid(form)
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = self.render_to_response(self.get_context_data(form=form))
        return response


class NewRecoveryCodes(GenerateRecoveryCodesView):
    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        # Whoever came in with one of the old codes is in with the new ones.
        opened_with(self.request, Authenticator.objects.get(user=self.request.user, type=TYPES.RECOVERY_CODES))
        return response


overview = SETTING_UP_FACTOR(plain(Overview.as_view()))
second_step = PUBLIC(plain(SecondStep.as_view()))
passkey_alone = PUBLIC(plain(PasskeyAlone.as_view()))
password_again = SHOWING_FACTOR(plain(ReauthenticateView.as_view()))
code_again = SHOWING_FACTOR(plain(CodeAgain.as_view()))
passkey_again = SHOWING_FACTOR(plain(PasskeyAgain.as_view()))
new_app = SETTING_UP_FACTOR(plain(NewApp.as_view()))
remove_app = SIGNED_IN(plain(having(TYPES.TOTP)(DeactivateTOTPView.as_view())))
new_passkey = SETTING_UP_FACTOR(plain(NewPasskey.as_view()))
remove_passkey = SIGNED_IN(plain(ones_own(RemovePasskey.as_view())))
rename_passkey = SIGNED_IN(plain(ones_own(RenamePasskey.as_view())))
recovery_codes = SIGNED_IN(plain(having(TYPES.RECOVERY_CODES)(ViewRecoveryCodesView.as_view())))
recovery_codes_file = SIGNED_IN(plain(having(TYPES.RECOVERY_CODES)(DownloadRecoveryCodesView.as_view())))
new_recovery_codes = SIGNED_IN(plain(having(TYPES.TOTP, TYPES.WEBAUTHN)(NewRecoveryCodes.as_view())))
