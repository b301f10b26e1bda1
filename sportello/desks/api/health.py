"""Whether this process can serve: for balancers, so it says no more than yes or no."""

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from sportello.desks.policies import PUBLIC


@PUBLIC
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return HttpResponse("database away\n", content_type="text/plain", status=503)
    return HttpResponse("ok\n", content_type="text/plain")
