"""What a page says on top of the next one, carried there by a cookie of this host alone."""

from typing import Any
from weakref import proxy

from django.conf import settings
from django.contrib.messages.storage.base import BaseStorage
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.signing import Signer, get_cookie_signer
from django.http import HttpRequest
from django.utils.functional import cached_property


class Notices(CookieStorage):
    """The library's, but that a page with nothing to say makes no signer, and that the request, which holds these, is not held
    by them: what goes round in circles has to be searched for before its memory is free."""

    cookie_name = ("__Host-" if settings.HTTPS else "") + "notices"

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        BaseStorage.__init__(self, proxy(request), *args, **kwargs)

    @cached_property
    def signer(self) -> Signer:
        return get_cookie_signer(salt=self.key_salt)
