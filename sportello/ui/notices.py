"""What a view has to say on top of the next page."""

from collections.abc import Iterable
from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpRequest


def messages_of(request: HttpRequest) -> Iterable[Any]:
    """Those that wait; to look when there are none must not set a cookie."""
    waiting = get_messages(request)
    return waiting if len(waiting) else ()
