"""Apps and passkeys for tests: as the site's own forms would have left them."""

import base64
import os
import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from fido2.cose import ES256
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from sportello.desks.sessions import SEEN
from sportello.domain.people.models import User

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def app(user: User, secret: str = SECRET) -> Authenticator:
    return TOTP.activate(user, secret).instance


def code(secret: str = SECRET, *, ago: int = 0) -> str:
    """What the app shows, or showed ``ago`` half-minutes before."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 - ago))


def recovery_codes(user: User) -> list[str]:
    return RecoveryCodes.activate(user).get_unused_codes()


def passkey(user: User, name: str = "Phone") -> Authenticator:
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    credential = AttestedCredentialData.create(b"\0" * 16, os.urandom(16), key)
    data = AuthenticatorData.create(b"\0" * 32, 0x45, 0, credential)
    attestation = AttestationObject.create("none", data, {})
    answer = {
        "id": text(credential.credential_id),
        "rawId": text(credential.credential_id),
        "type": "public-key",
        "response": {
            "clientDataJSON": text(b'{"type":"webauthn.create","challenge":"","origin":"http://localhost"}'),
            "attestationObject": text(bytes(attestation)),
        },
        "clientExtensionResults": {"credProps": {"rk": True}},
    }
    return Authenticator.objects.create(
        user=user, type=Authenticator.Type.WEBAUTHN, data={"name": name, "credential": answer}
    )


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def shown(client: Client, factor: Authenticator, **fields: Any) -> None:
    """Makes the client's session one that was opened with this factor, a moment ago."""
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "mfa", "id": factor.pk, "type": factor.type, "at": time.time(), **fields}
    ]
    session["account_authentication_methods_user"] = str(factor.user_id)
    session[SEEN] = [session.session_key, time.time()]
    session.save()
