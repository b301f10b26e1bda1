"""Django's signatures as sessions carry them, without working out the same key anew at each request."""

import hmac
from functools import lru_cache
from hashlib import sha256

from django.conf import settings


def signature(salt: str, value: str) -> bytes:
    """What ``django.utils.crypto.salted_hmac`` gives under the present ``SECRET_KEY``, with SHA-256."""
    return hmac.digest(_key(salt, settings.SECRET_KEY), value.encode(), "sha256")


@lru_cache(maxsize=8)
def _key(salt: str, secret: str) -> bytes:
    return sha256(salt.encode() + secret.encode()).digest()
