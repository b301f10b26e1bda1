"""What is to be watched, for Prometheus: open to who has the token, and answered while the database is away."""

import structlog
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from sportello.desks.api import figures
from sportello.desks.api.exposition import MEDIA_TYPE, Figure, text
from sportello.desks.policies import WATCHERS

log = structlog.get_logger("sportello.metrics")

LONGEST = 1000  # milliseconds for one question to the database: who watches must not be a burden


@WATCHERS
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    return HttpResponse(text([*figures.of_processes(), *of_database()]), content_type=MEDIA_TYPE)


def of_database() -> list[Figure]:
    up = Figure("sportello_database_up", "gauge", "Whether this server has the database.")
    there = is_up()
    up.add(there)
    if not there:
        return [up]
    missing = Figure("sportello_figures_missing", "gauge", "Whether figures could not be had, such as took too long.")
    found = [up, missing]
    now = timezone.now()
    for name, ask in figures.OF_DATABASE.items():
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL statement_timeout = {LONGEST}")
                found += ask(now)
            missing.add(0, group=name)
        except (DatabaseError, InterfaceError) as error:
            log.warning("figures_missing", group=name, error=type(error).__name__)
            missing.add(1, group=name)
    return found


def is_up() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        return False
    return True
