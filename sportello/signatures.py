"""Django's signatures as sessions carry them, without working out the same key anew at each request."""

import hmac
from functools import lru_cache
from hashlib import sha256

from django.conf import settings


def signature(salt: str, value: str) -> bytes:
    """What ``django.utils.crypto.salted_hmac`` gives under the present ``SECRET_KEY``, with SHA-256."""
    begun = _keyed(salt, settings.SECRET_KEY).copy()
    begun.update(value.encode())
    return begun.digest()


@lru_cache(maxsize=8)
def _keyed(salt: str, secret: str) -> hmac.HMAC:
    return hmac.new(sha256(salt.encode() + secret.encode()).digest(), digestmod="sha256")
