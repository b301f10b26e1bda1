"""Where a message leads: a page by its URL name, under the site's own address from the settings, never a request's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import get_script_prefix, reverse

from sportello.domain.messages.addresses import ascii_domain


@dataclass(frozen=True, slots=True)
class Link:
    """A page. What its address carries may be a secret, and is not shown."""

    name: str
    arguments: Mapping[str, str | int] = field(default_factory=dict, repr=False)

    @property
    def url(self) -> str:
        """Raises ``NoReverseMatch`` where there is no such page."""
        path = reverse(self.name, kwargs=dict(self.arguments)).removeprefix(get_script_prefix())
        return f"{site()}/{path}"


def site() -> str:
    return settings.SITE_URL.rstrip("/")


def site_host() -> str:
    return ascii_domain(urlsplit(settings.SITE_URL).hostname or "localhost")
