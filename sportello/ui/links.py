"""Addresses in templates: by name, and the present one with some of its questions changed."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse


def url(name: str, *args: Any, **kwargs: Any) -> str:
    return reverse(name, args=args, kwargs=kwargs)


def query(request: HttpRequest, **changes: Any) -> str:
    """The query string of this page with ``changes``; None or "" takes a parameter away."""
    parameters = request.GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            parameters.pop(name, None)
        else:
            parameters[name] = str(value)
    return "?" + parameters.urlencode()
