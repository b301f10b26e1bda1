"""The forms in which a second factor is shown or set up: every try is counted, no code of an app opens twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.forms import (
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
    SignupWebAuthnForm,
)
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sportello.desks.limits import SECOND_FACTOR_OF_USER
from sportello.domain.accounts.models.throttle import TooManyTries
from sportello.domain.people.models import User

LONGEST_NAME = 60
LONGEST_CREDENTIAL = 20_000  # characters; what a browser makes has less than 3,000
# What the library lets through to the form where a browser would never send it.
NONSENSE = (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError)


@contextmanager
def counted(user: User) -> Iterator[None]:
    """Counts one try of this person's, and forgets them all if it was right."""
    try:
        SECOND_FACTOR_OF_USER.count(str(user.pk))
    except TooManyTries as error:
        raise ValidationError(_("Too many tries. Please wait five minutes.")) from error
    yield
    SECOND_FACTOR_OF_USER.forget(str(user.pk))


@transaction.atomic
def spend(app: Authenticator, code: str) -> bool:
    """Whether this code is newer than all that have opened something; kept in the table, for every process to see."""
    kept = Authenticator.objects.select_for_update().get(pk=app.pk)
    step = step_of(decrypt(kept.data["secret"]), code)
    if step is None or step <= kept.data.get("last_step", -1):
        return False
    kept.data["last_step"] = step
    kept.save(update_fields=["data"])
    return True


def step_of(secret: str, code: str) -> int | None:
    """The half-minute to which a code belongs."""
    steps: Iterator[int] = yield_hotp_counters_from_time()
    return next((step for step in steps if compare_user_code(actual=code, expected=code_at(secret, step))), None)


def code_at(secret: str, step: int) -> str:
    return str(format_hotp_value(hotp_value(secret, step)))


class OneCode:
    """A code of the app or a recovery code; goes before one of the library's forms."""

    user: User
    authenticator: Authenticator

    def clean_code(self) -> str:
        with counted(self.user):
            code: str = super().clean_code()  # type: ignore[misc]
            if self.authenticator.type == Authenticator.Type.TOTP and not spend(self.authenticator, code):
                raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(OneCode, AuthenticateForm):
    code = forms.CharField(label=_("Code"), max_length=40)


class CodeAgainForm(OneCode, ReauthenticateForm):
    code = forms.CharField(label=_("Code"), max_length=40)


class NewAppForm(ActivateTOTPForm):
    code = forms.CharField(label=_("Code"), max_length=40)

    def clean_code(self) -> str:
        with counted(self.user):
            return str(super().clean_code())


class Credential(forms.JSONField):
    """What the browser has got from the passkey."""

    default_error_messages = {"required": _("No passkey was used."), "invalid": _("No passkey was used.")}

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and len(value) > LONGEST_CREDENTIAL:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        try:
            return super().to_python(value)
        except RecursionError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


@contextmanager
def sensible() -> Iterator[None]:
    try:
        yield
    except ValidationError:
        raise
    except NONSENSE as error:
        raise get_adapter().validation_error("incorrect_code") from error


class OnePasskey:
    """A passkey of a person who is known already."""

    user: User

    def clean_credential(self) -> Authenticator:
        with counted(self.user), sensible():
            return super().clean_credential()  # type: ignore[misc]


class PasskeyForm(OnePasskey, AuthenticateWebAuthnForm):
    credential = Credential(widget=forms.HiddenInput)


class PasskeyAgainForm(OnePasskey, ReauthenticateWebAuthnForm):
    credential = Credential(widget=forms.HiddenInput)


class PasskeyAloneForm(LoginWebAuthnForm):
    """A passkey that says by itself whose it is; nothing can be guessed here, so nobody's tries are counted."""

    credential = Credential(widget=forms.HiddenInput)

    def clean_credential(self) -> Authenticator:
        with sensible():
            return super().clean_credential()


class PasskeyNameForm(EditWebAuthnForm):
    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)


class NewPasskeyForm(SignupWebAuthnForm):
    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME, required=False)
    credential = Credential(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        with sensible():
            return dict(super().clean())
