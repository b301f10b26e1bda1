"""Second factors as this site keeps and shows them: seeds encrypted, passkeys bound to its host, codes drawn by us."""

import base64
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from markupsafe import Markup

from sportello.desks.sessions import device
from sportello.domain.people.models import User


@cache
def cipher(*keys: str) -> MultiFernet:
    """Encrypts with the first key, and reads what any of them has encrypted."""
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"sportello second factors")
    return base64.urlsafe_b64encode(derivation.derive(key.encode()))


def _cipher() -> MultiFernet:
    return cipher(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


class Adapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is not right, or it has been used already."),
        "cannot_delete_authenticator": _("This is your only second step: add another one first."),
    }

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises InvalidToken where the key has changed and the old one is not named as a fallback."""
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def build_totp_svg(self, url: str) -> str:
        """The QR code as a drawing to stand in the page, without styles of its own."""
        import segno

        code = segno.make(url, error="m", micro=False)
        return Markup(code.svg_inline(border=2, omitsize=True))  # noqa: S704 (drawn by the library; no text is in it)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": urlsplit(settings.SITE_URL).hostname or "localhost", "name": settings.COMPANY_NAME}

    def get_totp_label(self, user: User) -> str:
        return user.username

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return entity | {"name": user.username, "display_name": user.get_full_name()}

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        return device(self.request.headers.get("User-Agent", ""))

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Staff keep one outside the demo."""
        if settings.DEMO or not authenticator.user.is_staff:
            return True
        others = Authenticator.objects.filter(user=authenticator.user).exclude(pk=authenticator.pk)
        return bool(others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists())
