"""The pages for what goes wrong; none of them needs the database."""

import sys
import traceback

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

log = structlog.get_logger("sportello.errors")
RETRY_AFTER = 15  # seconds


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "ui/404.html", status=404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "ui/400.html", status=400)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was left open too long, or did not come from one of our pages."""
    return render(request, "ui/csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """503 where the database is away, which passes by itself; 500 for a defect of ours."""
    kind, error, trace = sys.exc_info()
    # Where it happened, not what the exception says: a database's message quotes the row.
    log.error("unhandled", error=kind.__name__ if kind else None, trace=traceback.format_tb(trace))
    if isinstance(error, OperationalError | InterfaceError):
        response = render(request, "ui/503.html", status=503)
        response.headers["Retry-After"] = str(RETRY_AFTER)
        return response
    return render(request, "ui/500.html", {"customer_service": settings.COMPANY_CUSTOMER_SERVICE}, status=500)
