"""Pages whose address opens something, as the links of mails do."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

View = Callable[[HttpRequest, str], HttpResponse]
form_page = require_http_methods(["GET", "HEAD", "POST"])


def secret_address(view: View) -> View:
    """Of pages whose address opens something: no search engine keeps it, no other page learns it.

    The host may be named; with no-referrer browsers send forms from nowhere, which are refused.
    """

    @wraps(view)
    def unseen(request: HttpRequest, token: str) -> HttpResponse:
        response = view(request, token)
        response.headers["Referrer-Policy"] = "strict-origin"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return unseen
