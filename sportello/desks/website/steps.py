"""What a visitor has shown or chosen so far, kept in his session for half an hour; nothing in it is secret."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

LIFE = 30 * 60  # seconds


def begin(request: HttpRequest, name: str, **values: Any) -> None:
    """Under a new session key: whoever planted the old one does not come along."""
    request.session.cycle_key()
    request.session[name] = {"at": timezone.now().timestamp(), **values}


def kept(request: HttpRequest, name: str) -> dict[str, Any] | None:
    """What was begun, None where nothing was or where it is too long ago."""
    values: dict[str, Any] | None = request.session.get(name)
    if values is None or timezone.now().timestamp() - values["at"] > LIFE:
        return None
    return values


def keep(request: HttpRequest, name: str, **changes: Any) -> None:
    request.session[name] = {**request.session[name], **changes}
