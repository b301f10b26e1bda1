"""Addresses in templates: by name, and the present one with some of its questions changed."""

from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from markupsafe import Markup, escape


@lru_cache(maxsize=2_000, typed=True)
def url(name: str, *args: Any, **kwargs: Any) -> Markup:
    """The address of a page. A list asks for the same one at every row, with another code in it."""
    return escape(reverse(name, args=args, kwargs=kwargs))


def query(request: HttpRequest, **changes: Any) -> str:
    """The query string of this page with ``changes``; None or "" takes a parameter away."""
    parameters = dict(request.GET.lists())
    for name, value in changes.items():
        if value in (None, ""):
            parameters.pop(name, None)
        else:
            parameters[name] = [str(value)]
    return "?" + urlencode(parameters, doseq=True)
