"""What a page says on top of the next one, carried there by a cookie of this host alone."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage


class Notices(CookieStorage):
    cookie_name = ("__Host-" if settings.HTTPS else "") + "notices"
